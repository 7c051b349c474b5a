"""The characters of an OFX file: which encoding it is really written in, and its text block by block.

OFX files lie about their encoding more often than any other bank format (`ENCODING:USASCII` over UTF-8 bytes,
`UTF8` where the standard says `UTF-8`). So the bytes decide first and the header only where they leave a choice.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from core.problems import Problem
from payments.readers.model import Unreadable

BLOCK_BYTES = 1 << 17
_HEADER_BYTES = 8192

_XML_ENCODING = re.compile(rb"""<\?xml[^<>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_ENCODING = re.compile(rb"ENCODING\s*:\s*([A-Za-z0-9-]{1,40})", re.IGNORECASE)
_CHARSET = re.compile(rb"CHARSET\s*:\s*(?:ISO-?)?(8859-[0-9]{1,2}|[0-9]{3,4})", re.IGNORECASE)
_KNOWN = re.compile(
    r"utf-?8|unicode|(?:us-?)?ascii|latin-?1|iso-?8859-[0-9]{1,2}|windows-[0-9]{3,4}|cp[0-9]{3,4}"
    r"|shift_jis|euc-jp|euc-kr|gb2312|gbk|gb18030|big5|koi8-[ru]"
)
_ALSO_KNOWN_AS = {
    "unicode": "utf-8",
    "utf8": "utf-8",
    # Files declared ASCII or Latin-1 hold Windows punctuation; where they do not, the two are the same.
    **dict.fromkeys(("ascii", "us-ascii", "usascii", "latin1", "latin-1", "iso8859-1", "iso-8859-1"), "cp1252"),
}


def encoding_of(source: BinaryIO) -> tuple[str, Problem | None]:
    """The Python codec that reads the whole file, and a warning when it is not what the header declares.

    A byte order mark or the zero bytes of UTF-16 decide; else UTF-8 when every byte fits, then the declared
    encoding, then Windows-1252, then Latin-1. The first that decodes the file to its end without a doubt wins.
    """
    head = _read(source, _HEADER_BYTES)
    marked = _marked(head)
    if marked:
        return marked, None
    declared = declared_encoding(head)
    for encoding in ("utf-8", declared or "cp1252", "cp1252"):
        if _decodes(source, encoding):
            return encoding, _doubt(declared, encoding)
    return "latin-1", _doubt(declared, "latin-1")


def _read(source: BinaryIO, size: int) -> bytes:
    source.seek(0)
    return source.read(size)


def _marked(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 4 and head[0] and head[2] and not head[1] and not head[3]:
        return "utf-16-le"
    if len(head) >= 4 and head[1] and head[3] and not head[0] and not head[2]:
        return "utf-16-be"
    return None


def declared_encoding(head: bytes) -> str | None:
    """The codec named by the XML declaration or by the ENCODING and CHARSET lines; None when none we know is named."""
    in_xml, in_header, charset = _XML_ENCODING.search(head), _ENCODING.search(head), _CHARSET.search(head)
    if in_xml:
        name = in_xml[1].decode("ascii").lower()
    elif in_header and in_header[1].upper().startswith((b"UTF", b"UNICODE")):
        name = "utf-8"
    elif charset:
        number = charset[1].decode("ascii")
        name = f"iso{number}" if number.startswith("8859") else f"cp{number}"
    else:
        return None
    name = _ALSO_KNOWN_AS.get(name, name)
    return name if _KNOWN.fullmatch(name) and _exists(name) else None


def _exists(codec: str) -> bool:
    try:
        codecs.lookup(codec)
    except LookupError:
        return False
    return True


def _decodes(source: BinaryIO, encoding: str) -> bool:
    try:
        for _ in _decoded(source, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _doubt(declared: str | None, used: str) -> Problem | None:
    if declared is None or declared == used or used == "utf-8":
        return None
    message = f"The header says {declared}, but the bytes are not; the file was read as {used}."
    return Problem("header", message, severity="warning", field="ENCODING")


def text_blocks(source: BinaryIO, encoding: str) -> Iterator[str]:
    """The file's text in order, in blocks of about `BLOCK_BYTES`; `Unreadable` at bytes the encoding cannot mean."""
    try:
        yield from _decoded(source, encoding)
    except UnicodeError:
        message = f"The file starts as {encoding.upper()} text, but holds bytes that are none."
        raise Unreadable([Problem("file", message)]) from None


def _decoded(source: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    source.seek(0)
    while block := source.read(BLOCK_BYTES):
        yield decoder.decode(block)
    yield decoder.decode(b"", True)
