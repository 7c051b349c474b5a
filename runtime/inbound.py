"""What a message that arrived is: a bounce, an automatic answer, or something a person wrote.

Read from untrusted bytes, so everything is bounded, and callers read in a fenced child. Nothing in a message is
believed: an address or a reference in it only says where to look.
"""

import email
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.policy import default as MODERN
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Final, Literal

MOST_PARTS: Final = 100
LONGEST_TEXT: Final = 20_000
MOST_REFERENCES: Final = 50
MOST_FAILURES: Final = 50

Kind = Literal["bounce", "automatic", "reply"]

_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,190}")
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_SPACE = re.compile(r"[ \t\xa0]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FROM_A_MACHINE = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|no-?reply|do-?not-?reply|bounces?)\b", re.I)
_LISTS = {"bulk", "junk", "list", "auto_reply"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient a mail did not reach. Only what `is_final` says the address does not work."""

    address: str
    status: str
    said: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that arrived. `answers` are the Message-IDs it refers to, the nearest first."""

    kind: Kind
    message_id: str
    sender: str
    subject: str
    text: str
    answers: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def read_message(content: bytes) -> Inbound:
    """Reads a message of any shape; what cannot be read in it is left out, never guessed."""
    message = email.message_from_bytes(content, policy=MODERN)
    parts = [part for part, _ in zip(message.walk(), range(MOST_PARTS), strict=False)]
    failures = tuple(_failures(parts))[:MOST_FAILURES]
    return Inbound(
        kind=_kind(message, bool(failures)),
        message_id=_first(_MESSAGE_ID, _header(message, "Message-ID")),
        sender=_sender(message),
        subject=_line(_header(message, "Subject"))[:300],
        text=_text(parts),
        answers=tuple(dict.fromkeys(_answers(message, parts)))[:MOST_REFERENCES],
        failures=failures,
    )


def read_file(path: str) -> Iterator[Inbound]:
    """`read_message` of a file, for a fenced child."""
    with open(path, "rb") as source:
        yield read_message(source.read())


def _kind(message: Message, has_failures: bool) -> Kind:
    """RFC 3464 says what a bounce is and RFC 3834 what was sent by itself; the rest is what programs do instead."""
    report = (message.get_param("report-type") or "") if message.get_content_type() == "multipart/report" else ""
    if has_failures or str(report).lower() == "delivery-status":
        return "bounce"
    if _is_automatic(message):
        return "automatic"
    return "reply"


def _is_automatic(message: Message) -> bool:
    auto = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        auto not in ("", "no")
        or _header(message, "Precedence").strip().lower() in _LISTS
        or _header(message, "Return-Path").strip() == "<>"
        or any(message[name] for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id"))
        or _FROM_A_MACHINE.match(_sender(message)) is not None
        or message.get_content_type() == "multipart/report"
    )


def _failures(parts: Sequence[Message]) -> Iterator[Failure]:
    """The recipients a delivery report names. Without a machine-readable part there is none: we do not guess."""
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            recipient = _header(block, "Final-Recipient") or _header(block, "Original-Recipient")
            address = _first(_ADDRESS, recipient.rpartition(";")[2]).lower()
            if not address:
                continue
            action = _header(block, "Action").strip().lower()
            status = _STATUS.search(_header(block, "Status"))
            said = _line(_header(block, "Diagnostic-Code") or action)[:300]
            is_final = action == "failed" and (status is None or status[1] == "5")
            yield Failure(address, status[0] if status else "", said, is_final)


def _answers(message: Message, parts: Sequence[Message]) -> Iterator[str]:
    yield from _MESSAGE_ID.findall(_header(message, "In-Reply-To"))
    yield from reversed(_MESSAGE_ID.findall(_header(message, "References"))[-MOST_REFERENCES:])
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            yield from _MESSAGE_ID.findall(_returned_id(_decoded(part)))
        elif part["Message-ID"]:
            yield _first(_MESSAGE_ID, _header(part, "Message-ID"))


def _returned_id(headers: str) -> str:
    return "\n".join(re.findall(r"(?im)^Message-ID:(.{1,300})$", headers[:LONGEST_TEXT]))


def _text(parts: Sequence[Message]) -> str:
    """What was written: the first plain text, else the first HTML without its markup."""
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == wanted and part.get_content_disposition() != "attachment":
                text = _decoded(part)
                return _tidy(_without_markup(text) if wanted == "text/html" else text)
    return ""


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        return raw[: 8 * LONGEST_TEXT].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return raw[: 8 * LONGEST_TEXT].decode("utf-8", "replace")


def _tidy(text: str) -> str:
    lines = (_SPACE.sub(" ", _CONTROL.sub("", line)).rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]


class _Words(HTMLParser):
    """The words of a page, a line a block; nothing of what is not shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "head", "title")
        if tag in ("br", "p", "div", "tr", "li", "blockquote"):
            self.said.append("\n> " if tag == "blockquote" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "head", "title") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


def _without_markup(html: str) -> str:
    words = _Words()
    words.feed(html)
    return "".join(words.said)


def _sender(message: Message) -> str:
    found = getaddresses([_header(message, "From")[:1_000]])
    address = found[0][1].lower() if found else ""
    return address if _ADDRESS.fullmatch(address) else ""


def _header(message: Message, name: str) -> str:
    """A header as text; one that cannot be read counts as absent."""
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError):  # the header parser stumbles over strange input
        return ""
    return str(value)[:4_000] if value is not None else ""


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""
