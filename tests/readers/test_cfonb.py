"""CFONB 120: what its records say, and what is refused. CFONB 240: recognised, and refused by name."""

from datetime import date

import pytest

from payments.readers.cfonb120 import Cfonb120Reader
from payments.readers.cfonb240 import Cfonb240Reader
from payments.readers.model import Account, Entry, StatementFoot, StatementHead
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

READER = Cfonb120Reader()
POSITIVE, NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"


def overpunched(amount: int) -> str:
    digits = f"{abs(amount):014}"
    return digits[:-1] + (NEGATIVE if amount < 0 else POSITIVE)[int(digits[-1])]


def balance(kind: str, amount: int, day: str = "150126", currency: str = "EUR2", account: str = "00012345678") -> str:
    return f"{kind}30004    00812{currency} {account}  {day}{'':50}{overpunched(amount)}{'':16}"


def movement(
    amount: int,
    label: str,
    *,
    code: str = "05",
    reference: str = "",
    day: str = "160126",
    value: str = "170126",
    reject: str = "",
) -> str:
    account = f"0430004991200812EUR2 00012345678{code}"
    return f"{account}{day}{reject:2}{value}{label:31}  0000000  {overpunched(amount)}{reference:16}"


def complement(qualifier: str, text: str) -> str:
    return f"0530004991200812EUR2 0001234567805160126     {qualifier}{text:70}  "


def file_of(*records: str, encoding: str = "latin-1") -> bytes:
    return "".join(f"{record}\r\n" for record in records).encode(encoding)


LONG_CAUSE = "REGLEMENT DES FACTURES 2026-0001, 2026-0002, 2026-0003 ET DE LA 2026-00"
TRANSFER = [
    movement(123_450, "VIR SEPA ACME SARL", reference="REMISE 7"),
    complement("NPY", "ACME SARL"),
    complement("LCC", LONG_CAUSE[:70]),
    complement("LC2", LONG_CAUSE[70:] + "04 DE JANVIER"),
    complement("LCS", "RF18 5390 0754 7034"),
    complement("RCN", f"{'E2E-77':35}SALA"),
    complement("REF", "BQ-4711"),
    complement("CPY", "SOGEFRPP   FR1420041010050500013M02606"),
    complement("MMO", f"USD2{'140000':0>14}"),
    complement("FEE", f"EUR2{'150':0>14}"),
    complement("XYZ", "INCONNU"),
]
DEBIT = [
    movement(-1_000, "PRLV SEPA ELEC", code="B1", reject="04"),
    complement("NPY", "ELECTRICITE"),
    complement("RUM", f"{'MANDAT-9':35}RCUR"),
    complement("RCN", "NOTPROVIDED"),
]
GOLDEN = file_of(
    balance("01", 50_000),
    *TRANSFER,
    *DEBIT,
    balance("07", 172_450, "310126"),
    balance("01", -25_000, account="00087654321"),
    balance("07", -25_000, "310126", account="00087654321"),
)


def test_a_statement_has_its_account_and_two_balances() -> None:
    first, second = heads_of(READER, GOLDEN)
    assert first == StatementHead(Account("00012345678", bank="3000400812"), "EUR", opening=50_000)
    assert (second.account.identifier, second.opening) == ("00087654321", -25_000)
    assert feet_of(READER, GOLDEN)[0] == StatementFoot(172_450, date(2026, 1, 31))


def test_a_transfer_takes_its_fields_from_its_complements_and_all_else_is_text() -> None:
    assert entries_of(READER, GOLDEN)[0] == Entry(
        booked_on=date(2026, 1, 16),
        valued_on=date(2026, 1, 17),
        amount=123_450,
        currency="EUR",
        where="line 2",
        entry_ref="BQ-4711",
        remittance=f"VIR SEPA ACME SARL {LONG_CAUSE}04 DE JANVIER INCONNU",
        counterparty="ACME SARL",
        counterparty_account="FR1420041010050500013M02606",
        structured_reference="RF18539007547034",
        end_to_end="E2E-77",
        code="05",
        charges=150,
        original_amount=14_000_000 // 100,
        original_currency="USD",
    )


def test_a_direct_debit_has_its_creditor_mandate_and_return_reason() -> None:
    debit = entries_of(READER, GOLDEN)[1]
    assert (debit.amount, debit.counterparty, debit.mandate) == (-1_000, "ELECTRICITE", "MANDAT-9")
    assert (debit.return_reason, debit.end_to_end, debit.code) == ("04", None, "B1")


@pytest.mark.parametrize(("amount", "last"), [(107, "G"), (-107, "P"), (110, "{"), (-110, "}"), (0, "{")])
def test_the_last_character_of_an_amount_is_a_digit_and_the_sign(amount: int, last: str) -> None:
    record = movement(amount, "FRAIS")
    assert record[103] == last
    assert entries_of(READER, file_of(balance("01", 0), record, balance("07", amount)))[0].amount == amount


def test_french_ebcdic_letters_stand_for_the_braces() -> None:
    data = GOLDEN.decode("latin-1").replace("{", "é").replace("}", "è")
    for encoding in ("utf-8", "cp1252", "cp850"):
        assert pieces_of(READER, data.encode(encoding)) == pieces_of(READER, GOLDEN)


def test_the_decimals_digit_says_where_the_comma_is() -> None:
    three = [balance("01", 10_010, currency="EUR3"), balance("07", 10_020, currency="EUR3")]
    assert (heads_of(READER, file_of(*three))[0].opening, feet_of(READER, file_of(*three))[0].closing) == (1_001, 1_002)
    none = [balance("01", 500, currency="JPY0"), balance("07", 500, currency="JPY0")]
    assert heads_of(READER, file_of(*none))[0].opening == 500
    assert refusal_of(READER, file_of(balance("01", 10_015, currency="EUR3"))).field == "amount"


def test_blank_lines_trimmed_lines_and_records_without_line_ends_read_the_same() -> None:
    texts = [entry.remittance for entry in entries_of(READER, GOLDEN)]
    spaced = GOLDEN.replace(b"\r\n", b"\n\n")
    trimmed = b"\n".join(line.rstrip() for line in GOLDEN.splitlines())
    on_tape = GOLDEN.replace(b"\r\n", b"")
    for data in (spaced, trimmed, on_tape):
        assert [entry.remittance for entry in entries_of(READER, data)] == texts
    assert pieces_of(READER, trimmed) == pieces_of(READER, GOLDEN) == pieces_of(READER, on_tape)


def test_an_unreadable_original_amount_is_left_out_with_a_warning() -> None:
    records = [balance("01", 0), movement(5, "VIR"), complement("MMO", "USD2 ENVIRON 14"), balance("07", 5)]
    assert warnings_of(READER, file_of(*records))[0].field == "MMO"
    assert entries_of(READER, file_of(*records))[0].original_amount is None


def test_another_bank_code_after_a_merger_is_no_error() -> None:
    records = [balance("01", 0), balance("07", 0).replace("30004", "30005")]
    assert len(heads_of(READER, file_of(*records))) == 1


OLD, NEW, MOVE = balance("01", 0), balance("07", 100), movement(100, "VIR")


@pytest.mark.parametrize(
    ("records", "where", "field"),
    [
        ([OLD, movement(100, "VIR", day="300226"), NEW], "line 2", "booking date"),
        ([OLD, movement(100, "VIR", value="3A0126"), NEW], "line 2", "value date"),
        ([balance("01", 0, day="  CART"), NEW], "line 1", "date"),
        ([OLD, MOVE[:103] + "0" + MOVE[104:], NEW], "line 2", "amount"),
        ([OLD, MOVE[:95] + "," + MOVE[96:], NEW], "line 2", "amount"),
        ([OLD, MOVE[:19] + " " + MOVE[20:], NEW], "line 2", "decimals"),
        ([OLD, MOVE.replace("EUR", "USD"), NEW], "line 2", "currency"),
        ([OLD, MOVE.replace("00012345678", "00012345679"), NEW], "line 2", "account"),
        ([OLD, MOVE, complement("LIB", "X").replace("00012345678", "00012345679"), NEW], "line 3", "account"),
        ([balance("01", 0, currency="ZZZ2"), NEW], "line 1", "currency"),
        ([balance("01", 0, account=" " * 11), NEW], "line 1", "account"),
        ([MOVE, NEW], "line 1", None),
        ([OLD, complement("LIB", "X"), NEW], "line 2", None),
        ([OLD, MOVE, OLD], "line 3", None),
        ([OLD, MOVE], "end of file", None),
        ([OLD, "99", NEW], "line 2", "record type"),
        ([OLD, *[MOVE, *[complement("LIB", "X")] * 1_001], NEW], "line 1003", None),
    ],
)
def test_a_wrong_record_refuses_the_file_by_line_and_field(records: list[str], where: str, field: str | None) -> None:
    problem = refusal_of(READER, file_of(*records))
    assert (problem.where, problem.field) == (where, field)


def test_an_empty_file_holds_no_statement() -> None:
    assert refusal_of(READER, b"\n").where == "end of file"


def test_a_file_cut_at_any_byte_is_refused_or_ends_with_a_whole_statement() -> None:
    assert wrongly_read_cuts(READER, GOLDEN, statement_prefixes(pieces_of(READER, GOLDEN))) == []


def test_damaged_files_are_refused_or_read_cleanly() -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(GOLDEN, 1_000))


@pytest.mark.parametrize("head", [b"", b"<html>", b"01,0004,12345,060321,0829,001,80,1,2/", b"01/02/2026;12,50;VIR"])
def test_other_files_are_not_taken_for_cfonb(head: bytes) -> None:
    assert not READER.recognises(head, "releve.txt")
    assert not Cfonb240Reader().recognises(head, "releve.txt")


def test_cfonb_240_is_recognised_and_refused_by_name() -> None:
    header = f"{'31200000000131012630004008120001234567':240}"
    data = f"{header}\r\n{'34':240}\r\n{'39':240}\r\n".encode()
    assert Cfonb240Reader().recognises(data[:4096], "virements.txt")
    assert not READER.recognises(data[:4096], "virements.txt")
    assert "CFONB 240" in refusal_of(Cfonb240Reader(), data).message
