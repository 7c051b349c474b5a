"""What the receivables book refuses."""

from core.errors import NotFound, Refused


class NoSuchCustomer(NotFound):
    def __init__(self, external_id: str) -> None:
        super().__init__(f"There is no customer “{external_id}”.")


class MergedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("The customer was merged into another meanwhile; look again, then repeat it.")


class NoSuchInvoice(NotFound):
    def __init__(self, number: str) -> None:
        super().__init__(f"There is no invoice “{number}”.")


class NoSuchCompany(NotFound):
    def __init__(self, code: str) -> None:
        super().__init__(f"There is no company “{code}”.")


class NoCompanyYet(Refused):
    def __init__(self) -> None:
        super().__init__("There is no company yet. Add one first: `main.py company add CODE …`.")


class AmbiguousInvoice(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"Several companies have an invoice “{number}”. Name the company too.")


class AlreadyCancelled(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"Invoice {number} is cancelled already.")


class WaiveInstead(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"{number} is a charge for lateness; it is waived with a reason, not cancelled.")


class PartlySettled(Refused):
    def __init__(self, number: str) -> None:
        super().__init__(f"Something was applied to invoice {number}. Undo that first, or send a credit note.")
