"""Mail as it leaves: composed, and written into a folder."""

import email
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from runtime.mail import (
    Attachment,
    Deferred,
    EmlFolder,
    Mail,
    Mailbox,
    Sent,
    checked_address,
    compose,
)

MESSAGE_ID = "<N-2026-04471.1@nordwind.example>"
EXPECTED_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
}
SENDER, RECEIVER = "cobros@nordwind.example", "ap@vegafoods.example"


def a_mail(**changes: object) -> Mail:
    values: dict[str, object] = {
        "message_id": MESSAGE_ID,
        "at": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        "sender": Mailbox(SENDER, "Nordwind Trading"),
        "recipients": (Mailbox(RECEIVER, "Vegafoods Ibérica S.L."),),
        "subject": "Segundo recordatorio de pago: 3.450,00 € hasta el 27 de noviembre",
        "text": "Estimados señores:\n.\n..dos puntos\nAtentamente\n",
        "html": "<html><head><style>p{color:#112233}</style></head><body><p>Estimados señores</p></body></html>",
        "attachments": (Attachment("N-2026-04471.pdf", b"%PDF-1.7 \x00\xff\r\n.\r\n"),),
    }
    return Mail(**{**values, **changes})  # type: ignore[arg-type]


def parsed(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=modern)


# ── composing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_composed_mail_reads_back_as_it_was_written() -> None:
    message = parsed(compose(a_mail(reply_to=Mailbox("clerk@nordwind.example"))))
    assert set(message.keys()) == EXPECTED_HEADERS | {"Reply-To"}
    assert message["Subject"] == a_mail().subject
    assert message["To"].addresses[0].addr_spec == RECEIVER
    assert message["To"].addresses[0].display_name == "Vegafoods Ibérica S.L."
    assert message["Date"].datetime == a_mail().at
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == a_mail().text
    assert html is not None
    assert 'style="color: #112233;"' in html.get_content()
    [pdf] = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == ("N-2026-04471.pdf", "application/pdf")
    assert pdf.get_content() == a_mail().attachments[0].content


def test_the_same_mail_gives_the_same_bytes_in_seven_bits_and_crlf() -> None:
    first = compose(a_mail())
    assert compose(a_mail()) == first
    assert max(first) < 128
    assert b"\n" not in first.replace(b"\r\n", b"")
    assert max(len(line) for line in first.split(b"\r\n")) <= 998


def test_html_loads_no_style_sheet_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("p{color:#abcdef}")
    html = f'<link rel="stylesheet" href="file://{tmp_path}/secret.css"><p>x</p>'
    assert b"abcdef" not in compose(a_mail(html=html))


def _spellings(payload: str) -> Iterator[str]:
    for end in ("\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n ", "\n\t"):
        yield f"A{end}{payload}"
        yield f"{end}{payload}"
        yield f"{payload}{end}"


INJECTIONS = [
    text
    for payload in ("Bcc: thief@evil.example", "RCPT TO:<thief@evil.example>", ".", "Subject: paid", "\r\n<html>")
    for text in _spellings(payload)
]


HEADER_PLACES: dict[str, Callable[[str], dict[str, object]]] = {
    "name": lambda payload: {"recipients": (Mailbox(RECEIVER, payload),)},
    "subject": lambda payload: {"subject": payload},
    "address": lambda payload: {"recipients": (Mailbox(f"{RECEIVER}{payload}"),)},
    "reply to": lambda payload: {"reply_to": Mailbox(f"{payload}{RECEIVER}")},
    "file name": lambda payload: {"attachments": (Attachment(payload, b"x"),)},
    "message id": lambda payload: {"message_id": f"<a@b{payload}>"},
}


def _is_refused(changes: Callable[[str], dict[str, object]], payload: str) -> bool:
    try:
        compose(a_mail(**changes(payload)))
    except Invalid:
        return True
    return False


@pytest.mark.parametrize("place", HEADER_PLACES)
def test_a_line_end_in_a_header_is_refused(place: str) -> None:
    assert [payload for payload in INJECTIONS if not _is_refused(HEADER_PLACES[place], payload)] == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "@", "a@", "@b.example", "a b@c.example", "a@b c", "<a@b.example>", "a@b.example>", "a@b@c.example"),
        *(
            "a@b.example,c@d.example",
            "a..b@c.example",
            ".a@b.example",
            "a.@b.example",
            '"a b"@c.example',
            "a@[127.0.0.1]",
        ),
        *("a@-b.example", "a@b-.example", "a@b..example", "señor@b.example", "a@b.example\r\nDATA", "a@b.example\x00"),
        *(
            "a@b_c.example",
            f"{'a' * 65}@b.example",
            f"a@{'b' * 64}.example",
            f"a@{'bc.' * 70}example",
            "Name <a@b.example>",
        ),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checked_address(text)


def test_an_international_domain_goes_out_in_ascii() -> None:
    assert checked_address("kasse@müller.example") == "kasse@xn--mller-kva.example"


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60)


@given(st.lists(NAMES, min_size=1, max_size=6), NAMES)
def test_any_name_and_subject_adds_no_header_and_no_recipient(names: list[str], subject: str) -> None:
    boxes = tuple(Mailbox(f"r{number}@b.example", name) for number, name in enumerate(names))
    message = compose(a_mail(recipients=boxes, subject=subject))
    head = message.partition(b"\r\n\r\n")[0]
    assert {
        line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"
    } == EXPECTED_HEADERS
    assert b"evil" not in head


def test_a_mail_without_recipient_is_refused() -> None:
    with pytest.raises(Invalid):
        compose(a_mail(recipients=()))


# ── into a folder ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_written_once_under_its_id(tmp_path: Path) -> None:
    folder = EmlFolder(tmp_path / "outbox")
    message = compose(a_mail())
    assert isinstance(folder.send(message, SENDER, [RECEIVER]), Sent)
    assert isinstance(folder.send(compose(a_mail(text="something else")), SENDER, [RECEIVER]), Sent)
    [file] = (tmp_path / "outbox").iterdir()
    assert file.name == "N-2026-04471.1@nordwind.example.eml"
    assert file.read_bytes() == message


def test_a_folder_that_cannot_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way")
    assert isinstance(EmlFolder(tmp_path / "outbox").send(compose(a_mail()), SENDER, [RECEIVER]), Deferred)


@pytest.mark.parametrize("message_id", ["", "<../../etc/passwd@x>", "<a/b@c>", "<.hidden@x>", "no brackets@x"])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, message_id: str) -> None:
    with pytest.raises(Invalid):
        EmlFolder(tmp_path).send(f"Message-ID: {message_id}\r\n\r\nx".encode(), SENDER, [RECEIVER])
    assert list(tmp_path.iterdir()) == []
