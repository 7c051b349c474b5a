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
    def __init__(self, kind: str, number: str) -> None:
        known = "no order and no invoice names it" if kind == "order" else "no invoice names it"
        super().__init__(f"Nobody knows {kind} “{number}” yet: {known}. Say whose {kind} it is (customer).")


class NotMergeable(Refused):
    def __init__(self, number: int, into: int) -> None:
        super().__init__(
            f"Case {number} contests something that case {into} does not contest; link them instead of merging them."
        )
