"""What the customer sees: invoices, statements, disputes and promises of its own account."""
