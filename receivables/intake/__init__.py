"""Customers and invoices as files and programs hand them in: rows read, checked, and put into the book."""
