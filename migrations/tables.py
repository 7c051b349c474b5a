"""Imports every package's tables, so that the metadata is whole."""

import credit.tables
import disputes.tables
import dunning.tables
import orders.tables
import payments.tables
import receivables.tables
import runtime.tables  # noqa: F401
