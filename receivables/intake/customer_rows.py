"""A row about a customer → `CustomerIn`, or what is wrong with it."""

from dataclasses import dataclass

from core.problems import Problem
from receivables.intake.fields import Fields
from receivables.intake.rows import Row

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
)

LANGUAGES = ("en", "es", "fr", "de", "it", "nl", "pt")


@dataclass(frozen=True, slots=True)
class CustomerIn:
    """A customer as handed in. `stated` names the fields the row spoke of: only these change an existing customer.

    `credit_limit` is in minor units of `currency`.
    """

    where: str
    external_id: str
    stated: frozenset[str]
    values: dict[str, object]
    parent: str
    currency: str
    credit_limit: int | None


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
    country = fields.text("country").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        fields.refuse("country", f"country is “{country[:20]}”; it must be a two-letter ISO 3166 code.")
    values: dict[str, object] = {
        "name": fields.text("name"),
        "email": fields.email("email"),
        "language": _language(fields),
        "country": country,
        "currency": currency,
        "iban": fields.iban("iban"),
        "vat_id": fields.text("vat_id", longest=40),
        "payment_terms_days": fields.whole("payment_terms_days", least=0, most=365),
        "segment": fields.text("segment", longest=80),
        "policy": fields.text("policy", longest=80),
        "street": fields.text("street"),
        "postal_code": fields.text("postal_code", longest=20),
        "city": fields.text("city"),
        "debtor_type": fields.choice("debtor_type", ("business", "consumer", "public"), "business"),
    }
    parent = fields.text("parent_id", longest=80)
    if parent and parent == external_id:
        fields.refuse("parent_id", "A customer is not its own parent.")
    if fields.is_refused:
        return None, fields.problems
    stated = frozenset(name for name in COLUMNS if fields.has(name))
    return CustomerIn(row.where, external_id, stated, values, parent, currency, limit), fields.problems


def _language(fields: Fields) -> str:
    text = fields.text("language").lower().replace("_", "-").split("-")[0]
    if text and text not in LANGUAGES:
        fields.warn("language", f"There are no letters in “{text[:20]}”; the company's language is used.")
    return text[:8]
