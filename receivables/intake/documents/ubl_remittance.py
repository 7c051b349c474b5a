"""A UBL RemittanceAdvice: which documents one payment pays. Pure. Source: OASIS UBL 2.0 and 2.1."""

from core.problems import Problem
from receivables.intake.documents.arithmetic import remittance_ties
from receivables.intake.documents.elements import Node
from receivables.intake.documents.model import RemittanceDocument, RemittanceKind, RemittanceLine
from receivables.intake.documents.ubl_parties import party
from receivables.intake.documents.values import Figures, day_at, known_currency, required_day

_KINDS: dict[str, RemittanceKind] = {
    "InvoiceDocumentReference": "invoice",
    "SelfBilledInvoiceDocumentReference": "invoice",
    "CreditNoteDocumentReference": "credit_note",
    "SelfBilledCreditNoteDocumentReference": "credit_note",
    "DebitNoteDocumentReference": "debit_note",
    "AdditionalDocumentReference": "other",
}


def remittance(root: Node) -> RemittanceDocument:
    """The advice whose root element this is. Debits are what is paid, credits what is deducted."""
    problems: list[Problem] = []
    figures = Figures(_currency(root), problems)
    lines = tuple(each for node in root.all("RemittanceAdviceLine") for each in _lines(node, figures))
    amount = _amount(root, lines, figures)
    return RemittanceDocument(
        number=root.required("ID"),
        issued_on=required_day(root, "IssueDate"),
        currency=figures.currency,
        amount=amount,
        ties=remittance_ties(amount, lines, figures, root.path),
        pays_on=next((day for each in root.all("PaymentMeans") if (day := day_at(each, "PaymentDueDate"))), None),
        payment_reference=root.text("PaymentMeans/PaymentID", "PaymentMeans/InstructionID", "PaymentOrderReference"),
        payer=party(root.one("AccountingCustomerParty")),
        payee=party(root.one("PayeeParty") or root.one("AccountingSupplierParty")),
        lines=lines,
        problems=tuple(problems),
    )


def _currency(root: Node) -> str:
    if code := root.only("DocumentCurrencyCode"):
        return known_currency(code, f"{root.path}/DocumentCurrencyCode", "DocumentCurrencyCode")
    paths = ("TotalPaymentAmount", "TotalDebitAmount", "RemittanceAdviceLine/DebitLineAmount")
    amount = next((each for path in paths for each in root.all(path)), None)
    if amount is None:
        root.refuse("TotalPaymentAmount is missing.")
    return known_currency(amount.attribute("currencyID") or "", amount.path, "currencyID")


def _amount(root: Node, lines: tuple[RemittanceLine, ...], figures: Figures) -> int:
    """The payment as stated, else debits less credits, else the sum of lines that all have an amount."""
    stated = figures.amount(root, "TotalPaymentAmount")
    if stated is not None:
        return stated
    debits, credits_ = figures.amount(root, "TotalDebitAmount"), figures.amount(root, "TotalCreditAmount")
    if debits is not None:
        return debits - (credits_ or 0)
    amounts = [line.amount for line in lines if line.amount is not None]
    if not lines or len(amounts) < len(lines):
        root.refuse("TotalPaymentAmount is missing, and the lines do not say it either.")
    return sum(amounts)


def _lines(node: Node, figures: Figures) -> list[RemittanceLine]:
    """One for each document the line names; their amounts only when it names one."""
    named = [
        (number, kind)
        for billing in node.all("BillingReference")
        for name, kind in _KINDS.items()
        for number in billing.texts(f"{name}/ID")
    ]
    amount = _line_amount(node, figures)
    if len(named) <= 1:
        return [RemittanceLine(number, amount, kind) for number, kind in named] or [
            RemittanceLine(None, amount, "other")
        ]
    figures.warn(node.path, f"The line names {len(named)} documents and does not tell their amounts apart.")
    return [RemittanceLine(number, None, kind) for number, kind in named]


def _line_amount(node: Node, figures: Figures) -> int | None:
    debit, credit = figures.amount(node, "DebitLineAmount"), figures.amount(node, "CreditLineAmount")
    return None if debit is None and credit is None else (debit or 0) - (credit or 0)
