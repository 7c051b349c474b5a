"""The words of an order document for programs, to find it by; run behind the fence."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from orders.reading import LARGEST, MOST_TEXT, pdf_text

_TAG = re.compile(r"<[^<>]{0,4000}>")
_SAID_ENCODING = re.compile(rb"""encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def read_words(path: str) -> Iterator[str]:
    """The words of the document at a path: the text of its XML, its EDIFACT elements, or what its PDF shows."""
    content = Path(path).read_bytes()[:LARGEST]
    yield pdf_text(path) if content.lstrip()[:5] == b"%PDF-" else words_of(content)


def words_of(content: bytes) -> str:
    """What stands in an XML or EDIFACT document, without its markup."""
    text = _decoded(content)
    text = _words_of_xml(text) if text.lstrip()[:1] == "<" else _words_of_edifact(text)
    return " ".join(text.split())[:MOST_TEXT]


def _decoded(content: bytes) -> str:
    by_mark = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    said = _SAID_ENCODING.search(content[:200])
    for encoding in (by_mark, said[1].decode() if said else None, "utf-8"):
        try:
            if encoding:
                return content.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return content.decode("latin-1")


def _words_of_xml(text: str) -> str:
    return html.unescape(_TAG.sub(" ", text.replace("<![CDATA[", " ").replace("]]>", " ")))


def _words_of_edifact(text: str) -> str:
    """`+`, `:` and `'` part the elements; a question mark before one of them says that it is meant as itself."""
    return re.sub(r"\?(.)|[+:']", lambda found: found[1] or " ", text, flags=re.S)
