"""News that travels upward: the lower package declares an event, the upper one handles it, `main` joins them."""


class Event:
    """Something that happened, told in the transaction that records it. Subclasses are frozen dataclasses."""
