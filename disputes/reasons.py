"""Why customers contest: the reason codes, as the barometer of the trade and the ERP systems name them."""

REASONS: dict[str, str] = {
    "order_entry_error": "Order entered wrongly",
    "entered_twice": "Order entered twice",
    "invoicing_error": "Invoicing error",
    "price": "Price",
    "quantity": "Quantity",
    "quality": "Quality or damage",
    "delivery": "Late or missing delivery",
    "missing_po": "Purchase order number missing",
    "missing_pod": "Proof of delivery missing",
    "already_paid": "Already paid",
    "deduction": "Deduction",
    "duplicate_invoice": "Duplicate invoice",
    "other": "Other",
}
"""Code → what people read."""
