"""Imports every package's tables, so that the metadata is whole."""

import runtime.tables  # noqa: F401
