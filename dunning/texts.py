"""Use cases of letter texts: written in versions, compared, taken back to the one that comes with the program."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Stale
from core.problems import Problem
from dunning.letter import COURTESY, FINAL_LEVEL, LANGUAGES, Language, Letter
from dunning.letter_tables import LetterTextVersion, NoticeWording
from dunning.letter_text import LONGEST, LetterText
from dunning.tables import Notice
from dunning.wording import check, shipped
from runtime.ids import new_id
from runtime.work import Right, Work

LEVELS: Final = tuple(range(COURTESY, FINAL_LEVEL + 1))
LONGEST_REASON: Final = 500


class NoSuchText(NotFound):
    """There is no letter of this level and language, or no such version of it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no {what}.")


@dataclass(frozen=True, slots=True)
class Version:
    """A text with who wrote it, when and why; `row` is None for the one that comes with the program."""

    text: LetterText
    row: LetterTextVersion | None


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def language_of(code: str) -> Language:
    """The language of a code; `NoSuchText` when letters are not written in it."""
    if code not in get_args(Language):
        raise NoSuchText(f"letter in “{code[:10]}”; there are {', '.join(LANGUAGES)}")
    return code  # type: ignore[return-value]


def checked_level(level: int) -> int:
    if level not in LEVELS:
        raise NoSuchText(f"letter of level {level}")
    return level


def own_text(session: Session, level: int, language: Language) -> LetterText | None:
    """What the house wrote for a level and language, newest version; None where the program's own text is in force."""
    newest = _versions(level, language).limit(1).execution_options(populate_existing=True)
    row = session.scalars(newest).first()
    return _text_of(row) if row else None


def in_force(session: Session, level: int, language: Language) -> Version:
    """The text that letters are written with now."""
    row = session.scalars(_versions(checked_level(level), language).limit(1)).first()
    return Version(_text_of(row), row) if row else Version(shipped(level, language), None)


def all_in_force(session: Session) -> list[tuple[int, Language, Version]]:
    """(level, language, text) of every letter there is."""
    return [(level, language, in_force(session, level, language)) for level in LEVELS for language in LANGUAGES]


def versions(session: Session, level: int, language: Language) -> list[Version]:
    """Every version of a text, the newest first; the program's own is the last."""
    rows = session.scalars(_versions(checked_level(level), language))
    return [*(Version(_text_of(row), row) for row in rows), Version(shipped(level, language), None)]


def version_of(session: Session, level: int, language: Language, version: int) -> LetterText:
    """One version; 0 is the program's own."""
    if version == 0:
        return shipped(checked_level(level), language)
    row = session.scalars(_versions(level, language).where(LetterTextVersion.version == version)).first()
    if row is None:
        raise NoSuchText(f"version {version} of this text")
    return _text_of(row)


def _versions(level: int, language: Language) -> Select[LetterTextVersion]:
    query = select(LetterTextVersion).where(LetterTextVersion.level == level, LetterTextVersion.language == language)
    return query.order_by(LetterTextVersion.version.desc())


def _text_of(row: LetterTextVersion) -> LetterText:
    return LetterText(row.version, *(getattr(row, name) for name in LONGEST))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def put_text(
    work: Work, level: int, language: Language, parts: Mapping[str, str], reason: str, based_on: int
) -> LetterText:
    """Stores a new version, in force from now on. `Invalid` names part, line and reason of what cannot be used; `Stale`
    when somebody stored another one since version `based_on` was read. Letters not sent yet are written with it."""
    work.need(Right.POLICY)
    draft = draft_of(parts)
    why = " ".join(reason.split())
    if not 0 < len(why) <= LONGEST_REASON:
        problem = f"Say in a sentence why the text is changed, in at most {LONGEST_REASON} characters."
        raise Invalid.because("/reason", problem, field="reason")
    return _store(work, level, language, draft, why, based_on)


def back_to_shipped(work: Work, level: int, language: Language, based_on: int) -> LetterText:
    """Stores the program's own text as the newest version."""
    work.need(Right.POLICY)
    return _store(work, level, language, shipped(level, language), "Back to the text that comes with it.", based_on)


def draft_of(parts: Mapping[str, str]) -> LetterText:
    """A text as somebody typed it, line ends made one kind; `Invalid` says what is wrong with it."""
    typed = {name: parts.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip() for name in LONGEST}
    if problems := check(typed):
        raise Invalid(problems)
    return LetterText(version=-1, **typed)


def _store(work: Work, level: int, language: Language, text: LetterText, reason: str, based_on: int) -> LetterText:
    checked_level(level)
    newest = func.coalesce(func.max(LetterTextVersion.version), 0)
    mine = (LetterTextVersion.level == level, LetterTextVersion.language == language)
    last = int(work.session.scalar(select(newest).where(*mine)) or 0)
    if last != based_on:
        raise Stale(f"Version {last} was stored meanwhile. Look at it, then write yours again.")
    row = LetterTextVersion(
        id=new_id(), level=level, language=language, version=last + 1, **text.parts, reason=reason,
        actor=str(work.actor), at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.record("letter_text.stored", f"letter_text:{level}/{language}", {"version": last + 1}, reason=reason)
    return _text_of(row)


def note_wording(work: Work, notice: Notice, letter: Letter) -> None:
    """Writes down with which text a notice leaves."""
    version = letter.text.version if letter.text else 0
    work.session.merge(
        NoticeWording(notice_id=notice.id, level=letter.level, language=letter.language, version=version)
    )


# ── comparing ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PartChange:
    """How a part differs: its lines, each "same", "gone" or "new"."""

    part: str
    lines: tuple[tuple[str, str], ...]


def changes(older: LetterText, newer: LetterText) -> list[PartChange]:
    """The parts that differ, line by line."""
    return [
        PartChange(name, tuple(_lines(older.parts[name].strip(), newer.parts[name].strip())))
        for name in LONGEST
        if older.parts[name].strip() != newer.parts[name].strip()
    ]


_KINDS: Final = {" ": "same", "-": "gone", "+": "new"}


def _lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line[0] in _KINDS:
            yield _KINDS[line[0]], line[2:]


def problems_by_part(problems: Sequence[Problem]) -> dict[str, str]:
    """Part → what is wrong with it, in one sentence or several."""
    found: dict[str, str] = {}
    for problem in problems:
        name = problem.field or ""
        found[name] = f"{found[name]} {problem.message}" if name in found else problem.message
    return found
