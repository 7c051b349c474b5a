"""What customers owe us: companies, customers, invoices, instalments, credit notes, open items and their ledger."""
