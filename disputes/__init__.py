"""Contested orders and invoices: the case, its reason, its resolution. While one is open, its items rest."""
