"""ORDERS, ORDCHG and ORDRSP messages: what stands where. Pure. Sources: see `edifact_parts`."""

from core.problems import Problem
from receivables.intake.documents.edifact_parts import (
    amount,
    before,
    currency,
    day,
    line,
    notes,
    parts,
    party,
    reference,
    required,
    required_day,
)
from receivables.intake.documents.edifact_segments import Message
from receivables.intake.documents.elements import refusal
from receivables.intake.documents.model import OrderDocument, OrderKind
from receivables.intake.documents.values import Figures

_KINDS: dict[str, OrderKind] = {"ORDERS": "order", "ORDCHG": "order_change", "ORDRSP": "order_response"}
_CANCELS = "1"


def order(message: Message) -> OrderDocument:
    """The order a message places, changes, cancels or answers."""
    header, line_groups, summary = parts(message)
    begin, general = required(message, header, "BGM"), before(header, "NAD")
    number, kind = begin.get(1), _KINDS[message.type]
    order_number = number if kind == "order" else reference(general, "ON")
    if number is None or order_number is None:
        raise refusal(begin.where, "The number of the order is missing.", "1004")
    problems: list[Problem] = []
    code = currency(message, header)
    figures = Figures(code, problems) if code else None
    delivery = party(header, "DP", "UC")
    return OrderDocument(
        number=number,
        kind="order_cancellation" if begin.get(2) == _CANCELS else kind,
        order_number=order_number,
        issued_on=required_day(message, general, "137"),
        currency=code,
        total=amount(before(summary, "TAX", "ALC"), figures, "9", "86", "128", "79") if figures else None,
        requested_on=day(general, "2", "64", "63"),
        response=begin.get(2) if kind == "order_response" else None,
        contract_number=reference(general, "CT"),
        buyer=party(header, "BY"),
        seller=party(header, "SE", "SU"),
        delivery_address=delivery.address if delivery else None,
        notes=notes(header),
        lines=tuple(line(each, figures, "21", "12", "113") for each in line_groups),
        problems=tuple(problems),
    )
