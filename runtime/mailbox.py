"""Reading a mailbox by IMAP: every unread message once, then it is marked as read.

    read_mailbox("imaps://user:pass@host/Folder", take)

`take` stores a message durably and returns. A process that dies in between meets the message again, so `take` must
know what it has taken before (by Message-ID or content). Nothing is ever deleted or moved.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from core.errors import CollectionsError, Invalid, Unavailable
from runtime.smtp import is_this_machine

log = structlog.get_logger("mailbox")

LARGEST_MESSAGE: Final = 25 * 1024 * 1024
"""Bytes; of a larger message only the header is read."""
MOST_AT_ONCE: Final = 1_000
"""Messages a pass; the rest waits for the next one."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it lies in the mailbox. `is_whole` is False when it was too large and only its header was read."""

    content: bytes
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """How a pass went; what failed is flagged in the mailbox and waits there for a person."""

    taken: int
    failed: int


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where mail is read: `imaps://user:pass@host:port/Folder`, or `imap://…` with STARTTLS. No folder means INBOX.

    A password is never sent in the clear to another machine.
    """

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @classmethod
    def at(cls, url: str) -> "ImapServer":
        """Reads the address; `Invalid` when it is none or would send the password in the clear."""
        try:
            return cls._read(url)
        except (ValueError, KeyError):
            # Neither the address nor the library's complaint is repeated: both may hold the password.
            advice = "The IMAP address must be imaps://user:pass@host/Folder, or imap://… with STARTTLS."
            raise Invalid.because("IMAP address", advice) from None

    @classmethod
    def _read(cls, url: str) -> "ImapServer":
        parts = urlsplit(url)
        implicit = {"imap": False, "imaps": True}[parts.scheme]
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if set(options) - {"starttls"} or not (parts.hostname and parts.username):
            raise ValueError("unknown option, no host or no user")
        here = is_this_machine(parts.hostname)
        starttls = not implicit and {"1": True, "0": False}[options.get("starttls", ["0" if here else "1"])[-1]]
        if not (implicit or starttls or here):
            raise ValueError("a password needs TLS")
        folder = unquote(parts.path.strip("/")) or "INBOX"
        if re.search(r'["\\\x00-\x1f\x7f]', folder) or not folder.isascii():
            raise ValueError("a folder's name is plain ASCII")
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, parts.port or (993 if implicit else 143), implicit, starttls, user, password, folder)


def read_mailbox(
    url: str,
    take: Callable[[Arrived], None],
    *,
    limit: int = MOST_AT_ONCE,
    largest: int = LARGEST_MESSAGE,
    timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
) -> Reading:
    """Hands every unread message to `take`, oldest first, and marks it as read.

    A message `take` cannot cope with is flagged and passed over, so that it holds up no other; `Unavailable` of `take`
    or of the server ends the pass, and what was not taken stays unread.
    """
    server = ImapServer.at(url)
    taken = failed = 0
    with _connected(server, timeout, tls or ssl.create_default_context()) as line:
        for uid in _unread(line)[:limit]:
            if (arrived := _fetched(line, uid, largest)) is None:
                continue
            try:
                take(arrived)
            except Unavailable:
                raise
            except Exception as error:
                log.error("message cannot be taken", uid=uid, exc_info=error)
                _done(line.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Flagged)"))
                failed += 1
            else:
                _done(line.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
                taken += 1
    return Reading(taken, failed)


@contextlib.contextmanager
def _connected(server: ImapServer, timeout: float, tls: ssl.SSLContext) -> Iterator[imaplib.IMAP4]:
    """A session with the folder open; every trouble of the line is `Unavailable`."""
    line: imaplib.IMAP4 | None = None
    try:
        if server.implicit_tls:
            line = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=tls, timeout=timeout)
        else:
            line = imaplib.IMAP4(server.host, server.port, timeout)
        if server.starttls:
            line.starttls(tls)
        line.login(server.user, server.password)
        _done(line.select(f'"{server.folder}"'))
        yield line
    except CollectionsError:
        raise
    except (OSError, EOFError, imaplib.IMAP4.error) as error:
        said = str(error).replace(server.password, "…") if server.password else str(error)
        raise Unavailable(f"The mailbox at {server.host} cannot be read: {said[:200]}") from None
    finally:
        if line is not None:
            with contextlib.suppress(OSError, EOFError, imaplib.IMAP4.error):
                line.logout()


def _unread(line: imaplib.IMAP4) -> list[str]:
    found = _done(line.uid("SEARCH", "UNSEEN"))
    uids = b" ".join(each for each in found if isinstance(each, bytes)).split()
    return [str(number) for number in sorted(int(uid) for uid in uids if uid.isdigit())]


def _fetched(line: imaplib.IMAP4, uid: str, largest: int) -> Arrived | None:
    """The message, without marking it; None when it is gone meanwhile."""
    said = b" ".join(each for each in _done(line.uid("FETCH", uid, "(RFC822.SIZE)")) if isinstance(each, bytes))
    size = _SIZE.search(said)
    if size is None:
        return None
    is_whole = int(size[1]) <= largest
    parts = _done(line.uid("FETCH", uid, "(BODY.PEEK[])" if is_whole else "(BODY.PEEK[HEADER])"))
    content = next((part[1] for part in parts if isinstance(part, tuple)), None)
    return Arrived(content[:largest], is_whole) if isinstance(content, bytes) else None


def _done(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server answered {status}: {data!r:.100}")
    return data


def unread_count(url: str, *, timeout: float = 30.0, tls: ssl.SSLContext | None = None) -> int:
    """How many messages are unread; none is touched."""
    with _connected(ImapServer.at(url), timeout, tls or ssl.create_default_context()) as line:
        return len(_unread(line))
