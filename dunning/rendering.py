"""From a `Letter` to words: the HTML of the printed letter, and the subject, text and HTML of the mail.

Templates see finished strings only: amounts and dates are written out here, in the letter's language, and whatever
came from a record is one line of data, never markup and never template. A template that names something unknown fails
loudly (`StrictUndefined`). What a level says in a language is its `LetterText`, written by `wording` and set in the
layouts `letter.html`, `mail.html` and `mail.txt`; labels are in `labels.toml`.
"""

import io
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import segno.helpers
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from stdnum import iso11649

from core.currencies import EXPONENTS
from core.money import Money, decimal_text
from dunning.letter import COURTESY, ChargeRow, Language, Letter, LetterRow, Recipient, Sender
from dunning.letter_text import Value
from dunning.wording import worded
from runtime.pdf import PdfRenderer, PdfStyle

ROWS_IN_A_MAIL: Final = 10
"""A mail lists this many invoices; the attached letter lists all."""

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_LOCALES: Mapping[Language, Locale] = {
    "en": Locale("en", "GB"),
    "es": Locale("es", "ES"),
    "fr": Locale("fr", "FR"),
    "de": Locale("de", "DE"),
    "it": Locale("it", "IT"),
    "nl": Locale("nl", "NL"),
    "pt": Locale("pt", "PT"),
}
_DAY_IN_A_TABLE: Mapping[Language, str] = {
    "en": "d MMM yyyy",
    "es": "dd/MM/yyyy",
    "fr": "dd/MM/yyyy",
    "de": "dd.MM.yyyy",
    "it": "dd/MM/yyyy",
    "nl": "dd-MM-yyyy",
    "pt": "dd/MM/yyyy",
}
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
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
        iban=_compact(letter.sender.iban),
        amount=Decimal(decimal_text(amount.minor, amount.currency)),
        reference=_compact(reference) if structured else None,
        text=None if structured else one_line(reference),
        bic=_compact(letter.sender.bic) if letter.sender.bic else None,
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
def _labels(language: Language) -> Mapping[str, str]:
    with (_TEMPLATES / "letters" / "labels.toml").open("rb") as source:
        labels: dict[str, dict[str, str]] = tomllib.load(source)
    return labels[language]


# ── what the templates see ───────────────────────────────────────────────────────────────────────────────────────────


def _view(letter: Letter) -> dict[str, Any]:
    label = _labels(letter.language)
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
        "return_line": " · ".join(_lines(letter.sender.legal_name, *letter.sender.address)),
        "legal_line": _legal_line(letter.sender, label),
        "address": list(_address(letter)),
        "facts": list(_facts(letter, label)),
        "rows": rows,
        "first_rows": rows[:ROWS_IN_A_MAIL],
        "more_rows": max(0, len(rows) - ROWS_IN_A_MAIL),
        "sums": list(_sums(letter, label)),
        "charges": [_charge(row, letter, label) for row in letter.charges],
        "charges_title": label["annex_claimed" if letter.charges_claimed else "annex_warned"],
        "charges_until": _day(letter.on, letter.language),
        "charges_total": _number(letter.accrued, letter.language),
        "charge_sources": [one_line(source) for source in letter.charge_sources],
        "payment": list(_payment(letter, label)),
        "has_qr": bool(letter.sender.iban) and _fits_payment_code(letter.to_pay),
        "portal_url": one_line(letter.portal_url or ""),
        "signature": one_line(letter.sender.signatory or letter.sender.name),
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
        "today": _day(letter.on, language),
        "to_pay": _money(letter.to_pay, language),
        "total": _money(letter.total, language),
        "disputed": _money(letter.disputed, language) if letter.disputed.minor else "",
        "pay_by": _day(letter.pay_by, language),
        "previous_on": _day(letter.previous_on, language) if letter.previous_on else "",
        "one": int(len(letter.claimed_rows) == 1),
        "count": len(letter.claimed_rows),
        "invoice": one_line(first.number),
        "due_on": _day(first.due_on, language),
        "days_overdue": max(row.days_overdue for row in letter.claimed_rows),
        "reference": _reference(letter),
        "portal_url": one_line(letter.portal_url or ""),
    }


def _row(row: LetterRow, letter: Letter) -> _Row:
    return _Row(
        number=one_line(row.number),
        issued_on=_short_day(row.issued_on, letter.language),
        due_on=_short_day(row.due_on, letter.language),
        days=str(row.days_overdue) if row.days_overdue else "–",
        level=str(row.level) if row.level else "–",
        open=_number(Money(row.open_minor, letter.currency), letter.language),
        disputed=_number(Money(row.disputed_minor, letter.currency), letter.language) if row.disputed_minor else "",
    )


def _charge(row: ChargeRow, letter: Letter, label: Mapping[str, str]) -> _Charge:
    """A line of the annex; the fixed sum has no days, principal or rate."""
    language, currency = letter.language, letter.currency
    amount = _number(Money(row.amount_minor, currency), language)
    if row.from_on is None or row.to_on is None or row.principal_minor is None:
        return _Charge(one_line(row.number), label["fixed_sum"], "", "", "", amount)
    return _Charge(
        number=one_line(row.number),
        period=f"{_short_day(row.from_on, language)} – {_short_day(row.to_on, language)}",
        days=str(row.days),
        principal=_number(Money(row.principal_minor, currency), language),
        rate=f"{_rate(row.rate or '0', language)} %",
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
        yield _Sum("sum", label["total"], _number(letter.total, letter.language))
    for name, sign, amount in between:
        if amount.minor:
            yield _Sum("minor", label[name], sign + _number(amount, letter.language))
    yield _Sum("sum", label["to_pay"], _number(letter.to_pay, letter.language))


def _payment(letter: Letter, label: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield label["beneficiary"], one_line(letter.sender.legal_name)
    if letter.sender.iban:
        bic = f" · BIC {one_line(letter.sender.bic)}" if letter.sender.bic else ""
        yield "IBAN", _in_fours(letter.sender.iban) + bic
    yield label["reference"], _reference(letter)
    yield label["amount"], f"{_number(letter.to_pay, letter.language)} {letter.currency}"
    yield label["pay_by"], _day(letter.pay_by, letter.language)


def _reference(letter: Letter) -> str:
    reference = letter.payment_reference or letter.number
    return _in_fours(reference) if iso11649.is_valid(reference) else one_line(reference)


def _facts(letter: Letter, label: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    facts = {
        "date": _day(letter.on, letter.language),
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
    yield from _lines(to.name, to.attention, *to.address)
    if to.country and to.country != letter.sender.country:
        yield one_line(_LOCALES[letter.language].territories.get(to.country, to.country)).upper()


def _legal_line(sender: Sender, label: Mapping[str, str]) -> str:
    tax = f"{label['vat']} {sender.vat_id}" if sender.vat_id else None
    return " · ".join(_lines(sender.legal_name, ", ".join(sender.address), tax))


# ── how things are written ───────────────────────────────────────────────────────────────────────────────────────────


def one_line(text: str) -> str:
    """Data as a single line in NFC: line ends, controls, bidi overrides and lone surrogates become one space."""
    return unicodedata.normalize("NFC", _NOT_PRINTABLE.sub(" ", text)).strip()


def _lines(*texts: str | None) -> list[str]:
    return [line for line in (one_line(text) for text in texts if text) if line]


def _compact(text: str) -> str:
    return re.sub(r"\s", "", text).upper()


def _in_fours(text: str) -> str:
    return " ".join(re.findall(".{1,4}", _compact(one_line(text))))


def _money(amount: Money, language: Language) -> str:
    """With its symbol, as one writes it in a sentence: `3.450,00 €`. Digits follow ISO 4217, not cash usage."""
    locale = _LOCALES[language]
    pattern = re.sub(r"0\.0+", _digits(amount.currency), locale.currency_formats["standard"].pattern)
    return format_currency(_exact(amount), amount.currency, pattern, locale=locale, currency_digits=False)


def _number(amount: Money, language: Language) -> str:
    return format_decimal(_exact(amount), "#,##" + _digits(amount.currency), locale=_LOCALES[language])


def _rate(rate: str, language: Language) -> str:
    return format_decimal(Decimal(rate), "0.00##", locale=_LOCALES[language])


def _digits(currency: str) -> str:
    return f"0.{'0' * EXPONENTS[currency]}".rstrip(".")


def _exact(amount: Money) -> Decimal:
    return Decimal(decimal_text(amount.minor, amount.currency))


def _day(day: date, language: Language) -> str:
    written = format_date(day, "long", locale=_LOCALES[language])
    return "1er" + written[1:] if language == "fr" and day.day == 1 else written


def _short_day(day: date, language: Language) -> str:
    return format_date(day, _DAY_IN_A_TABLE[language], locale=_LOCALES[language])
