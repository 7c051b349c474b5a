"""The elements of an XML document, found by local name whatever their namespace and prefix. Pure.

`core.safe_xml` refuses what is hostile; here is refused, with the element's path, what would be read two ways: a value
given twice, and elements where only text may stand.
"""

import io
from pyexpat import ExpatError, ParserCreate
from typing import BinaryIO, NamedTuple, NoReturn

from lxml import etree

from core.problems import Problem
from core.safe_xml import MAX_TEXT, RefusedXml, document
from receivables.intake.documents.model import Unreadable

LARGEST_FILE = 25_000_000
"""Bytes of one file; the largest invoice we know, with its attachments inside, has two million."""
HEAD_BYTES = 65_536
"""How much of a file is looked at to see what it is: generators put licences of several KB before the root element."""
_BLANKS = b" \t\r\n"
"""What some programs write before the XML, where nothing may stand."""
MOST_TAGS = 400_000
"""Opening and closing tags of one document, some ten thousand lines; each element costs 350 bytes of memory."""


def refusal(where: str, message: str, field: str | None = None) -> Unreadable:
    return Unreadable([Problem(where, message, field=field)])


def whole(source: BinaryIO) -> bytes:
    """All bytes of a file of at most `LARGEST_FILE`."""
    source.seek(0)
    data = source.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise refusal("the file", f"The file is larger than {LARGEST_FILE // 1_000_000} MB.")
    return data


class RootName(NamedTuple):
    namespace: str
    name: str


class Node:
    """One element. Paths are local names joined by `/`, from here downwards."""

    __slots__ = ("_children", "_element")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._children: dict[str, list[Node]] | None = None

    @property
    def name(self) -> str:
        return _local_name(self._element)

    @property
    def namespace(self) -> str:
        return etree.QName(self._element).namespace or ""

    @property
    def path(self) -> str:
        """Where the element stands, for messages: `/Invoice/InvoiceLine[2]/ID`."""
        steps = [_step(element) for element in (self._element, *self._element.iterancestors())]
        return "/" + "/".join(reversed(steps))

    @property
    def children(self) -> dict[str, list["Node"]]:
        if self._children is None:
            self._children = {}
            for element in self._element.iterchildren(etree.Element):
                self._children.setdefault(_local_name(element), []).append(Node(element))
        return self._children

    def all(self, path: str) -> list["Node"]:
        """Every element at the path, in document order."""
        here = [self]
        for name in path.split("/"):
            here = [child for node in here for child in node.children.get(name, ())]
        return here

    def one(self, path: str) -> "Node | None":
        """The element that may stand there once."""
        found = self.all(path)
        if len(found) > 1:
            raise refusal(found[1].path, f"{found[1].name} stands there twice.", found[1].name)
        return found[0] if found else None

    def required_one(self, path: str) -> "Node":
        """The element that must stand there once."""
        found = self.one(path)
        if found is None:
            raise refusal(f"{self.path}/{path}", f"{path} is missing.", path)
        return found

    def first(self, path: str) -> "Node | None":
        return next(iter(self.all(path)), None)

    def attribute(self, name: str) -> str | None:
        return (self._element.get(name) or "").strip() or None

    @property
    def value(self) -> str | None:
        """The element's own text without the white space around it; None when that is empty."""
        text = self.long_text()
        if len(text) > MAX_TEXT:
            self.refuse(f"{self.name} has more than {MAX_TEXT:,} characters.")
        return text or None

    def long_text(self) -> str:
        """The same for an element that may hold a whole document as text; "" when empty."""
        if self.children:
            self.refuse(f"An element stands in {self.name}, where only text may stand.")
        pieces = [self._element.text, *(child.tail for child in self._element)]
        return "".join(piece or "" for piece in pieces).strip()

    def texts(self, *paths: str) -> list[str]:
        """The texts at the paths, empty ones left out."""
        return [text for path in paths for node in self.all(path) if (text := node.value)]

    def text(self, *paths: str) -> str | None:
        """The first text at the paths, where repetition does no harm."""
        return next(iter(self.texts(*paths)), None)

    def only(self, path: str) -> str | None:
        """The text that may be given once, or several times alike."""
        found = self.texts(path)
        if len(set(found)) > 1:
            name = path.rpartition("/")[2]
            message = f"{name} is given twice, as “{found[0][:40]}” and as “{found[1][:40]}”."
            raise refusal(f"{self.path}/{path}", message, name)
        return found[0] if found else None

    def required(self, path: str) -> str:
        text = self.only(path)
        if text is None:
            name = path.rpartition("/")[2]
            raise refusal(f"{self.path}/{path}", f"{name} is missing.", name)
        return text

    def refuse(self, message: str) -> NoReturn:
        raise refusal(self.path, message, self.name)


def root_of(source: BinaryIO) -> Node:
    """The root of a whole, harmless document; `Unreadable` for any other file."""
    data = whole(source).lstrip(_BLANKS)
    if data.count(b"<") > MOST_TAGS:
        raise refusal("the file", f"The document has more than {MOST_TAGS:,} tags.")
    try:
        return Node(document(io.BytesIO(data)))
    except RefusedXml as refused:
        raise Unreadable(refused.problems) from None


def root_name(head: bytes) -> RootName | None:
    """The root element's name, read from the beginning of a file; None when there is no XML element in it.

    Of a document with a DOCTYPE it is the name declared there, so that the format's reader says why it is refused.
    """
    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = parser.StartDoctypeDeclHandler = _found
    try:
        parser.Parse(head.lstrip(_BLANKS), False)
    except _Found as found:
        return found.root
    except (ExpatError, ValueError, LookupError):
        return None
    return None


class _Found(Exception):
    """Ends the parsing at the first name."""

    def __init__(self, root: RootName) -> None:
        self.root = root


def _found(name: str, *_rest: object) -> NoReturn:
    namespace, _, local = name.rpartition(" ")
    raise _Found(RootName(namespace, local.rpartition(":")[2]))


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _step(element: etree._Element) -> str:
    name = _local_name(element)
    before = sum(_local_name(each) == name for each in element.itersiblings(etree.Element, preceding=True))
    alone = not before and all(_local_name(each) != name for each in element.itersiblings(etree.Element))
    return name if alone else f"{name}[{before + 1}]"
