"""E-mail out: composing one message, the four ways in which handing it over can end, and a folder to hand it to.

`runtime.smtp` is the other way out of the house.
"""

import base64
import binascii
import contextlib
import hashlib
import math
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import css_inline

from core.errors import Invalid

_LINE_POLICY = SMTP_POLICY.clone(cte_type="7bit")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*", re.ASCII)
_MESSAGE_ID = re.compile(r"<([A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9][A-Za-z0-9.-]{0,99})>", re.ASCII)
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MEDIA_TYPE = re.compile(r"[a-z0-9]{1,40}/[a-z0-9.+-]{1,80}", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_LONGEST_HEADER: Final = 800
_FOLDED: Final = "\r\n "


# ── the message ──────────────────────────────────────────────────────────────────────────────────────────────────────


def checked_address(text: str) -> str:
    """The address as it goes on the wire; `Invalid` for anything that is no plain mailbox (RFC 5321 dot-string).

    An international domain becomes its ASCII form. Quoted local parts, address literals and local parts beyond ASCII
    (which need SMTPUTF8 all the way) are refused.
    """
    local, at, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not (
        at
        and "=?" not in local
        and _LOCAL_PART.fullmatch(local)
        and _DOMAIN.fullmatch(domain)
        and len(local) <= 64
        and len(domain) < 189
    ):
        raise Invalid.because("address", f"“{_shown(text)}” is not an e-mail address.", field="email")
    return f"{local}@{domain}"


def checked_message_id(text: str) -> str:
    """`<left@right>` of letters, digits, dots, dashes, underscores; else `Invalid`. It doubles as a file name."""
    if not _MESSAGE_ID.fullmatch(text):
        raise Invalid.because("Message-ID", f"“{_shown(text)}” is not a Message-ID of ours.", field="message_id")
    return text


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it; both are checked when the value is made."""

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", checked_address(self.address))
        _checked_line("name", self.name)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; `media_type` as in `application/pdf`."""

    name: str
    content: bytes
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message in full. `message_id` and `at` are handed in, so that composing twice gives the same bytes.

    `former` are the Message-IDs of the mails it follows in a thread, the oldest first.
    """

    message_id: str
    at: datetime
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: Mailbox | None = None
    former: tuple[str, ...] = ()


def compose(mail: Mail) -> bytes:
    """The message as it goes over the wire: CRLF line ends, 7-bit, the same bytes for the same mail.

    Plain text with an HTML alternative (styles inlined, nothing loaded from anywhere) and the attachments. Marked
    `Auto-Submitted: auto-generated` (RFC 3834). Refused with `Invalid`: control characters in any header, no recipient.
    """
    if not mail.recipients:
        raise Invalid.because("recipients", "A mail needs a recipient.")
    message_id = checked_message_id(mail.message_id)
    said = _structured(
        {
            "From": _header_address(mail.sender),
            "To": tuple(_header_address(to) for to in mail.recipients),
            "Reply-To": mail.reply_to and _header_address(mail.reply_to),
            "Subject": _unencoded(_checked_line("subject", mail.subject)),
        }
    )
    plain = (
        f"Date: {format_datetime(mail.at)}\r\nMessage-ID: {message_id}\r\n"
        f"{_thread(mail.former)}Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
    )
    texts = [_text("plain", mail.text), _text("html", _inliner().inline(mail.html))]
    attached = [_attached(each) for each in mail.attachments]
    stem = hashlib.sha256(message_id.encode()).hexdigest()[:24]
    if not attached:
        return said + plain.encode() + _multipart("alternative", f"{stem}_0", texts)
    both = _multipart("alternative", f"{stem}_1", texts)
    return said + plain.encode() + _multipart("mixed", f"{stem}_0", [both, *attached])


def _thread(former: Sequence[str]) -> str:
    """The headers by which mail programs keep a thread together (RFC 5322 3.6.4)."""
    if not former:
        return ""
    ids = [checked_message_id(each) for each in former]
    return f"In-Reply-To: {ids[-1]}\r\nReferences: {_FOLDED.join(ids)}\r\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def _structured(values: Mapping[str, Any]) -> bytes:
    """Headers with what people wrote in them, in the structure and the encoding of `email.policy`; absent ones not."""
    message = EmailMessage(policy=_LINE_POLICY)
    for name, value in values.items():
        if value is not None:
            message[name] = value
    return _only(message.keys(), message.as_bytes().removesuffix(b"\r\n"))


def _only(names: Collection[str], written: bytes) -> bytes:
    """The headers as written, which must be the named ones and no other, whatever `email` makes of strange words."""
    found = [line.partition(b":")[0].decode() for line in written.splitlines() if line[:1] not in (b" ", b"\t")]
    if found != list(names):
        raise Invalid.because("header", "A name or the subject of this mail would write a header of its own.")
    return written


def _header_address(box: Mailbox) -> Address:
    return Address(display_name=_unencoded(box.name), addr_spec=box.address)


def _unencoded(text: str) -> str:
    """Text that is no encoded word (RFC 2047): `email` decodes those while it writes, line ends in them included."""
    return text.replace("=?", "= ?")


# A body is put together from ready bytes, which takes a tenth of what `email` needs for it.


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """The parts between boundaries of our own, else they would be random. “=_” cannot occur in quoted-printable or
    base64 text."""
    mark = f"--=_{boundary}".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="=_{boundary}"\r\n\r\n'.encode()
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + binascii.b2a_qp(_LINE_END.sub("\n", text).encode()).replace(b"\n", b"\r\n")


def _attached(attachment: Attachment) -> bytes:
    name = _unencoded(_checked_line("file name", attachment.name))
    if not _MEDIA_TYPE.fullmatch(attachment.media_type):
        raise Invalid.because("attachment", f"“{_shown(attachment.media_type)}” is no media type.")
    if _PLAIN_NAME.fullmatch(name):
        disposition = f'Content-Disposition: attachment; filename="{name}"\r\n'.encode()
    else:
        message = EmailMessage(policy=_LINE_POLICY)
        message.add_header("Content-Disposition", "attachment", filename=name)
        disposition = _only(message.keys(), message.as_bytes().removesuffix(b"\r\n"))
    head = f"Content-Type: {attachment.media_type}\r\nContent-Transfer-Encoding: base64\r\n".encode()
    return head + disposition + b"\r\n" + base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _checked_line(field_name: str, text: str) -> str:
    if _NOT_IN_A_HEADER.search(text):
        raise Invalid.because(field_name, f"“{_shown(text)}” holds a line end or another control character.")
    if len(text) > _LONGEST_HEADER:
        raise Invalid.because(field_name, f"The {field_name} is longer than {_LONGEST_HEADER} characters.")
    return text


def _shown(text: str) -> str:
    return printable(text[:80])


def printable(text: str) -> str:
    """The text on one line, every control character shown as �."""
    return _NOT_IN_A_HEADER.sub("�", text)


# ── how handing over ends ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken the message over; `reply` is its receipt."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """It was surely not taken over, and trying again later may work."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was surely not taken over, and trying again will not help; `code` is the server's (5xx)."""

    reason: str
    code: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection was lost after the final dot had begun: it may or may not have been taken over."""

    reason: str


Outcome = Sent | Deferred | Refused | Unknown


class Transport(Protocol):
    """A way out of the house."""

    def ready(self) -> Deferred | None:
        """Opens what must be open before a message can go, or says why nothing can go now. May take its time."""
        ...

    def send(
        self, message: bytes, envelope_from: str, recipients: Sequence[str], *, within: float = math.inf
    ) -> Outcome:
        """Hands one message to all recipients or to none. Raises `Invalid` for addresses that are none.

        Unless its first byte can go out `within` so many seconds, none does, and it is `Deferred`.
        """
        ...

    def close(self) -> None:
        """Lets go of what is kept between messages."""
        ...


# ── into a folder ────────────────────────────────────────────────────────────────────────────────────────────────────


class EmlFolder:
    """Writes each message as `<message-id>.eml` into a folder: whole, on disk, and never twice.

    A file that is already there is the receipt of an earlier send, and stays as it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ready(self) -> Deferred | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return Deferred(f"The folder {self._folder.name} cannot be used: {error.strerror or error}")
        return None

    def send(
        self, message: bytes, envelope_from: str, recipients: Sequence[str], *, within: float = math.inf
    ) -> Outcome:
        for address in (envelope_from, *recipients):
            checked_address(address)
        target = self._folder / f"{_message_id_of(message)}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with _on_disk(self._folder, message) as written, contextlib.suppress(FileExistsError):
                os.link(written, target)
        except OSError as error:
            return Deferred(f"{target.name} could not be written: {error.strerror or error}")
        try:
            _sync_folder(self._folder)
        except OSError as error:
            return Unknown(f"{target.name} was written, but perhaps not to the disk: {error.strerror or error}")
        return Sent(f"written to {target.name}")

    def close(self) -> None:
        """Nothing is kept open."""


def _message_id_of(message: bytes) -> str:
    header = BytesHeaderParser().parsebytes(message)["Message-ID"]
    return checked_message_id(str(header or "").strip())[1:-1]


@contextlib.contextmanager
def _on_disk(folder: Path, content: bytes) -> Iterator[str]:
    """A synced file of this content that is gone afterwards; link it to keep it."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        yield file.name


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
