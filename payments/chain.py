"""The chain of an account's statements: where one ends the next begins, or something is missing. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from core.money import decimal_text

Finding = Literal["first", "follows", "gap", "overlap", "repeated", "unproven"]


class Link(NamedTuple):
    """One statement in the chain. Balances in minor units of the account's currency, None where none is named."""

    id: UUID
    import_id: UUID
    from_on: date | None
    to_on: date | None
    opening: int | None
    closing: int | None
    sequence: str
    entries: int


class Judged(NamedTuple):
    """A statement, how it joins those before it, how much lies between, and what to say of it in sentences."""

    link: Link
    finding: Finding
    missing: int | None = None
    notes: tuple[str, ...] = ()


def judge(links: Iterable[Link], currency: str) -> list[Judged]:
    """Every statement in the order of its period, and how it joins what the ones before it cover.

    * `gap`: it opens with another balance than the one before it closed with;
    * `overlap`: its period begins before the covered one ends;
    * `repeated`: the very same statement was there before;
    * `unproven`: a balance is not named, so nothing can be said.

    A number that several statements of one year bear is noted with each of them.
    """
    links = list(links)
    used_twice = _numbers_used_twice(links)
    return [
        each._replace(notes=(*each.notes, used_twice[each.link.id])) if each.link.id in used_twice else each
        for each in _joined_up(links, currency)
    ]


def _joined_up(links: Iterable[Link], currency: str) -> list[Judged]:
    judged: list[Judged] = []
    seen: set[tuple[object, ...]] = set()
    last: Link | None = None
    for link in _in_order(links):
        what = (link.from_on, link.to_on, link.opening, link.closing, link.sequence, link.entries)
        if what in seen:
            judged.append(Judged(link, "repeated"))
            continue
        seen.add(what)
        judged.append(_joined(last, link, currency))
        last = link if last is None or _end(link) >= _end(last) else last
    return judged


def _in_order(links: Iterable[Link]) -> Iterator[Link]:
    """By period; statements of one period so that each opens with what the one before it closed with, if it can be."""
    by_day: dict[tuple[date, date], list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda each: (_begin(each), _end(each), each.sequence, str(each.id))):
        by_day[_begin(link), _end(link)].append(link)
    balance: int | None = None
    for of_day in by_day.values():
        while of_day:
            joining = (each for each in of_day if each.opening is not None and each.opening == balance)
            following = next(joining, of_day[0])
            of_day.remove(following)
            balance = following.closing
            yield following


def _begin(link: Link) -> date:
    return link.from_on or link.to_on or date.min


def _end(link: Link) -> date:
    return link.to_on or link.from_on or date.min


def _joined(last: Link | None, link: Link, currency: str) -> Judged:
    if last is None:
        return Judged(link, "first")
    if _begin(link) < _end(last):
        return Judged(link, "overlap", None, (_overlap(last, link),))
    if last.closing is None or link.opening is None:
        return Judged(link, "unproven")
    if missing := link.opening - last.closing:
        return Judged(link, "gap", missing, (_gap(last, link, missing, currency),))
    return Judged(link, "follows")


def _gap(last: Link, link: Link, missing: int, currency: str) -> str:
    """“Between 31 May (1,200.00) and 3 June (1,450.00) 250.00 is missing.”"""
    days = (_end(last), _begin(link))
    balances = (last.closing or 0, link.opening or 0)
    ends = [f"{_day(day, days)} ({_figure(balance, currency)})" for day, balance in zip(days, balances, strict=True)]
    return f"Between {ends[0]} and {ends[1]} {_figure(missing, currency)} is missing."


def _figure(minor: int, currency: str) -> str:
    return f"{Decimal(decimal_text(minor, currency)):,}"


def _overlap(last: Link, link: Link) -> str:
    days = (_begin(link), _end(link), _end(last))
    return (
        f"The statement of {_day(days[0], days)} to {_day(days[1], days)} begins before the one that ends on "
        f"{_day(days[2], days)}. Entries that stand in both are kept once."
    )


def _day(day: date, among: Sequence[date]) -> str:
    """The day as a sentence names it; with its year when the sentence speaks of several."""
    year = f" {day.year}" if len({each.year for each in among}) > 1 else ""
    return f"{day.day} {day:%B}{year}"


def _numbers_used_twice(links: Iterable[Link]) -> dict[UUID, str]:
    """Statements whose number another statement of the same year has, in words.

    The same statement again does not count, and neither does a bank that gives every statement the same number.
    """
    by_year: dict[int, dict[tuple[object, ...], Link]] = defaultdict(dict)
    for link in links:
        if link.sequence:
            key = (link.sequence, link.from_on, link.to_on, link.opening, link.closing)
            by_year[_end(link).year].setdefault(key, link)
    found: dict[UUID, str] = {}
    for year, different in by_year.items():
        uses = Counter(link.sequence for link in different.values())
        if len(uses) == 1 and len(different) > 2:
            continue
        for link in different.values():
            if uses[link.sequence] > 1:
                found[link.id] = f"Number {link.sequence} was given to {uses[link.sequence]} statements of {year}."
    return found
