"""BAI2: what its records say, and what is refused."""

from datetime import date

import pytest

from payments.readers.bai2 import Bai2Reader
from payments.readers.model import Account, Assumed, Entry, StatementFoot, StatementHead
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

READER = Bai2Reader()
FILE = "01,USBANK,DUECO,260131,0600,17,80,,2/"
GROUP = "02,DUECO,USBANK,1,260130,2359,USD,2/"
ACCOUNT = "03,000123456,,010,100000,,,015,111500,,,045,90000,,/"
CREDIT = "16,165,12500,V,260131,,BANK-1,INV-2026-0001,ACME CORP, INVOICE 2026-0001/2026-0002"
DEBIT = "16,455,1000,S,0,500,500,,CHECK 17/"


def text_of(*records: str) -> bytes:
    return "".join(f"{record}\n" for record in records).encode()


def file_of(*account: str, total: int = 0, group: str = GROUP) -> bytes:
    """One account, its records counted; `total` is the sum of all its amounts."""
    count = len(account)
    ends = (f"49,{total},{count + 1}/", f"98,{total},1,{count + 3}/", f"99,{total},1,{count + 5}/")
    return text_of(FILE, group, *account, *ends)


GOLDEN = file_of(ACCOUNT, CREDIT, "88,SENT FROM CHICAGO", DEBIT, total=100_000 + 111_500 + 90_000 + 12_500 + 1_000)


def one(record: str, amount: int, *more: str, **file: str) -> Entry:
    (entry,) = entries_of(READER, file_of("03,1,,,,,/", record, *more, total=amount, **file))
    return entry


def test_a_statement_has_its_account_day_and_ledger_balances() -> None:
    assert heads_of(READER, GOLDEN) == [
        StatementHead(
            account=Account("000123456"),
            currency="USD",
            reference="17",
            opening=100_000,
            from_on=date(2026, 1, 30),
            to_on=date(2026, 1, 30),
        )
    ]
    assert feet_of(READER, GOLDEN) == [StatementFoot(111_500, date(2026, 1, 30))]


def test_a_transaction_has_its_references_and_all_its_text() -> None:
    assert entries_of(READER, GOLDEN)[0] == Entry(
        booked_on=date(2026, 1, 30),
        valued_on=date(2026, 1, 31),
        amount=12_500,
        currency="USD",
        where="line 4",
        entry_ref="BANK-1",
        remittance="ACME CORP, INVOICE 2026-0001/2026-0002 SENT FROM CHICAGO",
        end_to_end="INV-2026-0001",
        code="165",
    )


def test_distributed_availability_stands_between_amount_and_references() -> None:
    debit = entries_of(READER, GOLDEN)[1]
    assert (debit.amount, debit.valued_on, debit.entry_ref, debit.end_to_end) == (-1_000, None, None, "CHECK 17")
    thirds = one("16,475,300,D,2,1,100,2,200,BANKREF,CUSTREF,TEXT/", 300)
    assert (thirds.entry_ref, thirds.end_to_end, thirds.remittance) == ("BANKREF", "CUSTREF", "TEXT")


@pytest.mark.parametrize(
    ("code", "sign"),
    [("100", 1), ("399", 1), ("400", -1), ("699", -1), ("720", 1), ("760", -1), ("920", 1), ("960", -1), ("999", -1)],
)
def test_the_type_code_gives_the_sign(code: str, sign: int) -> None:
    assert one(f"16,{code},700,,,,X/", 700).amount == sign * 700


@pytest.mark.parametrize("code", ["099", "700", "719", "900", "919", "1000", "4O0", ""])
def test_a_type_code_without_a_known_sign_refuses_the_file(code: str) -> None:
    problem = refusal_of(READER, file_of("03,1,,,,,/", f"16,{code},700,,,,X/", total=700))
    assert (problem.where, problem.field) == ("line 4", "type code")


def test_a_message_without_money_is_left_out() -> None:
    assert entries_of(READER, file_of("03,1,,,,,/", "16,890,,,,,CALL YOUR BANK/")) == []


def test_interim_same_day_data_is_pending() -> None:
    assert one("16,165,5,,,,X/", 5, group=GROUP.replace(",2/", ",3/")).pending
    assert not one("16,165,5,,,,X/", 5, group=GROUP.replace(",2/", ",4/")).pending


def test_a_full_line_runs_on_and_any_other_is_followed_by_a_blank() -> None:
    full = f"{'16,165,5,,,,PAYMENT OF INVOICES 2026-0001 2026-0002 2026-0003 2026-0004 X2026-00':80}"
    assert len(full) == 80
    assert one(full, 5, "88,5 AND MORE").remittance.endswith(" X2026-005 AND MORE")
    assert one("16,165,5,,,,SHORT", 5, "88,LINE/").remittance == "SHORT LINE"


def test_the_file_header_may_state_another_line_length() -> None:
    data = file_of("03,1,,,,,/", "16,165,5,,,,ABC", "88,DEF/", total=5).replace(b",80,", b",15,")
    assert entries_of(READER, data)[0].remittance == "ABCDEF"


def test_summaries_and_references_may_continue_on_the_next_line() -> None:
    data = file_of("03,1,USD/", "88,010,5,,,015/", "88,12,,/", "16,165/", "88,7,0,B,C,T/", total=24)
    assert (heads_of(READER, data)[0].opening, feet_of(READER, data)[0].closing) == (5, 12)
    (entry,) = entries_of(READER, data)
    assert (entry.amount, entry.entry_ref, entry.end_to_end, entry.remittance) == (7, "B", "C", "T")


@pytest.mark.parametrize(
    ("account", "group", "assumed", "currency"),
    [
        ("GBP", "USD", None, "GBP"),
        ("", "CAD", "EUR", "CAD"),
        ("", "", "EUR", "EUR"),
        ("", "", None, "USD"),
    ],
)
def test_the_currency_is_the_accounts_the_groups_the_persons_or_dollars(
    account: str, group: str, assumed: str | None, currency: str
) -> None:
    data = file_of(f"03,1,{account},,,,/", group=GROUP.replace("USD", group))
    assert heads_of(READER, data, Assumed(currency=assumed))[0].currency == currency


def test_amounts_are_whole_units_of_the_currency_with_or_without_sign_and_zeros() -> None:
    data = file_of("03,1,JPY,010,-00000000000000000500,,,015,+000200,,/", "16,165,0000700,,,,/", total=400)
    assert (heads_of(READER, data)[0].opening, feet_of(READER, data)[0].closing) == (-500, 200)
    assert entries_of(READER, data)[0].amount == 700


def test_available_balances_do_not_stand_in_for_ledger_balances() -> None:
    data = file_of("03,1,USD,040,500,,,045,600,,/", total=1_100)
    assert (heads_of(READER, data)[0].opening, feet_of(READER, data)[0].closing) == (None, None)


def test_a_file_may_hold_several_groups_and_accounts_and_another_file_behind_it() -> None:
    account = ("03,1,USD,,,,/", "49,0,2/")
    group = (GROUP, *account, *account, "98,0,2,6/")
    data = text_of(FILE, *group, *group, "99,0,2,14/")
    assert len(heads_of(READER, data + data)) == 8


def test_an_ach_reversal_is_marked_and_signed_by_its_code() -> None:
    assert [(e.amount, e.is_reversal) for e in (one("16,558,9,,,,/", 9), one("16,258,9,,,,/", 9))] == [
        (-9, True),
        (9, True),
    ]


def test_a_correction_is_read_with_a_warning_but_tests_and_deletions_are_refused() -> None:
    assert "correction" in warnings_of(READER, file_of("03,1,,,,,/", group=GROUP.replace(",1,", ",3,")))[0].message
    for status in ("2", "4", "9"):
        assert (
            refusal_of(READER, file_of("03,1,,,,,/", group=GROUP.replace(",1,", f",{status},"))).field == "group status"
        )


def test_a_trailer_may_leave_continuations_uncounted_but_none_may_be_lost() -> None:
    fewer = GOLDEN.replace(b",5/\n98", b",4/\n98")
    assert [warning.field for warning in warnings_of(READER, fewer)] == ["number of records"]
    lost = GOLDEN.replace(b"88,SENT FROM CHICAGO\n", b"")
    assert refusal_of(READER, lost).field == "number of records"


def replaced(old: str, new: str) -> bytes:
    assert old.encode() in GOLDEN
    return GOLDEN.replace(old.encode(), new.encode())


def test_another_control_total_is_the_accounts_doubt() -> None:
    (foot,) = feet_of(READER, replaced("315000,5/", "315001,5/"))
    assert foot.doubt == "The control total is 315001; the amounts sum to 315000."
    assert feet_of(READER, GOLDEN)[0].doubt is None


@pytest.mark.parametrize("trailer", ["98,315000,1,7/", "99,315000,1,9/"])
def test_another_total_of_the_group_or_the_file_is_a_warning(trailer: str) -> None:
    data = replaced(trailer, trailer.replace("315000", "315001"))
    assert [warning.field for warning in warnings_of(READER, data)] == ["control total"]
    assert feet_of(READER, data)[0].doubt is None


@pytest.mark.parametrize(
    ("data", "where", "field"),
    [
        (replaced("98,315000,1,7/", "98,315000,2,7/"), "line 8", "count"),
        (replaced("99,315000,1,9/", "99,315000,1,19/"), "line 9", "number of records"),
        (replaced("49,315000,5/", "49,,5/"), "line 7", "control total"),
        (replaced("12500,V", "12,500,V"), "line 4", "funds type"),
        (replaced("12500,V", "-12500,V"), "line 4", "amount"),
        (replaced("12500,V", "1e5,V"), "line 4", "amount"),
        (replaced("12500,V", ",V"), "line 4", "amount"),
        (replaced("12500,V", "9" * 16 + ",V"), "line 4", "amount"),
        (replaced("12500,V", "9" * 4_301 + ",V"), "line 4", "amount"),
        (replaced("V,260131", "V,260231"), "line 4", "value date"),
        (replaced(",1,260130,", ",1,,"), "line 2", "as-of date"),
        (replaced(",USD,2/", ",ZZZ,2/"), "line 3", "currency"),
        (replaced("03,000123456", "03,"), "line 3", "account"),
        (replaced("010,100000", "01X,100000"), "line 3", "type code"),
        (replaced(",,2/\n02", ",,3/\n02"), "line 1", "version"),
        (replaced("S,0,500,500", "D,999,1,2"), "line 6", "number of distributions"),
        (replaced("16,455", "17,455"), "line 6", "record code"),
        (replaced("49,315000,5/\n", ""), "line 7", None),
        (replaced(GROUP + "\n", ""), "line 2", None),
        (replaced("01,USBANK", "88,USBANK"), "line 1", None),
        (replaced(ACCOUNT + "\n", ""), "line 3", None),
        (replaced("02,DUECO", "03,DUECO"), "line 2", None),
        (replaced("99,315000,1,9/", f"{FILE}\n"), "line 9", None),
    ],
)
def test_a_wrong_record_refuses_the_file_by_line_and_field(data: bytes, where: str, field: str | None) -> None:
    problem = refusal_of(READER, data)
    assert (problem.where, problem.field) == (where, field)


def test_a_file_without_its_trailer_was_cut() -> None:
    assert "cut short" in refusal_of(READER, GOLDEN[: GOLDEN.index(b"99,315")]).message
    assert refusal_of(READER, b"").where == "end of file"


def test_a_file_cut_at_any_byte_is_refused_until_its_last_slash() -> None:
    assert wrongly_read_cuts(READER, GOLDEN, statement_prefixes(pieces_of(READER, GOLDEN))[-1:]) == []


def test_banks_that_write_no_slashes_are_read_for_the_totals_prove_the_records() -> None:
    plain = b"\n".join(line.removesuffix(b"/") for line in GOLDEN.splitlines())
    assert pieces_of(READER, plain) == pieces_of(READER, GOLDEN)


def test_an_account_that_goes_on_in_a_continuation_needs_no_slash_before_it() -> None:
    parted = GOLDEN.replace(b",,,045,", b",,\n88,,045,").replace(b"49,315000,5", b"49,315000,6")
    parted = parted.replace(b",1,7/", b",1,8/").replace(b",1,9/", b",1,10/")
    assert pieces_of(READER, parted)[0] == pieces_of(READER, GOLDEN)[0]


def test_damaged_files_are_refused_or_read_cleanly() -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(GOLDEN, 1_000))


def test_a_bai2_file_is_recognised_and_other_text_is_not() -> None:
    assert READER.recognises(GOLDEN[:4096], "bai.txt")
    for head in (b"", b"<html>", b"01,02,2026;100", b"0115589    00000EUR2 98765432100", b"1,2,3,4,5"):
        assert not READER.recognises(head, "bai.txt")
