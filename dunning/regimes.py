"""The tables of late-payment law: reading them, and finding the rule for a debtor and a contract. Pure.

A table is either a rate history or a country's rules, as JSON objects. Numbers are decimal strings: a float would have
been rounded before we see it. `Invalid` names each thing wrong by its JSON pointer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar, cast, get_args

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from core.problems import Problem
from dunning.interest import Compensation, DayCount, Debt, Debtor, History, Rule, Sheet, accrue

T = TypeVar("T")

Kind = Literal["history", "rules"]
_HIGHEST_RATE = Decimal(100)
_FIXED_ON = ("first-day", "day-before")
_HISTORY = frozenset({"name", "title", "source", "read_on", "known_through", "rates"})
_RULES = frozenset({"country", "title", "aliases", "read_on", "rules"})
_RULE = frozenset(
    {
        *("name", "debtors", "contracts_from", "contracts_until", "reference", "margin", "resets", "fixed_on"),
        *("rounded_up_to", "day_count", "compensation", "law", "standing"),
    }
)


@dataclass(frozen=True, slots=True)
class Regimes:
    """Every table in force: rules by country code, histories by name."""

    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict)

    @classmethod
    def of(cls, bodies: Mapping[str, tuple[int, Mapping[str, Any]]]) -> "Regimes":
        """From stored tables: name → (version, body)."""
        rules: dict[str, tuple[Rule, ...]] = {}
        histories: dict[str, History] = {}
        for name, (version, body) in bodies.items():
            if kind_of(body) == "history":
                histories[name] = read_history(body, version)
            else:
                found = read_rules(body)
                rules |= {code: found for code in (body["country"], *body.get("aliases", ()))}
        return cls(rules, histories)

    def rule(self, country: str, debtor: str, contract_on: date) -> Rule:
        """The law that applies; `Invalid` when no table says it."""
        if debtor not in get_args(Debtor):
            raise Invalid.because("/debtor", f"A debtor is one of {', '.join(get_args(Debtor))}.", field="debtor")
        rules = self.rules.get(country.upper())
        if rules is None:
            known = ", ".join(sorted(self.rules))
            raise Invalid.because("/country", f"There are no rules for “{country[:12]}”. There are: {known}.")
        of_kind = [rule for rule in rules if debtor in rule.debtors]
        if not of_kind:
            raise Invalid.because("/debtor", f"The tables of {country.upper()} have no rule for a {debtor} debtor.")
        for rule in of_kind:
            if rule.applies_to(cast(Debtor, debtor), contract_on):
                return rule
        first = min(rule.contracts_from for rule in of_kind)
        raise Invalid.because("/contract_on", f"The rules of {country.upper()} cover contracts from {first} on.")

    def sheet(
        self,
        debt: Debt,
        *,
        country: str,
        debtor: str,
        until: date,
        contract_on: date | None = None,
        since: date | None = None,
        agreed: Decimal | None = None,
    ) -> Sheet:
        """The sheet of a debt. Without its date the contract counts as made by the due date."""
        rule = self.rule(country, debtor, contract_on or debt.due_on)
        history = self.histories.get(rule.reference or "")
        return accrue(debt, rule, history, until, since=since, agreed=agreed)


def kind_of(body: Mapping[str, Any]) -> Kind:
    """Whether a table is a rate history or a country's rules."""
    return "rules" if "country" in body else "history"


def name_of(body: Mapping[str, Any]) -> str:
    """The name a table is stored under: a history's own, or `rules-` and the country."""
    return f"rules-{body['country']}" if kind_of(body) == "rules" else str(body["name"])


def check_table(body: Mapping[str, Any]) -> None:
    """`Invalid` when a table cannot be used as it is."""
    if kind_of(body) == "rules":
        read_rules(body)
    else:
        read_history(body, 0)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read_history(body: Mapping[str, Any], version: int) -> History:
    """A rate history: at least one rate, in order of their days."""
    reading = _Reading(body, _HISTORY)
    rates = reading.each("rates", lambda given, at: (reading.day(given, "from", at), reading.rate(given, "rate", at)))
    days = [day for day, _ in rates]
    if days != sorted(set(days)):
        reading.wrong("/rates", "Rates stand in the order of their days, each day once.")
    history = History(
        reading.text(body, "name"),
        reading.text(body, "title"),
        reading.text(body, "source"),
        reading.day(body, "read_on"),
        reading.day(body, "known_through"),
        tuple(rates),
        version,
    )
    if days and history.known_through < days[-1]:
        reading.wrong("/known_through", "The last rate begins after the last day known.")
    reading.finish()
    return history


def read_rules(body: Mapping[str, Any]) -> tuple[Rule, ...]:
    """A country's rules; at least one."""
    reading = _Reading(body, _RULES)
    country = reading.text(body, "country")
    reading.day(body, "read_on")
    rules = reading.each("rules", lambda given, at: _rule(reading, given, at, country))
    reading.finish()
    return tuple(rules)


def _rule(reading: "_Reading", given: Mapping[str, Any], at: str, country: str) -> Rule:
    reading.only(given, _RULE, at)
    has_reference = "reference" in given
    return Rule(
        name=reading.text(given, "name", at),
        country=country,
        debtors=cast(tuple[Debtor, ...], reading.choices(given, "debtors", get_args(Debtor), at)),
        contracts_from=reading.day(given, "contracts_from", at),
        contracts_until=reading.day(given, "contracts_until", at) if "contracts_until" in given else None,
        reference=reading.text(given, "reference", at) if has_reference else None,
        margin=reading.rate(given, "margin", at),
        is_stepping=has_reference and reading.choice(given, "resets", ("half-year", "never"), at) == "half-year",
        is_day_before=has_reference
        and reading.choice(given, "fixed_on", ("first-day", "day-before"), at) != "first-day",
        rounded_up_to=reading.rate(given, "rounded_up_to", at) if "rounded_up_to" in given else None,
        day_count=cast(
            DayCount,
            reading.choice(given, "day_count", get_args(DayCount), at) if "day_count" in given else "actual/365",
        ),
        compensation=_compensation(reading, given["compensation"], f"{at}/compensation")
        if "compensation" in given
        else None,
        law=tuple(reading.texts(given, "law", at)),
        is_checked=reading.choice(given, "standing", ("checked", "recalled"), at) == "checked",
    )


def _compensation(reading: "_Reading", given: Any, at: str) -> Compensation | None:
    given_steps = given.get("steps") if isinstance(given, Mapping) else None
    if not isinstance(given_steps, list) or not all(isinstance(step, Mapping) for step in given_steps):
        reading.wrong(at, "The fixed sum is an object with a list of steps.")
        return None
    currency, sized_in = reading.text(given, "currency", at), reading.text(given, "by_principal_in", at)
    steps = []
    for index, step in enumerate(given_steps):
        where = f"{at}/steps/{index}"
        above = "above" in step
        least = reading.amount(step, "above" if above else "from", sized_in, where) + above
        steps.append((least, reading.amount(step, "amount", currency, where)))
    if not steps or steps[0][0] != 0 or steps != sorted(steps):
        reading.wrong(f"{at}/steps", "The sums begin at a principal of 0 and rise with it.")
    return Compensation(currency, sized_in, tuple(steps))


class _Reading:
    """Collects what is wrong with a table while its parts are read; a wrong part reads as a stand-in."""

    def __init__(self, body: Mapping[str, Any], members: frozenset[str]) -> None:
        self._body = body
        self._problems: list[Problem] = []
        self.only(body, members, "")

    def wrong(self, where: str, message: str) -> None:
        self._problems.append(Problem(where, message, field=where.rpartition("/")[2]))

    def finish(self) -> None:
        if self._problems:
            raise Invalid(self._problems)

    def only(self, given: Mapping[str, Any], members: frozenset[str], at: str) -> None:
        for name in given:
            if name not in members:
                self.wrong(f"{at}/{name}", f"A table has no “{str(name)[:40]}” here.")

    def each(self, name: str, read: Callable[[Mapping[str, Any], str], T]) -> list[T]:
        given = self._body.get(name)
        if not isinstance(given, list) or not given or not all(isinstance(each, Mapping) for each in given):
            self.wrong(f"/{name}", f"{name} is a list of objects, at least one.")
            return []
        return [read(each, f"/{name}/{index}") for index, each in enumerate(given)]

    def text(self, given: Mapping[str, Any], name: str, at: str = "") -> str:
        value = given.get(name)
        if isinstance(value, str) and 0 < len(value.strip()) <= 1000:
            return value
        self.wrong(f"{at}/{name}", f"{name} is a text.")
        return ""

    def texts(self, given: Mapping[str, Any], name: str, at: str) -> list[str]:
        value = given.get(name)
        if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
            return value
        self.wrong(f"{at}/{name}", f"{name} is a list of texts, at least one.")
        return []

    def choice(self, given: Mapping[str, Any], name: str, known: tuple[str, ...], at: str) -> str:
        value = given.get(name)
        if value in known:
            return cast(str, value)
        self.wrong(f"{at}/{name}", f"{name} is one of {', '.join(known)}.")
        return known[0]

    def choices(self, given: Mapping[str, Any], name: str, known: tuple[str, ...], at: str) -> tuple[str, ...]:
        value = given.get(name)
        if isinstance(value, list) and value and all(each in known for each in value):
            return tuple(value)
        self.wrong(f"{at}/{name}", f"{name} is a list of {', '.join(known)}.")
        return ()

    def day(self, given: Mapping[str, Any], name: str, at: str = "") -> date:
        try:
            return date.fromisoformat(given[name])
        except (KeyError, TypeError, ValueError):
            self.wrong(f"{at}/{name}", f"{name} is a day of the form YYYY-MM-DD.")
            return date.min

    def rate(self, given: Mapping[str, Any], name: str, at: str) -> Decimal:
        value = given.get(name)
        try:
            found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite() and abs(found) <= _HIGHEST_RATE:
            return found
        self.wrong(f"{at}/{name}", f'{name} is a percentage as text, such as "2.15".')
        return Decimal(0)

    def amount(self, given: Mapping[str, Any], name: str, currency: str, at: str) -> int:
        value = given.get(name)
        try:
            return parse_minor(value if isinstance(value, str) else "", currency)
        except NotAnAmount as error:
            self.wrong(f"{at}/{name}", str(error))
            return 0
