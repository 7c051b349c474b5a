"""From a `Letter` to words: the HTML of the printed letter, and the subject, text and HTML of the mail.

Templates see finished strings only: amounts and dates are written out here, in the letter's language, and whatever
came from a record is one line of data, never markup and never template. A template that names something unknown fails
loudly (`StrictUndefined`). What a level says in a language is its `LetterText`, written by `wording` and set in the
layouts `letter.html`, `mail.html` and `mail.txt`; labels are in `labels.toml`.
"""

import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import segno.helpers
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from stdnum import iso11649

from core.money import Money, decimal_text
from dunning.letter import COURTESY, ChargeRow, Language, Letter, LetterRow, Recipient, Sender
from dunning.letter_text import Value
from dunning.wording import worded
from dunning.written import LOCALES, compact, day, in_fours, lines_of, money, number, one_line, rate, short_day
from runtime.pdf import PdfRenderer, PdfStyle

ROWS_IN_A_MAIL: Final = 10
"""A mail lists this many invoices; the attached letter lists all."""

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_EPC_LARGEST_MINOR = 99_999_999_999
_EPC_NAME_LENGTH = 70


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail before addressing: one line of subject, the plain text, and the same as an HTML page."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Sum:
    kind: str
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    issued_on: str
    due_on: str
    days: str
    level: str
    open: str
    disputed: str


@dataclass(frozen=True, slots=True)
class _Charge:
    number: str
    period: str
    days: str
    principal: str
    rate: str
    amount: str


def render_letter_html(letter: Letter) -> str:
    """The letter as one HTML page. Pictures and fonts are named `asset:…` and handed over by `letter_assets`."""
    said = worded(letter, _values(letter), is_html=True)
    return _render("letter.html", {**_view(letter), "text": said})


def render_mail(letter: Letter) -> RenderedMail:
    """The mail that carries the letter, in the letter's language and level."""
    view, values = _view(letter), _values(letter)
    plain, marked = worded(letter, values, is_html=False), worded(letter, values, is_html=True)
    subject = one_line(plain.subject)
    html = _render("mail.html", {**view, "text": marked, "subject": subject})
    return RenderedMail(subject, _render("mail.txt", {**view, "text": plain}).strip() + "\n", html)


def render_statement_html(letter: Letter) -> str:
    """The statement of account that goes with a letter, in the letter's language."""
    label = letter_labels(letter.language)
    view = {**_view(letter), "statement_rows": list(_statement_rows(letter, label))}
    return _render("statement.html", {**view, "statement_sums": list(_statement_sums(letter, label))})


def render_letter_pdf(letter: Letter, renderer: PdfRenderer) -> bytes:
    """The letter as PDF bytes; equal letters give equal bytes on one machine."""
    return renderer.render(render_letter_html(letter), letter_assets(letter))


def letter_assets(letter: Letter) -> Mapping[str, bytes]:
    """The pictures this letter asks for: the sender's logo and the payment code, when it has them."""
    code = payment_code(letter)
    named = {"logo": letter.sender.logo, "qr": _png(code) if code else None}
    return {name: content for name, content in named.items() if content}


@cache
def letter_style() -> PdfStyle:
    """The style sheet and fonts all letters share; a renderer is made with it once."""
    folder = _TEMPLATES / "letters"
    fonts = {path.name: path.read_bytes() for path in sorted((folder / "assets").glob("*.woff2"))}
    return PdfStyle((folder / "letter.css").read_text("utf-8"), fonts)


def payment_code(letter: Letter) -> segno.QRCode | None:
    """The EPC069-12 v002 (“GiroCode”) of what is to be paid; none outside euros or without an IBAN.

    The reference is the structured RF one (ISO 11649) when the letter has a valid one, else the notice number as text.
    """
    if not (letter.sender.iban and _fits_payment_code(letter.to_pay)):
        return None
    amount = letter.to_pay
    reference = letter.payment_reference or letter.number
    structured = iso11649.is_valid(reference)
    return segno.helpers.make_epc_qr(
        name=one_line(letter.sender.legal_name)[:_EPC_NAME_LENGTH],
        iban=compact(letter.sender.iban),
        amount=Decimal(decimal_text(amount.minor, amount.currency)),
        reference=compact(reference) if structured else None,
        text=None if structured else one_line(reference),
        bic=compact(letter.sender.bic) if letter.sender.bic else None,
    )


def _fits_payment_code(amount: Money) -> bool:
    return amount.currency == "EUR" and amount.minor <= _EPC_LARGEST_MINOR


def _png(code: segno.QRCode) -> bytes:
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=6, border=0, dark="#1b2230")
    return buffer.getvalue()


# ── the templates ────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _environment(*, is_html: bool) -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=is_html,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _render(layout: str, view: Mapping[str, Any]) -> str:
    return _environment(is_html=layout.endswith(".html")).get_template(f"letters/{layout}").render(view)


@cache
def letter_labels(language: Language) -> Mapping[str, str]:
    """What stands beside the figures of letters, in a language."""
    with (_TEMPLATES / "letters" / "labels.toml").open("rb") as source:
        labels: dict[str, dict[str, str]] = tomllib.load(source)
    return labels[language]


# ── what the templates see ───────────────────────────────────────────────────────────────────────────────────────────


def _view(letter: Letter) -> dict[str, Any]:
    label = letter_labels(letter.language)
    rows = [_row(row, letter) for row in letter.rows]
    return {
        "language": letter.language,
        "label": label,
        "currency": letter.currency,
        "number": one_line(letter.number),
        "iso_on": letter.on.isoformat(),
        "reminded": letter.level > COURTESY,
        "sender": {
            "name": one_line(letter.sender.name),
            "legal_name": one_line(letter.sender.legal_name),
            "has_logo": bool(letter.sender.logo),
        },
        "return_line": " · ".join(lines_of(letter.sender.legal_name, *letter.sender.address)),
        "legal_line": _legal_line(letter.sender, label),
        "address": list(_address(letter)),
        "facts": list(_facts(letter, label)),
        "rows": rows,
        "first_rows": rows[:ROWS_IN_A_MAIL],
        "more_rows": max(0, len(rows) - ROWS_IN_A_MAIL),
        "sums": list(_sums(letter, label)),
        "charges": [_charge(row, letter, label) for row in letter.charges],
        "charges_title": label["annex_claimed" if letter.charges_claimed else "annex_warned"],
        "charges_until": day(letter.on, letter.language),
        "charges_total": number(letter.accrued, letter.language),
        "charge_sources": [one_line(source) for source in letter.charge_sources],
        "payment": list(_payment(letter, label)),
        "has_qr": bool(letter.sender.iban) and _fits_payment_code(letter.to_pay),
        "portal_url": one_line(letter.portal_url or ""),
        "signature": one_line(letter.sender.signatory or letter.sender.name),
        "enclosed": list(_enclosed(letter, label)),
    }


def _values(letter: Letter) -> dict[str, Value]:
    """What a text may speak of (`letter_text.PLACEHOLDERS`), written out in the letter's language."""
    language, sender, to = letter.language, letter.sender, letter.recipient
    first = letter.claimed_rows[0]
    return {
        "customer": one_line(to.name),
        "customer_id": one_line(to.customer_id),
        "attention": one_line(to.attention or ""),
        "sender": one_line(sender.name),
        "signatory": one_line(sender.signatory or sender.name),
        "phone": one_line(sender.phone or ""),
        "email": one_line(sender.email),
        "number": one_line(letter.number),
        "today": day(letter.on, language),
        "to_pay": money(letter.to_pay, language),
        "total": money(letter.total, language),
        "disputed": money(letter.disputed, language) if letter.disputed.minor else "",
        "pay_by": day(letter.pay_by, language),
        "previous_on": day(letter.previous_on, language) if letter.previous_on else "",
        "one": int(len(letter.claimed_rows) == 1),
        "count": len(letter.claimed_rows),
        "invoice": one_line(first.number),
        "due_on": day(first.due_on, language),
        "days_overdue": max(row.days_overdue for row in letter.claimed_rows),
        "reference": _reference(letter),
        "portal_url": one_line(letter.portal_url or ""),
    }


def _enclosed(letter: Letter, label: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What goes along, and what could not, as lines beneath the signature."""
    parts = [label["statement"]] if letter.statement else []
    if letter.copies:
        parts.append(f"{label['copies']} {', '.join(one_line(each.number) for each in letter.copies)}")
    if parts:
        yield label["enclosed"], "; ".join(parts)
    if letter.on_request:
        yield label["on_request"], ", ".join(one_line(each) for each in letter.on_request)


def _statement_rows(letter: Letter, label: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for row in letter.statement.rows if letter.statement else ():
        yield {
            "number": one_line(row.number),
            "kind": label["credit_note"] if row.kind == "credit_note" else "",
            "issued_on": short_day(row.issued_on, letter.language),
            "due_on": short_day(row.due_on, letter.language),
            "days": str(row.days_overdue or ""),
            "amount": number(Money(row.amount_minor, letter.currency), letter.language),
            "open": number(Money(row.open_minor, letter.currency), letter.language),
        }


def _statement_sums(letter: Letter, label: Mapping[str, str]) -> Iterator[_Sum]:
    if letter.statement is None:
        return
    total = Money(sum(row.open_minor for row in letter.statement.rows), letter.currency)
    unapplied = Money(letter.statement.unapplied_minor, letter.currency)
    if unapplied.minor:
        yield _Sum("sum", label["total"], number(total, letter.language))
        yield _Sum("minor", label["unapplied"], "−" + number(unapplied, letter.language))
    yield _Sum("sum", label["balance"], number(total - unapplied, letter.language))


def _row(row: LetterRow, letter: Letter) -> _Row:
    return _Row(
        number=one_line(row.number),
        issued_on=short_day(row.issued_on, letter.language),
        due_on=short_day(row.due_on, letter.language),
        days=str(row.days_overdue) if row.days_overdue else "–",
        level=str(row.level) if row.level else "–",
        open=number(Money(row.open_minor, letter.currency), letter.language),
        disputed=number(Money(row.disputed_minor, letter.currency), letter.language) if row.disputed_minor else "",
    )


def _charge(row: ChargeRow, letter: Letter, label: Mapping[str, str]) -> _Charge:
    """A line of the annex; the fixed sum has no days, principal or rate."""
    language, currency = letter.language, letter.currency
    amount = number(Money(row.amount_minor, currency), language)
    if row.from_on is None or row.to_on is None or row.principal_minor is None:
        return _Charge(one_line(row.number), label["fixed_sum"], "", "", "", amount)
    return _Charge(
        number=one_line(row.number),
        period=f"{short_day(row.from_on, language)} – {short_day(row.to_on, language)}",
        days=str(row.days),
        principal=number(Money(row.principal_minor, currency), language),
        rate=f"{rate(row.rate or '0', language)} %",
        amount=amount,
    )


def _sums(letter: Letter, label: Mapping[str, str]) -> Iterator[_Sum]:
    """From what is open to what is asked for; a letter with nothing to subtract or add states the one figure."""
    between = [
        ("disputed", "−", letter.disputed),
        ("credits", "−", letter.credits),
        ("fee", "+", letter.fee),
        ("charges", "+", letter.accrued if letter.charges_claimed else Money(0, letter.currency)),
        ("charges_before", "+", Money(letter.charges_before_minor, letter.currency)),
    ]
    if any(amount.minor for _, _, amount in between):
        yield _Sum("sum", label["total"], number(letter.total, letter.language))
    for name, sign, amount in between:
        if amount.minor:
            yield _Sum("minor", label[name], sign + number(amount, letter.language))
    yield _Sum("sum", label["to_pay"], number(letter.to_pay, letter.language))


def _payment(letter: Letter, label: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield label["beneficiary"], one_line(letter.sender.legal_name)
    if letter.sender.iban:
        bic = f" · BIC {one_line(letter.sender.bic)}" if letter.sender.bic else ""
        yield "IBAN", in_fours(letter.sender.iban) + bic
    yield label["reference"], _reference(letter)
    yield label["amount"], f"{number(letter.to_pay, letter.language)} {letter.currency}"
    yield label["pay_by"], day(letter.pay_by, letter.language)


def _reference(letter: Letter) -> str:
    reference = letter.payment_reference or letter.number
    return in_fours(reference) if iso11649.is_valid(reference) else one_line(reference)


def _facts(letter: Letter, label: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    facts = {
        "date": day(letter.on, letter.language),
        "customer": letter.recipient.customer_id,
        "notice": letter.number,
        "contact": letter.sender.signatory,
        "phone": letter.sender.phone,
        "email": letter.sender.email,
    }
    for name, value in facts.items():
        if value:
            yield label[name], one_line(value)


def _address(letter: Letter) -> Iterator[str]:
    to: Recipient = letter.recipient
    yield from lines_of(to.name, to.attention, *to.address)
    if to.country and to.country != letter.sender.country:
        yield one_line(LOCALES[letter.language].territories.get(to.country, to.country)).upper()


def _legal_line(sender: Sender, label: Mapping[str, str]) -> str:
    tax = f"{label['vat']} {sender.vat_id}" if sender.vat_id else None
    return " · ".join(lines_of(sender.legal_name, ", ".join(sender.address), tax))
