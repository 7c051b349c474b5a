"""A dunning policy: which reminder after how many days, to whom, with what minimum. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from core.problems import Problem

Interest = Literal["none", "warn", "claim"]


@dataclass(frozen=True, slots=True)
class Level:
    """One step. `days` after the due date (negative: a courtesy note before it); level 0 is the courtesy note.

    `dwell_business_days` is how long the step before must have been out before this one may follow. `interest`: whether
    its letter claims what the law gives for lateness, only warns of it, or is silent about it. `minimum`: per currency,
    in minor units; an item below it stays on the level before.
    """

    number: int
    days: int
    dwell_business_days: int = 0
    pay_within_days: int = 7
    interest: Interest = "none"
    minimum: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Ordered levels and the rules between them.

    `grace_days`: nothing but the courtesy note until due date + grace is over. `min_gap_days`: days between two
    notices to one customer, at least. `resume_business_days`: after a pause ends, so many business days pass first.
    `minimum`: per currency, in minor units; less than that is not worth a reminder.
    `bank_data_max_age_business_days`: with older bank data, or with a gap in it, nothing but courtesy notes; None: off.
    """

    name: str
    version: int
    levels: tuple[Level, ...]
    grace_days: int = 0
    min_gap_days: int = 5
    resume_business_days: int = 3
    minimum: Mapping[str, int] | None = None
    bank_data_max_age_business_days: int | None = None

    def level(self, number: int) -> Level | None:
        return next((level for level in self.levels if level.number == number), None)

    @property
    def last(self) -> int:
        return self.levels[-1].number

    def minimum_of(self, currency: str, level: int = 0) -> int:
        """The least amount worth a reminder of a level, at least one minor unit."""
        step = self.level(level)
        return max(1, (self.minimum or {}).get(currency, 1), ((step and step.minimum) or {}).get(currency, 1))

    def minimums_of(self, currency: str) -> list[int]:
        """The least amounts its levels ask for, each once, ascending."""
        return sorted({self.minimum_of(currency, level.number) for level in self.levels})


_MEMBERS = frozenset(
    {"levels", "grace_days", "min_gap_days", "resume_business_days", "minimum", "bank_data_max_age_business_days"}
)
_LEVEL_MEMBERS = frozenset({"level", "days", "dwell_business_days", "pay_within_days", "interest", "minimum"})


def read_policy(name: str, version: int, body: Mapping[str, Any]) -> Policy:
    """A policy from its stored or edited form; `Invalid` names each thing wrong by its JSON pointer."""
    problems: list[Problem] = []
    _refuse_unknown(body, _MEMBERS, "", problems)
    levels = tuple(_level(index, given, problems) for index, given in enumerate(_list(body, "levels", problems)))
    policy = Policy(
        name,
        version,
        levels,
        grace_days=_whole(body, "grace_days", 0, 0, 90, "", problems),
        min_gap_days=_whole(body, "min_gap_days", 5, 0, 90, "", problems),
        resume_business_days=_whole(body, "resume_business_days", 3, 0, 30, "", problems),
        minimum=_minimum(body, "", problems),
        bank_data_max_age_business_days=_bank_data_age(body, problems),
    )
    if not any(problem.where.startswith("/levels") for problem in problems):
        _check_order(policy, problems)
    if problems:
        raise Invalid(problems)
    return policy


def _level(index: int, given: Any, problems: list[Problem]) -> Level:
    where = f"/levels/{index}"
    if not isinstance(given, Mapping):
        problems.append(Problem(where, "A level is an object."))
        return Level(index, 0)
    _refuse_unknown(given, _LEVEL_MEMBERS, where, problems)
    return Level(
        _whole(given, "level", index, 0, 9, where, problems),
        _whole(given, "days", 0, -60, 365, where, problems),
        _whole(given, "dwell_business_days", 0, 0, 120, where, problems),
        _whole(given, "pay_within_days", 7, 0, 60, where, problems),
        _interest(given, where, problems),
        _minimum(given, where, problems) if "minimum" in given else None,
    )


def _interest(given: Mapping[str, Any], where: str, problems: list[Problem]) -> Interest:
    value = given.get("interest", "none")
    if value in get_args(Interest):
        return cast(Interest, value)
    problems.append(Problem(f"{where}/interest", "interest is none, warn or claim.", field="interest"))
    return "none"


def _refuse_unknown(given: Mapping[str, Any], known: frozenset[str], where: str, problems: list[Problem]) -> None:
    """A misspelt member would silently leave its rule at the default."""
    for name in given:
        if name not in known:
            problems.append(Problem(f"{where}/{name}", f"A policy has no “{str(name)[:40]}”.", field=str(name)[:40]))


def _list(body: Mapping[str, Any], name: str, problems: list[Problem]) -> list[Any]:
    given = body.get(name)
    if isinstance(given, list) and given:
        return given
    problems.append(Problem(f"/{name}", "A policy has at least one level.", field=name))
    return []


def _whole(
    given: Mapping[str, Any], name: str, default: int, least: int, most: int, where: str, problems: list[Problem]
) -> int:
    value = given.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    problems.append(Problem(f"{where}/{name}", f"{name} is a whole number from {least} to {most}.", field=name))
    return default


def _bank_data_age(body: Mapping[str, Any], problems: list[Problem]) -> int | None:
    name = "bank_data_max_age_business_days"
    return None if body.get(name) is None else _whole(body, name, 0, 0, 60, "", problems)


def _minimum(body: Mapping[str, Any], where: str, problems: list[Problem]) -> dict[str, int]:
    where = f"{where}/minimum"
    given = body.get("minimum", {})
    if not isinstance(given, Mapping):
        problems.append(Problem(where, "The minimum is an amount for each currency.", field="minimum"))
        return {}
    found: dict[str, int] = {}
    for currency, amount in given.items():
        try:
            found[currency] = parse_minor(str(amount), currency)
        except NotAnAmount as error:
            problems.append(Problem(f"{where}/{currency}", str(error), field="minimum"))
        else:
            if found[currency] < 0:
                problems.append(Problem(f"{where}/{currency}", "A minimum is not negative.", field="minimum"))
    return found


def _check_order(policy: Policy, problems: list[Problem]) -> None:
    numbers = [level.number for level in policy.levels]
    if numbers[0] > 1:
        problems.append(Problem("/levels/0/level", "Levels begin with 0, the courtesy note, or 1.", field="level"))
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        problems.append(Problem("/levels", "Levels are numbered one after the other.", field="level"))
    days = [level.days for level in policy.levels]
    if days != sorted(set(days)):
        problems.append(Problem("/levels", "Each level comes later than the one before it.", field="days"))
    for index, level in enumerate(policy.levels):
        if level.number == 0 and level.days > 0:
            problems.append(Problem(f"/levels/{index}/days", "The courtesy note (level 0) comes before the due date."))
        if level.number > 0 and level.days < 1:
            problems.append(Problem(f"/levels/{index}/days", "An item due today is not overdue: days is at least 1."))
