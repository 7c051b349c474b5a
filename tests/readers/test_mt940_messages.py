"""MT942, envelopes, encodings, the ends of messages and files, and what damage does."""

import io
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.readers.model import Account, Assumed, Entry, StatementFoot, StatementHead
from payments.readers.mt940 import MT940, MT942
from payments.readers.mt940_fields import LARGEST_FIELD
from payments.readers.mt940_messages import MOST_TEXTS
from tests.readers.damage import (
    entries_of,
    feet_of,
    heads_of,
    mutations,
    pieces_of,
    read_cleanly,
    refusal_of,
    statement_prefixes,
    warnings_of,
    wrongly_read_cuts,
)
from tests.readers.mt940_files import (
    BLOCK,
    BODY,
    DUTCH,
    GERMAN,
    GOLDENS,
    INTERIM,
    PLAIN,
    refused,
    statement,
    the_entry,
)


def test_an_interim_report_has_no_balances_and_tells_expected_entries_as_pending() -> None:
    data = INTERIM.encode()
    assert heads_of(MT942, data) == [
        StatementHead(Account("DE89370400440532013000"), "EUR", "INTERIM1", "00044/001", to_on=date(2024, 2, 5))
    ]
    assert [(entry.amount, entry.pending) for entry in entries_of(MT942, data)] == [(10000, False), (-4000, True)]
    assert feet_of(MT942, data) == [StatementFoot()]
    assert warnings_of(MT942, data) == []


@pytest.mark.parametrize("cut", [":90D:1EUR40,00\n:90C:1EUR100,00\n", ":90C:1EUR100,00\n"])
def test_an_interim_report_without_its_totals_or_a_last_line_is_refused(cut: str) -> None:
    assert refusal_of(MT942, INTERIM.replace(cut, "").encode()).field == ":90D:"


def test_a_last_line_proves_the_end_of_an_interim_report_without_totals() -> None:
    data = INTERIM.partition(":90D:")[0] + "-\n"
    assert [entry.remittance for entry in entries_of(MT942, data.encode())] == ["RE 4711", "MIETE"]
    quiet = INTERIM.partition(":61:")[0] + "-\n"
    assert pieces_of(MT942, quiet.encode())[1:] == [StatementFoot()]


def test_a_total_that_counts_other_lines_than_there_are_refuses_the_file() -> None:
    assert refusal_of(MT942, INTERIM.replace(":90C:1", ":90C:2").encode()).field == ":90C:"


def test_entries_below_the_floor_limit_are_counted_without_a_line() -> None:
    data = INTERIM.replace("EURC0,00", "EURC50,00").replace(":90C:1EUR100,00", ":90C:3EUR120,00")
    assert len(entries_of(MT942, data.encode())) == 2


def test_a_sum_that_differs_is_a_warning() -> None:
    (warning,) = warnings_of(MT942, INTERIM.replace(":90C:1EUR100,00", ":90C:1EUR101,00").encode())
    assert (warning.severity, warning.field) == ("warning", ":90C:")


def test_the_pages_of_one_report_may_share_their_totals() -> None:
    page = INTERIM.partition(":90D:")[0] + "-\n"
    last = INTERIM.replace("00044/001", "00044/002").replace(":90D:1EUR40,00", ":90D:2EUR80,00")
    last = last.replace(":90C:1EUR100,00", ":90C:2EUR200,00")
    assert len(heads_of(MT942, (page + last).encode())) == 2
    another = last.replace("00044/002", "00045/001")
    assert refusal_of(MT942, (page + another).encode()).field == ":90D:"


def test_an_interim_report_needs_its_floor_limit_for_the_currency() -> None:
    data = "{1:F01X}{2:O942X}{4:\n" + INTERIM.replace(":34F:EURD0,00\n:34F:EURC0,00\n", "") + "-}"
    assert refusal_of(MT942, data.encode()).field == ":34F:"


def test_floor_limits_in_two_currencies_are_refused() -> None:
    assert refusal_of(MT942, INTERIM.replace(":34F:EURC", ":34F:USDC").encode()).field == ":34F:"


def test_a_total_stated_twice_is_refused() -> None:
    assert refusal_of(MT942, INTERIM.replace(":90C:1", ":90D:1").encode()).field == ":90D:"


def test_an_interim_report_may_end_right_behind_a_line_without_text() -> None:
    data = INTERIM.partition(":86:105")[0] + "-\n"
    assert [entry.entry_ref for entry in entries_of(MT942, data.encode())] == ["VM1", "VM2"]


def test_a_report_of_nothing_in_totals_alone_is_whole() -> None:
    data = INTERIM.partition(":61:")[0] + ":90D:0EUR0,00\n:90C:0EUR0,00\n"
    assert pieces_of(MT942, data.encode())[1:] == [StatementFoot()]


def test_a_file_may_mix_both_messages() -> None:
    data = (GERMAN + INTERIM).encode()
    assert [head.opening for head in heads_of(MT940, data)] == [100000, 109950, None]


@pytest.mark.parametrize(
    "text",
    [
        f"{BLOCK}{BODY}-}}",
        f"\x01{BLOCK}{BODY}-}}\x03\n",
        f"{BLOCK}{BODY}-\n}}\n",
        f"{BLOCK}{BODY}-}}{{5:{{CHK:ABC}}}}{{S:{{COP:P}}}}",
        f"{{1:F01X}}\n{{2:I940XN}}\n{{4:\n{BODY}-}}\n",
        f"ABNANL2A\n940\nABNANL2A\n{BODY}-",
        f"0000 01INGBNL2AXXXX00001\n940 00\n{BODY}-XXX",
        f":940:\n{BODY}",
        f"\n\n{BODY}\n\n-\n\x1a",
        BODY,
        BODY.rstrip(),
    ],
)
def test_a_message_may_stand_in_any_envelope_or_none(text: str) -> None:
    assert pieces_of(MT940, text.encode()) == pieces_of(MT940, BODY.encode())


@pytest.mark.parametrize(
    "between", ["-\n", "", "-}{5:}\n" + BLOCK, "-}\x03\x01" + BLOCK, "-\nABNANL2A\n940\nABNANL2A\n"]
)
def test_several_messages_of_a_file_are_never_merged(between: str) -> None:
    text = (BLOCK if BLOCK in between else "") + BODY + between + BODY + ("-}" if BLOCK in between else "")
    assert len(heads_of(MT940, text.encode())) == 2


def test_one_block_may_hold_several_statements() -> None:
    assert len(heads_of(MT940, f"{BLOCK}{BODY}{BODY}-}}".encode())) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"{BLOCK}{BODY}",
        f"{BLOCK}{BODY}-",
        f"{BLOCK}{BODY}{BLOCK}{BODY}-}}",
        f"{BODY}-\n{{1:F01",
        f"{BODY}-\nABNANL2A\n940\n",
        f"{BODY}-\n:940:\n",
        f"{BLOCK}{BODY}:940:\n{BODY}",
        f"{BODY}:2",
        f"{BODY}:64",
        f"{BODY}:64:C2401",
    ],
)
def test_an_open_block_or_another_message_begun_is_a_cut_file(text: str) -> None:
    assert refusal_of(MT940, text.encode()).message


@pytest.mark.parametrize("closing", ["C240131EUR0,0", "C240131EUR0,", "C240131EUR0"])
def test_a_file_that_stops_within_its_last_amount_is_refused(closing: str) -> None:
    text = BODY.replace("C240131EUR0,00\n", closing)
    assert refusal_of(MT940, text.encode()).field == ":62F:"
    assert feet_of(MT940, (text + "\n").encode())[0].closing == 0


def test_another_swift_message_is_refused() -> None:
    assert "MT103" in refusal_of(MT940, BLOCK.replace("O940", "O103").encode() + BODY.encode() + b"-}").message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850"])
@pytest.mark.parametrize("name", ["Jürgen Müller", "MÜLLER GmbH & Söhne"])
def test_names_survive_every_encoding(encoding: str, name: str) -> None:
    data = statement(":61:240102C1,00NTRFNONREF", f":86:166?20RE 1?32{name}").decode().encode(encoding)
    assert entries_of(MT940, data)[0].counterparty == name


def test_a_file_in_two_encodings_or_cut_within_a_character_is_refused() -> None:
    text = statement(":61:240102C1,00NTRFNONREF", ":86:166?20RE 1?32Jürgen Müller")
    assert "Unicode" in refusal_of(MT940, text + statement(":86:Jürgen").decode().encode("cp1252")).message
    assert "Unicode" in refusal_of(MT940, text + "ü".encode()[:1]).message
    assert "Unicode" in refusal_of(MT940, GERMAN.encode("utf-16") + b"A").message


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_read_alike(newline: str) -> None:
    assert pieces_of(MT940, GERMAN.replace("\n", newline).encode()) == pieces_of(MT940, GERMAN.encode())


def test_a_soft_hyphen_is_a_hyphen_as_ing_writes_it() -> None:
    text = BODY + "\u00adXXX"
    assert feet_of(MT940, text.encode()) == feet_of(MT940, BODY.encode())


def test_a_line_of_a_hyphen_within_a_text_ends_nothing() -> None:
    entry = the_entry("240102C1,00NTRFNONREF", ":86:MND", "-", "EV01")
    assert entry.remittance == "MND - EV01"


@pytest.mark.parametrize("golden", [GERMAN, DUTCH, PLAIN, "\ufeff" + GERMAN, "ABNANL2A\n940\n" + GERMAN])
def test_an_mt940_is_recognised_by_its_reader_alone(golden: str) -> None:
    assert MT940.recognises(golden.encode(), "x.sta")
    assert not MT942.recognises(golden.encode(), "x.sta")


@pytest.mark.parametrize("golden", [INTERIM, "{1:F01X}{2:O942X}{4:\n" + INTERIM, INTERIM.replace("\n", "\r")])
def test_an_mt942_is_recognised_by_its_reader_alone(golden: str) -> None:
    assert MT942.recognises(golden.encode(), "x.sta")
    assert not MT940.recognises(golden.encode(), "x.sta")


def test_utf_16_is_recognised() -> None:
    assert MT940.recognises(GERMAN.encode("utf-16"), "x.sta")


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"OFXHEADER:100\n", b"date;amount\n2024-01-01;1\n"),
        *(b"Notes at 10:20: x", b"Call me\n:-)\n", bytes(range(256)) * 16),
        BLOCK.replace("O940", "I103").encode() + b":20:X\n:32A:240101EUR1,00\n",
    ],
)
def test_nothing_else_is_recognised(head: bytes) -> None:
    assert not MT940.recognises(head, "x.sta")
    assert not MT942.recognises(head, "x.sta")


@pytest.mark.parametrize("golden", GOLDENS)
def test_a_file_cut_at_any_byte_is_refused_or_ends_where_a_statement_ends(golden: str) -> None:
    data = golden.encode()
    assert wrongly_read_cuts(MT940, data, statement_prefixes(pieces_of(MT940, data))) == []


@pytest.mark.parametrize("golden", GOLDENS)
def test_damaged_files_are_refused_or_read_cleanly(golden: str) -> None:
    assert all(read_cleanly(MT940, damaged) for damaged in mutations(golden.encode(), 1_000))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    assert read_cleanly(MT940, data)


def test_a_nul_character_is_refused() -> None:
    assert "NUL" in refusal_of(MT940, statement(":61:240102C1,00NTRFNONREF", ":86:A\0B")).message


def test_a_field_or_line_without_end_is_refused() -> None:
    long_text = ":86:" + "A" * (LARGEST_FIELD + 1)
    assert "characters" in refused(":61:240102C1,00NTRFNONREF", long_text).message
    assert "characters" in refusal_of(MT940, b"A" * 10**7).message
    assert "characters" in refusal_of(MT940, b"A\n" * 10**6).message


def test_a_line_with_texts_without_end_is_refused() -> None:
    texts = [":86:A"] * (MOST_TEXTS + 1)
    assert refused(":61:240102C1,00NTRFNONREF", *texts).field == ":86:"


@pytest.mark.parametrize(
    "nasty",
    [
        *("?20", "/REMI", "SVWZ+", "RF18 ", "RF18 ABCD ", "+++", "KID ", "NAAM: ", "IBAN+ ", "{5:", "\n-", "\n:12:"),
        *("1", "12 ", " ", "\n", "{", "A", "?"),
    ],
)
def test_hostile_texts_take_no_time(nasty: str) -> None:
    nasty *= 60_000 // len(nasty)
    started = time.process_time()
    for head in ("166?20", ""):
        read_cleanly(MT940, statement(":61:240102C1,00NTRFNONREF", f":86:{head}{nasty}"))
        read_cleanly(MT940, BODY.encode() + nasty.encode())
    assert time.process_time() - started < 2


class Endless(io.RawIOBase):
    """A file of many statements that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        page = ":61:2401020102C1,00NTRFNONREF\n:86:166?20SVWZ+RE 1?32KUNDE\n" * 1_000
        self.page = statement(page.rstrip("\n"), closing="C240131EUR1000,00")
        self.size, self.place = count * len(self.page), 0

    def readable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place
        return place

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.size - self.place)
        start = self.place % len(self.page)
        self.place += size
        return (self.page * (size // len(self.page) + 2))[start : start + size]


def test_memory_stays_flat_over_many_entries() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        entries = sum(isinstance(piece, Entry) for piece in read_lazily(Endless(count)))
        assert entries == count * 1_000
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(24) < peak(10) + 500_000


def read_lazily(source: Endless) -> Iterator[object]:
    return MT940.read(source, Assumed())  # type: ignore[arg-type]
