"""UN/EDIFACT interchanges (ISO 9735): from bytes to checked messages of segments. Pure.

pydifact takes the text apart into segments, its tokenizer and no more: its parser looks for UNA anywhere in the text
and forgets what stands before. Whether the interchange is whole is checked here by its own counts and references.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydifact.control.characters import Characters
from pydifact.exceptions import EDISyntaxError
from pydifact.parser import Parser
from pydifact.tokenizer import Tokenizer

from core.problems import Problem
from receivables.intake.documents.elements import refusal

_ASCII_ONLY = ("UNOA", "UNOB")
_ENCODINGS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso-8859-1",
    "UNOD": "iso-8859-2",
    "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7",
    "UNOG": "iso-8859-3",
    "UNOH": "iso-8859-4",
    "UNOI": "iso-8859-6",
    "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}
"""Syntax identifier → character set (ISO 9735, data element 0001). UNOX, escape sequences, is not read."""
_START = re.compile(rb"\s*(?:UNA(.{6})\s*)?UNB([^A-Za-z0-9])(UNO[A-Z])", re.DOTALL)
_STANDARD = ":+.? '"
_UNUSED = "\0"
"""Stands in for the release character where UNA has a blank: nothing is released."""
_TAG = re.compile(r"[A-Z]{3}", re.ASCII)
LARGEST_INTERCHANGE = 5_000_000
"""Bytes of one interchange: pydifact takes a second for 1.4 million on the machine this was measured on."""
MOST_SEGMENTS = 200_000
_MOST_OBJECTS = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `elements[i][j]` is component j of data element i behind the tag; `where` places it."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    where: str

    def get(self, element: int, component: int = 0) -> str | None:
        """The text of a component without blanks around it; None when absent or empty."""
        try:
            return self.elements[element][component].strip() or None
        except IndexError:
            return None


@dataclass(frozen=True, slots=True)
class Message:
    """One message between UNH and UNT, which are left out. `type` is INVOIC, ORDERS …"""

    type: str
    segments: tuple[Segment, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Interchange:
    messages: tuple[Message, ...]
    problems: tuple[Problem, ...]


def begins_interchange(head: bytes) -> bool:
    """Whether a file begins as an interchange: UNB, with or without UNA before it."""
    return _START.match(head) is not None


def interchange(data: bytes) -> Interchange:
    """The messages of an interchange that is whole by its own counts and references; `Unreadable` otherwise."""
    start = _START.match(data)
    if start is None:
        raise refusal("start of file", "The file does not begin as an EDIFACT interchange (UNB).")
    if len(data) > LARGEST_INTERCHANGE:
        raise refusal("the file", f"The interchange is larger than {LARGEST_INTERCHANGE // 1_000_000} MB; split it.")
    characters = _characters(start[1])
    text, beyond = _text(data[start.start(2) - 3 :], start[3].decode())
    text, objects = _without_objects(text, characters)
    found = _whole(list(_segments(text, characters)), objects)
    return replace(found, problems=(*beyond, *found.problems))


def _characters(advice: bytes | None) -> Characters:
    """The separators: as UNA advises, else those of ISO 9735."""
    marks = advice.decode("latin-1") if advice else _STANDARD
    if len({marks[0], marks[1], marks[3], marks[5]}) < 4 or any(mark.isalnum() for mark in marks):
        raise refusal("UNA", f"The separators “{marks}” cannot be told apart.")
    if marks[3] == " ":
        marks = f"{marks[:3]}{_UNUSED}{marks[4:]}"
    return Characters.from_str(marks)


def _text(data: bytes, syntax: str) -> tuple[str, list[Problem]]:
    """The text, and a warning where it has letters that its own syntax (A or B: plain capitals) does not know."""
    encoding, problems = _ENCODINGS.get(syntax), []
    if encoding is None:
        raise refusal("UNB", f"The character set {syntax} is not read.")
    if syntax in _ASCII_ONLY and not data.isascii():
        encoding = "utf-8" if _is_utf8(data) else "iso-8859-1"
        message = f"The file says {syntax} and has letters beyond it; they were read as {encoding.upper()}."
        problems.append(Problem("UNB", message, severity="warning", field="0001"))
    try:
        text = data.decode(encoding).strip()
    except UnicodeDecodeError as error:
        raise refusal(f"byte {error.start}", f"A byte here is not of the character set {syntax}.") from None
    if _UNUSED in text:
        raise refusal("the file", "The file holds a NUL character.")
    return text, problems


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_objects(text: str, characters: Characters) -> tuple[str, int]:
    """The text without the objects (UNO … UNP) some messages carry along, and how many there were."""
    data_mark, end_mark = re.escape(characters.data_separator), re.escape(characters.segment_terminator)
    opening = re.compile(f"(?<={end_mark})\\s*UNO{data_mark}[^{end_mark}]{{1,500}}{data_mark}(\\d{{1,8}}){end_mark}")
    closing = re.compile(f"UNP{data_mark}[^{end_mark}]{{1,100}}{end_mark}")
    count = 0
    while opened := opening.search(text):
        closed = closing.match(text, opened.end() + int(opened[1]))
        if not closed:
            raise refusal("UNO", "The object in the interchange does not end where it says it does.")
        text = text[: opened.start()] + text[closed.end() :]
        count += 1
        if count > _MOST_OBJECTS:
            raise refusal("UNO", f"The interchange has more than {_MOST_OBJECTS} objects.")
    return text, count


def _segments(text: str, characters: Characters) -> Iterator[Segment]:
    raw = Parser().convert_tokens_to_raw_segments(Tokenizer().get_tokens(text, characters))
    try:
        for number, (tag, *elements) in enumerate(raw, 1):
            where = f"segment {number}"
            if number > MOST_SEGMENTS:
                raise refusal(where, f"The interchange has more than {MOST_SEGMENTS:,} segments.")
            if not isinstance(tag, str) or not _TAG.fullmatch(tag):
                raise refusal(where, f"“{str(tag)[:20]}” is no segment tag.")
            yield Segment(tag, tuple(_components(each) for each in elements), f"{where} {tag}")
    except EDISyntaxError as reason:
        raise refusal("the interchange", f"The file is damaged or cut short: {reason}") from None


def _components(element: str | list[str]) -> tuple[str, ...]:
    return (element,) if isinstance(element, str) else tuple(element)


def _whole(segments: list[Segment], objects: int) -> Interchange:
    """The segments as messages, when header and trailer agree on how many there are."""
    if len(segments) < 2 or segments[0].tag != "UNB" or segments[-1].tag != "UNZ":
        raise refusal("end of file", "The interchange is cut short: it does not end with UNZ.")
    inside = [each for each in segments[1:-1] if each.tag not in ("UNG", "UNE")]
    groups = sum(each.tag == "UNG" for each in segments)
    found = tuple(_messages(inside))
    trailer = segments[-1]
    if trailer.get(0) not in {str(groups or len(found)), str(len(found) + objects)} or not found:
        raise refusal(trailer.where, f"UNZ counts {trailer.get(0)} messages, but there are {len(found)}.")
    return Interchange(found, tuple(_oddities(segments[0], trailer, objects)))


def _oddities(header: Segment, trailer: Segment, objects: int) -> Iterator[Problem]:
    if trailer.get(1) != header.get(4):
        message = f"UNZ closes interchange {trailer.get(1)}, but UNB opened {header.get(4)}."
        yield Problem(trailer.where, message, severity="warning")
    if objects:
        yield Problem("UNO", f"{objects} attached object(s) are left out.", severity="warning")


def _messages(segments: list[Segment]) -> Iterator[Message]:
    begun = 0
    for number, segment in enumerate(segments):
        if (segment.tag == "UNH") != (number == begun):
            raise refusal(segment.where, "UNH and UNT do not follow each other in turn.")
        if segment.tag == "UNT":
            yield _message(segments[begun : number + 1])
            begun = number + 1
    if begun < len(segments):
        raise refusal(segments[begun].where, "The message is cut short: it does not end with UNT.")


def _message(segments: list[Segment]) -> Message:
    header, trailer = segments[0], segments[-1]
    if trailer.get(1) != header.get(0):
        raise refusal(trailer.where, f"UNT closes message {trailer.get(1)}, but UNH opened {header.get(0)}.")
    if trailer.get(0) is None or (trailer.get(0) or "").lstrip("0") != str(len(segments)):
        raise refusal(trailer.where, f"UNT counts {trailer.get(0)} segments, but there are {len(segments)}.")
    return Message(header.get(1) or "", tuple(segments[1:-1]), f"message {header.get(0)}")
