"""What disputes refuse."""

from core.errors import NotFound, Refused


class NoSuchDispute(NotFound):
    def __init__(self, number: object) -> None:
        super().__init__(f"There is no dispute {number}.")


class AlreadyResolved(Refused):
    def __init__(self, number: int) -> None:
        super().__init__(f"Dispute {number} is resolved already. Re-open it to go on.")


class NotResolved(Refused):
    def __init__(self, number: int) -> None:
        super().__init__(f"Dispute {number} is open; there is nothing to re-open.")


class UnknownOrder(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(
            f"Nobody knows order “{number}” yet: no order and no invoice names it. Say whose order it is (customer)."
        )
