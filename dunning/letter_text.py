"""What a level says in a language: six parts, written in a small language of placeholders and conditions. Pure.

    Dear {{ customer }},
    {% if one %}invoice {{ invoice }} is{% else %}{{ count }} invoices are{% endif %} open: {{ to_pay | strong }}.

jinja2 only parses; nothing is compiled and nothing can be called. Every node of its tree is either on our list or the
text is refused, and what is on the list is written out by `_said` from plain strings and whole numbers. So a text
reaches nothing but its placeholders, takes time in proportion to its length, and data is never read as template.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from markupsafe import Markup

from core.errors import Invalid
from core.problems import Problem
from receivables.account_numbers import names_an_account

Value = str | int

MOST_WRITTEN: Final = 512 * 1024
"""Characters a text may come to."""
LONGEST_VALUE: Final = 300
"""Characters of one placeholder's value; what is longer is cut with “…”."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """The text of a letter. `version` 0 is the one that comes with the program; later ones are somebody's."""

    version: int
    subject: str
    title: str
    salutation: str
    opening: str
    closing: str
    farewell: str

    @property
    def parts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in LONGEST}


LONGEST: Final[Mapping[str, int]] = {
    "subject": 300,
    "title": 200,
    "salutation": 300,
    "opening": 6_000,
    "closing": 6_000,
    "farewell": 300,
}
"""Part → characters it may have."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name a text may use: what it stands for, and an example."""

    meaning: str
    sample: Value


PLACEHOLDERS: Final[Mapping[str, Placeholder]] = {
    "customer": Placeholder("The customer's name", "Acme Ltd"),
    "customer_id": Placeholder("The number we keep the customer under", "K10412"),
    "attention": Placeholder("Whom at the customer the letter is for; empty when nobody is named", "Accounts payable"),
    "sender": Placeholder("Our name", "Nordwind Trading"),
    "signatory": Placeholder("Who signs for us", "Receivables, Nordwind Trading"),
    "phone": Placeholder("Our telephone number; may be empty", "+34 932 000 118"),
    "email": Placeholder("Our e-mail address", "cobros@nordwind.example"),
    "number": Placeholder("The number of this letter", "N-2026-04471"),
    "today": Placeholder("The date of this letter", "20 November 2026"),
    "to_pay": Placeholder("What is to be paid now", "€3,450.00"),
    "total": Placeholder("What is open in all, disputed or not", "€12,150.00"),
    "disputed": Placeholder("What is not claimed because it is in dispute; empty when nothing is", "€8,700.00"),
    "pay_by": Placeholder("The day by which the money should reach us", "27 November 2026"),
    "previous_on": Placeholder("The day of the reminder before; empty when there was none", "3 November 2026"),
    "one": Placeholder("True when the letter claims a single invoice: for {% if one %}", 1),
    "count": Placeholder("How many invoices the letter claims", 1),
    "invoice": Placeholder("The number of the (first) invoice claimed", "F-1001"),
    "due_on": Placeholder("The day that invoice was due", "2 September 2026"),
    "days_overdue": Placeholder("How many days the oldest invoice claimed is late", 79),
    "reference": Placeholder("What to state when paying", "RF18 5390 0754 7034"),
    "portal_url": Placeholder("Where the customer can see and answer; empty when there is no portal", ""),
}

FILTERS: Final[Mapping[str, Callable[[str], str]]] = {
    "strong": str,
    "upper": str.upper,
    "lower": str.lower,
    "capitalize": str.capitalize,
}
"""Filter → what it does to a value. `strong` is bold in letters and changes nothing in plain text; it comes last."""

_COMPARED: Final[Mapping[str, Callable[[Value, Value], bool]]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: isinstance(left, int) and isinstance(right, int) and left > right,
    "gteq": lambda left, right: isinstance(left, int) and isinstance(right, int) and left >= right,
    "lt": lambda left, right: isinstance(left, int) and isinstance(right, int) and left < right,
    "lteq": lambda left, right: isinstance(left, int) and isinstance(right, int) and left <= right,
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PRINTED: Final = (nodes.TemplateData, nodes.Name, nodes.Filter)
_PARSER: Final = Environment(trim_blocks=True, autoescape=False)
_RULE: Final = "A text may hold {{ name }}, {{ name | filter }} and {% if name %} … {% else %} … {% endif %}."


class TextTooLong(Invalid):
    """What the text comes to is more than a letter holds."""


# ── what is wrong with a text ───────────────────────────────────────────────────────────────────


def text_problems(parts: Mapping[str, str]) -> Iterator[Problem]:
    """Why a text cannot be used, each with its part and line; none when it can."""
    if too_long := list(length_problems(parts)):
        yield from too_long
        return
    for name in LONGEST:
        yield from _part_problems(name, parts.get(name, ""))


def length_problems(parts: Mapping[str, str]) -> Iterator[Problem]:
    """Parts that are longer than a letter holds; nothing else is looked at."""
    for name, longest in LONGEST.items():
        length = len(parts.get(name, ""))
        if length > longest:
            yield _problem(name, f"The {name} has {length} characters; {longest} are allowed.")


def _part_problems(name: str, source: str) -> Iterator[Problem]:
    if name not in ("opening", "closing") and "\n" in source.strip():
        yield _problem(name, f"The {name} is one line.")
    if control := _CONTROL.search(source):
        yield _problem(name, f"There is a control character in it (U+{ord(control[0]):04X}).")
        return
    try:
        tree = _PARSER.parse(source)
    except TemplateSyntaxError as error:
        yield _problem(name, f"Line {error.lineno}: {_plain(error.message or 'it cannot be read')} {_RULE}")
        return
    except (ValueError, RecursionError, OverflowError):
        yield _problem(name, f"It cannot be read: a number or a nesting in it is too large. {_RULE}")
        return
    found = [_problem(name, f"Line {line}: {reason}") for line, reason in _refused(tree)]
    yield from found
    if not found and any(names_an_account(_written(source, each, is_html=False)) for each in situations()):
        yield _problem(name, "It names a bank account. The letter prints the one that is approved for the company.")
    if not found and name in ("subject", "title"):
        yield from _empty(name, source)


def _empty(name: str, source: str) -> Iterator[Problem]:
    for situation in situations():
        if not _one_line(_written(source, situation, is_html=False)):
            yield _problem(name, f"The {name} is empty, or may come out empty.")
            return


def situations() -> Iterator[dict[str, Value]]:
    """The samples as they differ between letters: one invoice or several, with and without what may be missing."""
    samples: dict[str, Value] = {name: each.sample for name, each in PLACEHOLDERS.items()}
    bare = dict.fromkeys(("attention", "phone", "disputed", "previous_on", "portal_url"), "")
    for several in ({"one": 1, "count": 1}, {"one": 0, "count": 12}):
        yield {**samples, **several}
        yield {**samples, **several, **bare}


def _problem(name: str, message: str) -> Problem:
    return Problem(f"/{name}", message, field=name)


def _plain(message: str) -> str:
    return message[:200].rstrip(".") + "."


def _refused(tree: nodes.Node) -> Iterator[tuple[int, str]]:
    """Every node that is not on the list, with its line and why."""
    for node in tree.iter_child_nodes():
        reason = _why_not(node)
        if reason is None and isinstance(tree, nodes.Output) and not isinstance(node, _PRINTED):
            reason = f"Only a placeholder can be printed. {_RULE}"
        if reason:
            yield node.lineno, reason
        elif not isinstance(node, nodes.Compare):
            yield from _refused(node)


def _why_not(node: nodes.Node) -> str | None:
    match node:
        case nodes.Output() | nodes.TemplateData() | nodes.Not() | nodes.And() | nodes.Or() | nodes.If():
            return None
        case nodes.Name():
            known = node.name in PLACEHOLDERS and node.ctx == "load"
            return None if known else f"There is no placeholder “{_shown(node.name)}”."
        case nodes.Filter():
            return _bad_filter(node)
        case nodes.Compare():
            return _bad_comparison(node)
        case _:
            return f"“{type(node).__name__}” is not part of this language. {_RULE}"


def _bad_filter(node: nodes.Filter) -> str | None:
    if node.name not in FILTERS:
        return f"There is no filter “{_shown(node.name)}”; there are {', '.join(FILTERS)}."
    if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return f"The filter “{node.name}” takes nothing in brackets."
    if not isinstance(node.node, nodes.Name | nodes.Filter):
        return f"A filter stands behind a placeholder. {_RULE}"
    if isinstance(node.node, nodes.Filter) and node.node.name == "strong":
        return "“strong” comes last."
    return None


def _bad_comparison(node: nodes.Compare) -> str | None:
    """`count > 3`, `number == "x"`: a placeholder, one sign, one plain value. Its parts are looked at here."""
    if len(node.ops) != 1 or not isinstance(node.expr, nodes.Name):
        return "A comparison has a placeholder on its left and one value on its right."
    if unknown := _why_not(node.expr):
        return unknown
    operand = node.ops[0]
    value = operand.expr.value if isinstance(operand.expr, nodes.Const) else None
    if operand.op not in _COMPARED or not isinstance(value, str | int) or len(str(value)[:201]) > 200:
        return "A comparison is ==, !=, >, >=, < or <= and a plain number or text."
    return None


def _shown(name: object) -> str:
    return str(name)[:60]


# ── writing it out ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Written:
    """A text with its placeholders filled in: lines, and of `opening` and `closing` the paragraphs.

    Written as HTML, every string is markup with the data in it escaped; else plain text.
    """

    subject: str
    title: str
    salutation: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    farewell: str


def write(parts: Mapping[str, str], values: Mapping[str, Value], *, is_html: bool) -> Written:
    """Fills in a text. `Invalid` where it says something it may not, `TextTooLong` where it comes to too much."""
    found = {name: _written(parts[name], values, is_html=is_html) for name in LONGEST}
    if sum(map(len, found.values())) > MOST_WRITTEN:
        raise TextTooLong.because("/opening", "This text comes to more than a letter holds.")
    kind = Markup if is_html else str
    return Written(
        **{  # type: ignore[arg-type]
            each.name: tuple(kind(part) for part in _paragraphs(found[each.name]))
            if each.name in ("opening", "closing")
            else kind(_one_line(found[each.name]))
            for each in fields(Written)
        }
    )


def _written(source: str, values: Mapping[str, Value], *, is_html: bool) -> str:
    return "".join(_said(_read(source), values, is_html))


@lru_cache(maxsize=1_000)
def _read(source: str) -> list[nodes.Node]:
    """The tree of a part; refused here as well, whoever stored it."""
    tree = _PARSER.parse(source)
    if refused := next(_refused(tree), None):
        raise Invalid.because("/text", f"Line {refused[0]}: {refused[1]}")
    return tree.body


def _said(body: list[nodes.Node], values: Mapping[str, Value], is_html: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, nodes.If):
            yield from _said(_branch(node, values), values, is_html)
        elif isinstance(node, nodes.Output):
            for each in node.nodes:
                yield _printed(each, values, is_html)


def _branch(node: nodes.If, values: Mapping[str, Value]) -> list[nodes.Node]:
    for each in (node, *node.elif_):
        if _holds(each.test, values):
            return each.body
    return node.else_


def _holds(test: nodes.Node, values: Mapping[str, Value]) -> bool:
    match test:
        case nodes.Not():
            return not _holds(test.node, values)
        case nodes.And():
            return _holds(test.left, values) and _holds(test.right, values)
        case nodes.Or():
            return _holds(test.left, values) or _holds(test.right, values)
        case nodes.Compare(expr=nodes.Name() as left, ops=[operand]) if isinstance(operand.expr, nodes.Const):
            return _COMPARED[operand.op](values[left.name], operand.expr.value)
        case _:
            return bool(_value(test, values))


def _printed(node: nodes.Node, values: Mapping[str, Value], is_html: bool) -> str:
    text = node.data if isinstance(node, nodes.TemplateData) else str(_value(node, values))
    if not is_html:
        return text
    escaped = Markup.escape(text)
    return Markup("<b>{}</b>").format(escaped) if isinstance(node, nodes.Filter) and node.name == "strong" else escaped


def _value(node: nodes.Node, values: Mapping[str, Value]) -> Value:
    if isinstance(node, nodes.Filter) and node.node is not None:
        return FILTERS[node.name](str(_value(node.node, values)))
    assert isinstance(node, nodes.Name)
    value = values[node.name]
    return value if isinstance(value, int) or len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> list[str]:
    """What stands between empty lines, without the space around its lines."""
    lines = "\n".join(line.strip(" \t\r") for line in text.splitlines())
    return [part for part in re.split(r"\n{2,}", lines.strip("\n")) if part]
