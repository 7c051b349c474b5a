"""Invoices, orders and remittance advice as other programs send them: one module a format, all listed in `registry`.

Pure: bytes in, document values out, with what is wrong with them.
"""
