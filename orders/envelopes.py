"""What a mail for the order desk is, before anybody reads what it orders; run behind the fence."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orders.reading import has_files
from runtime.inbound import Inbound, read_message
from runtime.mailbox import LARGEST_MESSAGE

_HEAD = re.compile(rb"\r?\n\r?\n")
_IDENTIFIES = re.compile(rb"(?im)^(?:message-id|from|date|subject):.*$")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mail is: who wrote about what, whether a person did, and what came back in it."""

    kind: str
    sender: str
    subject: str
    has_files: bool
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing of a mail is taken, and whether a person should look at it."""

    reason: str
    is_waiting: bool


def fingerprint(content: bytes) -> str:
    """What a mail is known by: who wrote it, when, about what, and its body. The way it took to us does not count, so
    a copy delivered by another address is the same mail."""
    head, _, body = content.partition((_HEAD.search(content) or [b"\r\n\r\n"])[0])
    lines = sorted(b" ".join(line.split()) for line in _IDENTIFIES.findall(head))
    return hashlib.sha256(b"\n".join(lines) + b"\n\n" + body.replace(b"\r\n", b"\n")).hexdigest()


def read_envelope(path: str) -> Iterator[Envelope]:
    """The envelope of the mail at a path, for a fenced child."""
    content = Path(path).read_bytes()
    seen: Inbound = read_message(content)
    failed = "; ".join(f"{each.address}: {each.said or each.status}" for each in seen.failures)
    yield Envelope(seen.kind, seen.sender, seen.subject, has_files(content), failed[:500])


def why_unread(envelope: Envelope, *, is_whole: bool) -> Unread | None:
    """Why nothing of a mail is taken; None for one that is read as an order.

    Programs order by mail, too: what was sent by itself counts when a file came with it.
    """
    if not is_whole:
        limit = LARGEST_MESSAGE // 1024 // 1024
        return Unread(f"It is larger than {limit} MB; only its head was read. Fetch it from the mailbox.", True)
    if envelope.kind == "bounce":
        return Unread(f"Mail of ours came back. {envelope.failed}".strip(), True)
    if envelope.kind == "automatic" and not envelope.has_files:
        return Unread("It was sent by itself and brings no file, such as an absence note.", False)
    return None
