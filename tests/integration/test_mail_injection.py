"""Header and command injection, looked at where it counts: in the raw stream a mail server is handed.

Payloads stand in names, subjects, addresses and file names, as records may hold them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import Invalid
from dunning.letter import Letter
from dunning.mailing import mail_of
from runtime.mail import Mailbox, Sent, compose
from runtime.smtp import SmtpTransport
from tests.smtp_servers import ScriptedServer
from tests.unit.test_letter import a_letter

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version"),
    "Content-Type",
}
ENDS = (
    "\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\r\n ", "\n\t",
    "%0d%0a", "=0D=0A", "\\r\\n", " ",
)  # fmt: skip
EVIL = (
    "Bcc: thief@evil.example", "RCPT TO:<thief@evil.example>", "Subject: paid", "\r\n.\r\nMAIL FROM:<x@evil.example>",
    ".", "\n.\n", "\r.\r", ".\r\nQUIT", "Content-Type: text/html\r\n\r\n<script>", "--=_0\r\nX: y",
    "To: thief@evil.example", "Reply-To: thief@evil.example", "DATA", "RSET", "X-Evil: yes",
    "=?utf-8?q?=0D=0ABcc:_thief@evil.example?=", "=?utf-8?b?DQpCY2M6IHRoaWVmQGV2aWwuZXhhbXBsZQ==?=",
)  # fmt: skip
PAYLOADS = [text for end in ENDS for evil in EVIL for text in (f"Acme{end}{evil}", f"{evil}{end}Acme")]


def _with(**parts: str) -> Letter:
    letter = a_letter(level=1, language="en")
    recipient = replace(letter.recipient, email="ap@acme.example")
    for name, value in parts.items():
        if name == "number":
            letter = replace(letter, number=value)
        elif name == "sender_name":
            letter = replace(letter, sender=replace(letter.sender, name=value))
        else:
            recipient = replace(recipient, **{name: value})
    return replace(letter, recipient=recipient)


PLACES: dict[str, Callable[[str], Letter]] = {
    "the customer's name": lambda text: _with(name=text),
    "our name, and the subject": lambda text: _with(sender_name=text),
    "the notice's number, the subject and the file name": lambda text: _with(number=text),
    "the address": lambda text: _with(email=f"ap@acme.example{text}"),
    "the local part": lambda text: _with(email=f"{text}@acme.example"),
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    opened = ScriptedServer()
    yield opened
    opened.close()


@pytest.mark.parametrize("place", PLACES)
def test_no_payload_adds_a_header_a_recipient_or_a_command(place: str, server: ScriptedServer) -> None:
    assert len(PAYLOADS) >= 200
    transport = SmtpTransport(server.url)
    handed = 0
    for payload in PAYLOADS[:: 1 if place != "our name, and the subject" else 3]:
        try:
            mail = mail_of(
                PLACES[place](payload), message_id="<a.1@nordwind.example>", at=AT, pdf=b"%PDF-1.7\r\n.\r\n",
                former=("<a.0@nordwind.example>",),
            )  # fmt: skip
            message = compose(mail)
        except Invalid:
            continue
        outcome = transport.send(message, mail.sender.address, [each.address for each in mail.recipients])
        assert isinstance(outcome, Sent), payload
        handed += 1
        _assert_only_ours(server, payload, mail.recipients[0].address)
    transport.close()
    assert handed > 0 or place in ("the address", "the local part")


def _assert_only_ours(server: ScriptedServer, payload: str, address: str) -> None:
    """What the server saw of the last message: one sender, one recipient, our headers and nothing that ends early."""
    commands = [line.decode().strip() for line in server.commands]
    server.commands.clear()
    spoken = [line.upper() for line in commands if not line.upper().startswith(("EHLO", "RSET"))]
    assert [re.sub(r" (SIZE|BODY)=\S+", "", line) for line in spoken] == [
        "MAIL FROM:<COBROS@NORDWIND.EXAMPLE>", f"RCPT TO:<{address.upper()}>", "DATA",
    ], payload  # fmt: skip
    [raw] = server.taken
    server.taken.clear()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in (" ", "\t")]
    assert sorted(names) == sorted(HEADERS), payload


def test_a_reply_address_is_checked_like_any_other() -> None:
    for payload in PAYLOADS:
        with pytest.raises(Invalid):
            Mailbox(f"cobros@nordwind.example {payload}")
