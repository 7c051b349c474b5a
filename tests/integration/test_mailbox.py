"""A mailbox read over a real line: every message once, none lost, none deleted, and no password in what is said."""

from collections.abc import Iterator

import pytest

from core.errors import Invalid, Unavailable
from runtime.mailbox import Arrived, ImapServer, Reading, read_mailbox
from tests.imap_server import ImapBox


@pytest.fixture
def box() -> Iterator[ImapBox]:
    opened = ImapBox([f"Subject: {number}\r\n\r\nbody {number}\r\n".encode() for number in range(1, 4)])
    yield opened
    opened.close()


def test_every_unread_message_is_taken_once_and_marked(box: ImapBox) -> None:
    taken: list[bytes] = []
    assert read_mailbox(box.url, lambda each: taken.append(each.content)) == Reading(3, 0)
    assert taken == box.messages
    assert read_mailbox(box.url, lambda each: taken.append(each.content)) == Reading(0, 0)
    assert (len(taken), box.seen, box.flagged) == (3, {1, 2, 3}, set())
    assert not [each for each in box.commands if "DELETE" in each.upper() or "EXPUNGE" in each or "MOVE" in each]


def test_a_message_that_cannot_be_taken_waits_flagged_and_holds_up_no_other(box: ImapBox) -> None:
    def take(each: Arrived) -> None:
        if b"body 2" in each.content:
            raise ValueError("what is this?")

    assert read_mailbox(box.url, take) == Reading(2, 1)
    assert (box.seen, box.flagged) == ({1, 2, 3}, {2})


def test_what_could_not_be_stored_stays_unread(box: ImapBox) -> None:
    def take(each: Arrived) -> None:
        if b"body 2" in each.content:
            raise Unavailable("The database is away.")

    with pytest.raises(Unavailable, match="database"):
        read_mailbox(box.url, take)
    assert box.seen == {1}


def test_a_pass_takes_no_more_than_it_may_and_the_next_one_goes_on(box: ImapBox) -> None:
    taken: list[bytes] = []
    assert read_mailbox(box.url, lambda each: taken.append(each.content), limit=2).taken == 2
    assert read_mailbox(box.url, lambda each: taken.append(each.content), limit=2).taken == 1
    assert taken == box.messages


def test_of_a_message_too_large_only_the_header_is_read(box: ImapBox) -> None:
    box.messages[1] = b"Subject: huge\r\n\r\n" + b"x" * 5_000
    taken: list[Arrived] = []
    read_mailbox(box.url, taken.append, largest=1_000)
    assert [each.is_whole for each in taken] == [True, False, True]
    assert taken[1].content == b"Subject: huge\r\n\r\n"


def test_a_message_deleted_meanwhile_is_passed_over(box: ImapBox) -> None:
    box.vanish = {2}
    assert read_mailbox(box.url, lambda _: None) == Reading(2, 0)


def test_a_folder_of_its_own_is_read(box: ImapBox) -> None:
    box.folder = "Replies 2026"
    with pytest.raises(Unavailable, match="no such folder"):
        read_mailbox(box.url.replace("/Replies 2026", ""), lambda _: None)
    assert read_mailbox(box.url.replace(" 2026", "%202026"), lambda _: None).taken == 3


def test_a_line_that_breaks_loses_nothing(box: ImapBox) -> None:
    box.hang_up_after = 8
    taken: list[bytes] = []
    with pytest.raises(Unavailable, match="cannot be read"):
        read_mailbox(box.url, lambda each: taken.append(each.content))
    box.hang_up_after = None
    read_mailbox(box.url, lambda each: taken.append(each.content))
    assert set(taken) == set(box.messages)
    assert box.seen == {1, 2, 3}


def test_neither_a_wrong_password_nor_a_wrong_address_is_repeated(box: ImapBox) -> None:
    secret = "not-the-password-42"
    with pytest.raises(Unavailable) as refused:
        read_mailbox(box.url.replace("open%20sesame", secret), lambda _: None)
    assert secret not in str(refused.value)
    with pytest.raises(Invalid) as wrong:
        ImapServer.at(f"imap://clerk:{secret}@mail.example/?starttls=maybe")
    assert secret not in str(wrong.value)
    assert secret not in repr(ImapServer.at(f"imaps://clerk:{secret}@mail.example"))


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(Invalid):
        ImapServer.at("imap://clerk:x@mail.example/INBOX?starttls=0")
    assert ImapServer.at("imap://clerk:x@mail.example").starttls
    assert ImapServer.at("imaps://clerk:x@mail.example/A%2FB").folder == "A/B"


@pytest.mark.parametrize(
    "url", ["", "imaps://", "http://a:b@c", "imaps://host/INBOX", "imaps://a:b@c/x%22%0d%0aDELETE", "imaps://a:b@c:x/"]
)
def test_what_is_no_address_of_a_mailbox_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="IMAP address"):
        ImapServer.at(url)
