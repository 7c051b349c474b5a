"""A row about a customer → `CustomerIn`, or what is wrong with it."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from core.problems import Problem
from receivables.intake.fields import Fields
from receivables.intake.rows import Row
from receivables.push import UNDATED, Edition

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
    "debtor_type",
    "time_zone",
    "group",
    "owner",
    "source",
    "source_version",
    "updated_at",
    "ibans",
    "contacts",
)
ATTRIBUTES = {"group": "group_name"}
"""Columns whose names are others in the book."""

PURPOSES = ("billing", "escalation", "legal")
MOST_CONTACTS = MOST_ACCOUNTS = 50

LANGUAGES = ("en", "es", "fr", "de", "it", "nl", "pt")


class ContactIn(NamedTuple):
    """Whom to write to, and about what (`billing`, `escalation`, `legal`)."""

    purpose: str
    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class CustomerIn:
    """A customer as handed in. `stated` names the fields the row spoke of: only these change an existing customer.

    `credit_limit` is in minor units of `currency`. `accounts` are all the IBANs the customer pays from, the main one
    first; they and `contacts` are None when the row does not speak of them.
    """

    where: str
    external_id: str
    stated: frozenset[str]
    values: dict[str, object]
    parent: str
    currency: str
    credit_limit: int | None
    edition: Edition = UNDATED
    accounts: tuple[str, ...] | None = None
    contacts: tuple[ContactIn, ...] | None = None


def read_customer(row: Row) -> tuple[CustomerIn | None, list[Problem]]:
    """The customer, or None and the reasons; warnings may come with a customer."""
    fields = Fields(row)
    external_id = fields.required("customer_id", longest=80)
    currency = fields.currency()
    limit = fields.amount("credit_limit", currency or "EUR")
    if limit is not None and not currency:
        fields.refuse("currency", "A credit limit needs a currency.")
    if limit is not None and limit < 0:
        fields.refuse("credit_limit", "A credit limit is not negative.")
    accounts = _accounts(fields)
    values: dict[str, object] = {
        "name": fields.text("name"),
        "email": fields.email("email"),
        "language": _language(fields),
        "country": country_of(fields),
        "currency": currency,
        "iban": accounts[0] if accounts and not fields.has("iban") else fields.iban("iban"),
        "vat_id": fields.text("vat_id", longest=40),
        "payment_terms_days": fields.whole("payment_terms_days", least=0, most=365),
        "segment": fields.text("segment", longest=80),
        "policy": fields.text("policy", longest=80),
        "street": fields.text("street"),
        "postal_code": fields.text("postal_code", longest=20),
        "city": fields.text("city"),
        "debtor_type": fields.choice("debtor_type", ("business", "consumer", "public"), "business"),
        "time_zone": time_zone_of(fields),
        "group_name": fields.text("group", longest=80),
        "owner": fields.text("owner", longest=80),
    }
    edition = fields.edition()
    contacts = _contacts(fields)
    parent = fields.text("parent_id", longest=80)
    if parent and parent == external_id:
        fields.refuse("parent_id", "A customer is not its own parent.")
    if fields.is_refused:
        return None, fields.problems
    stated = {ATTRIBUTES.get(name, name) for name in COLUMNS if fields.has(name)} | ({"iban"} if accounts else set())
    if accounts is not None and fields.has("iban"):
        accounts = (str(values["iban"]), *(iban for iban in accounts if iban != values["iban"]))
    customer = CustomerIn(
        row.where, external_id, frozenset(stated), values, parent, currency, limit, edition, accounts, contacts
    )
    return customer, fields.problems


def _accounts(fields: Fields) -> tuple[str, ...] | None:
    """Each IBAN once, in the order given."""
    if not fields.has("ibans"):
        return None
    parts = fields.parts("ibans", MOST_ACCOUNTS)
    return tuple(dict.fromkeys(iban for part in parts if (iban := part.iban("iban"))))


def _contacts(fields: Fields) -> tuple[ContactIn, ...] | None:
    if not fields.has("contacts"):
        return None
    return tuple(
        ContactIn(part.choice("purpose", PURPOSES, "billing"), part.text("name"), part.email("email"), _language(part))
        for part in fields.parts("contacts", MOST_CONTACTS, ContactIn._fields)
    )


@cache
def _time_zones() -> set[str]:
    return available_timezones()


def country_of(fields: Fields) -> str:
    """A country by its two letters; "" when empty."""
    text = fields.text("country").upper()
    if text and not (len(text) == 2 and text.isascii() and text.isalpha()):
        fields.refuse("country", f"country is “{text[:20]}”; it must be a two-letter ISO 3166 code.")
    return text


def time_zone_of(fields: Fields) -> str:
    """An IANA time zone; "" when empty."""
    text = fields.text("time_zone", longest=80)
    if text and text not in _time_zones():
        fields.refuse("time_zone", f"time_zone is “{text[:40]}”, which is no IANA time zone such as Europe/Madrid.")
    return text


def _language(fields: Fields) -> str:
    text = fields.text("language").lower().replace("_", "-").split("-")[0]
    if text and text not in LANGUAGES:
        fields.warn("language", f"There are no letters in “{text[:20]}”; the company's language is used.")
    return text[:8]
