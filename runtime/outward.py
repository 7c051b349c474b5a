"""Handing a message to somebody else's web server, so that it cannot be turned against the house.

The name is resolved once. Every address it has must be public, and the connection goes to one of those very addresses,
with the name in the certificate check and in `Host`. Redirects are not followed, five seconds are given to connect and
ten in all, and of the answer at most 64 KB is read. What cannot be resolved is refused.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.errors import Invalid
from runtime.clock import stopwatch
from runtime.targets import Target, is_public, target_of

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
LONGEST_REPLY = 64 * 1024
SAID_CHARACTERS = 300
"""So much of an answer's body is kept for whoever looks why something was not taken."""

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]
"""An address, a port and the seconds it may take → a connection."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: ([^\r\n]*))?\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """How it ended: the status of the answer, or None when there was none, and what was said or went wrong."""

    status: int | None
    detail: str

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Failed(Exception):
    """It did not come to an answer, and why, in a sentence."""


def addresses_of(host: str, port: int) -> list[str]:
    """Every address a name has, as the machine resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def connect_to(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this very address."""
    return socket.create_connection((address, port), timeout=seconds)


class Outward:
    """The way out to web servers of others. `allow_private` is for development and tests: it reaches any address."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Resolve = addresses_of,
        connect: Connect = connect_to,
        trust: ssl.SSLContext | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.allow_private = allow_private
        self._resolve, self._connect, self._trust = resolve, connect, trust
        self._total_seconds = total_seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Posts a body. Never raises for what the other side does."""
        until = stopwatch() + self._total_seconds
        try:
            target = target_of(url, allow_private=self.allow_private)
            with self._connected(target, until) as connection:
                _give(connection, _request(target, body, headers), until)
                return _reply(connection, until)
        except Invalid as error:
            return Reply(None, error.problems[0].message)
        except _Failed as error:
            return Reply(None, str(error))
        except ssl.SSLError as error:
            return Reply(None, f"The encrypted connection failed: {error.reason or error}.")
        except TimeoutError:
            return Reply(None, "It took too long.")
        except OSError as error:
            return Reply(None, f"The connection failed: {error.strerror or error}.")

    def _connected(self, target: Target, until: float) -> socket.socket:
        addresses = self._addresses(target)
        connection = self._first_of(addresses, target.port, stopwatch() + CONNECT_SECONDS)
        if not target.is_tls:
            return connection
        connection.settimeout(_left(until))
        try:
            return (self._trust or ssl.create_default_context()).wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise

    def _first_of(self, addresses: list[str], port: int, until: float) -> socket.socket:
        problem: OSError = TimeoutError()
        for address in addresses:
            try:
                return self._connect(address, port, _left(until))
            except OSError as error:
                problem = error
        raise problem

    def _addresses(self, target: Target) -> list[str]:
        """All addresses of the host; refuses when there is none, or one that must not be reached."""
        found = self._resolved(target)
        if not found:
            raise _Failed(f"The name {target.host} is not known.")
        if not self.allow_private and not all(is_public(each) for each in found):
            raise _Failed(f"{target.host} has an address in a private network or on this machine; nothing was sent.")
        return found

    def _resolved(self, target: Target) -> list[str]:
        found: list[str] = []

        def ask() -> None:
            try:
                found.extend(self._resolve(target.host, target.port))
            except (OSError, UnicodeError):
                found.clear()

        asking = threading.Thread(target=ask, daemon=True)  # the system's resolver cannot be told to hurry
        asking.start()
        asking.join(CONNECT_SECONDS)
        return [] if asking.is_alive() else list(found)


def _left(until: float) -> float:
    left = until - stopwatch()
    if left <= 0:
        raise TimeoutError
    return left


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    every = {
        "Host": target.host_header,
        "User-Agent": "Duecourse",
        "Accept": "*/*",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in every.items())
    return f"POST {target.path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body


def _give(connection: socket.socket, request: bytes, until: float) -> None:
    connection.settimeout(_left(until))
    connection.sendall(request)


def _reply(connection: socket.socket, until: float) -> Reply:
    """The status and the beginning of the body; an answer that breaks off after its status still counts."""
    got = bytearray()
    head = _head(connection, got, until)
    while head is not None and head.group(1).startswith(b"1"):  # 100 Continue and the like: the answer is yet to come
        del got[: got.index(b"\r\n\r\n") + 4]
        head = _head(connection, got, until)
    if head is None:
        raise _Failed("The answer is no HTTP.")
    try:
        while not _is_whole(got) and _more(connection, got, until):
            pass
    except OSError:
        pass  # the status was said; the rest is only for people
    body = bytes(got[got.index(b"\r\n\r\n") + 4 :]).decode("utf-8", "replace")
    said = " ".join(body.split())[:SAID_CHARACTERS]
    return Reply(int(head.group(1)), said or (head.group(2) or b"").decode("ascii", "replace")[:SAID_CHARACTERS])


def _head(connection: socket.socket, got: bytearray, until: float) -> re.Match[bytes] | None:
    while b"\r\n\r\n" not in got:
        if not _more(connection, got, until):
            return None
    return _STATUS.match(bytes(got))


def _is_whole(got: bytearray) -> bool:
    start = got.index(b"\r\n\r\n") + 4
    told = _LENGTH.search(bytes(got[:start]))
    return told is not None and len(got) - start >= int(told.group(1))


def _more(connection: socket.socket, got: bytearray, until: float) -> bool:
    """Reads on; False at the end of the answer, or of what is read of any answer."""
    room = LONGEST_REPLY - len(got)
    if room <= 0:
        return False
    connection.settimeout(_left(until))
    part = connection.recv(min(room, 16 * 1024))
    got += part
    return bool(part)
