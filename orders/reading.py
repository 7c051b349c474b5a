"""The words of a document somebody has to read: mails, PDFs and plain texts; run behind the fence.

Scans have no words; they are kept and shown as they are.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pypdf

LARGEST = 25 * 1024 * 1024
MOST_TEXT = 200_000
"""Characters kept of one document."""
MOST_PAGES = 50

_MARKS = {b"%PDF": "application/pdf", b"II*\0": "image/tiff", b"MM\0*": "image/tiff", b"\x89PNG": "image/png",
          b"\xff\xd8\xff": "image/jpeg"}  # fmt: skip
_MAIL_HEADER = re.compile(rb"(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version):", re.I)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What was read of a document: its words, and for a mail who wrote when about what, and what came with it."""

    media_type: str
    text: str
    sender: str = ""
    subject: str = ""
    sent_at: str = ""
    attached: tuple[Attached, ...] = ()


def media_type_of(head: bytes, name: str) -> str | None:
    """What kind of document a person has to read this is; None for what programs read."""
    for mark, media_type in _MARKS.items():
        if head.startswith(mark):
            return media_type
    is_mail = name.lower().endswith(".eml") or head[:5] == b"From "
    return "message/rfc822" if _MAIL_HEADER.match(head) or is_mail else None


def read_letter(path: str, name: str) -> Iterator[Letter]:
    """The one document at a path."""
    content = Path(path).read_bytes()[:LARGEST]
    media_type = media_type_of(content[:4096], name) or "application/octet-stream"
    if media_type == "message/rfc822":
        yield _mail(content)
    else:
        yield Letter(media_type, pdf_text(path) if media_type == "application/pdf" else "")


def pdf_text(path: str) -> str:
    """The words of a PDF; none of one that is only a picture, or that cannot be read."""
    try:
        pages = pypdf.PdfReader(path).pages
        return "\n".join((page.extract_text() or "") for page in list(pages)[:MOST_PAGES])[:MOST_TEXT]
    except Exception:
        # Whatever is wrong with somebody's PDF, a person can still look at it.
        return ""


def has_attachments(path: str) -> Iterator[bool]:
    """Whether a PDF carries files, such as the order it shows for programs to read; a damaged one is said to, so that
    its reader says what is wrong with it."""
    try:
        yield bool(pypdf.PdfReader(path).attachments)
    except Exception:
        yield True


def has_files(content: bytes) -> bool:
    """Whether files came with a mail; one that cannot be taken apart is said to have none."""
    message = email.message_from_bytes(content, policy=policy.default)
    return isinstance(message, EmailMessage) and next(_attachments(message), None) is not None


def _mail(content: bytes) -> Letter:
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    return Letter(
        "message/rfc822",
        _words(body)[:MOST_TEXT],
        parseaddr(str(message.get("From", "")))[1],
        str(message.get("Subject", ""))[:500],
        _instant(str(message.get("Date", ""))),
        tuple(_attachments(message)),
    )


def _words(part: Any) -> str:
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        text = bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    if part.get_content_subtype() == "html":
        text = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.S | re.I)
        text = re.sub(r"<[^>]{0,2000}>", " ", text)
    return re.sub(r"[ \t\r\f\v]+", " ", text.replace("\0", "")).strip()


def _attachments(message: EmailMessage) -> Iterator[Attached]:
    for place, part in enumerate(message.iter_attachments(), start=1):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            yield Attached(part.get_filename() or f"attachment-{place}", content)


def _instant(text: str) -> str:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return ""
    return at.isoformat() if at.tzinfo else ""
