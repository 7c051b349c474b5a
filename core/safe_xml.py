"""XML that strangers hand in, read without harm.

Everything here refuses, with `RefusedXml` and no other exception: any document type declaration (hence any entity
and anything external) in whatever encoding, encodings outside a short list, elements nested deeper than `MAX_DEPTH`,
and whatever would make memory grow without end. No file or address is ever opened: the parsers are given bytes and no
way to ask for more.

Two ways to read. `records` streams: it keeps what a `Shape` names, forgets the rest, and its memory is flat however
long the file. `document` gives the whole tree of a document that fits in memory.
"""

import re
from collections.abc import Iterator, Mapping
from pyexpat import ErrorString, ExpatError, ParserCreate
from typing import BinaryIO, NamedTuple, NoReturn

from lxml import etree

from core.errors import Invalid
from core.problems import Problem

MAX_DEPTH = 64
"""Elements within elements; the deepest business document we know has 20."""
MAX_TEXT = 100_000
"""Characters of one kept element."""
MAX_TOKEN = 1_000_000
"""Bytes of one tag, comment or instruction: expat holds it whole, and reads it again with every chunk."""
MAX_NAMES = 5_000
"""Different element and attribute names in one file; expat remembers each of them."""
MAX_VALUES = 100_000
"""Kept values of one record."""

_CHUNK = 65_536
_ENCODING = re.compile(
    r"utf-8|utf-16(?:le|be)?|us-ascii|iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]", re.ASCII | re.IGNORECASE
)
_UTF8 = re.compile(rb"""\A((?:\xef\xbb\xbf)?<\?xml[^<>]{0,80}?encoding\s*=\s*["'])utf8(?=["'])""", re.IGNORECASE)
"""How some programs spell UTF-8 in the declaration; expat knows it by its right name only."""
_CUT_SHORT = {"no element found", "unclosed token", "unclosed CDATA section", "partial character"}

Fields = dict[str, list[str]]


class RefusedXml(Invalid):
    """The XML is broken, cut short or not harmless; `problems` says where and why."""


class Record(NamedTuple):
    """One element a shape calls a record: its name and the kept texts below it, in document order, stripped of white
    space around them. Empty texts are left out, so a field in `fields` has at least one value. A field with an
    attribute `Amt@Ccy` has as many values as `Amt`, empty where the attribute is missing."""

    name: str
    fields: Fields


class Shape(dict[str, "Shape"]):
    """What is wanted of an element: its wanted children by local name, whatever their namespace and prefix.

    An element whose text is wanted, and of no child of which anything is, must not have children.
    """

    __slots__ = ("attribute", "field", "record")

    def __init__(self) -> None:
        super().__init__()
        self.record = self.field = self.attribute = ""

    def __missing__(self, name: str) -> "Shape":
        if self.field and not self:
            raise _refused(f"element {name[:40]}", "An element stands here where only text may stand.")
        return _NOTHING

    def below(self, path: str) -> "Shape":
        """The shape of a descendant, made on the way where it is not yet wanted."""
        here = self
        for name in path.split("/"):
            here = here.setdefault(name, Shape())
        return here

    def want(self, name: str, fields: Mapping[str, tuple[str, ...]], path: str) -> None:
        """Makes the descendant at `path` a record: field name → the paths below it whose texts are its values.
        A path that ends in `@Ccy` keeps that attribute too, as field `name@Ccy`."""
        record = self.below(path)
        record.record = name
        for field, paths in fields.items():
            for whole in paths:
                element, _, attribute = whole.partition("@")
                kept = record.below(element) if element else record
                kept.field, kept.attribute = field, attribute


class Anywhere(Shape):
    """The shape of a document whose wanted elements may stand at any depth, under any envelope."""

    __slots__ = ()

    def __missing__(self, name: str) -> Shape:
        return self


class _LocalNames(dict[str, str]):
    """Names as expat reports them, “namespace name”, to names without the namespace."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(" ")[2]
        return local


_NOTHING = Shape()


def records(source: BinaryIO, shape: Shape) -> Iterator[Record]:
    """Streams the records of `shape` as their elements end, inner ones first, from where `source` stands.
    Raises `RefusedXml`; what was yielded before is then not to be trusted either."""
    reading = _Reading(shape)
    chunk = _UTF8.sub(rb"\1utf-8", source.read(_CHUNK))
    while chunk:
        yield from reading.feed(chunk)
        chunk = source.read(_CHUNK)
    yield from reading.feed(b"", last=True)


def document(source: BinaryIO) -> etree._Element:
    """The root of the whole tree, for XPath. Raises `RefusedXml`, before a tree is built, for all that `records`
    refuses; also for a text of more than ten million characters. The size of the file is the caller's to limit."""
    source.seek(0)
    list(records(source, Shape()))
    source.seek(0)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.parse(source, parser).getroot()
    except etree.XMLSyntaxError as error:
        raise _refused(f"line {error.lineno}", f"This is not well-formed XML: {error.msg}.") from None


def _refused(where: str, message: str) -> RefusedXml:
    return RefusedXml([Problem(where, message)])


class _Reading:
    """One file on its way through expat. Text is only listened to inside wanted elements."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.above: list[Shape] = []
        self.text = ""
        self.attribute = ""
        self.fields: Fields = {}
        self.outer: list[Fields] = []
        self.finished: list[Record] = []
        self.fed = 0
        self.local_names = _LocalNames()
        self.parser = parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        self.listen = self.characters
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.XmlDeclHandler = self.declaration
        parser.StartDoctypeDeclHandler = self.doctype

    def feed(self, chunk: bytes, last: bool = False) -> list[Record]:
        self.finished = []
        try:
            self.parser.Parse(chunk, last)
        except ExpatError as error:
            raise _explained(error) from None
        self.fed += len(chunk)
        self.check_growth()
        return self.finished

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.above.append(self.shape)
        if len(self.above) > MAX_DEPTH:
            self.refuse(f"Elements are nested more than {MAX_DEPTH} deep.")
        shape = self.shape = self.shape[self.local_names[name]]
        if shape.field:
            self.text = ""
            self.parser.CharacterDataHandler = self.listen
            if shape.attribute:
                self.attribute = attributes.get(shape.attribute, "")
        if shape.record:
            self.outer.append(self.fields)
            self.fields = {}

    def end(self, _name: str) -> None:
        shape = self.shape
        if shape.field:
            self.keep(shape)
        if shape.record:
            self.finished.append(Record(shape.record, self.fields))
            self.fields = self.outer.pop()
        self.shape = self.above.pop()

    def keep(self, shape: Shape) -> None:
        self.parser.CharacterDataHandler = None
        text = self.text.strip()
        if text or shape.attribute:
            self.fields.setdefault(shape.field, []).append(text)
        if shape.attribute:
            self.fields.setdefault(f"{shape.field}@{shape.attribute}", []).append(self.attribute)
        self.text = ""

    def characters(self, text: str) -> None:
        self.text += text
        if len(self.text) > MAX_TEXT:
            self.refuse(f"An element holds more than {MAX_TEXT:,} characters of text.")

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and not _ENCODING.fullmatch(encoding):
            self.refuse(f"The encoding “{encoding[:40]}” is not accepted; UTF-8 is.")

    def doctype(self, *_declared: object) -> None:
        self.refuse("The file declares a document type (DOCTYPE). Such XML is refused: it can name entities and files.")

    def check_growth(self) -> None:
        if self.fed - self.parser.CurrentByteIndex > MAX_TOKEN:
            self.refuse(f"One tag, comment or instruction is longer than {MAX_TOKEN:,} bytes.")
        if len(self.parser.intern) > MAX_NAMES:
            self.refuse(f"The file uses more than {MAX_NAMES:,} different names.")
        for fields in (*self.outer, self.fields):
            if sum(map(len, fields.values())) > MAX_VALUES:
                self.refuse(f"One element has more than {MAX_VALUES:,} values below it.")

    def refuse(self, message: str) -> NoReturn:
        raise _refused(f"line {self.parser.CurrentLineNumber}", message)


def _explained(error: ExpatError) -> RefusedXml:
    where = f"line {error.lineno}, column {error.offset + 1}"
    reason = ErrorString(error.code)
    if reason in _CUT_SHORT:
        return _refused(where, "The file is cut short: the XML ends before its closing tag.")
    return _refused(where, f"This is not well-formed XML: {reason}.")
