"""Real SMTP dialogues on loopback, with servers that behave and servers that do not."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as AioServer
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from core.errors import Invalid
from runtime.mail import Deferred, Refused, Sent, Unknown
from runtime.smtp import SmtpServer, SmtpTransport
from tests.smtp_servers import ScriptedServer

SENDER, RECEIVER = "cobros@nordwind.example", "ap@vegafoods.example"
MESSAGE = b"Message-ID: <1@nordwind.example>\r\nSubject: reminder\r\n\r\nPlease pay.\r\n.\r\n..and thank you\r\n"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    yield made
    made.close()


def send(server: ScriptedServer, message: bytes = MESSAGE, *, timeout: float = 5.0, patience: float = 10.0) -> object:
    transport = SmtpTransport(server.url, timeout=timeout, patience=patience)
    try:
        return transport.send(message, SENDER, [RECEIVER])
    finally:
        transport.close()


def test_an_accepted_message_is_sent_and_arrives_unchanged(server: ScriptedServer) -> None:
    assert send(server) == Sent("250 taken as 1")
    [taken] = server.taken
    assert taken.replace(b"\r\n..", b"\r\n.") == MESSAGE


NOISE = ["hello?", "2x0 no", "\xff\xfe", "999999 ok", "8" * 70_000]
SILENCE_AND_NOISE = ["drop", "hang", "drip", "endless", "250", *NOISE]


A_PLAIN_YES = {("EHLO", "250"), ("MAIL", "250"), ("RCPT", "250")}
TROUBLE = [
    (step, answer)
    for step in ("banner", "EHLO", "MAIL", "RCPT", "DATA")
    for answer in ("421 later", "450 grey", "451 oops", "452 full", *SILENCE_AND_NOISE)
    if (step, answer) not in A_PLAIN_YES
]


@pytest.mark.parametrize(("step", "answer"), TROUBLE)
def test_whatever_fails_before_the_final_dot_is_deferred(server: ScriptedServer, step: str, answer: str) -> None:
    server.script[step] = answer
    began = time.monotonic()
    assert isinstance(send(server, timeout=0.2, patience=0.5), Deferred)
    assert server.taken == []
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("code", [550, 552, 553, 554])
def test_a_5xx_about_the_message_refuses_it(server: ScriptedServer, step: str, code: int) -> None:
    server.script[step] = f"{code} no"
    assert send(server) == Refused(f"{step}: {code} no", code)
    assert server.taken == []


@pytest.mark.parametrize(("step", "reply"), [("banner", "554 no"), ("EHLO", "550 no"), ("MAIL", "530 log in first")])
def test_a_5xx_about_the_session_judges_no_message(server: ScriptedServer, step: str, reply: str) -> None:
    server.script[step] = reply
    if step == "EHLO":
        server.script["HELO"] = reply
    assert isinstance(send(server), Deferred)


@pytest.mark.parametrize("answer", ["drop", "hang", "drip", "endless", "354 what", "199 hm", *NOISE])
def test_whatever_is_lost_after_the_final_dot_is_unknown(server: ScriptedServer, answer: str) -> None:
    server.script["dot"] = answer
    patience = 1.5 if answer in ("hang", "drip") else 10.0
    assert isinstance(send(server, patience=patience), Unknown)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("250 queued", Sent("250 queued")),
        ("421 closing", Deferred("421 closing")),
        ("451 later", Deferred("451 later")),
        ("550 spam", Refused("550 spam", 550)),
        ("554-no\r\n554 way", Refused("554 no�way", 554)),
    ],
)
def test_a_clear_answer_to_the_final_dot_is_the_outcome(server: ScriptedServer, answer: str, outcome: object) -> None:
    server.script["dot"] = answer
    assert send(server) == outcome


def test_a_connection_dropped_inside_the_message_is_deferred(server: ScriptedServer) -> None:
    server.stop_reading_after = 100_000
    assert isinstance(send(server, MESSAGE + b"0123456789abcdef\r\n" * 1_500_000), Deferred)


def test_a_slow_answer_to_the_final_dot_is_waited_for(server: ScriptedServer) -> None:
    server.script["dot"] = "250 at last"
    server.delays["dot"] = 1.6
    assert send(server, timeout=1.0) == Sent("250 at last")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_server_that_is_not_there_defers() -> None:
    transport = SmtpTransport(f"smtp://127.0.0.1:{_free_port()}", timeout=0.3)
    assert isinstance(transport.send(MESSAGE, SENDER, [RECEIVER]), Deferred)


def test_one_refused_recipient_keeps_the_message_from_all(server: ScriptedServer) -> None:
    server.script["RCPT"] = ["250 ok", "550 unknown"]
    transport = SmtpTransport(server.url, timeout=5)
    outcome = transport.send(MESSAGE, SENDER, [RECEIVER, "gone@vegafoods.example"])
    assert isinstance(outcome, Refused)
    assert server.taken == []
    assert isinstance(transport.send(MESSAGE, SENDER, [RECEIVER]), Sent)
    assert [line for line in server.commands if line.startswith(b"rcpt")][-1:] == [f"rcpt TO:<{RECEIVER}>\r\n".encode()]
    transport.close()


def test_one_connection_serves_many_messages(server: ScriptedServer) -> None:
    transport = SmtpTransport(server.url, timeout=5)
    outcomes = [transport.send(MESSAGE, SENDER, [RECEIVER]) for _ in range(3)]
    transport.close()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert (server.connections, len(server.taken)) == (1, 3)


@pytest.mark.parametrize("answer", ["drop", "421 idle too long"])
def test_a_connection_the_server_gave_up_is_replaced(server: ScriptedServer, answer: str) -> None:
    server.script["RSET"] = answer
    transport = SmtpTransport(server.url, timeout=5)
    outcomes = [transport.send(MESSAGE, SENDER, [RECEIVER]) for _ in range(2)]
    transport.close()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert (server.connections, len(server.taken)) == (2, 2)


@pytest.mark.parametrize(
    "smuggled", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r\n", b"\r\n.\r\nMAIL FROM:<evil@x>\r\n"]
)
def test_no_dot_in_a_message_ends_it(server: ScriptedServer, smuggled: bytes) -> None:
    message = b"Message-ID: <a@b.example>\r\n\r\nbefore" + smuggled + b"after"
    assert isinstance(send(server, message), Sent)
    [taken] = server.taken
    assert b"after" in taken
    assert [line[:4] for line in server.commands] == [b"ehlo", b"mail", b"rcpt", b"DATA"]
    assert b"\r\n.\r\n" not in taken


@pytest.mark.parametrize("address", [f"{RECEIVER}>\r\nRCPT TO:<evil@x.example", f"{RECEIVER}\x00", "<>", ""])
def test_an_envelope_that_is_no_address_never_reaches_the_server(server: ScriptedServer, address: str) -> None:
    transport = SmtpTransport(server.url, timeout=5)
    with pytest.raises(Invalid):
        transport.send(b"x", SENDER, [address])
    with pytest.raises(Invalid):
        transport.send(b"x", address, [RECEIVER])
    assert server.connections == 0


# ── TLS and login, with aiosmtpd ─────────────────────────────────────────────────────────────────────────────────────


class Inbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: AioServer, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 kept"


def _authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"clerk", b"p@ss:word"), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is not on this machine, so no test certificate can be made")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    alternative = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run([*command.split(), "-addext", alternative], check=True, capture_output=True, cwd=folder)
    return folder


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Controller]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    controller = Controller(
        Inbox(),
        hostname="127.0.0.1",
        port=_free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=_authenticate,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


def _trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate / "cert.pem"))


def _address(controller: Controller, login: str, query: str = "?starttls=1") -> str:
    return f"smtp://{login}localhost:{controller.port}{query}"


def test_a_message_goes_out_under_tls_and_login(tls_server: Controller, certificate: Path) -> None:
    url = _address(tls_server, "clerk:p%40ss%3Aword@")
    transport = SmtpTransport(url, timeout=5, tls=_trusting(certificate))
    assert transport.send(MESSAGE, SENDER, [RECEIVER]) == Sent("250 kept")
    assert isinstance(transport.send(MESSAGE, SENDER, [RECEIVER]), Sent)
    transport.close()
    envelopes = tls_server.handler.envelopes
    assert [(e.mail_from, e.rcpt_tos) for e in envelopes] == [(SENDER, [RECEIVER])] * 2
    assert envelopes[0].content == MESSAGE


def test_a_wrong_password_defers(tls_server: Controller, certificate: Path) -> None:
    transport = SmtpTransport(_address(tls_server, "clerk:wrong@"), timeout=5, tls=_trusting(certificate))
    outcome = transport.send(MESSAGE, SENDER, [RECEIVER])
    assert isinstance(outcome, Deferred)
    assert "535" in outcome.reason


def test_a_certificate_nobody_vouches_for_defers(tls_server: Controller) -> None:
    transport = SmtpTransport(_address(tls_server, ""), timeout=5)
    outcome = transport.send(MESSAGE, SENDER, [RECEIVER])
    assert isinstance(outcome, Deferred)
    assert "certificate" in outcome.reason
    assert tls_server.handler.envelopes == []


def test_starttls_is_demanded_when_asked_for(server: ScriptedServer) -> None:
    transport = SmtpTransport(server.url + "?starttls=1", timeout=0.3)
    assert isinstance(transport.send(MESSAGE, SENDER, [RECEIVER]), Deferred)
    assert not any(line.startswith(b"mail") for line in server.commands)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525, False, False)),
        ("smtp://localhost", SmtpServer("localhost", 25, False, False)),
        ("smtp://mail.example", SmtpServer("mail.example", 25, False, True)),
        ("smtp://mail.example?starttls=0", SmtpServer("mail.example", 25, False, False)),
        ("smtp://u:p%40@mail.example", SmtpServer("mail.example", 587, False, True, "u", "p@")),
        ("smtps://u:p@mail.example", SmtpServer("mail.example", 465, True, False, "u", "p")),
    ],
)
def test_tls_is_the_rule_beyond_this_machine(url: str, expected: SmtpServer) -> None:
    assert SmtpServer.at(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example", "smtp://", "smtp://h?x=1", "smtp://h?starttls=2", "smtp://h:port"],
)
def test_an_address_of_no_server_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        SmtpServer.at(url)


@pytest.mark.parametrize("url", ["smtp://u:geheim@mail.example?starttls=0", "smtp://u:geheim/x@mail.example"])
def test_a_refused_address_does_not_repeat_its_password(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        SmtpServer.at(url)
    assert "geheim" not in str(refusal.value)
    assert "geheim" not in repr(SmtpServer.at("smtps://u:geheim@mail.example"))
