"""A REMADV message: which documents one payment pays. Pure. Sources: see `edifact_parts`."""

from core.problems import Problem
from receivables.intake.documents.arithmetic import remittance_ties
from receivables.intake.documents.edifact_parts import (
    Segments,
    amount,
    before,
    currency,
    day,
    groups,
    parts,
    party,
    reference,
    required,
    required_day,
)
from receivables.intake.documents.edifact_segments import Message
from receivables.intake.documents.elements import refusal
from receivables.intake.documents.model import RemittanceDocument, RemittanceKind, RemittanceLine
from receivables.intake.documents.type_codes import UNTDID_1001
from receivables.intake.documents.values import Figures

_REMITTED = "12"
_TOTALS = (_REMITTED, "9", "128", "86")


def remittance(message: Message) -> RemittanceDocument:
    """The advice a message holds. A credit note's amount is taken off, whether or not the file writes the minus."""
    body, _, summary = parts(message)
    header = before(body, "DOC")
    begin, code = required(message, header, "BGM"), currency(message, header)
    if code is None or begin.get(1) is None:
        raise refusal(message.where, "The currency (CUX+2) or the number (BGM) is missing.", "CUX")
    problems: list[Problem] = []
    figures = Figures(code, problems)
    paid = amount(summary, figures, *_TOTALS)
    if paid is None:
        raise refusal(message.where, "The amount paid is missing (MOA+12 behind UNS).", "MOA")
    lines = tuple(_line(group, figures) for group in groups(body, "DOC"))
    return RemittanceDocument(
        number=begin.get(1) or "",
        issued_on=required_day(message, header, "137"),
        currency=code,
        amount=paid,
        ties=remittance_ties(paid, lines, figures, message.where),
        pays_on=day(header, "203", "138", "209"),
        payment_reference=reference(header, "PQ", "AEK"),
        payer=party(header, "PR", "BY"),
        payee=party(header, "PE", "BE", "SU", "SE"),
        lines=lines,
        problems=tuple(problems),
    )


def _line(group: Segments, figures: Figures) -> RemittanceLine:
    document = before(group, "AJT")
    kind = _kind(group[0].get(0))
    remitted = amount(document, figures, _REMITTED)
    if remitted is not None and kind == "credit_note":
        remitted = -abs(remitted)
    return RemittanceLine(group[0].get(1), remitted, kind, discount=amount(document, figures, "52"))


def _kind(code: str | None) -> RemittanceKind:
    meaning = UNTDID_1001.get(code or "")
    if meaning in ("credit_note", "debit_note"):
        return meaning
    return "invoice" if meaning else "other"
