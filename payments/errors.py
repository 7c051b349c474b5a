"""What cash application refuses."""

from core.errors import NotFound, Refused


class NoSuchAccount(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such bank account.")


class NoSuchEntry(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such bank entry.")


class NoSuchAllocation(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such allocation.")


class NoSuchSuggestion(NotFound):
    def __init__(self) -> None:
        super().__init__("This suggestion is gone; the entry was looked at again meanwhile.")


class AlreadyPlaced(Refused):
    def __init__(self) -> None:
        super().__init__("This money has found its place already; somebody was faster.")


class AlreadyUndone(Refused):
    def __init__(self) -> None:
        super().__init__("This was undone already.")


class NotIncoming(Refused):
    def __init__(self) -> None:
        super().__init__("This entry is money going out; it cannot pay an invoice.")


class SetAside(Refused):
    def __init__(self, state: str) -> None:
        why = {
            "ignored": "was set aside; undo that first",
            "returned": "was taken back by the bank",
            "itemised": "is a batch, and its parts stand for it",
        }
        super().__init__(f"This entry {why[state]}.")


class StillPending(Refused):
    def __init__(self) -> None:
        super().__init__("The bank has not booked this entry yet.")


class InQuarantine(Refused):
    def __init__(self) -> None:
        super().__init__("The statement of this entry is in quarantine. Release it first.")


class OtherCurrency(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"{number} is in another currency than the payment.")


class TooMuch(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"More is placed on {number} than is open.")


class MoreThanEntry(Refused):
    def __init__(self) -> None:
        super().__init__("More is placed than the bank entry brought.")


class NothingToPlace(Refused):
    def __init__(self) -> None:
        super().__init__("Name at least one invoice, or the customer the money is kept for.")


class RefundAsked(Refused):
    def __init__(self) -> None:
        super().__init__("A refund of this money was asked for. Withdraw that first.")


class UnknownAccount(Refused):
    """A bank file is for an account nobody told us about: a question, not a guess."""

    def __init__(self, account: str, currency: str | None) -> None:
        self.account, self.currency = account, currency
        if not account:
            missing = "which account it is of" if currency else "which account it is of, nor its currency"
            super().__init__(f"The file does not say {missing}. Name the account, and the file is read again.")
            return
        super().__init__(
            f"The statement is for account {account} ({currency or 'currency not named'}), which no company has. "
            "Add the account, then import the file again."
        )


class OtherAccountCurrency(Refused):
    """A bank file is in another currency than the account it names is kept in."""

    def __init__(self, account: str, currency: str | None, kept_in: list[str]) -> None:
        self.account, self.currency = account, currency
        super().__init__(
            f"The statement is in {currency or 'a currency it does not name'}, but account {account} is kept in "
            f"{', '.join(kept_in)}. Say which it is: another currency of this account, or a mistake."
        )


class OtherAccount(Refused):
    """A bank file names another account than the person who handed it in."""

    def __init__(self, account: str, said: str) -> None:
        self.account, self.currency = account, None
        super().__init__(f"The statement is for account {account}, not for {said}. Which is it?")


class AccountKnown(Refused):
    def __init__(self, identifier: str, currency: str, company: str) -> None:
        super().__init__(f"Account {identifier} in {currency} is known already; it belongs to {company}.")


class AccountClosed(Refused):
    def __init__(self, identifier: str, *, is_closed: bool) -> None:
        super().__init__(f"Account {identifier} is {'closed' if is_closed else 'open'} already.")
