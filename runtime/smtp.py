"""Handing a message to an SMTP server so that we know how it ended.

The transport never raises for what a server does; it answers with an `Outcome`. The line between “try again” and “never
again by itself” is the final dot of DATA: a message is the server's only once that dot was sent (RFC 5321 4.1.1.4,
4.2.5). Everything lost before it is `Deferred`, everything lost after it has begun is `Unknown`.
"""

import contextlib
import ipaddress
import math
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import Invalid
from runtime.clock import stopwatch
from runtime.mail import Deferred, Outcome, Refused, Sent, Unknown, checked_address, printable

_LONGEST_REPLY: Final = 64 * 1024
_ABOUT_THE_SESSION: Final = frozenset({530, 534, 535, 538})
"""5xx that may answer MAIL but speak of login and TLS (RFC 4954, RFC 3207): our set-up is wrong, not the message."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes: `smtp://user:pass@host:port?starttls=1` or `smtps://…`.

    TLS is the rule: over `smtp` STARTTLS is demanded unless the host is this machine or the address says `starttls=0`.
    A password is never sent in the clear to another machine.
    """

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def at(cls, url: str) -> "SmtpServer":
        """Reads the address; `Invalid` when it is none or would send a password in the clear."""
        try:
            return cls._read(url)
        except (ValueError, KeyError):
            # Neither the address nor the library's complaint is repeated: both may hold the password.
            advice = (
                "The SMTP address must be smtp://user:pass@host:port?starttls=1 or smtps://…, with TLS for passwords."
            )
            raise Invalid.because("SMTP address", advice) from None

    @classmethod
    def _read(cls, url: str) -> "SmtpServer":
        parts = urlsplit(url)
        implicit = {"smtp": False, "smtps": True}[parts.scheme]
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if set(options) - {"starttls"} or not parts.hostname:
            raise ValueError("unknown option or no host")
        here = is_this_machine(parts.hostname)
        starttls = not implicit and {"1": True, "0": False}[options.get("starttls", ["0" if here else "1"])[-1]]
        if parts.username and not (implicit or starttls or here):
            raise ValueError("a password needs TLS")
        port = parts.port or (465 if implicit else 587 if parts.username else 25)
        user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
        return cls(parts.hostname, port, implicit, starttls, user, password)


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpTransport:
    """Speaks SMTP with one server over one connection that is kept between messages. Not for several threads at once.

    `timeout` bounds each step in seconds, `patience` one whole message including the wait after the final dot. What
    the server says about the session (greeting, EHLO, STARTTLS, AUTH) judges no message: those failures are `Deferred`
    even as 5xx. From MAIL to the final dot 5xx is `Refused` and the rest `Deferred`; if one recipient is not accepted,
    nobody gets the message.
    """

    def __init__(
        self, url: str, *, timeout: float = 30.0, patience: float = 145.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = SmtpServer.at(url)
        self._timeout = timeout
        self._patience = patience
        self._tls = tls or ssl.create_default_context()
        self._line: _Line | None = None

    def ready(self) -> Deferred | None:
        try:
            self._open_line(stopwatch() + self._patience)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Deferred(f"The mail server {self._server.host} cannot be used: {_reason(error)}")
        return None

    def send(
        self, message: bytes, envelope_from: str, recipients: Sequence[str], *, within: float = math.inf
    ) -> Outcome:
        began = stopwatch()
        sender, receivers = checked_address(envelope_from), [checked_address(to) for to in recipients]
        body = _dotted(message)
        try:
            line = self._open_line(began + self._patience)
            if no := _hand_over_envelope(line, sender, receivers, len(body)):
                return self._after(no)
            if stopwatch() - began > within:
                # The facts behind the message may have changed. DATA can only be left by hanging up.
                raise TimeoutError(f"the server took more than {within:g} seconds to ask for it")
            line.send(body)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Deferred(f"before the message was handed over: {_reason(error)}")
        return self._after(_hand_over_final_dot(line))

    def close(self) -> None:
        if self._line:
            self._line.close()
            self._line = None

    def _after(self, outcome: Outcome) -> Outcome:
        """After a clear answer the connection is kept; the next message asks first whether it still stands."""
        if isinstance(outcome, Unknown):
            self.close()
        return outcome

    def _open_line(self, until: float) -> "_Line":
        """The kept connection if the server still answers on it, else a new one, greeted, secured and logged in."""
        if self._line:
            self._line.until, self._line.step = until, self._timeout
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._line.rset()[0] == 250:
                    return self._line
            self.close()
        self._line = line = self._connect(until)
        if self._server.starttls:
            line.starttls(context=self._tls)
        line.ehlo_or_helo_if_needed()
        if self._server.user is not None:
            line.login(self._server.user, self._server.password or "")
        return line

    def _connect(self, until: float) -> "_Line":
        host, port = self._server.host, self._server.port
        if self._server.implicit_tls:
            return _TlsLine(until, host, port, timeout=self._timeout, context=self._tls)
        return _Line(until, host, port, timeout=self._timeout)


class _Line(smtplib.SMTP):
    """smtplib's client, held to a deadline: a server that drips, goes on for ever or talks nonsense is hung up on."""

    def __init__(self, until: float, host: str, port: int, *, timeout: float, **tls: Any) -> None:
        self.until = until
        self.step = timeout
        self._pending = b""
        super().__init__(host, port, timeout=timeout, **tls)

    def getreply(self) -> tuple[int, bytes]:
        """One reply with all its lines. Raises `SMTPServerDisconnected` for silence, nonsense and endlessness."""
        try:
            return self._reply()
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error

    def _reply(self) -> tuple[int, bytes]:
        if self.file is None:
            # Also after STARTTLS: what was said in the clear must not be taken for an answer under TLS.
            self.file, self._pending = self._socket().makefile("rb"), b""
        texts, size = [], 0
        while True:
            line = self._text_line(self.file)
            size += len(line)
            if not line[:3].isdigit() or line[3:4] not in b"- \r\n" or size > _LONGEST_REPLY:
                raise ConnectionError(f"the server's reply is no SMTP: {printable(line.decode('ascii', 'replace'))}")
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)

    def _text_line(self, reader: BufferedReader) -> bytes:
        while b"\n" not in self._pending:
            left = self.until - stopwatch()
            if left <= 0 or len(self._pending) > _LONGEST_REPLY:
                raise TimeoutError("the server took too long over its reply")
            self._socket().settimeout(min(self.step, left))
            chunk = reader.read1(4096)
            if not chunk:
                raise ConnectionError("the server hung up")
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line + b"\n"

    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise ConnectionError("not connected")
        return self.sock


class _TlsLine(_Line, smtplib.SMTP_SSL):
    """The same, under TLS from the first byte."""


def _hand_over_envelope(line: _Line, sender: str, receivers: Sequence[str], size: int) -> Deferred | Refused | None:
    """MAIL, RCPT and DATA: None when the server now waits for the message."""
    options = [f"SIZE={size}"] if line.has_extn("size") else []
    code, text = line.mail(sender, options)
    if code != 250:
        return _no("MAIL", code, text)
    for to in receivers:
        code, text = line.rcpt(to)
        if code not in (250, 251):
            return _no("RCPT", code, text)
    code, text = line.docmd("DATA")
    return None if code == 354 else _no("DATA", code, text)


def _no(step: str, code: int, text: bytes) -> Deferred | Refused:
    reason = f"{step}: {_receipt(code, text)}"
    if 500 <= code < 600 and code not in _ABOUT_THE_SESSION:
        return Refused(reason, code)
    if 400 <= code < 600:
        return Deferred(reason)
    raise smtplib.SMTPServerDisconnected(f"no sense in {reason}")


def _hand_over_final_dot(line: _Line) -> Outcome:
    """The point of no return. The answer may take as long as there is patience left: hanging up would leave doubt."""
    line.step = math.inf
    try:
        line.send(b".\r\n")
        code, text = line.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(f"after the final dot: {_reason(error)}")
    receipt = _receipt(code, text)
    match code // 100:
        case 2:
            return Sent(receipt)
        case 4:
            return Deferred(receipt)
        case 5:
            return Refused(receipt, code)
    return Unknown(f"after the final dot: {receipt}")


def _dotted(message: bytes) -> bytes:
    """All line ends CRLF, so that no lone CR or LF can smuggle a dot in, and leading dots doubled (RFC 5321 4.5.2)."""
    text = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    text = re.sub(rb"(?m)^\.", b"..", text)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def _receipt(code: int, text: bytes) -> str:
    return printable(f"{code} {text.decode('utf-8', 'replace')}"[:300])


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return _receipt(error.smtp_code, text if isinstance(text, bytes) else text.encode())
    return printable((str(error) or type(error).__name__)[:300])
