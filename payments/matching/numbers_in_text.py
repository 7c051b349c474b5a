"""Which invoice numbers does a payer's text name? Whole tokens only, each with what it proves. Pure.

The text is cut into runs of letters and runs of digits; a number is found when neighbouring runs, joined, spell it. So
no hit ever lies inside a longer run of digits. What stands around a hit then decides how much it proves.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from payments.matching import lists_in_text
from payments.matching.doubtful_places import Places, is_invoice_word, says_other_number, says_something_unknown
from payments.matching.lists_in_text import Known
from payments.matching.spelling import Strength, is_telling, seams, shape, without_zeros
from receivables.number_keys import RUNS, digits_keys, misread

MOST_RUNS = 8
"""How many neighbouring runs may together spell one number: `F 26 / O1 7 02` has six."""

LONGEST_KEY = 40

WIDEST_GAP = 3
"""Runs further apart than ` / ` never belong to one number."""

MOST_MEANT = 12
"""A spelling shared by more numbers than this tells nothing."""

MOST_STRANGER_RUNS = 5

_INSIDE = ("", "-", "/", ".", "_", "'")
"""What may stand between digits that are still one number."""

_CLAIM = re.compile(
    r"\b(?:INVOICES?|INVS?|INVNR|INVNO|BILL|RE|RG|RNR|RGNR|RECHNUNG(?:SNR)?|FACT?|FACTURA|FACTURE|FRA|FATT|FATTURA|FT|FV"
    r"|FAKTURA|FACTUUR(?:NR)?)(?![A-Z])[\s.:#°º-]*(?:(?:NR|NO|NUM|N)[\s.:#°º-]*)?((?:[A-Z]{0,4}[-/. ]?[0-9]+)+)"
)
_NO_DIGITS = re.compile(r"[^0-9]")

_LIST_WORDS = frozenset(("A", "AND", "E", "EN", "ET", "N", "NO", "NR", "U", "UND", "Y"))


class Mention(NamedTuple):
    """One place of the text that spells a number of ours, or several numbers that share the spelling."""

    numbers: tuple[str, ...]
    strength: Strength


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `followers` complete a number named before them (`F26/01702, 703`), `between` lie inside a
    range (`01702-01705`), the range's ends included."""

    named: tuple[Mention, ...] = ()
    doubtful: tuple[Mention, ...] = ()
    followers: tuple[str, ...] = ()
    between: tuple[str, ...] = ()


class _Run(NamedTuple):
    text: str
    start: int
    end: int


class _Hit(NamedTuple):
    """Runs first … last-1 spell these numbers."""

    numbers: tuple[str, ...]
    strength: Strength
    length: int
    first: int
    last: int


def read(text: str, known: Known) -> Reading:
    """Reads a payer's text against the numbers we know. The work grows with the square of a text full of numbers."""
    text = _plain(text)
    runs = _runs(text)
    hits = _without_overlap(_hits(runs, known))
    if not hits:
        return Reading()
    places = Places.of(text)
    judged = [(hit, _judged(hit, runs, hits, text, places)) for hit in hits]
    followers, between = _lists([hit for hit, strength in judged if strength is not None], runs, text, known)
    return Reading(
        tuple(Mention(hit.numbers, strength) for hit, strength in judged if strength),
        tuple(Mention(hit.numbers, strength) for hit, strength in judged if strength is Strength.DOUBTFUL),
        followers,
        between,
    )


def _plain(text: str) -> str:
    return " ".join(text.upper().split())


def _runs(text: str) -> list[_Run]:
    return [_Run(found[0], found.start(), found.end()) for found in RUNS.finditer(text)]


# ── finding ─────────────────────────────────────────────────────────────────────────────────────


def _windows(runs: Sequence[_Run], most: int) -> Iterator[tuple[str, int, int]]:
    """Neighbouring runs joined, with the first run and the one behind the last."""
    for first in range(len(runs)):
        key = ""
        for last in range(first, min(first + most, len(runs))):
            if last > first and runs[last].start - runs[last - 1].end > WIDEST_GAP:
                break
            key += runs[last].text
            if len(key) > LONGEST_KEY:
                break
            if is_telling(key):
                yield key, first, last + 1


def _hits(runs: Sequence[_Run], known: Known) -> Iterator[_Hit]:
    for key, first, last in _windows(runs, MOST_RUNS):
        meant = known.get(key) or _meant(key, runs[first:last], known)
        if meant and len(meant) <= MOST_MEANT:
            best = max(strength for _, strength in meant)
            numbers = tuple(number for number, strength in meant if strength is best)
            if best > Strength.DAMAGED and _is_broken(numbers[0], runs[first:last]):
                best = Strength.DAMAGED
            yield _Hit(numbers, best, len(key), first, last)


def _meant(key: str, runs: Sequence[_Run], known: Known) -> Sequence[tuple[str, Strength]]:
    """The numbers meant by a key that is none as it stands: with zeros too many, or with letters for digits."""
    if runs[0].text.strip("0"):
        bare = without_zeros([run.text for run in runs])
        if bare != key and bare in known:
            return known[bare]
    corrected = misread(key)
    if corrected == key or not any(run.text.isdecimal() for run in runs):
        return ()
    return [(number, Strength.DAMAGED) for number, _ in known.get(corrected, ())]


def _is_broken(number: str, runs: Sequence[_Run]) -> bool:
    """A gap stands where the printed number has none: a line break in its middle."""
    places, from_end = seams(number), 0
    for place in range(len(runs) - 1, 0, -1):
        from_end += len(runs[place].text)
        if runs[place - 1].end != runs[place].start and from_end not in places:
            return True
    return False


def _without_overlap(hits: Iterator[_Hit]) -> list[_Hit]:
    """The strongest and longest hits, none sharing a run with another, in the order of the text."""
    chosen: list[_Hit] = []
    for hit in sorted(hits, key=lambda each: (-each.strength, -each.length, each.first)):
        if all(hit.last <= other.first or hit.first >= other.last for other in chosen):
            chosen.append(hit)
    return sorted(chosen, key=lambda each: each.first)


def keys_in(text: str) -> tuple[set[str], set[str]]:
    """What the book must be asked for: everything in a text that could be a number of ours, as `digits_keys`, or a
    reference of ours, as `reference_key`."""
    text = _plain(text)
    runs = _runs(text)
    longest: dict[int, int] = {}
    references = set()
    for key, first, last in _windows(runs, MOST_RUNS):
        longest.setdefault(last, first)
        references.add(key.lstrip("0"))
    numbers = [digits_keys(text[runs[first].start : runs[last - 1].end]) for last, first in longest.items()]
    return set().union(*numbers), references


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def _judged(hit: _Hit, runs: Sequence[_Run], hits: Sequence[_Hit], text: str, places: Places) -> Strength | None:
    """What the hit proves once its surroundings are seen; None when they prove it to be something else."""
    first, last = runs[hit.first], runs[hit.last - 1]
    if places.is_account(first.start, last.end):
        return None
    before = runs[hit.first - 1] if hit.first else None
    after = runs[hit.last] if hit.last < len(runs) else None
    if before and hit.strength is Strength.DAMAGED and _is_other_series(hit, runs, before):
        return None
    if places.is_doubtful(first.start, last.end) or says_other_number(text, first.start):
        return Strength.DOUBTFUL
    proves = hit.strength
    if before and any(other.last == hit.first for other in hits):
        before = None
    if after and any(other.first == hit.last for other in hits):
        after = None
    if before:
        proves = min(proves, _allowed_before(before, first, text[before.end : first.start]))
    if after:
        proves = min(proves, _allowed_after(after, text[last.end : after.start]))
    is_plain = hit.last - hit.first == 1 and first.text.isdecimal()
    if is_plain and (says_something_unknown(text, first.start) or _is_in_groups(first, before, after, text, places)):
        proves = min(proves, Strength.DAMAGED)
    return proves


def _is_in_groups(hit: _Run, before: _Run | None, after: _Run | None, text: str, places: Places) -> bool:
    """Other figures, no percentage, stand a blank apart: all of them may be one longer number."""
    near = (each for each in (before, after) if each and each.text.isdecimal() and "%" not in text[each.end :][:2])
    return any(
        min(abs(hit.start - each.end), abs(each.start - hit.end)) == 1 and not places.is_doubtful(each.start, each.end)
        for each in near
    )


def _is_other_series(hit: _Hit, runs: Sequence[_Run], before: _Run) -> bool:
    """Where the number has letters or a year that the text seems to leave out, the text has others: it means the
    number of another series."""
    own = RUNS.findall(hit.numbers[0].upper())
    seen = "".join(run.text for run in runs[hit.first : hit.last])
    left_out = next((n for n in range(1, len(own)) if seen in ("".join(own[n:]), without_zeros(own[n:]))), 0)
    if not left_out or runs[hit.first].start - before.end > 1 or before.text in _LIST_WORDS:
        return False
    expected = own[left_out - 1]
    return before.text != expected and len(before.text) == len(expected) and before.text.isalpha() == expected.isalpha()


def _allowed_before(before: _Run, first: _Run, gap: str) -> Strength:
    """How much a hit may prove with this run before it."""
    if before.text.isdecimal():
        return Strength.DOUBTFUL if gap in (*_INSIDE, ",") else Strength.PRINTED
    is_glued = gap == "" and first.text.isdecimal() and not is_invoice_word(before.text)
    return Strength.DAMAGED if is_glued else Strength.PRINTED


def _allowed_after(after: _Run, gap: str) -> Strength:
    """How much a hit may prove with this run behind it."""
    if after.text.isdecimal():
        is_inside = gap in _INSIDE or (gap == "," and len(after.text) < 3)
        return Strength.DOUBTFUL if is_inside else Strength.PRINTED
    is_suffix = gap in ("", "-", "/") and len(after.text) == 1
    return Strength.DOUBTFUL if is_suffix else Strength.PRINTED


# ── lists, and numbers that are none of ours ────────────────────────────────────────────────────


def _lists(
    named: Sequence[_Hit], runs: Sequence[_Run], text: str, known: Known
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    followers: list[str] = []
    between: list[str] = []
    for place, hit in enumerate(named):
        number, end = hit.numbers[0], runs[hit.last - 1].end
        for follower, closes_range in lists_in_text.followers(number, end, text, known):
            if closes_range:
                between += lists_in_text.between(number, follower, known)
            followers.append(follower)
            number = follower
        following = named[place + 1] if place + 1 < len(named) else None
        if following and lists_in_text.is_range(text[end : runs[following.first].start]):
            between += lists_in_text.between(hit.numbers[0], following.numbers[0], known)
    return tuple(dict.fromkeys(followers)), tuple(dict.fromkeys(between))


def strangers(text: str, known: Known, shapes: Collection[str]) -> list[str]:
    """Keys in the text that are made like our numbers and are none we know: not imported yet, or mistyped."""
    text = _plain(text)
    runs = _runs(text)
    ours = (hit for hit in _hits(runs, known) if hit.strength > Strength.DAMAGED)
    taken = {place for hit in ours for place in range(hit.first, hit.last)}
    windows = (
        (key, runs[first].start, runs[last - 1].end)
        for key, first, last in _windows(runs, MOST_STRANGER_RUNS)
        if shape(key) in shapes and taken.isdisjoint(range(first, last))
    )
    places = Places.of(text)
    return [key for key, start, end in windows if _is_stranger(key, start, end, text, places)]


def claimed(text: str) -> list[str]:
    """The digits of what the payer calls an invoice, however short, zeros in front left off: `RE 4860` → 4860."""
    text = _plain(text)
    places = Places.of(text)
    return [
        digits
        for found in _CLAIM.finditer(text)
        if not places.is_doubtful(*found.span(1)) and len(digits := _NO_DIGITS.sub("", found[1]).lstrip("0")) >= 3
    ]


def _is_stranger(key: str, start: int, end: int, text: str, places: Places) -> bool:
    if key.isdecimal() and " " in text[start:end]:
        return False
    if places.is_account(start, end) or places.is_doubtful(start, end) or says_other_number(text, start):
        return False
    return not (text[start - 1 : start].isdecimal() or text[end : end + 1].isdecimal())
