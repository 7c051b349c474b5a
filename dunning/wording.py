"""The words of a letter: the text that comes with the program, or the one the house wrote, filled in.

A text somebody wrote is read and filled in inside a fenced child process (`WRITING`), however harmless its language is;
the shipped ones are ours.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from core.errors import Invalid
from core.problems import Problem
from dunning.letter import COURTESY, Language, Letter
from dunning.letter_text import LetterText, Value, Written, length_problems, situations, text_problems, write
from runtime.fence import AsksTooMuch, Limits, fenced

WRITING: Final = Limits(cpu_seconds=2, megabytes=256, patience_seconds=10)
_TEXTS: Final = Path(__file__).resolve().parent.parent / "templates" / "letters"
_COSTLY: Final = "This text costs more time or memory than a letter may."


@cache
def shipped(level: int, language: Language) -> LetterText:
    """The text that comes with the program."""
    folder = "courtesy" if level == COURTESY else str(level)
    with (_TEXTS / folder / f"{language}.toml").open("rb") as source:
        return LetterText(version=0, **tomllib.load(source))


def worded(letter: Letter, values: Mapping[str, Value], *, is_html: bool) -> Written:
    """What the letter says in words. `Invalid` when its text cannot be written."""
    text = letter.text or shipped(letter.level, letter.language)
    if text.version == 0:
        return write(text.parts, values, is_html=is_html)
    plain, marked = _written_apart(tuple(text.parts.items()), tuple(values.items()))
    return marked if is_html else plain


@lru_cache(maxsize=16)
def _written_apart(
    parts: tuple[tuple[str, str], ...], values: tuple[tuple[str, Value], ...]
) -> tuple[Written, Written]:
    """Both ways at once and kept for a moment, for a letter and its mail are written one after the other."""
    try:
        plain, marked = fenced(WRITING, write_twice, dict(parts), dict(values))
    except (AsksTooMuch, ValueError):
        raise Invalid.because("/text", _COSTLY) from None
    return plain, marked


def write_twice(parts: dict[str, str], values: dict[str, Value]) -> Iterator[Written]:
    """`write` as plain text and as HTML, for the child process."""
    yield write(parts, values, is_html=False)
    yield write(parts, values, is_html=True)


def check(parts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Everything that is wrong with a text somebody wrote, found in a fenced child that tries samples too."""
    if too_long := tuple(length_problems(parts)):
        return too_long
    try:
        return tuple(fenced(WRITING, find_problems, dict(parts)))
    except (AsksTooMuch, ValueError):
        return (Problem("/text", _COSTLY),)


def find_problems(parts: dict[str, str]) -> Iterator[Problem]:
    """The problems of a text, for the child process; one without problems is written once in every situation."""
    found = list(text_problems(parts))
    yield from found
    if not found:
        for values in situations():
            write(parts, values, is_html=True)
