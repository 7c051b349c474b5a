"""The table in a payer's mail (`.eml`, or the page itself) as a remittance advice: document, amount, perhaps discount.

Tables are looked for in the HTML part, in CSV attachments, then in the plain text. A table counts when one column is
headed by a word for a document and another by a word for an amount. What cannot be read for certain is refused with its
row; nothing is guessed. Pure, and read behind the fence.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from receivables.intake.documents.model import Party, RemittanceDocument, RemittanceLine

LARGEST = 10 * 1024 * 1024
MOST_ROWS = 5_000

_MAIL = re.compile(rb"\A(?:[A-Za-z-]+: ?[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}", re.ASCII)
_PAGE = re.compile(rb"\A\s*<(?:!doctype html|html|table|body)", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"invoice|rechnung|beleg|factur|facture|fattura|faktura|factuur|document|\bdoc\b|\bre\b|\brg\b|\binv\b|your ref"
)
_AMOUNT = re.compile(r"amount|betrag|importe|montant|importo|bedrag|\bpaid\b|gezahlt|zahlung|payment|neto|\bnet\b")
_GROSS = re.compile(r"gross|brutto|bruto|\bbrut\b|lordo|original")
_DISCOUNT = re.compile(r"skonto|discount|descuento|escompte|sconto|korting|rabat")
_DATE = re.compile(r"date|datum|fecha|data\b")
_TOTAL = re.compile(r"^(?:grand )?(?:total|totale|totaal|summe|gesamt\w*|suma|somme|sum)\b")
_CODE = re.compile(r"\b([A-Z]{3})\b")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_FIGURE = re.compile(r"[+-]?\d+|[+-]?\d{1,3}(?:[.,' \u00a0\u202f]\d{3})*[.,]\d{2,3}|[+-]?\d+[.,]\d{2,3}")

Table = list[list[str]]


def is_mail(head: bytes, name: str) -> bool:
    """Whether a file is a mail or a page, not rows or a document."""
    return name.lower().endswith((".eml", ".html", ".htm")) or bool(_PAGE.match(head)) or bool(_MAIL.match(head))


def read_mail(path: str, currency: str, today: date) -> Iterator[RemittanceDocument]:
    """The advices of a mail or page, one a table; `currency` counts where the table says none."""
    content = Path(path).read_bytes()
    if len(content) > LARGEST:
        raise Invalid.because("whole file", "The mail is larger than 10 MB.")
    message = None if _PAGE.match(content) else message_from_bytes(content, policy=default)
    found = [table for table in _tables(message, content) if _columns(table)]
    if not found:
        raise Invalid.because("whole file", "There is no table of documents and amounts in this mail.")
    for place, table in enumerate(found, start=1):
        yield _advice(message, table, place, currency, today)


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def _tables(message: EmailMessage | None, content: bytes) -> list[Table]:
    """Those of the richest part that has any."""
    if message is None:
        return _of_page(content.decode("utf-8", errors="replace"))
    parts = [part for part in message.walk() if not part.is_multipart()]
    texts = {kind: [_text(part) for part in parts if part.get_content_type() == f"text/{kind}"] for kind in _READ}
    for kind, read in _READ.items():
        tables = [table for text in texts[kind] for table in read(text) if _columns(table)]
        if tables:
            return tables
    return []


def _text(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return ""


def _of_page(text: str) -> list[Table]:
    page = _Page()
    page.feed(text)
    page.close()
    return page.tables


class _Page(HTMLParser):
    """The cells of every innermost table."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self._open.append([])
        elif tag == "tr" and self._open:
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._open[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self.tables.append([row for row in self._open.pop() if any(cell.strip() for cell in row)])
        self._in_cell = self._in_cell and tag not in ("td", "th", "tr", "table")

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._open and self._open[-1] and self._open[-1][-1]:
            self._open[-1][-1][-1] += data


def _of_csv(text: str) -> list[Table]:
    head = text.split("\n", 1)[0]
    separator = max(";,\t", key=head.count)
    return [[row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]]


def _of_text(text: str) -> list[Table]:
    """Neighbouring lines whose columns stand apart by bars, tabs or at least two spaces."""
    tables: list[Table] = [[]]
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"\s*\|\s*|\t+|\s{2,}|;", line.strip(" |")) if cell.strip()]
        if len(cells) > 1 and not set("".join(cells)) <= set("-=+_"):
            tables[-1].append(cells)
        elif not line.strip():
            tables.append([])
    return [table for table in tables if table]


_READ = {"html": _of_page, "csv": _of_csv, "plain": _of_text}


def _columns(table: Table) -> tuple[int, int, int | None] | None:
    """The places of document, amount and discount, if the first row heads them."""
    if len(table) < 2:
        return None
    heads = [" ".join(cell.lower().split()) for cell in table[0]]
    discount = next((place for place, head in enumerate(heads) if _DISCOUNT.search(head)), None)
    document = next(
        (place for place, head in enumerate(heads) if _DOCUMENT.search(head) and not _says_figure(head)), None
    )
    amounts = [place for place, head in enumerate(heads) if _AMOUNT.search(head) and place not in (document, discount)]
    amounts = [place for place in amounts if not _DATE.search(heads[place])]
    amounts = [place for place in amounts if not _GROSS.search(heads[place])] or amounts
    return None if document is None or len(amounts) != 1 else (document, amounts[0], discount)


def _says_figure(head: str) -> bool:
    return bool(_AMOUNT.search(head) or _DATE.search(head) or _DISCOUNT.search(head))


# ── the advice ──────────────────────────────────────────────────────────────────────────────────


def _advice(message: EmailMessage | None, table: Table, place: int, currency: str, today: date) -> RemittanceDocument:
    columns = _columns(table)
    assert columns is not None
    document, amount, discount = columns
    currency = _currency(table) or currency
    lines: list[RemittanceLine] = []
    stated: int | None = None
    for number, row in enumerate(table[1 : MOST_ROWS + 1], start=2):
        where = f"table {place}, row {number}"
        first = next((cell for cell in row if cell.strip()), "")
        if _TOTAL.match(first.strip().lower()):
            stated = _minor(next(cell for cell in reversed(row) if cell.strip()), currency, where)
            continue
        if len(row) <= max(document, amount) or not row[document].strip():
            raise Invalid.because(where, "The row has no document or no amount.")
        minor = _minor(row[amount], currency, where)
        given = row[discount].strip(" -") if discount is not None and len(row) > discount else ""
        taken = abs(_minor(given, currency, where)) if given else None
        name = " ".join(row[document].split())
        lines.append(RemittanceLine(name, minor, "credit_note" if minor < 0 else "invoice", taken or None))
    total = sum(line.amount or 0 for line in lines)
    payer, known_by, on = _heading(message, today)
    return RemittanceDocument(
        number=known_by if place == 1 else f"{known_by} ({place})", issued_on=on, currency=currency,
        amount=total if stated is None else stated, ties=stated is None or stated == total,
        payer=Party(name=payer or None), lines=tuple(lines),
    )  # fmt: skip


def _heading(message: EmailMessage | None, today: date) -> tuple[str, str, date]:
    """Who wrote it, what it is known by, and its day."""
    if message is None:
        return "", f"page of {today}", today
    sender = message["From"]
    addresses = getattr(sender, "addresses", ())
    payer = addresses[0].display_name if addresses else ""
    number = str(message["Message-ID"] or message["Subject"] or "mail").strip()[:80]
    try:
        on = parsedate_to_datetime(str(message["Date"])).date()
    except (TypeError, ValueError):
        on = today
    return payer, number, on


def _currency(table: Table) -> str | None:
    """The one currency the table speaks of; None when it speaks of none."""
    said = " ".join(cell for row in table for cell in row)
    codes = {code for code in _CODE.findall(said) if code in EXPONENTS}
    codes |= {code for sign, code in _SIGNS.items() if sign in said}
    if len(codes) > 1:
        raise Invalid.because("table", f"The table speaks of several currencies: {', '.join(sorted(codes))}.")
    return next(iter(codes), None)


def _minor(text: str, currency: str, where: str) -> int:
    """An amount as people write it; refused where the thousands could be decimals."""
    plain = text.replace(currency, "")
    for sign in _SIGNS:
        plain = plain.replace(sign, "")
    plain = plain.replace("\u2212", "-").strip()
    if (plain.startswith("(") and plain.endswith(")")) or (plain.endswith("-") and not plain.startswith("-")):
        plain = "-" + plain.strip("()-")
    plain = re.sub(r"^([+-])\s+", r"\1", plain.strip())
    if not _FIGURE.fullmatch(plain) or (re.search(r"[.,]\d{3}$", plain) and EXPONENTS[currency] != 3):
        raise Invalid.because(where, f"“{text.strip()[:40]}” is no amount that can be read for certain.")
    whole, decimals = re.fullmatch(r"(.*?)(?:[.,](\d{2,3}))?", plain).groups()  # type: ignore[union-attr]
    try:
        return parse_minor(re.sub(r"[^\d+-]", "", whole) + (f".{decimals}" if decimals else ""), currency)
    except NotAnAmount as error:
        raise Invalid.because(where, str(error)) from error
