"""What INVOIC, ORDERS and REMADV have in common: dates, references, amounts, parties, lines. Pure.

Sources: UN/EDIFACT directories D.96A to D.16B with the code lists 2005 (dates), 1153 (references), 5025 (amounts) and
3035 (parties); the EDIFACT binding of EN 16931 (CEN/TS 16931-3-4).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from receivables.intake.documents.edifact_segments import Message, Segment
from receivables.intake.documents.elements import refusal
from receivables.intake.documents.model import Account, Address, Identifier, Line, Note, Party
from receivables.intake.documents.values import (
    Figures,
    bank_account,
    calendar_day,
    country_code,
    known_currency,
    plain_quantity,
)

Segments = Sequence[Segment]

_DAY_FORMATS = {None, "102", "203", "204"}
_WITHOUT_CENTURY = "101"
_CENTURY_TURNS = "80"
_AGENCIES = {"9": "0088"}
"""Code list agencies (3055) that have an ISO 6523 number: GS1, whose party numbers are GLN."""


def parts(message: Message) -> tuple[Segments, list[Segments], Segments]:
    """Header, lines (from LIN to LIN) and summary (behind UNS) of a message."""
    tags = [each.tag for each in message.segments]
    stop = tags.index("UNS") if "UNS" in tags else len(tags)
    starts = [number for number, tag in enumerate(tags[:stop]) if tag == "LIN"]
    lines: list[Segments] = [message.segments[one:next_] for one, next_ in pairwise([*starts, stop])]
    return message.segments[: starts[0] if starts else stop], lines, message.segments[stop + 1 :]


def groups(segments: Segments, opening: str, *closing: str) -> list[Segments]:
    """The groups that begin with the tag `opening` and end before the next one, or before a tag of `closing`."""
    found: list[list[Segment]] = []
    is_open = False
    for segment in segments:
        if segment.tag == opening:
            found.append([])
        is_open = segment.tag == opening or (is_open and segment.tag not in closing)
        if is_open:
            found[-1].append(segment)
    return list(found)


def before(segments: Segments, *tags: str) -> Segments:
    """The segments before the first of these tags."""
    stop = next((number for number, each in enumerate(segments) if each.tag in tags), len(segments))
    return segments[:stop]


def first(segments: Segments, tag: str, qualifier: str | None = None) -> Segment | None:
    """The first segment of this tag whose first component is the qualifier."""
    return next((each for each in segments if each.tag == tag and qualifier in (None, each.get(0))), None)


def required(message: Message, segments: Segments, tag: str) -> Segment:
    found = first(segments, tag)
    if found is None:
        raise refusal(message.where, f"{tag} is missing.", tag)
    return found


def day(segments: Segments, *qualifiers: str) -> date | None:
    """The day of the first DTM with one of the qualifiers, in their order."""
    found = (first(segments, "DTM", qualifier) for qualifier in qualifiers)
    return next((_day(each) for each in found if each and each.get(0, 1)), None)


def _day(segment: Segment) -> date:
    format_, text = segment.get(0, 2), segment.get(0, 1) or ""
    if format_ == _WITHOUT_CENTURY and len(text) == 6:
        text = ("20" if text[:2] < _CENTURY_TURNS else "19") + text
    elif format_ not in _DAY_FORMATS:
        raise refusal(segment.where, f"The date format {format_} names no day.", "2379")
    try:
        return calendar_day(text)
    except ValueError as reason:
        raise refusal(segment.where, str(reason), "2380") from None


def required_day(message: Message, segments: Segments, *qualifiers: str) -> date:
    found = day(segments, *qualifiers)
    if found is None:
        raise refusal(message.where, f"The date is missing (DTM+{qualifiers[0]}).", "DTM")
    return found


def reference(segments: Segments, *qualifiers: str) -> str | None:
    """The number of the first RFF with one of the qualifiers, in their order."""
    found = (first(segments, "RFF", qualifier) for qualifier in qualifiers)
    return next((number for each in found if each and (number := each.get(0, 1))), None)


def currency(message: Message, segments: Segments) -> str | None:
    """The reference currency (CUX+2); without one, the currency that all amounts of the message name."""
    found = first(segments, "CUX", "2")
    if found:
        return known_currency(found.get(0, 1) or "", found.where, "6345")
    named = {each.get(0, 2): each for each in message.segments if each.tag == "MOA" and each.get(0, 1)}
    code, moa = next(iter(named.items()), (None, None))
    return known_currency(code, moa.where, "6345") if moa and code and len(named) == 1 else None


def amount(segments: Iterable[Segment], figures: Figures, *qualifiers: str) -> int | None:
    """The amount of the first qualifier that any MOA has. The decimal mark is a point or a comma (ISO 9735)."""
    moas = [each for each in segments if each.tag == "MOA" and each.get(0, 1)]
    for qualifier in qualifiers:
        found = {_minor(each, figures) for each in moas if each.get(0) == qualifier}
        if len(found) > 1:
            raise refusal(moas[0].where, f"MOA+{qualifier} is given twice, and not alike.", "MOA")
        if found:
            return found.pop()
    return None


def _minor(moa: Segment, figures: Figures) -> int:
    if moa.get(0, 2) not in (None, figures.currency):
        raise refusal(moa.where, f"The amount is in {moa.get(0, 2)}, but the message in {figures.currency}.", "6345")
    return figures.minor((moa.get(0, 1) or "").replace(",", "."), moa.where, f"MOA+{moa.get(0)}")


def party(header: Segments, *roles: str) -> Party | None:
    """The party of the first NAD in one of the roles, in their order, with what follows about it."""
    found = {group[0].get(0): group for group in reversed(party_groups(header))}
    return next((_party(found[role]) for role in roles if role in found), None)


def party_groups(header: Segments) -> list[Segments]:
    return groups(header, "NAD", "TAX", "CUX", "PAT", "PYT", "ALC", "DOC", "UNS")


def _party(group: Segments) -> Party:
    nad = group[0]
    mail = next((each.get(0) for each in group if each.tag == "COM" and each.get(0, 1) == "EM"), None)
    registration = reference(group, "GN", "XA")
    return Party(
        name=nad.get(3) or nad.get(2),
        trading_name=nad.get(3, 1),
        ids=_identifiers(nad),
        registration=Identifier(registration) if registration else None,
        vat_id=reference(group, "VA"),
        address=_address(nad),
        email=mail,
    )


def _identifiers(nad: Segment) -> tuple[Identifier, ...]:
    number, agency = nad.get(1), nad.get(1, 2) or ""
    return (Identifier(number, nad.get(1, 1) or _AGENCIES.get(agency)),) if number else ()


def _address(nad: Segment) -> Address | None:
    streets = [text.strip() for text in nad.elements[4] if text.strip()] if len(nad.elements) > 4 else []
    found = Address(
        street=streets[0] if streets else None,
        more=tuple(streets[1:]),
        city=nad.get(5),
        region=nad.get(6, 3) or nad.get(6),
        postal_code=nad.get(7),
        country=country_code(nad.get(8)),
    )
    return found if found != Address() else None


def accounts(segments: Segments, *roles: str) -> list[Account]:
    """The accounts (FII) in one of the roles, each once."""
    found = [
        bank_account(each.get(1), each.get(2), each.get(1, 1))
        for each in segments
        if each.tag == "FII" and each.get(0) in roles
    ]
    by_number = {each.iban or each.number: each for each in reversed(found) if each}
    return list(reversed(by_number.values()))


def texts(segments: Segments, qualifier: str) -> list[str]:
    """The free texts (FTX) of one subject."""
    found = [each for each in segments if each.tag == "FTX" and each.get(0) == qualifier]
    return [" ".join(each.elements[3]).strip() for each in found if len(each.elements) > 3]


def notes(segments: Segments, *left_out: str) -> tuple[Note, ...]:
    found = [each for each in segments if each.tag == "FTX" and each.get(0) not in left_out and len(each.elements) > 3]
    return tuple(Note(text, each.get(0)) for each in found if (text := " ".join(each.elements[3]).strip()))


def line(group: Segments, figures: Figures | None, *quantities: str) -> Line:
    """One line; `quantities` are the qualifiers of its quantity in this message."""
    quantity = next((each for each in group if each.tag == "QTY" and each.get(0) in quantities), None)
    item = first(group, "IMD")
    return Line(
        id=group[0].get(0),
        name=(item.get(2, 3) or item.get(2, 0)) if item else None,
        quantity=plain_quantity(quantity.get(0, 1)) if quantity else None,
        net=amount(before(group, "ALC"), figures, "203") if figures else None,
        order_line=_order_line(group),
    )


def _order_line(group: Segments) -> str | None:
    found = first(group, "RFF", "ON")
    return found.get(0, 2) if found else None
