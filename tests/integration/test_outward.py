"""The way out to web servers of others cannot be turned against the house: addresses, names, answers."""

import ipaddress
import itertools
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Invalid
from runtime.clock import stopwatch
from runtime.outward import LONGEST_REPLY, Outward
from runtime.targets import is_public, target_of
from tests.web_receivers import Receiver, a_drip, a_receiver

PUBLIC = "8.8.4.4"
"""An address of the public internet; the tests never connect to it."""

INSIDE = (
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.254", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "100.127.255.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
)  # fmt: skip
"""Addresses that lie on this machine, in private networks, or nowhere."""

INSIDE_V6 = (
    "::", "::1", "fe80::1", "fc00::1", "fd12:3456:789a::1", "ff02::1", "fec0::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:0a00:0001::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "5f00::1",
    "3fff::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:ffff:7f00:0001",
)  # fmt: skip


def _dotted_otherwise(text: str) -> Iterator[str]:
    """The ways to write an IPv4 address that some resolver somewhere understands."""
    parts = [int(part) for part in text.split(".")]
    whole = int(ipaddress.IPv4Address(text))
    yield from (str(whole), hex(whole), oct(whole).replace("0o", "0"), hex(whole).upper().replace("0X", "0x"))
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield f"{parts[0]}.{whole & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{whole & 0xFFFF}"
    yield f"{text}."
    yield text.replace(".", "。")
    yield "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    yield "".join("①②③④⑤⑥⑦⑧⑨"[int(c) - 1] if c in "123456789" else c for c in text)


def spellings() -> list[str]:
    """URLs that lead inside, or try to: generated, never the same twice."""
    hosts = [
        *INSIDE, *(f"[{each}]" for each in INSIDE_V6), "[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1", "::1",
        "[127.0.0.1]",
        "localhost", "LOCALHOST", "localhost.", "localhost.localdomain.localhost", "ip6-localhost", "printer",
        "db.internal", "nas.local", "",
        ".", "..", "a..example.com", "-a.example.com", "erp.example.com-", "erp_1.example.com", "[", "]",
        "127.0.0.1%00.example.com",
        "example.com%2f@127.0.0.1", "0x7f.1", "0x", "0x0", "1", "0", "127.1", "127.0.1", "00000177.1",
        "256.256.256.256",
        "1.2.3", "1.2.3.4.5", "١٢٧.0.0.1", "ⓛocalhost", "xn--.example.com.1",
    ]  # fmt: skip
    hosts += [
        spelled
        for each in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1")
        for spelled in _dotted_otherwise(each)
    ]
    urls = [f"https://{host}/hook" for host in hosts]
    urls += [
        f"https://{form}" for form in (
            "user@127.0.0.1/", "erp.example.com@127.0.0.1/", "erp.example.com:443@127.0.0.1/",
            "127.0.0.1#@erp.example.com/",
            "erp.example.com#@127.0.0.1/", "erp.example.com\\@127.0.0.1/", "erp.example.com\t/", " erp.example.com/",
            "erp.example.com /", "erp.example.com/\r\nHost: inside", "erp.example.com/a b", "erp.example.com:0/",
            "erp.example.com:65536/", "erp.example.com:99999/", "erp.example.com:-1/", "erp.example.com:٤٤٣/",
            "erp.example.com:/",
            "erp.example.com?x", "erp.example.com/\x00", "erp.example.com/é", "erp.example.com/" + "a" * 2_000,
        )
    ]  # fmt: skip
    urls += [
        f"{scheme}//erp.example.com/" for scheme in (
            "", "http:", "HTTPS:", "ftp:", "file:", "gopher:", "javascript:", "data:", "ldap:", "dict:",
            "jar:https:", "https:https:",
            " https:", "\thttps:", "https:/", "httpſ:",
        )
    ]  # fmt: skip
    urls += [
        "https:erp.example.com/",
        "https:/erp.example.com/",
        "//erp.example.com/",
        "erp.example.com",
        "",
        "https://",
    ]
    return sorted(set(urls))


def test_no_spelling_of_an_inner_address_is_taken_and_nothing_is_connected_to() -> None:
    connected: list[str] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        connected.append(address)
        raise OSError("no")

    out = Outward(connect=connect)
    urls = spellings()
    assert len(urls) >= 150
    taken = []
    for url in urls:
        try:
            target_of(url)
        except Invalid:
            assert out.post(url, b"", {}).status is None
        else:
            taken.append(url)
    assert taken == []
    assert connected == []


@pytest.mark.parametrize("url", [
    "https://erp.example.com/hook?a=b&c=d", "https://erp.example.com", "https://ERP.example.com:8443/x",
    "https://8.8.4.4/",
    "https://[2606:4700:4700::1111]/", "https://xn--bcher-kva.example/x", "https://a1.b-2.example/%20",
])  # fmt: skip
def test_plain_public_addresses_are_taken(url: str) -> None:
    target = target_of(url)
    assert target.is_tls
    assert target.path.startswith("/")


def test_every_inner_address_is_known_as_one() -> None:
    assert [each for each in (*INSIDE, *INSIDE_V6, "fe80::1%eth0", "127.1", "", "localhost") if is_public(each)] == []
    assert [each for each in (PUBLIC, "2606:4700:4700::1111", "::ffff:8.8.8.8") if not is_public(each)] == []


@pytest.mark.parametrize("inner", [*INSIDE, *INSIDE_V6])
def test_one_inner_address_among_public_ones_is_enough_to_refuse(inner: str) -> None:
    connected: list[str] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        connected.append(address)
        raise OSError("no")

    for addresses in ([inner], [PUBLIC, inner], [inner, PUBLIC]):
        out = Outward(resolve=lambda *_, found=addresses: found, connect=connect)  # type: ignore[misc]
        assert "private network" in out.post("https://erp.example.com/", b"", {}).detail
    assert connected == []


def test_a_name_that_changes_its_address_between_two_looks_gains_nothing() -> None:
    """DNS rebinding, a thousand tries: each try asks once, and connects to the very address it judged."""
    answers = itertools.cycle([[PUBLIC], ["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1"]])
    asked, connected = 0, []

    def resolve(host: str, port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return next(answers)

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        connected.append(address)
        raise OSError("nobody there")

    out = Outward(resolve=resolve, connect=connect)
    for _ in range(1_000):
        assert out.post("https://erp.example.com/", b"", {}).status is None
    assert asked == 1_000
    assert connected == [PUBLIC] * 250


def test_a_name_nobody_knows_is_refused() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    assert Outward(resolve=resolve).post("https://erp.example.com/", b"", {}).detail == (
        "The name erp.example.com is not known."
    )
    assert Outward(resolve=lambda *_: []).post("https://erp.example.com/", b"", {}).status is None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as running:
        yield running


def test_loopback_is_reached_only_where_it_is_allowed(receiver: Receiver) -> None:
    assert Outward().post(receiver.url, b"{}", {}).status is None
    name = f"https://erp.example.com:{receiver.port}/"
    assert Outward(resolve=lambda *_: ["127.0.0.1"]).post(name, b"{}", {}).status is None
    assert receiver.connections == 0
    taken = Outward(allow_private=True).post(receiver.url, b"{}", {"webhook-id": "x"})
    assert (taken.status, taken.is_taken) == (204, True)
    assert (receiver.got[0].path, receiver.got[0].headers["webhook-id"], receiver.got[0].body) == ("/hook", "x", b"{}")
    assert receiver.got[0].headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    with a_receiver() as other:
        receiver.answers = [f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()]
        reply = Outward(allow_private=True).post(receiver.url, b"{}", {})
        assert (reply.status, reply.is_taken, other.connections) == (status, False, 0)


def test_of_a_huge_answer_only_so_much_is_read(receiver: Receiver) -> None:
    receiver.answers = [b"HTTP/1.1 500 Oh\r\n\r\n" + b"a" * (8 * LONGEST_REPLY)]
    reply = Outward(allow_private=True).post(receiver.url, b"{}", {})
    assert (reply.status, len(reply.detail)) == (500, 300)


@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 200", b"hello\r\n\r\n", b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 999 No\r\n\r\n",
    b"HTTP/1.1 20 OK\r\n\r\n",
    b"\x00" * 100, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000,
])  # fmt: skip
def test_what_is_no_http_is_said_and_not_taken(receiver: Receiver, answer: bytes) -> None:
    receiver.answers = [answer]
    reply = Outward(allow_private=True).post(receiver.url, b"{}", {})
    assert reply.status is None
    assert reply.detail


def test_an_interim_answer_is_waited_past(receiver: Receiver) -> None:
    receiver.answers = [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"]
    assert Outward(allow_private=True).post(receiver.url, b"{}", {}).status == 202


def test_an_answer_that_drips_ends_with_the_time_given_in_all() -> None:
    with a_drip(0.05) as port:
        began = stopwatch()
        reply = Outward(allow_private=True, total_seconds=0.5).post(f"http://127.0.0.1:{port}/", b"{}", {})
        assert (reply.status, reply.detail) == (None, "It took too long.")
        assert stopwatch() - began < 30


def test_nobody_listening_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        reply = Outward(allow_private=True).post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"", {})
    assert reply.detail.startswith("The connection failed")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for erp.example.com that vouches for itself."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is not on this machine, so no test certificate can be made")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=erp.example.com -keyout key.pem -out cert.pem"
    )
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:erp.example.com"], cwd=folder, check=True, capture_output=True
    )
    return folder


def test_the_name_is_checked_in_the_certificate_though_an_address_is_connected_to(certificate: Path) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    with a_receiver(serving) as receiver:

        def connect(address: str, port: int, seconds: float) -> socket.socket:
            assert address == PUBLIC
            return socket.create_connection(("127.0.0.1", port), timeout=seconds)

        out = Outward(resolve=lambda *_: [PUBLIC], connect=connect, trust=trust)
        taken = out.post(f"https://erp.example.com:{receiver.port}/x", b"{}", {})
        assert (taken.status, receiver.got[0].headers["host"]) == (204, f"erp.example.com:{receiver.port}")
        other = out.post(f"https://other.example.com:{receiver.port}/x", b"{}", {})
        assert (other.status, "encrypted connection failed" in other.detail) == (None, True)
        stranger = Outward(resolve=lambda *_: [PUBLIC], connect=connect)
        assert stranger.post(f"https://erp.example.com:{receiver.port}/x", b"{}", {}).status is None
        assert len(receiver.got) == 1
