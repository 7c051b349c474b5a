"""What a letter adds up to, what it refuses to say, and how its figures are written in each language."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.money import Money
from dunning.letter import LANGUAGES, Language, Letter, LetterRow, Recipient, Sender
from dunning.rendering import (
    ROWS_IN_A_MAIL,
    letter_assets,
    payment_code,
    render_letter_html,
    render_mail,
)

TEXTS = Path(__file__).resolve().parents[2] / "templates" / "letters"
ON = date(2026, 11, 20)
NORDWIND = Sender(
    name="Nordwind Trading",
    legal_name="Nordwind Trading SL",
    address=("Carrer de la Marina 12", "08005 Barcelona"),
    email="cobros@nordwind.example",
    country="ES",
    vat_id="B-65432109",
    iban="ES9121000418450200051332",
    bic="CAIXESBBXXX",
    phone="+34 932 000 118",
    signatory="Cobros, Nordwind Trading",
)
VEGAFOODS = Recipient(
    name="Vegafoods Ibérica S.L.",
    customer_id="K10412",
    address=("Calle de Alcalá 214, 3.º", "28028 Madrid"),
    attention="A/A Contabilidad de proveedores",
    country="ES",
)


def a_row(number: str = "F26/01702", open_minor: int = 115_000, disputed_minor: int = 0) -> LetterRow:
    return LetterRow(
        number=number,
        issued_on=date(2026, 8, 4),
        due_on=date(2026, 9, 2),
        days_overdue=79,
        level=2,
        open_minor=open_minor,
        disputed_minor=disputed_minor,
    )


def a_letter(**changes: object) -> Letter:
    values: dict[str, object] = {
        "number": "N-2026-04471",
        "level": 2,
        "language": "es",
        "on": ON,
        "currency": "EUR",
        "sender": NORDWIND,
        "recipient": VEGAFOODS,
        "rows": (a_row(), a_row("F26/01877", 230_000), a_row("F26/01921", 870_000, 870_000)),
        "pay_by": date(2026, 11, 27),
        "payment_reference": "RF18539007547034",
        "previous_on": date(2026, 11, 3),
    }
    return Letter(**{**values, **changes})  # type: ignore[arg-type]


# ── sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_to_pay_leaves_out_disputes_and_credits_and_adds_the_fee() -> None:
    letter = a_letter(credits_minor=12_000, fee_minor=4_000)
    assert letter.total == Money(1_215_000, "EUR")
    assert letter.disputed == Money(870_000, "EUR")
    assert letter.to_pay == Money(1_215_000 - 870_000 - 12_000 + 4_000, "EUR")


ROWS = st.lists(
    st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)).map(
        lambda pair: a_row(open_minor=max(pair), disputed_minor=min(pair))
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS, st.integers(0, 10**9), st.integers(0, 10**6))
def test_every_letter_that_is_written_asks_for_something_and_adds_up(
    rows: list[LetterRow], credits_minor: int, fee_minor: int
) -> None:
    claimed = sum(row.open_minor - row.disputed_minor for row in rows)
    try:
        letter = a_letter(rows=tuple(rows), credits_minor=credits_minor, fee_minor=fee_minor)
    except Invalid:
        assert claimed == 0 or claimed + fee_minor - credits_minor <= 0
        return
    assert letter.to_pay.minor == claimed - credits_minor + fee_minor > 0
    assert letter.total - letter.disputed - letter.credits + letter.fee == letter.to_pay


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rows": ()}, "ask for nothing"),
        ({"rows": (a_row(disputed_minor=115_000),), "fee_minor": 4_000}, "ask for nothing"),
        ({"credits_minor": 345_000}, "ask for nothing"),
        ({"rows": (a_row(open_minor=0),)}, "something open"),
        ({"rows": (a_row(disputed_minor=115_001),)}, "part of what is open"),
        ({"rows": (a_row(), a_row(disputed_minor=-1))}, "part of what is open"),
        ({"rows": (replace(a_row(), days_overdue=-1),)}, "never negative"),
        ({"credits_minor": -1}, "positive"),
        ({"fee_minor": -1}, "positive"),
        ({"level": 4}, "no letter of level 4"),
        ({"level": -1}, "no letter of level -1"),
        ({"language": "sv"}, "no letter in “sv”"),
        ({"pay_by": ON - timedelta(days=1)}, "before the letter's own date"),
        ({"portal_url": "javascript:alert(1)"}, "https://"),
    ],
)
def test_a_letter_that_cannot_be_a_demand_is_refused(changes: Mapping[str, object], says: str) -> None:
    with pytest.raises(Invalid, match=re.escape(says)):
        a_letter(**changes)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "currency", "minor", "written"),
    [
        ("en", "EUR", 345_000, "€3,450.00"),
        ("es", "EUR", 345_000, "3.450,00\xa0€"),
        ("fr", "EUR", 123_456_789, "1\u202f234\u202f567,89\xa0€"),
        ("de", "EUR", 345_000, "3.450,00\xa0€"),
        ("de", "JPY", 345_000, "345.000\xa0¥"),
        ("en", "TND", 1_234_567, "TND1,234.567"),
        ("en", "ISK", 1_234, "ISK1,234"),
        ("en", "ALL", 1_234, "ALL12.34"),
        ("en", "USD", 10**15 - 1, "US$9,999,999,999,999.99"),
    ],
)
def test_amounts_are_written_exactly_with_the_digits_of_iso_4217(
    language: Language, currency: str, minor: int, written: str
) -> None:
    letter = a_letter(language=language, currency=currency, rows=(a_row(open_minor=minor),))
    assert f"<b>{written}</b>" in render_letter_html(letter)


@pytest.mark.parametrize(
    ("language", "day", "written"),
    [
        ("en", date(2026, 12, 1), "1 December 2026"),
        ("es", date(2026, 12, 1), "1 de diciembre de 2026"),
        ("fr", date(2026, 12, 1), "1er décembre 2026"),
        ("fr", date(2026, 12, 11), "11 décembre 2026"),
        ("de", date(2026, 12, 1), "1. Dezember 2026"),
    ],
)
def test_the_last_day_to_pay_is_written_out(language: Language, day: date, written: str) -> None:
    assert f"<b>{written}</b>" in render_letter_html(a_letter(language=language, pay_by=day))


def test_only_a_foreign_country_is_printed_in_the_address() -> None:
    abroad = replace(VEGAFOODS, country="DE")
    assert "ALEMANIA" in render_letter_html(a_letter(recipient=abroad))
    assert "ESPAÑA" not in render_letter_html(a_letter())


def test_a_first_reminder_speaks_of_one_invoice_when_it_claims_only_one() -> None:
    one_claimed = (a_row(), a_row("F26/01921", 870_000, 870_000))
    assert (
        "invoice F26/01702, due on 2 September 2026,"
        in render_mail(a_letter(level=1, language="en", rows=one_claimed)).text
    )
    assert "the 2 invoices below" in render_mail(a_letter(level=1, language="en")).text


def test_a_second_reminder_names_the_day_of_the_first_only_when_there_was_one() -> None:
    assert "El 3 de noviembre de 2026 les recordamos" in render_mail(a_letter()).text
    assert "Ya les hemos recordado" in render_mail(a_letter(previous_on=None)).text


def test_sums_are_shown_only_when_there_is_something_to_subtract_or_add() -> None:
    plain = render_mail(a_letter(rows=(a_row(),))).text
    assert "Total pendiente" not in plain
    assert "A pagar ahora: 1.150,00 EUR" in plain
    full = render_mail(a_letter(credits_minor=5_000, fee_minor=4_000)).text
    for line in ("Total pendiente: 12.150,00", "estudiamos): −8.700,00", "a su favor: −50,00", "demora: +40,00"):
        assert line in full
    assert "A pagar ahora: 3.440,00 EUR" in full


def test_a_mail_lists_the_first_invoices_and_counts_the_rest() -> None:
    rows = tuple(a_row(f"INV-{index:03d}") for index in range(ROWS_IN_A_MAIL + 5))
    mail = render_mail(a_letter(language="en", rows=rows))
    assert f"INV-{ROWS_IN_A_MAIL - 1:03d}" in mail.text
    assert f"INV-{ROWS_IN_A_MAIL:03d}" not in mail.text
    assert "+ 5 further invoices" in mail.text
    assert f"INV-{ROWS_IN_A_MAIL + 4:03d}" in render_letter_html(a_letter(language="en", rows=rows))


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_and_language_has_all_its_texts(level: int, language: Language) -> None:
    letter = a_letter(level=level, language=language, portal_url="https://pay.nordwind.example/l/1")
    mail = render_mail(letter)
    assert "\n" not in mail.subject
    assert 10 < len(mail.subject) < 160
    for part in (mail.text, mail.html, render_letter_html(letter)):
        assert "F26/01702" in part
        assert "ES91 2100 0418 4502 0005 1332" in part
        assert "RF18 5390 0754 7034" in part
        assert "https://pay.nordwind.example/l/1" in part
        assert not re.search(r"\{[{%]|[%}]\}|None|Undefined", part)
    assert "<b>" not in mail.text


def test_no_text_of_a_level_cites_a_law_or_a_court() -> None:
    pretence = re.compile(
        r"§|\b(court|lawyer|law|legal|tribunal\w*|juez|ley|abogad\w+|loi|avocat|huissier|Gericht\w*|Anwalt|legge|"
        r"avvocat\w+|wet|rechter|advocaat|deurwaarder|lei|advogad\w+)\b",
        re.I,
    )
    found = [path for path in TEXTS.glob("*/*.toml") if pretence.search(path.read_text("utf-8"))]
    assert len(list(TEXTS.glob("*/*.toml"))) == 4 * len(LANGUAGES)
    assert found == []


# ── the payment code ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_payment_code_is_offered_for_euros_to_an_iban_only() -> None:
    assert payment_code(a_letter()) is not None
    assert payment_code(a_letter(currency="USD")) is None
    assert payment_code(a_letter(sender=replace(NORDWIND, iban=None))) is None
    assert payment_code(a_letter(rows=(a_row(open_minor=99_999_999_999),))) is not None
    assert payment_code(a_letter(rows=(a_row(open_minor=100_000_000_000),))) is None


@pytest.mark.parametrize(
    ("reference", "lines"),
    [("RF18 5390 0754 7034", ["RF18539007547034"]), ("RF00 5390", ["", "RF00 5390"]), (None, ["", "N-2026-04471"])],
)
def test_the_payment_code_holds_the_lines_of_epc069_12(reference: str | None, lines: list[str]) -> None:
    head = ["BCD", "002", "2", "SCT", "CAIXESBBXXX", "Nordwind Trading SL", "ES9121000418450200051332", "EUR3450", ""]
    expected = segno.make_qr("\n".join([*head, *lines]).encode("latin-1"), error="m", boost_error=False)
    code = payment_code(a_letter(payment_reference=reference))
    assert code is not None
    assert code.matrix == expected.matrix


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_the_letter_asks_for_exactly_the_pictures_it_is_handed(currency: str) -> None:
    letter = a_letter(currency=currency, sender=replace(NORDWIND, logo=b"\x89PNG"))
    asked = set(re.findall(r'src="asset:([^"]+)"', render_letter_html(letter)))
    assert asked == set(letter_assets(letter))
    assert "logo" in asked


# ── hostile data ─────────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "{{7*7}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{{ self.__init__.__globals__ }}",
    "<img src=file:///etc/passwd>",
    "<script>alert(1)</script>",
    '"><link rel=attachment href=file:///etc/passwd>',
    "' onload='x",
    "</title></head><style>*{background:url(http://evil.example)}</style>",
    "${7*7} #{7*7} <%= 7*7 %>",
    "A\r\nBcc: thief@evil.example",
    "pay\n\nIBAN: DE00 EVIL",
    "\u202egnp.exe\u2066",
    "\ud800 lone",
    "nul\x00bell\x07",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_data_of_a_record_stays_data(payload: str) -> None:
    letter = a_letter(
        number=payload,
        recipient=Recipient(name=payload, customer_id=payload, address=(payload,), attention=payload, country=payload),
        sender=replace(NORDWIND, name=payload, signatory=payload, phone=payload, vat_id=payload),
        rows=(a_row(payload),),
        payment_reference=payload,
    )
    mail, page = render_mail(letter), render_letter_html(letter)
    for part in (page, mail.html):
        assert not re.search(r"<(script|link)|<img src=file|<style>\*|on(load)='", part)
        assert part.count("<style>") == (1 if part is mail.html else 0)
    for part in (page, mail.html, mail.text, mail.subject):
        part.encode()
        assert "49" not in part.replace(payload, "").replace("&lt;%= 7*7", "")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\u2066]", part)
    assert "\n" not in mail.subject
    assert not re.search(r"^(Bcc|IBAN: DE00)", mail.text, re.M)
