"""An IMAP server on loopback for tests: one folder, and as much of the protocol as reading a mailbox takes."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class ImapBox:
    """A mailbox anybody with the password reads. `messages` are numbered from 1; `seen` and `flagged` hold numbers.

    `vanish` are messages that are gone between search and fetch; `hang_up_after` drops the line after so many commands.
    `before` is told every command before it is answered.
    """

    messages: list[bytes] = field(default_factory=list)
    folder: str = "INBOX"
    password: str = "open sesame"
    seen: set[int] = field(default_factory=set)
    flagged: set[int] = field(default_factory=set)
    vanish: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    hang_up_after: int | None = None
    before: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        secret = self.password.replace(" ", "%20")
        return f"imap://clerk:{secret}@127.0.0.1:{self._listener.getsockname()[1]}/{self.folder}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(60)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        connection.sendall(b"* OK ready\r\n")
        while line := stream.readline():
            self.commands.append(line.decode("ascii", "replace").strip())
            self.before(self.commands[-1])
            if self.hang_up_after is not None and len(self.commands) > self.hang_up_after:
                return
            tag, verb, rest = [*line.strip().split(b" ", 2), b""][:3]
            untagged, result = self._answer(verb.decode().upper(), rest.decode())
            connection.sendall(untagged + tag + b" " + result.encode() + b" done\r\n")

    def _answer(self, verb: str, rest: str) -> tuple[bytes, str]:
        if verb == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n", "OK"
        if verb == "LOGIN":
            return b"", "OK" if rest.endswith(f'"{self.password}"') else f"NO wrong: {rest}"
        if verb == "SELECT":
            known = rest.strip('"') == self.folder
            return (f"* {len(self.messages)} EXISTS\r\n".encode(), "OK") if known else (b"", "NO no such folder")
        if verb == "UID":
            return self._by_uid(rest)
        return (b"* BYE\r\n", "OK") if verb == "LOGOUT" else (b"", "BAD what?")

    def _by_uid(self, rest: str) -> tuple[bytes, str]:
        verb, arguments = rest.split(" ", 1)
        if verb == "SEARCH":
            unread = (str(uid) for uid in range(1, len(self.messages) + 1) if uid not in self.seen)
            return f"* SEARCH {' '.join(unread)}\r\n".encode(), "OK"
        number, what = arguments.split(" ", 1)
        uid = int(number)
        if verb == "STORE":
            self.seen |= {uid} if "Seen" in what else set()
            self.flagged |= {uid} if "Flagged" in what else set()
            return b"", "OK"
        return (b"", "OK") if uid in self.vanish else (self._fetch(uid, what), "OK")

    def _fetch(self, uid: int, what: str) -> bytes:
        content = self.messages[uid - 1]
        if "RFC822.SIZE" in what:
            return f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(content)})\r\n".encode()
        if "HEADER" in what:
            content = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n\r\n"
        head = f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode()
        return head + content + b")\r\n"
