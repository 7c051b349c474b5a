"""The order-capture adapter: orders from any channel become one canonical order. Not an OMS."""
