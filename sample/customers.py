"""The sample's customers: who they are, how they pay, how they write it on a payment.

Bank and tax numbers carry right check digits, yet belong to nobody: bank codes no central bank has given out, serial
numbers from the far end of each register.
"""

import csv
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from stdnum import iban, luhn
from stdnum.es import ccc, cif
from stdnum.gb import vat as gb_vat
from stdnum.ie import vat as ie_vat
from stdnum.iso7064 import mod_11_10

from sample.customer_table import ROWS

Behaviour = Literal["prompt", "early", "late", "slow", "short", "disputes", "keeps", "breaks", "never"]
"""prompt: by the due date. early: within the discount days. late, slow: days, weeks after. short: withholds a little
now and then. disputes: contests some, pays the rest. keeps, breaks: late, and (does not) keep promises. never."""

Habit = Literal["number", "casual", "rf", "silent", "several"]
"""How they write a payment: the invoice number as printed; the same carelessly; our RF reference; nothing useful;
everything due around the 25th in one transfer."""

Segment = Literal["key", "standard", "small", "public"]

LANGUAGES = {"ES": "es", "FR": "fr", "DE": "de", "GB": "en", "IE": "en"}
_MAILBOXES = {"ES": "proveedores", "FR": "comptabilite", "DE": "buchhaltung", "GB": "accounts", "IE": "accounts"}
_LEGAL_FORMS = frozenset(["s.l.", "s.a.", "s.c.a.", "sas", "sarl", "selarl", "gmbh", "ag", "kg", "ltd", "plc"])
FIRST_NUMBER = 10401


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer. `credit_limit` and `usual_invoice` are whole units of `currency`; `every_days` 0 means that all
    its invoices stand in `cast.py`; `stopped_days` counts back from the sample's date to the first due date unpaid."""

    customer_id: str
    slug: str
    name: str
    email: str
    language: str
    country: str
    currency: str
    iban: str
    vat_id: str
    street: str
    postal_code: str
    city: str
    segment: Segment
    payment_terms_days: int
    credit_limit: int
    usual_invoice: int
    every_days: int
    behaviour: Behaviour
    habit: Habit
    stopped_days: int | None
    parent_id: str


def ascii_text(text: str) -> str:
    """The text as banks and mail addresses carry it: accents dropped, ß as ss."""
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in decomposed if letter.isascii())


def slug_of(name: str) -> str:
    """`Vegafoods Ibérica S.L.` → `vegafoods-iberica`: the name without its legal form."""
    words = [word for word in ascii_text(name).lower().split() if word not in _LEGAL_FORMS]
    letters = "".join(letter if letter.isalnum() else " " for letter in " ".join(words))
    return "-".join(letters.split())


def _iban(country: str, serial: int) -> str:
    bban = _BBANS[country](serial)
    return country + iban.calc_check_digits(f"{country}00{bban}") + bban


def _spanish_bban(serial: int) -> str:
    number = f"99180418{serial * 7919:010d}"
    return number[:8] + ccc.calc_check_digits(f"{number[:8]}00{number[8:]}") + number[8:]


def _french_bban(serial: int) -> str:
    bank, branch, account = "99918", "00412", f"{serial * 7919:011d}"
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank}{branch}{account}{key:02d}"


_BBANS: dict[str, Callable[[int], str]] = {
    "ES": _spanish_bban,
    "FR": _french_bban,
    "DE": lambda serial: f"99918041{serial * 7919:010d}",
    "GB": lambda serial: f"DEMO999180{serial * 719:08d}",
    "IE": lambda serial: f"DEMO999180{serial * 719:08d}",
}


def _spanish_vat(serial: int) -> str:
    body = f"B98{serial:05d}"
    return body + cif.calc_check_digits(body)[0]


def _french_vat(serial: int) -> str:
    body = f"998{serial:05d}"
    siren = body + luhn.calc_check_digit(body)
    return f"{int(siren + '12') % 97:02d}{siren}"


def _german_vat(serial: int) -> str:
    body = f"998{serial:05d}"
    return body + mod_11_10.calc_check_digit(body)


def _british_vat(serial: int) -> str:
    body = f"998{serial % 10000:04d}"
    return body + next(f"{check:02d}" for check in range(97) if gb_vat.checksum(f"{body}{check:02d}") == 0)


def _irish_vat(serial: int) -> str:
    body = f"99{serial % 100000:05d}"
    return body + ie_vat.calc_check_digit(body)


_VAT_NUMBERS: dict[str, Callable[[int], str]] = {
    "ES": _spanish_vat,
    "FR": _french_vat,
    "DE": _german_vat,
    "GB": _british_vat,
    "IE": _irish_vat,
}


def _checked(word: str, vocabulary: object) -> Any:
    """The word, if the `Literal` knows it; a slip in the table is a `ValueError`."""
    if word not in get_args(vocabulary):
        raise ValueError(f"“{word}” is none of {get_args(vocabulary)}")
    return word


def _customer(number: int, row: str, ids: dict[str, str]) -> Customer:
    country, name, street, postal_code, city, segment, terms, limit, usual, every, behaviour, habit, stopped, parent = (
        row.split("|")
    )
    slug = slug_of(name)
    return Customer(
        customer_id=ids[slug],
        slug=slug,
        name=name,
        email=f"{_MAILBOXES[country]}@{slug}.example",
        language=LANGUAGES[country],
        country=country,
        currency="GBP" if country == "GB" else "EUR",
        iban=_iban(country, number),
        vat_id=country + _VAT_NUMBERS[country](number),
        street=street,
        postal_code=postal_code,
        city=city,
        segment=_checked(segment, Segment),
        payment_terms_days=int(terms),
        credit_limit=int(limit),
        usual_invoice=int(usual),
        every_days=int(every),
        behaviour=_checked(behaviour, Behaviour),
        habit=_checked(habit, Habit),
        stopped_days=int(stopped) if stopped else None,
        parent_id=ids[parent] if parent else "",
    )


@cache
def customers() -> tuple[Customer, ...]:
    """All customers in the order of their numbers. They do not depend on the sample's date."""
    rows = ROWS.strip().splitlines()
    ids = {slug_of(row.split("|")[1]): f"K{number}" for number, row in enumerate(rows, FIRST_NUMBER)}
    return tuple(_customer(number, row, ids) for number, row in enumerate(rows, FIRST_NUMBER))


@cache
def by_slug() -> dict[str, Customer]:
    """`{"vegafoods": Customer(…), …}`."""
    return {customer.slug: customer for customer in customers()}


COLUMNS = (
    "customer_id",
    "name",
    "email",
    "language",
    "country",
    "currency",
    "iban",
    "vat_id",
    "credit_limit",
    "payment_terms_days",
    "parent_id",
    "segment",
    "policy",
    "street",
    "postal_code",
    "city",
)


def _cells(customer: Customer) -> dict[str, str]:
    plain = {column: str(getattr(customer, column)) for column in COLUMNS if column not in ("policy", "credit_limit")}
    return plain | {"policy": "", "credit_limit": f"{customer.credit_limit}.00"}


def customers_csv() -> str:
    """The customers as the contract's CSV plus the address columns. Parents stand before their children."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(customer) for customer in customers())
    return out.getvalue()
