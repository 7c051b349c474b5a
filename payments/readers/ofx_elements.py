"""The element stream of an OFX file: one tokenizer for OFX 1.x (SGML) and OFX 2.x (XML).

Both write `<NAME>value`; 2.x closes every element, 1.x need only close aggregates. What carries a bank statement is
the same short list of aggregates in both, so the stream knows those by name and treats everything else as an
element or as a foreign aggregate to be stepped over. No entity is expanded but characters, no declaration
(`<!DOCTYPE`, `<!ENTITY`) is let through, and a file is whole only when `</OFX>` closes it.
"""

import html
import re
from collections.abc import Iterator
from typing import NoReturn

from core.problems import Problem
from payments.readers.model import Unreadable

STATEMENTS = frozenset({"stmtrs", "ccstmtrs", "invstmtrs"})
TRANSACTIONS = frozenset({"stmttrn", "stmttrnp"})
ANSWERS = frozenset({"sonrs", "stmttrnrs", "ccstmttrnrs", "invstmttrnrs"})
"""Aggregates that carry the bank's STATUS: the sign-on and each requested statement."""

_UNITS = STATEMENTS | TRANSACTIONS | ANSWERS | {"invtran"}
_LISTS = frozenset({"banktranlist", "banktranlistp", "invtranlist"})
_BALANCES = frozenset({"ledgerbal", "availbal"})
_OWN_ACCOUNT = frozenset({"bankacctfrom", "ccacctfrom", "invacctfrom"})
_OF_A_TRANSACTION = frozenset({"payee", "bankacctto", "ccacctto", "currency", "origcurrency"})

_STANDS_ONLY_IN: dict[str, frozenset[str]] = {
    **dict.fromkeys(STATEMENTS, ANSWERS | {"ofx"}),
    **dict.fromkeys(_LISTS | _BALANCES, STATEMENTS),
    **dict.fromkeys(TRANSACTIONS, STATEMENTS | _LISTS | {"invbanktran"}),
    "invbanktran": frozenset({"invtranlist"}),
}
_BELONGS_TO: dict[str, frozenset[str]] = {
    "status": ANSWERS,
    **dict.fromkeys(_LISTS | _BALANCES | _OWN_ACCOUNT, STATEMENTS),
    **dict.fromkeys(_OF_A_TRANSACTION, TRANSACTIONS),
}
AGGREGATES = frozenset(_STANDS_ONLY_IN) | frozenset(_BELONGS_TO) | _UNITS | {"ofx", "ballist", "invbal", "imagedata"}

_STRICT = STATEMENTS | TRANSACTIONS | _BALANCES | _OWN_ACCOUNT | _OF_A_TRANSACTION
_ONLY_ONCE = (
    frozenset({"trnamt", "dtposted", "dttran", "fitid", "curdef", "acctid", "bankid", "balamt", "cursym", "currate"})
    | _BALANCES
    | _OWN_ACCOUNT
    | _OF_A_TRANSACTION
)

_DEEPEST = 64
_LONGEST = 1 << 20
"""Characters one element, comment or prologue may take."""
_LONGEST_MEMO = 10_000
_MOST_ELEMENTS = 1_000

_ROOT = re.compile(r"<OFX(?:\s[^<>]*)?>", re.IGNORECASE)
_INSTRUCTION = re.compile(r"<\?[^<>]*\?>")
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9._:-]*)>")
_UNUSUAL_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._:-]*)\s*(/?)>", re.ASCII)
_BROKEN_TAG = re.compile(r"<[A-Za-z/?]")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});", re.ASCII)


class Leaf:
    """An element with its text, in the shape ofxparse asks for."""

    __slots__ = ("contents", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.contents = (value,)


class Element:
    """An aggregate: the values and aggregates inside it, first of each name. Names are lower case, as ofxparse's."""

    __slots__ = ("children", "depth", "line", "name", "parent", "values")
    contents = ()

    def __init__(self, name: str, line: int, parent: "Element | None") -> None:
        self.name = name
        self.line = line
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.values: dict[str, str] = {}
        self.children: dict[str, Element] = {}

    def find(self, name: str) -> "Leaf | Element | None":
        """What ofxparse asks of a BeautifulSoup tag: the first element of that name at any depth. Empty is absent."""
        value = self.values.get(name)
        if value is not None:
            return Leaf(name, value)
        child = self.children.get(name)
        if child is not None or not self.children:
            return child
        return next((found for child in self.children.values() if (found := child.find(name)) is not None), None)

    def findAll(self, name: str) -> list["Element"]:
        """Empty: transactions are streamed one by one and never stand inside their statement."""
        return []

    def statement(self) -> "Element":
        """The statement this transaction stands in."""
        element = self
        while element.name not in STATEMENTS and element.parent is not None:
            element = element.parent
        return element


def elements(blocks: Iterator[str]) -> Iterator[Element]:
    """Each answer, statement, transaction and investment movement (`invtran`), when it closes, in file order.

    Nothing a transaction holds is kept after it was handed out. `Unreadable` at damage, and when `</OFX>` is missing.
    """
    prologue, body = _body(blocks)
    line = 1 + prologue.count("\n")
    current: Element | None = Element("ofx", line, None)
    leaf = ""
    for markup in _markup(body):
        pieces = iter(_TAG.split(markup))
        before = next(pieces)
        _only_blank(before, line)
        line += before.count("\n")
        for tag, text in zip(pieces, pieces, strict=True):
            name = tag.lower()
            if current is None:
                _refuse(line, f"<{tag}> stands after the end of the file, </OFX>.")
            if name[0] == "/":
                if name[1:] != leaf:
                    closed = _closed(current, name[1:], line)
                    current = closed.parent
                    if closed.name in _UNITS:
                        yield closed
                _only_blank(text, line)
                leaf = ""
            elif (value := text.strip()) and name not in AGGREGATES:
                if "&" in value or "\n" in value or "<" in value or "\0" in value:
                    value = _plain(value, name, line)
                if current.values.setdefault(name, value) is not value:
                    _repeated(current, name, value, line)
                leaf = name
            else:
                _only_blank(text, line)
                current = _opened(current, name, line)
                leaf = ""
            line += text.count("\n")
        if current is not None and len(current.values) > _MOST_ELEMENTS:
            _refuse(line, f"{current.name.upper()} holds more than {_MOST_ELEMENTS} elements.")
    if current is not None:
        _refuse(line, "The file is cut short: its end, </OFX>, is missing.", "OFX")


def _refuse(line: int, message: str, field: str | None = None) -> NoReturn:
    raise Unreadable([Problem(f"line {line}", message, field=field)])


def _only_blank(text: str, line: int) -> None:
    if text and not text.isspace() and text.strip(" \t\r\n\x1a"):
        _refuse(line, f"“{text.strip()[:40]}” stands where only elements belong.")


def _opened(current: Element, name: str, line: int) -> Element:
    """A new aggregate inside `current`, or an empty element: which of the two, only its closing tag will tell."""
    element = Element(name, line, current)
    if element.depth > _DEEPEST:
        _refuse(line, f"Elements are nested deeper than {_DEEPEST}.")
    if name in AGGREGATES:
        _settle(element, _home(current, line), line)
    return element


def _settle(element: Element, home: Element, line: int) -> None:
    """Checks that the aggregate may stand in `home`, and lets `home` know it when it says something about it."""
    name = element.name
    if home.name not in _STANDS_ONLY_IN.get(name, AGGREGATES):
        _refuse(line, f"{name.upper()} stands inside {home.name.upper()}, where it does not belong.", name.upper())
    if home.name not in _BELONGS_TO.get(name, ()):
        return
    if home.children.setdefault(name, element) is not element and name in _ONLY_ONCE:
        _refuse(line, f"{name.upper()} stands twice in one {home.name.upper()}.", name.upper())


def _home(current: Element, line: int) -> Element:
    """The nearest aggregate we know; what stands between hands it the values met so far."""
    while current.name not in AGGREGATES and current.parent is not None:
        _handed_up(current, line)
        current = current.parent
    return current


def _handed_up(element: Element, line: int) -> None:
    values, element.values = element.values, {}
    for name, value in values.items():
        if element.parent is not None and element.parent.values.setdefault(name, value) != value:
            _repeated(element.parent, name, value, line)


def _closed(current: Element, name: str, line: int) -> Element:
    """The element of that name which ends here. Empty elements left open inside it (SGML allows that) end with it,
    and what followed them was never theirs."""
    element = current
    while element.name != name:
        if element.name in AGGREGATES or element.parent is None:
            message = f"</{name.upper()}> closes nothing: {element.name.upper()} of line {element.line} is still open."
            _refuse(line, message, name.upper())
        _handed_up(element, line)
        element = element.parent
    return element


def _repeated(element: Element, name: str, value: str, line: int) -> None:
    """A second value of one name: MEMO goes on, a second amount, date or identifier means two records run together."""
    before = element.values[name]
    if name == "memo":
        if len(before) + len(value) > _LONGEST_MEMO:
            _refuse(line, f"The MEMO lines of one transaction are longer than {_LONGEST_MEMO} characters.", "MEMO")
        element.values[name] = f"{before} {value}"
    elif name in _ONLY_ONCE and before != value and (element.name in _STRICT or _in_a_transaction(element)):
        message = f"{name.upper()} stands twice in one {element.name.upper()}, as “{before[:40]}” and “{value[:40]}”."
        _refuse(line, message, name.upper())


def _in_a_transaction(element: Element) -> bool:
    while element.name not in AGGREGATES and element.parent is not None:
        element = element.parent
    return element.name in TRANSACTIONS


def _plain(value: str, name: str, line: int) -> str:
    """The text meant: character references resolved once, line breaks as spaces. A lone `&` or `<` is itself."""
    if _BROKEN_TAG.search(value) or "\0" in value:
        _refuse(line, f"“{value[:40]}” holds a broken tag or a zero byte.", name.upper())
    if "\n" in value:
        value = " ".join(value.split())
    return _REFERENCE.sub(_character, value) if "&" in value else value


def _character(reference: re.Match[str]) -> str:
    meant = html.unescape(reference[0])
    return reference[0] if meant in ("", "\ufffd", "\0") else meant


def _body(blocks: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The header up to and with `<OFX>`, and what follows. Refuses declarations; the header's text is free."""
    head = ""
    for block in blocks:
        head += block
        root = _ROOT.search(head)
        if root:
            prologue, rest = head[: root.end()], head[root.end() :]
            _check_prologue(head[: root.start()])
            return prologue, _chained(rest, blocks)
        if len(head) > _LONGEST:
            break
    _check_prologue(head[:_LONGEST])
    _refuse(1, "There is no <OFX> element in this file.", "OFX")


def _chained(first: str, blocks: Iterator[str]) -> Iterator[str]:
    yield first
    yield from blocks


def _check_prologue(text: str) -> None:
    bare, unfinished = _without_asides(text)
    if unfinished < len(bare) or "<" in _INSTRUCTION.sub("", bare):
        raise Unreadable([Problem("header", "Before <OFX> stands markup that no OFX header has.")])


def _markup(blocks: Iterator[str]) -> Iterator[str]:
    """The body in pieces that begin with a tag and end just before one, without comments and CDATA marks."""
    held = ""
    for block in blocks:
        held += block
        held, unfinished = _without_asides(held)
        cut = _last_tag(held, unfinished)
        if cut > 0:
            yield _usual(held[:cut])
            held = held[cut:]
        if len(held) > _LONGEST:
            raise Unreadable([Problem("file", f"One element is longer than {_LONGEST} characters.")])
    _, unfinished = _without_asides(held)
    if unfinished < len(held):
        raise Unreadable([Problem("end of file", "The file is cut short inside a comment or a CDATA section.")])
    yield _usual(held)


def _usual(markup: str) -> str:
    """`<A/>` as `<A></A>`, `<A >` as `<A>`, every line break as a line feed."""
    if "\r" in markup:
        markup = markup.replace("\r\n", "\n").replace("\r", "\n")
    if "/>" in markup or " >" in markup or "\n>" in markup or "\t>" in markup:
        return _UNUSUAL_TAG.sub(lambda tag: f"<{tag[1]}{tag[2]}>" + (f"</{tag[2]}>" if tag[3] else ""), markup)
    return markup


def _last_tag(text: str, before: int) -> int:
    """Where the last tag begins; a lone `<` in a text is none. -1 when there is no tag."""
    at = text.rfind("<", 0, before)
    while at >= 0 and not (text[at + 1 : at + 2].isalpha() or text[at + 1 : at + 2] == "/"):
        at = text.rfind("<", 0, at)
    return at


def _without_asides(text: str) -> tuple[str, int]:
    """The text without comments, CDATA sections as plain text, and where an unfinished one begins (else its length).

    Any other `<!` is a declaration, and refused.
    """
    if "<!" not in text:
        return text, len(text)
    pieces, at = [], 0
    while (start := text.find("<!", at)) >= 0:
        opener, closer = ("<![CDATA[", "]]>") if text.startswith("<![", start) else ("<!--", "-->")
        if not opener.startswith(text[start : start + len(opener)]):
            raise Unreadable(
                [Problem("file", "The file holds a declaration (DOCTYPE, ENTITY): no bank file needs one.")]
            )
        end = text.find(closer, start + len(opener))
        if end < 0:
            break
        pieces.append(text[at:start])
        inside = text[start + len(opener) : end]
        pieces.append(html.escape(inside, quote=False) if closer == "]]>" else "\n" * inside.count("\n"))
        at = end + len(closer)
    done = "".join(pieces)
    return done + text[at:], len(done) + (start - at if start >= 0 else len(text) - at)
