"""JSON read strictly: what two readers could read as two things is refused, and so is what no database holds.

RFC 8259 leaves doubled names, lone surrogates and the range of numbers to the reader; here they are errors. Pure.
"""

import json
import math
import re
from typing import Any

DEEPEST = 32
"""Levels of objects and lists in one another."""
LARGEST_WHOLE = 2**63 - 1

_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89abAB])", re.ASCII)
"""Escapes that may make a NUL or a lone surrogate; unescaped, neither is UTF-8 JSON."""
_OPENS = re.compile(rb"[\[{]")


class NotStrict(ValueError):
    """The text is no JSON we take; `pointer` is the place where that is known, else ""."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


def check(raw: bytes) -> None:
    """Raises `NotStrict` unless `raw` is JSON in UTF-8 without doubled names, NaN, infinities, numbers beyond 64 bits,
    NUL, lone surrogates, and more than `DEEPEST` levels."""
    try:
        document = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_fraction,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise NotStrict(f"The body is not UTF-8: byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise NotStrict(f"The body is not JSON: {error.msg}, line {error.lineno}, character {error.colno}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    if len(_OPENS.findall(raw)) > DEEPEST or _ESCAPED.search(raw):
        _walk(document, "", 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise NotStrict(f"The name “{_shown(doubled)}” stands twice in one object.")
    return found


def _constant(text: str) -> None:
    raise NotStrict(f"{text} is not JSON.")


def _fraction(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise NotStrict(f"The number {text[:40]} is too large.")
    return value


def _whole(text: str) -> int:
    if len(text) > 20 or abs(value := int(text)) > LARGEST_WHOLE:
        raise NotStrict(f"The number {text[:40]} is too large.")
    return value


def _walk(value: Any, pointer: str, level: int) -> None:
    """Looks at every text; `level` is the one `value` stands on, should it be an object or a list."""
    if level > DEEPEST and isinstance(value, dict | list):
        raise _too_deep()
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_text(name, pointer)
            _walk(each, f"{pointer}/{_shown(name)}", level + 1)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _walk(each, f"{pointer}/{index}", level + 1)


def _check_text(text: str, pointer: str) -> None:
    if "\0" in text:
        raise NotStrict("The text contains a NUL character.", pointer)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NotStrict("The text contains half a character (a lone surrogate).", pointer)


def _shown(name: str) -> str:
    return name[:40].encode("utf-8", "replace").decode()


def _too_deep() -> NotStrict:
    return NotStrict(f"The JSON has more than {DEEPEST} levels.")
