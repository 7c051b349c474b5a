"""Norma 43: what its records say, and what is refused."""

from datetime import date

import pytest

from payments.readers.model import Account, Entry, StatementFoot, StatementHead
from payments.readers.norma43 import Norma43Reader
from tests.readers.damage import (
    entries_of,
    feet_of,
    heads_of,
    mutations,
    pieces_of,
    read_cleanly,
    refusal_of,
    warnings_of,
    wrongly_read_cuts,
)

READER = Norma43Reader()

OPENING = "11" + "20850417" + "0302001234" + "260105" + "260131" + "2" + f"{100_000:014}" + "978" + "3"
HEADER = f"{OPENING}MUEBLES ARAÑA SL"


def movement(key: str, amount: str, *, day: str = "260115", concept: str = "04", references: str = "") -> str:
    return f"22    0417{day}260116{concept}016{key}{amount:0>14}0000004711{references}"


def end(debits: int, debit: int, credits: int, credit: int, closing: int, key: str = "2") -> str:
    sums = f"{debits:05}{debit:014}{credits:05}{credit:014}"
    return f"33208504170302001234{sums}{key}{closing:014}978"


def file_of(*records: str, count: int | None = None, encoding: str = "latin-1") -> bytes:
    lines = [*records, "88" + "9" * 18 + f"{len(records) if count is None else count:06}"]
    return "".join(f"{line:<80}\r\n" for line in lines).encode(encoding)


INVOICE = "000020261234"
TRANSFER = [
    movement("2", "12345", references=f"{INVOICE}FRA 2026/0012   "),
    "2301" + f"{'TRANSFERENCIA DE MUEBLES PEÑA':38}" + "CONCEPTO: PAGO DE LA FACTURA NUM. 2026",
    "2302/0012 Y DEL ALBARAN 77",
    "2401840" + f"{14_000:014}",
]
CARD = [movement("1", "2000", concept="12"), "2301COMPRA TARJETA"]
GOLDEN = file_of(
    HEADER,
    *TRANSFER,
    *CARD,
    end(1, 2_000, 1, 12_345, 110_345),
    OPENING,
    end(0, 0, 0, 0, 100_000),
)


def test_a_statement_has_its_account_balances_and_period() -> None:
    assert heads_of(READER, GOLDEN)[0] == StatementHead(
        account=Account("0302001234", bank="20850417", name="MUEBLES ARAÑA SL"),
        currency="EUR",
        opening=100_000,
        from_on=date(2026, 1, 5),
        to_on=date(2026, 1, 31),
    )
    assert feet_of(READER, GOLDEN)[0] == StatementFoot(110_345, date(2026, 1, 31))


def test_a_movement_has_its_text_references_and_original_amount() -> None:
    assert entries_of(READER, GOLDEN)[0] == Entry(
        booked_on=date(2026, 1, 15),
        valued_on=date(2026, 1, 16),
        amount=12_345,
        currency="EUR",
        where="line 2",
        entry_ref=f"{INVOICE}/FRA 2026/0012",
        remittance="TRANSFERENCIA DE MUEBLES PEÑA CONCEPTO: PAGO DE LA FACTURA NUM. 2026/0012 Y DEL ALBARAN 77",
        code="04-016",
        original_amount=14_000,
        original_currency="USD",
    )


def test_each_account_is_a_statement_even_when_nothing_moved() -> None:
    kinds = [type(piece) for piece in pieces_of(READER, GOLDEN)]
    assert kinds == [StatementHead, Entry, Entry, StatementFoot, StatementHead, StatementFoot]


def test_key_1_takes_money_away_and_key_2_brings_it() -> None:
    assert [entry.amount for entry in entries_of(READER, GOLDEN)] == [12_345, -2_000]


def test_the_document_number_is_the_reference_when_there_is_no_other() -> None:
    assert entries_of(READER, GOLDEN)[1].entry_ref == "0000004711"


def test_an_overdrawn_account_has_negative_balances() -> None:
    overdrawn = OPENING.replace("2601312", "2601311")
    data = file_of(overdrawn, end(0, 0, 0, 0, 100_000, key="1"))
    assert (heads_of(READER, data)[0].opening, feet_of(READER, data)[0].closing) == (-100_000, -100_000)


def test_reference_1_with_its_check_digit_is_a_structured_reference() -> None:
    data = file_of(HEADER, movement("2", "1", references="825467890138"), end(0, 0, 1, 1, 100_001))
    assert entries_of(READER, data)[0].structured_reference == "825467890138"


def test_concept_98_is_a_reversal_with_the_sign_of_its_key() -> None:
    data = file_of(HEADER, movement("1", "500", concept="98"), end(1, 500, 0, 0, 99_500))
    assert [(entry.amount, entry.is_reversal) for entry in entries_of(READER, data)] == [(-500, True)]


def test_records_without_line_ends_and_trimmed_lines_read_the_same() -> None:
    on_tape = GOLDEN.replace(b"\r\n", b"")
    trimmed = b"\n".join(line.rstrip() for line in GOLDEN.splitlines())
    assert pieces_of(READER, on_tape) == pieces_of(READER, GOLDEN) == pieces_of(READER, trimmed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850"])
def test_the_letter_n_with_tilde_survives_every_encoding(encoding: str) -> None:
    data = GOLDEN.decode("latin-1").encode(encoding)
    assert READER.recognises(data[:4096], "extracto.n43")
    assert pieces_of(READER, data) == pieces_of(READER, GOLDEN)


def test_two_files_behind_one_another_are_read_both() -> None:
    assert len(heads_of(READER, GOLDEN + b"\x1a\r\n" + GOLDEN)) == 4


def test_the_end_record_may_leave_some_records_uncounted_but_none_may_be_lost() -> None:
    records = (HEADER, *CARD, end(1, 2_000, 0, 0, 98_000))
    assert [warning.severity for warning in warnings_of(READER, file_of(*records, count=3))] == ["warning"]
    assert refusal_of(READER, file_of(*records, count=5)).field == "number of records"


def test_a_final_balance_without_key_takes_the_sign_that_fits() -> None:
    fits = file_of(HEADER, *CARD, end(1, 2_000, 0, 0, 98_000, key="0"))
    assert feet_of(READER, fits)[0].closing == 98_000
    assert warnings_of(READER, fits)[0].field == "key"
    overdrawn = file_of(HEADER, movement("1", "150000"), end(1, 150_000, 0, 0, 50_000, key="0"))
    assert feet_of(READER, overdrawn)[0].closing == -50_000
    assert "no sign" in refusal_of(READER, file_of(HEADER, end(0, 0, 0, 0, 98_000, key="0"))).message


def test_an_amount_in_yen_has_two_decimals_that_must_be_zero() -> None:
    yen, closed = OPENING.replace("9783", "3923"), end(0, 0, 0, 0, 100_000).replace("978", "392")
    assert heads_of(READER, file_of(yen, closed))[0][1:5] == ("JPY", None, None, 1_000)
    odd = file_of(yen, movement("2", "150"), closed)
    assert "more decimals than JPY" in refusal_of(READER, odd).message


def test_an_original_amount_in_an_unknown_currency_is_left_out_with_a_warning() -> None:
    data = file_of(HEADER, CARD[0], "2401000" + "0" * 14, end(1, 2_000, 0, 0, 98_000))
    assert entries_of(READER, data)[0].original_amount is None
    assert warnings_of(READER, data)[0].field == "original currency"


GOOD_END = end(1, 2_000, 0, 0, 98_000)


@pytest.mark.parametrize(
    ("records", "where", "field"),
    [
        ([HEADER, movement("1", "2000", day="260230"), GOOD_END], "line 2", "operation date"),
        ([HEADER, movement("1", "2000", day="000000"), GOOD_END], "line 2", "operation date"),
        ([HEADER, movement("3", "2000"), GOOD_END], "line 2", "debit or credit"),
        ([HEADER, movement("1", "20E2"), GOOD_END], "line 2", "amount"),
        ([HEADER, movement("1", "-2000"), GOOD_END], "line 2", "amount"),
        ([HEADER, movement("1", "2000"), movement("1", "2000"), GOOD_END], "line 4", "debits"),
        ([HEADER, movement("2", "2000"), GOOD_END], "line 3", "debits"),
        ([HEADER, CARD[0], GOOD_END.replace("0302001234", "0302001235")], "line 3", "account"),
        ([HEADER, CARD[0], GOOD_END.replace("978", "840")], "line 3", "currency"),
        ([HEADER.replace("9783", "0003"), CARD[0], GOOD_END], "line 1", "currency"),
        ([HEADER.replace("2601312", "260131 "), CARD[0], GOOD_END], "line 1", "key of the opening balance"),
        ([HEADER, CARD[0], HEADER, GOOD_END], "line 3", None),
        ([HEADER, CARD[0]], "line 3", None),
        ([CARD[0], GOOD_END], "line 1", None),
        ([HEADER, CARD[1], GOOD_END], "line 2", None),
        ([HEADER, CARD[0], "55", GOOD_END], "line 3", "record type"),
        ([HEADER, CARD[0], *[CARD[1]] * 1_001, GOOD_END], "line 1003", None),
    ],
)
def test_a_wrong_record_refuses_the_file_by_line_and_field(records: list[str], where: str, field: str | None) -> None:
    problem = refusal_of(READER, file_of(*records))
    assert (problem.where, problem.field) == (where, field)


def test_full_width_digits_are_no_amount() -> None:
    records = file_of(HEADER, movement("1", "２０００"), GOOD_END, encoding="utf-8")
    assert refusal_of(READER, records).field == "amount"


def test_the_right_count_with_another_sum_is_the_statements_doubt() -> None:
    (foot,) = feet_of(READER, file_of(HEADER, movement("1", "2001"), GOOD_END))
    assert foot.doubt == (
        "The account end (33) says 20.00 of debits and 0.00 of credits, but the movements make 20.01 and 0.00."
    )
    assert feet_of(READER, file_of(HEADER, movement("1", "2000"), GOOD_END))[0].doubt is None


def test_a_file_without_its_end_record_is_read_with_a_warning_when_its_accounts_have_ended() -> None:
    (warning,) = warnings_of(READER, GOLDEN[: GOLDEN.rindex(b"88999")])
    assert (warning.where, warning.field) == ("end of file", "record 88")
    within = GOLDEN[: GOLDEN.rindex(b"33208504")]
    assert "cut short" in refusal_of(READER, within).message
    assert refusal_of(READER, b"").where == "end of file"


def test_a_file_cut_at_any_byte_is_refused_until_its_last_count_is_complete() -> None:
    whole = pieces_of(READER, GOLDEN)
    ends = [at for at, piece in enumerate(whole) if isinstance(piece, StatementFoot)]
    (unended,) = warnings_of(READER, GOLDEN[: GOLDEN.rindex(b"88999")])
    accounts = [[*whole[: at + 1], unended] for at in ends]
    assert wrongly_read_cuts(READER, GOLDEN, [whole, *accounts]) == []
    assert refusal_of(READER, GOLDEN[: GOLDEN.rindex(b"88999") + 25]).where == "line 11"


def test_damaged_files_are_refused_or_read_cleanly() -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(GOLDEN, 1_000))


@pytest.mark.parametrize("head", [b"", b"<html>", b"%PDF-1.7", b"11;2026-01-05;100,00", b"0115589    00000EUR2 98"])
def test_other_files_are_not_taken_for_norma_43(head: bytes) -> None:
    assert not READER.recognises(head, "extracto.n43")
