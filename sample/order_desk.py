"""The order desk on the sample's day: papers to be typed in, an order too large to be usual, a group's limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sample.customers import by_slug

FAX, INDEX, LETTER = "fax-0117.pdf", "scans.csv", "order-by-mail.eml"
INDEX_COLUMNS = "scan_file,channel,customer_id,order_number,amount,currency"


@dataclass(frozen=True, slots=True)
class PaperArrives:
    """A scan, its index or a mail is handed in as an order."""

    on: date
    title: str
    file_name: str
    text: str


@dataclass(frozen=True, slots=True)
class SetOrderRules:
    """Key customers go first; four earlier orders are enough to know a customer by. Customers are told by mail."""

    on: date
    title: str
    segment: str
    told_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitGroup:
    """What a customer and everybody below it may owe together, minor units."""

    on: date
    title: str
    customer_id: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderArrives:
    """An order by the portal, a few minutes before the day begins; one that is confirmed is so at once."""

    on: date
    title: str
    number: str
    customer_id: str
    amount: str
    currency: str
    po_number: str
    is_confirmed: bool = False


DeskStep = PaperArrives | SetOrderRules | LimitGroup | OrderArrives


def order_desk(on: date) -> Iterator[DeskStep]:
    """What comes in at the order desk, and what is set up there."""
    group, tiles, pharmacy = by_slug()["grupo-vega"], by_slug()["ceramicas-bellvis"], by_slug()["pharmacie-des-domes"]
    yield LimitGroup(
        on, f"Limit what {group.name} and its companies owe together", group.customer_id, 13_000_000, "EUR"
    )
    yield SetOrderRules(
        on, "Put key customers first and tell customers by mail", "key", ("ask", "confirmed", "changed")
    )
    yield PaperArrives(
        on, "A fax comes in", FAX, page(("Commande FX-2207", pharmacy.name, "24 x lampe de bureau", "648,00 EUR"))
    )
    index = f"{FAX},fax,{pharmacy.customer_id},FX-2207,648.00,EUR\n"
    yield PaperArrives(on, "Its index says what it is", INDEX, f"{INDEX_COLUMNS}\n{index}")
    yield PaperArrives(on, "A mail orders in words", LETTER, _mail(on))
    fenwold = by_slug()["fenwold-foods"]
    yield OrderArrives(
        on, f"{fenwold.name} orders and is answered", "W-5116", fenwold.customer_id, "2140.00", "GBP", "FF-3377", True
    )  # fmt: skip
    yield OrderArrives(
        on, f"{tiles.name} orders far more than ever", "W-5117", tiles.customer_id, "189600.00", "EUR", "PO-9917"
    )  # fmt: skip


def _mail(on: date) -> str:
    fenwold = by_slug()["fenwold-foods"]
    return (
        f"From: {fenwold.name} <{fenwold.email}>\nTo: orders@nordwind.example\nSubject: Desks for the Leeds office\n"
        f"Date: {on:%a, %d %b %Y} 06:50:00 +0000\nMessage-ID: <leeds-{on:%Y%m%d}@fenwold-foods.example>\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        "Good morning,\n\nplease send us 18 oak desks (article 4410) and 18 task chairs (article 2205) for our\n"
        "office in Leeds, by the end of next week. Our reference is FF-3381.\n\nKind regards\nHarriet Cole\n"
    )


def page(lines: tuple[str, ...]) -> str:
    """A PDF of one page with these lines; what a fax machine would have scanned."""
    shown = " ".join(f"({_escaped(each)}) Tj 0 -28 Td" for each in lines)
    stream = f"BT /F1 18 Tf 60 760 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    made, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{made}{head}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"


def _escaped(words: str) -> str:
    """Words as a PDF of plain ASCII writes them."""
    codes = words.encode("cp1252")
    return "".join(chr(each) if 32 <= each < 127 and chr(each) not in "()\\" else f"\\{each:03o}" for each in codes)
