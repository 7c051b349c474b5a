"""A dunning policy: which reminder after how many days, to whom, with what minimum. Plain frozen values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from core.problems import Problem

Interest = Literal["none", "warn", "claim"]
Purpose = Literal["billing", "escalation", "legal"]
Channel = Literal["email", "letter", "phone", "registered_letter"]
FinalKind = Literal["agency", "court", "write_off"]
Enclosure = Literal["statement", "invoices"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""What a contact of a customer is for, the mildest first."""


@dataclass(frozen=True, slots=True)
class Level:
    """One step. `days` after the due date (negative: a courtesy note before it); level 0 is the courtesy note.

    `dwell_business_days` is how long the step before must have been out before this one may follow. `interest`: whether
    its letter claims what the law gives for lateness, only warns of it, or is silent about it. `minimum`: per currency,
    in minor units; an item below it, or of which less than `minimum_percent` of its amount can be claimed, stays on the
    level before. `needs_approval`: its notices wait for a person; else the run itself queues them. `fee`: per currency,
    what a letter of this level costs the customer. `recipient`: whom it is for; where the customer has no such contact
    it goes to a milder one, then to the customer's own address. `credit_hold`: once it was sent, new orders stop.
    `business_days_only`: it leaves on business days of the customer and the company. `channel`: as mail, as a letter
    somebody prints and posts, or as a task: a call, a registered letter. `attachments`: what goes with its letter.
    """

    number: int
    days: int
    dwell_business_days: int = 0
    pay_within_days: int = 7
    interest: Interest = "none"
    minimum: Mapping[str, int] | None = None
    minimum_percent: int = 0
    needs_approval: bool = True
    fee: Mapping[str, int] | None = None
    recipient: Purpose = "billing"
    credit_hold: bool = False
    business_days_only: bool = False
    channel: Channel = "email"
    attachments: tuple[Enclosure, ...] = ()

    def share_of(self, gross: int) -> int:
        """The least part of an item's amount worth this level, rounded up to the minor unit."""
        return -(-gross * self.minimum_percent // 100)


@dataclass(frozen=True, slots=True)
class FinalStep:
    """What is proposed once the last level was out for `after_days`: to hand over to an agency or to court, or to write
    off. `to` names the agency or court."""

    kind: FinalKind
    after_days: int = 14
    to: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Ordered levels and the rules between them.

    `grace_days`: nothing but the courtesy note until due date + grace is over. `min_gap_days`: days between two
    notices to one customer, at least. `resume_business_days`: after a pause ends, so many business days pass first.
    `minimum`: per currency, in minor units; less than that is not worth a reminder.
    `bank_data_max_age_business_days`: with older bank data, or with a gap in it, nothing but courtesy notes; None: off.
    `consumers_pay_fees`: whether the fee of a level is charged to consumers too. `letter_without_email`: who has no
    e-mail address gets by post what would go by mail. `final_step`: what comes after the last level; None: nothing.
    """

    name: str
    version: int
    levels: tuple[Level, ...]
    grace_days: int = 0
    min_gap_days: int = 5
    resume_business_days: int = 3
    minimum: Mapping[str, int] | None = None
    bank_data_max_age_business_days: int | None = None
    consumers_pay_fees: bool = False
    letter_without_email: bool = False
    final_step: FinalStep | None = None

    def level(self, number: int) -> Level | None:
        return next((level for level in self.levels if level.number == number), None)

    @property
    def last(self) -> int:
        return self.levels[-1].number

    @property
    def asks_for_a_share(self) -> bool:
        """Whether what is worth a reminder depends on the amount of the item."""
        return any(level.minimum_percent for level in self.levels)

    def minimum_of(self, currency: str, level: int = 0, gross: int = 0) -> int:
        """The least amount worth a reminder of a level about an item of `gross`, at least one minor unit."""
        step = self.level(level)
        share = step.share_of(gross) if step else 0
        return max(1, (self.minimum or {}).get(currency, 1), ((step and step.minimum) or {}).get(currency, 1), share)

    def minimums_of(self, currency: str) -> list[int]:
        """The least amounts its levels ask for, each once, ascending."""
        return sorted({self.minimum_of(currency, level.number) for level in self.levels})


_MEMBERS = frozenset(
    {"levels", "grace_days", "min_gap_days", "resume_business_days", "minimum", "bank_data_max_age_business_days",
     "consumers_pay_fees", "letter_without_email", "final_step"}
)  # fmt: skip
_LEVEL_MEMBERS = frozenset(
    {"level", "days", "dwell_business_days", "pay_within_days", "interest", "minimum", "minimum_percent",
     "needs_approval", "fee", "recipient", "credit_hold", "business_days_only", "channel",
     "attachments"}
)  # fmt: skip


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
        minimum=_amounts(body, "minimum", "", problems),
        bank_data_max_age_business_days=_bank_data_age(body, problems),
        consumers_pay_fees=_flag(body, "consumers_pay_fees", False, "", problems),
        letter_without_email=_flag(body, "letter_without_email", False, "", problems),
        final_step=_final_step(body, problems),
    )
    if not any(problem.where.startswith("/levels") for problem in problems):
        _check_order(policy, problems)
    if problems:
        raise Invalid(problems)
    return policy


def _final_step(body: Mapping[str, Any], problems: list[Problem]) -> FinalStep | None:
    given, where = body.get("final_step"), "/final_step"
    if given is None:
        return None
    if not isinstance(given, Mapping):
        problems.append(Problem(where, "The final step is an object with its kind.", field="final_step"))
        return None
    _refuse_unknown(given, frozenset({"kind", "after_days", "to"}), where, problems)
    to = given.get("to", "")
    if not isinstance(to, str) or len(to) > 200:
        problems.append(Problem(f"{where}/to", "to names an agency or a court, in 200 characters at most.", field="to"))
    return FinalStep(
        cast(FinalKind, _choice(given, "kind", get_args(FinalKind), "agency", where, problems)),
        _whole(given, "after_days", 14, 1, 365, where, problems),
        str(to).strip(),
    )


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
        cast(Interest, _choice(given, "interest", get_args(Interest), "none", where, problems)),
        _amounts(given, "minimum", where, problems) if "minimum" in given else None,
        _whole(given, "minimum_percent", 0, 0, 100, where, problems),
        _flag(given, "needs_approval", True, where, problems),
        _amounts(given, "fee", where, problems) if "fee" in given else None,
        cast(Purpose, _choice(given, "recipient", PURPOSES, "billing", where, problems)),
        _flag(given, "credit_hold", False, where, problems),
        _flag(given, "business_days_only", False, where, problems),
        cast(Channel, _choice(given, "channel", get_args(Channel), "email", where, problems)),
        _attachments(given, where, problems),
    )


def _attachments(given: Mapping[str, Any], where: str, problems: list[Problem]) -> tuple[Enclosure, ...]:
    value, known = given.get("attachments", []), get_args(Enclosure)
    if isinstance(value, list) and all(each in known for each in value):
        return tuple(each for each in known if each in value)
    said = f"attachments is a list of {' and '.join(known)}."
    problems.append(Problem(f"{where}/attachments", said, field="attachments"))
    return ()


def _choice(
    given: Mapping[str, Any], name: str, among: tuple[str, ...], default: str, where: str, problems: list[Problem]
) -> str:
    value = given.get(name, default)
    if value in among:
        return str(value)
    said = f"{', '.join(among[:-1])} or {among[-1]}"
    problems.append(Problem(f"{where}/{name}", f"{name} is {said}.", field=name))
    return default


def _flag(given: Mapping[str, Any], name: str, default: bool, where: str, problems: list[Problem]) -> bool:
    value = given.get(name, default)
    if isinstance(value, bool):
        return value
    problems.append(Problem(f"{where}/{name}", f"{name} is true or false.", field=name))
    return default


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


def _amounts(body: Mapping[str, Any], name: str, where: str, problems: list[Problem]) -> dict[str, int]:
    where = f"{where}/{name}"
    given = body.get(name, {})
    if not isinstance(given, Mapping):
        problems.append(Problem(where, f"The {name} is an amount for each currency.", field=name))
        return {}
    found: dict[str, int] = {}
    for currency, amount in given.items():
        try:
            found[currency] = parse_minor(str(amount), currency)
        except NotAnAmount as error:
            problems.append(Problem(f"{where}/{currency}", str(error), field=name))
        else:
            if found[currency] < 0:
                problems.append(Problem(f"{where}/{currency}", f"A {name} is not negative.", field=name))
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
        wrong = (*_untimely(level), *_unsaid(level))
        problems += [Problem(f"/levels/{index}/{name}", said, field=name) for name, said in wrong]


def _untimely(level: Level) -> Iterator[tuple[str, str]]:
    """What a level asks for at the wrong side of the due date."""
    if level.number and level.days < 1:
        yield "days", "An item due today is not overdue: days is at least 1."
    if level.number:
        return
    if level.days > 0:
        yield "days", "The courtesy note (level 0) comes before the due date."
    if any((level.fee or {}).values()):
        yield "fee", "Before the due date nothing is late: no fee."
    if level.credit_hold:
        yield "credit_hold", "Before the due date nothing is late: no credit hold."


def _unsaid(level: Level) -> Iterator[tuple[str, str]]:
    """What a call cannot do: money is claimed in writing."""
    if level.channel != "phone":
        return
    if any((level.fee or {}).values()):
        yield "fee", "A call costs nothing: a fee is claimed in writing."
    if level.interest == "claim":
        yield "interest", "A call claims no interest: it is claimed in writing."
    if level.attachments:
        yield "attachments", "A call encloses nothing."
