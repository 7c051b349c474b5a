"""S04: no pattern of the program takes long over any text, however it was made to.

Every pattern that is compiled when the program is loaded is run, by the methods the program uses of it, over what it
likes best: one of its own characters again and again, two of them in turn, all of them in a row, each also with an end
that does not fit. 64 KB of it in the long form, 16 in the short one.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

from dunning import replies
from tests.property.form import IS_LONG

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "core", "runtime", "receivables", "payments", "disputes", "credit", "dunning", "orders", "portal", "reports",
    "exchange", "intake", "commands", "config", "sample",
)  # fmt: skip
LENGTHS = (1_024, 65_536) if IS_LONG else (16_384,)
MOST_SECONDS = 0.5
"""CPU for one text. A pattern that goes back and forth over 16 KB takes longer, one that reads it once takes less than
a hundredth of this, on a slow machine too."""
PUT_TOGETHER = {"dunning/replies.py", "receivables/intake/documents/edifact_segments.py"}
"""Files that compile in a function. Of replies, what is made of lists of words stands in names of the module and what
is made of the names of months is asked for below; of EDIFACT, the separators a file names are escaped and every
repetition of theirs is bounded."""
MADE_WHEN_ASKED_FOR = {"dunning.replies._written_days": replies._written_days}


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for each in pkgutil.walk_packages(package.__path__, f"{name}."):
            yield importlib.import_module(each.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth < 3:
        for each in (*value, *value.values()):
            yield from patterns_in(each, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth < 3:
        for each in value:
            yield from patterns_in(each, depth + 1)
    elif hasattr(value, "__dict__") and depth < 3 and _owner(value).partition(".")[0] in PACKAGES:
        for each in vars(value).values():
            yield from patterns_in(each, depth + 1)


def _owner(value: object) -> str:
    """The module whose class it is, or of whose class it is."""
    return str(getattr(value if isinstance(value, type) else type(value), "__module__", ""))


def every_pattern() -> dict[str, re.Pattern[Any]]:
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in patterns_in(value):
                found.setdefault(f"{pattern.pattern!r}{pattern.flags}", (f"{module.__name__}.{name}", pattern))
    for place, make in MADE_WHEN_ASKED_FOR.items():
        found[place] = (place, make())
    return {f"{place} {key[:60]}": pattern for key, (place, pattern) in sorted(found.items())}


PATTERNS = every_pattern()


def characters(parsed: Any) -> set[str]:
    """A character for each place of the pattern: what it asks for there, or one that its class holds."""
    found: set[str] = set()
    for code, argument in parsed:
        if code is codes.LITERAL:
            found.add(chr(argument))
        elif code is codes.IN:
            found.update(_members(argument))
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            found |= characters(argument[2])
        elif code is codes.SUBPATTERN:
            found |= characters(argument[3])
        elif code is codes.BRANCH:
            for branch in argument[1]:
                found |= characters(branch)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            found |= characters(argument[1])
        elif code is codes.ATOMIC_GROUP:
            found |= characters(argument)
        elif code in (codes.ANY, codes.NOT_LITERAL):
            found |= {"a", " "}
    return found


_OF_CLASS = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a1",
    codes.CATEGORY_NOT_DIGIT: "a ", codes.CATEGORY_NOT_SPACE: "a1", codes.CATEGORY_NOT_WORD: " -",
}  # fmt: skip


def _members(items: Any) -> Iterator[str]:
    for code, argument in items:
        if code is codes.LITERAL:
            yield chr(argument)
        elif code is codes.RANGE:
            yield chr(argument[0])
        elif code is codes.CATEGORY:
            yield from _OF_CLASS[argument]
        elif code is codes.NEGATE:
            yield from ("a", " ", "~")


def texts(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    parsed = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else 0)
    letters = sorted(characters(parsed) | {"a", "1", " "})[:12]
    for letter in letters:
        yield letter * length
        yield letter * length + "\x01"
    for first in letters[:5]:
        for second in letters[:5]:
            if first != second:
                yield (first + second) * (length // 2) + "\x01"
    if len(letters) > 2:
        yield "".join(letters) * (length // len(letters))
    yield "\n" * length


METHODS = ("search", "fullmatch", "match", "findall", "finditer", "split", "sub")
SOURCE = "\n".join(path.read_text("utf-8") for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))


def methods_used(name: str) -> set[str]:
    """What the program does with the pattern of a name; where that is not plain to see, the most it could."""
    last = name.partition(" ")[0].rpartition(".")[2]
    return set(re.findall(rf"\b{re.escape(last)}\.({'|'.join(METHODS)})\b", SOURCE)) or {"search", "sub"}


def seconds(pattern: re.Pattern[Any], text: str, methods: Collection[str] = METHODS) -> float:
    given: Any = text.encode("utf-8", "replace")[: len(text)] if isinstance(pattern.pattern, bytes) else text
    began = time.thread_time()
    for method in methods:
        answer = pattern.sub(given[:0], given) if method == "sub" else getattr(pattern, method)(given)
        if method == "finditer":
            deque(answer, maxlen=0)
    return time.thread_time() - began


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_long_over_any_text(name: str) -> None:
    pattern, methods = PATTERNS[name], methods_used(name)
    for length in LENGTHS:
        for text in texts(pattern, length):
            taken = seconds(pattern, text, methods)
            if taken >= MOST_SECONDS:  # a collection of garbage may have fallen into it
                taken = seconds(pattern, text, methods)
            assert taken < MOST_SECONDS, f"{taken:.1f} s over {length} characters: {text[:20]!r}…{text[-3:]!r}"


def test_the_check_finds_a_pattern_that_goes_back_and_forth() -> None:
    naive = re.compile(r"(\d+[ -]?)+X")
    text = next(each for each in texts(naive, 18) if each.startswith("111"))
    assert seconds(naive, text, {"match"}) > 100 * seconds(re.compile(r"[0-9 -]+X"), text, {"match"})


def test_every_pattern_of_the_program_is_looked_at() -> None:
    """A pattern compiled where it is used would escape the check above."""
    inside = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text("utf-8")
            tree = ast.parse(source if "re.compile(" in source else "")
            for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.Lambda)):
                inside += [f"{path.relative_to(ROOT)}:{each.lineno}" for each in ast.walk(function) if _compiles(each)]
    assert {place.partition(":")[0] for place in inside} == PUT_TOGETHER


def _compiles(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) == ("re", "compile")
    )
