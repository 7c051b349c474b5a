"""An INVOIC message: what stands where. Pure. Sources: see `edifact_parts`."""

from core.problems import Problem
from receivables.intake.documents.arithmetic import payable_ties, warn_of_instalments, warn_of_sums
from receivables.intake.documents.edifact_parts import (
    Segments,
    accounts,
    amount,
    before,
    currency,
    day,
    first,
    groups,
    line,
    notes,
    parts,
    party,
    party_groups,
    reference,
    required,
    required_day,
    texts,
)
from receivables.intake.documents.edifact_segments import Message, Segment
from receivables.intake.documents.elements import refusal
from receivables.intake.documents.model import (
    Discount,
    Instalment,
    InvoiceDocument,
    InvoiceType,
    PaymentMeans,
    Reference,
    Totals,
)
from receivables.intake.documents.terms import due_day, several, written_discounts
from receivables.intake.documents.type_codes import UNTDID_1001
from receivables.intake.documents.values import Figures, percent

_TERMS, _CUSTOMIZATION = "AAB", "DOC"
_SELLER, _BUYER = ("SE", "SU", "II"), ("BY", "IV")
_CANCELS, _REPEATS = "1", {"7", "31"}
"""Message functions (1225): a cancellation; a duplicate and a copy."""


def invoice(message: Message) -> InvoiceDocument:
    """The invoice a message holds."""
    header, line_groups, summary = parts(message)
    begin = required(message, header, "BGM")
    code = currency(message, header)
    if code is None:
        raise refusal(message.where, "The currency is missing (CUX+2).", "CUX")
    problems: list[Problem] = []
    figures = Figures(code, problems)
    totals = _totals(message, before(summary, "TAX", "ALC"), figures)
    lines = tuple(line(each, figures, "47", "46") for each in line_groups)
    warn_of_sums(totals, lines, figures, message.where)
    instalments = _instalments(header, figures)
    warn_of_instalments(several(instalments), totals.payable, figures, message.where)
    _look_at_function(begin, figures)
    general = before(header, "NAD")
    terms = "\n".join(texts(header, _TERMS)) or None
    return InvoiceDocument(
        number=_number(begin),
        type=_type(begin),
        type_code=begin.get(0),
        issued_on=required_day(message, general, "137", "3"),
        currency=code,
        totals=totals,
        ties=payable_ties(totals, figures, message.where),
        due_on=due_day(None, instalments),
        instalments=several(instalments),
        delivered_on=day(general, "35", "11"),
        seller=party(header, *_SELLER),
        buyer=party(header, *_BUYER),
        payee=party(header, "PE"),
        payer=party(header, "PR"),
        tax_representative=party(header, "LC"),
        payment_reference=reference(general, "PQ"),
        means=_means(header),
        terms=terms,
        discounts=tuple(written_discounts(terms, figures, message.where) + _discounts(header, figures)),
        order_number=reference(general, "ON"),
        sales_order_number=reference(general, "VN"),
        contract_number=reference(general, "CT"),
        delivery_number=reference(general, "AAK", "DQ"),
        buyer_reference=_of_party(header, _BUYER, "CR"),
        preceding=_preceding(general),
        notes=notes(header, _TERMS, _CUSTOMIZATION),
        lines=lines,
        customization=next(iter(texts(header, _CUSTOMIZATION)), None),
        problems=tuple(problems),
    )


def _number(begin: Segment) -> str:
    number = begin.get(1)
    if number is None:
        raise refusal(begin.where, "The invoice number is missing.", "1004")
    return number


def _type(begin: Segment) -> InvoiceType:
    code = begin.get(0) or ""
    if code not in UNTDID_1001:
        raise refusal(begin.where, f"The type code “{code[:20]}” is no invoice of UNTDID 1001 that we know.", "1001")
    return UNTDID_1001[code]


def _look_at_function(begin: Segment, figures: Figures) -> None:
    function = begin.get(2)
    if function == _CANCELS:
        figures.hold(begin.where, "The message cancels an invoice sent before.", "1225")
    elif function in _REPEATS:
        figures.warn(begin.where, "The message repeats one sent before.", "1225")


def _totals(message: Message, summary: Segments, figures: Figures) -> Totals:
    """The amounts behind UNS and before its taxes. EN 16931 calls the gross 388, D.96A 77, or 39, 86 or 128 where the
    partners agreed on these."""
    gross = amount(summary, figures, "388", "77", "39", "86", "128")
    prepaid = amount(summary, figures, "113")
    payable = amount(summary, figures, "9")
    if payable is None and prepaid is None:
        payable = gross
    if payable is None:
        raise refusal(message.where, "The payable amount is missing (MOA+9).", "MOA")
    return Totals(
        payable=payable,
        line_total=amount(summary, figures, "79"),
        allowances=amount(summary, figures, "260"),
        charges=amount(summary, figures, "259"),
        tax_exclusive=amount(summary, figures, "389"),
        tax=amount(summary, figures, "176", "124"),
        tax_inclusive=gross,
        prepaid=prepaid,
        rounding=amount(summary, figures, "366"),
    )


def _terms_groups(header: Segments) -> list[Segments]:
    """The groups of payment terms: PAT, or PYT since D.05B."""
    return [
        group
        for tag in ("PAT", "PYT")
        for group in groups(header, tag, "NAD", "TAX", "CUX", "PAT", "PYT", "ALC", "TDT", "TOD")
    ]


def _instalments(header: Segments, figures: Figures) -> list[Instalment]:
    found = [(day(group, "13", "140"), amount(group, figures, "262")) for group in _terms_groups(header)]
    return [Instalment(due_on, due) for due_on, due in found if due_on]


def _discounts(header: Segments, figures: Figures) -> list[Discount]:
    """Discounts for early payment: a percentage (PCD+12) or amount (MOA+52) until the day of DTM+12."""
    found = []
    for group in _terms_groups(header):
        share, off = first(group, "PCD", "12"), amount(group, figures, "52")
        if share or off is not None:
            rate = percent((share.get(0, 1) or "").replace(",", "."), share.where) if share else None
            found.append(Discount(percent=rate, amount=off, until=day(group, "12")))
    return found


def _means(header: Segments) -> tuple[PaymentMeans, ...]:
    """The way to pay (PAI), once for each account of the seller or payee."""
    code = next((each.get(0, 2) for each in header if each.tag == "PAI"), None)
    to = accounts(header, "RB", "RH", "BF")
    debited = next(iter(accounts(header, "BI")), None)
    found = tuple(PaymentMeans(code, each, debited) for each in to)
    return found or ((PaymentMeans(code, debited=debited),) if code else ())


def _of_party(header: Segments, roles: tuple[str, ...], qualifier: str) -> str | None:
    found = (reference(group, qualifier) for group in party_groups(header) if group[0].get(0) in roles)
    return next((each for each in found if each), None)


def _preceding(general: Segments) -> tuple[Reference, ...]:
    """Invoices this one follows upon: RFF+OI, or IV, with the date that comes behind."""
    return tuple(
        Reference(number, day(group, "384", "171"))
        for group in groups(general, "RFF")
        if group[0].get(0) in ("OI", "IV") and (number := group[0].get(0, 1))
    )
