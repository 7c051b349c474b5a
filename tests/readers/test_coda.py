"""CODA: what its records say, how globalised amounts become entries, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from payments.readers.coda import CodaReader
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

READER = CodaReader()
IBAN = f"{'BE68539007547034':34}EUR"


def signed(amount: int) -> str:
    """Cents as CODA writes them: the sign, then thousandths."""
    return f"{int(amount < 0)}{abs(amount) * 10:015}"


def header(version: str = "2", duplicate: str = " ") -> str:
    start = f"0000031012672505{duplicate}{'':7}{'REF0000001':10}{'BAKKERIJ VAN ROSSEM':26}{'KREDBEBB':11}00123456789"
    return f"{start:127}{version}"


def old(amount: int, account: str = f"2007{IBAN}") -> str:
    return f"{f'1{account}{signed(amount)}300126BAKKERIJ VAN ROSSEM':90}{'ZICHTREKENING':35}007"


def new(amount: int, account: str = IBAN) -> str:
    return f"{f'8007{account}{signed(amount)}310126':128}"


def move(
    amount: int,
    said: str = "0",
    *,
    number: int = 1,
    detail: int = 0,
    kind: str = "0",
    reference: str = "BANKREF",
    day: str = "310126",
) -> str:
    start = f"21{number:04}{detail:04}{reference:21}{signed(amount)}300126{kind}0150000{said:54}{day}007"
    return f"{start:127}0"


def second(said: str = "", *, detail: int = 0, customer: str = "", bic: str = "", returned: str = "") -> str:
    return f"{f'220001{detail:04}{said:53}{customer:35}{bic:14}{returned:5}':128}"


def third(account: str, name: str, said: str = "") -> str:
    return f"{f'2300010000{account:37}{name:35}{said:43}':128}"


def informed(said: str, *, detail: int = 1, kind: str = "31") -> str:
    common = f"{'BANKREF':21}00150000" if kind == "31" else ""
    return f"{f'{kind}0001{detail:04}{common}{said}':128}"


def trailer(records: int, debits: int, credits: int) -> str:
    start = f"9{'':15}{records:06}{debits * 10:015}{credits * 10:015}"
    return f"{start:127}2"


def counted(*records: str) -> int:
    return sum(record[0] in "1238" for record in records)


def moved(*records: str) -> list[int]:
    """The amounts of the movements with detail number 0000, in cents."""
    whole = (record for record in records if record[:2] == "21" and record[6:10] == "0000")
    return [int(record[32:47]) // 10 * (-1 if record[31] == "1" else 1) for record in whole]


def file_of(*records: str) -> bytes:
    """The records between a header and a trailer that counts and sums them."""
    debits = -sum(amount for amount in moved(*records) if amount < 0)
    credits = sum(amount for amount in moved(*records) if amount > 0)
    return text_of(header(), *records, trailer(counted(*records), debits, credits))


def text_of(*records: str) -> bytes:
    return "".join(f"{record}\r\n" for record in records).encode("latin-1")


TRANSFER = [
    move(12_345, "0" + "BETALING VAN ONZE FACTUREN 2026-0001, 2026-0002 EN 20"),
    second("26-0003 VAN DE MAAND JANUARI, MET DANK VOOR DE GOEDE", customer="E2E-1", bic="GEBABEBB"),
    third(f"{'BE71096123456769':34}EUR", "CAFE DE ZÈBRE", "SAMENWERKING"),
    informed("1001CAFE DE ZEBRE"),
    informed("MARKT 1 GENT", kind="32"),
    informed("0ZIE OOK ONS SCHRIJVEN", detail=2),
]
STRUCTURED = [move(-500, "1101" + "010806817183", number=2, reference="TWO")]
STATEMENT = [old(100_000), *TRANSFER, *STRUCTURED, new(111_845)]
GOLDEN = file_of(*STATEMENT) + file_of(old(0), new(0))


def only_entry(*records: str) -> Entry:
    (entry,) = entries_of(READER, file_of(old(0), *records, new(sum(moved(*records)))))
    return entry


def test_a_statement_has_its_account_holder_and_balances() -> None:
    assert heads_of(READER, GOLDEN)[0] == StatementHead(
        account=Account("BE68539007547034", bank="KREDBEBB", name="BAKKERIJ VAN ROSSEM"),
        currency="EUR",
        reference="REF0000001",
        sequence="007",
        opening=100_000,
    )
    assert feet_of(READER, GOLDEN) == [StatementFoot(111_845, date(2026, 1, 31)), StatementFoot(0, date(2026, 1, 31))]


def test_a_movement_joins_its_communication_and_information() -> None:
    assert entries_of(READER, GOLDEN)[0] == Entry(
        booked_on=date(2026, 1, 31),
        valued_on=date(2026, 1, 30),
        amount=12_345,
        currency="EUR",
        where="line 3",
        entry_ref="BANKREF",
        remittance="BETALING VAN ONZE FACTUREN 2026-0001, 2026-0002 EN 2026-0003 VAN DE MAAND JANUARI, MET DANK VOOR "
        "DE GOEDE SAMENWERKING ZIE OOK ONS SCHRIJVEN",
        counterparty="CAFE DE ZÈBRE",
        counterparty_account="BE71096123456769",
        counterparty_bic="GEBABEBB",
        end_to_end="E2E-1",
        code="00150000",
    )


def test_a_belgian_structured_communication_is_the_reference_and_no_text() -> None:
    entry = entries_of(READER, GOLDEN)[1]
    assert (entry.amount, entry.structured_reference, entry.remittance) == (-500, "010806817183", "")


@pytest.mark.parametrize(
    ("said", "reference", "text"),
    [
        ("1100RF18539007547034", "RF18539007547034", ""),
        ("1102000003505158", "000003505158", ""),
        ("1101AFGEKEURD", None, "AFGEKEURD"),
        ("1107123456789012310126FACTUUR 7", None, "FACTUUR 7"),
        ("1103010806817183", "010806817183", "010806817183"),
        ("1103000003505158", None, "000003505158"),
        ("1113KAART 6703 TANKSTATION", None, "KAART 6703 TANKSTATION"),
        ("0+++010/8068/17183+++", "010806817183", "+++010/8068/17183+++"),
    ],
)
def test_each_type_of_communication_gives_a_reference_or_text(said: str, reference: str | None, text: str) -> None:
    entry = only_entry(move(100, said))
    assert (entry.structured_reference, entry.remittance) == (reference, text)


def test_type_105_has_the_original_amount_its_rate_and_reference() -> None:
    content = f"{1_000_000:015}{1_085_500:015}{108_550_000:012}USD010806817183BE"
    entry = only_entry(move(100_000, f"1105{content[:50]}"), second(content[50:]))
    assert (entry.original_amount, entry.original_currency, entry.rate) == (108_550, "USD", Decimal("1.0855"))
    assert entry.structured_reference == "010806817183"


@pytest.mark.parametrize(
    ("original", "rate", "currency", "expected"),
    [
        (f"{1_085_500:015}", "0" * 12, "KWD", (-1_085_500, "KWD", None)),
        (f"{1_085_555:015}", "0" * 12, "USD", (None, None, None)),
        (f"{1_085_500:015}", "0" * 12, "ZZZ", (None, None, None)),
        (" " * 15, " " * 12, "USD", (None, None, None)),
    ],
)
def test_an_original_amount_is_exact_or_left_out(
    original: str, rate: str, currency: str, expected: tuple[int | None, str | None, Decimal | None]
) -> None:
    content = f"{1_000:015}{original}{rate}{currency}010806817183"
    entry = only_entry(move(-100_000, f"1105{content[:50]}"), second(content[50:]))
    assert (entry.original_amount, entry.original_currency, entry.rate) == expected
    assert entry.structured_reference == "010806817183"


def test_type_127_has_the_mandate_and_why_the_direct_debit_came_back() -> None:
    content = f"310126112{'BE12ZZZ0123456789':35}{'MANDAAT-5':35}{'FACTUUR 2026-0007':62}2MD06"
    records = [move(-4_200, f"1127{content[:50]}"), second(content[50:103]), third("", "", content[103:])]
    entry = only_entry(*records)
    assert (entry.mandate, entry.remittance, entry.return_reason) == ("MANDAAT-5", "FACTUUR 2026-0007", "MD06")
    assert (entry.amount, entry.is_reversal) == (-4_200, True)


def test_record_22_says_why_a_payment_came_back() -> None:
    entry = only_entry(move(-4_200), second(returned="2AC04"))
    assert (entry.return_reason, entry.is_reversal) == ("AC04", True)


def test_the_name_comes_from_the_information_when_record_23_has_none() -> None:
    assert only_entry(move(1), informed("1001JAN PEETERS")).counterparty == "JAN PEETERS"


def test_a_belgian_account_number_leaves_its_currency_behind() -> None:
    assert only_entry(move(1), third("539007547034 EUR", "X")).counterparty_account == "539007547034"


BATCH = [
    move(3_000, kind="1", reference="BATCH"),
    move(1_000, "0DEEL EEN", detail=1, kind="5", reference="ONE"),
    informed("0MEER OVER EEN", detail=2),
    move(2_000, "0DEEL TWEE", detail=3, kind="5", reference="TWO"),
]


def test_a_globalised_amount_becomes_its_details_and_is_not_counted_beside_them() -> None:
    parts = entries_of(READER, file_of(old(0), *BATCH, new(3_000)))
    assert [(part.amount, part.entry_ref, part.batch) for part in parts] == [
        (1_000, "ONE", "BATCH"),
        (2_000, "TWO", "BATCH"),
    ]
    assert [part.remittance for part in parts] == ["DEEL EEN MEER OVER EEN", "DEEL TWEE"]


def test_a_globalised_amount_without_details_stays_one_entry() -> None:
    assert only_entry(BATCH[0]).amount == 3_000


def test_details_that_do_not_sum_leave_one_entry_with_all_text_and_a_warning() -> None:
    data = file_of(old(0), *BATCH[:3], new(3_000))
    (entry,) = entries_of(READER, data)
    assert (entry.amount, entry.remittance, entry.batch) == (3_000, "DEEL EEN MEER OVER EEN", None)
    assert [warning.field for warning in warnings_of(READER, data)] == ["amount"]


def test_details_of_a_detail_are_its_charges_and_no_entries() -> None:
    records = [
        move(9_800, kind="2", reference="BATCH"),
        move(9_800, detail=1, kind="7", reference="ONE"),
        move(10_000, detail=2, kind="9"),
        move(-200, "0KOSTEN", detail=3, kind="9"),
    ]
    entry = only_entry(*records)
    assert (entry.amount, entry.charges, entry.remittance) == (9_800, 200, "KOSTEN")


def test_details_of_a_simple_amount_are_its_charges() -> None:
    entry = only_entry(move(9_800, kind="3"), move(10_000, detail=1, kind="8"), move(-200, detail=2, kind="8"))
    assert (entry.amount, entry.charges, entry.batch) == (9_800, 200, None)


@pytest.mark.parametrize(
    ("account", "identifier", "currency"),
    [
        ("0007539007547034 EUR0BE                  ", "539007547034", "EUR"),
        (f"1007{'1234567890':34}USD", "1234567890", "USD"),
        (f"3007{'FR1420041010050500013M02606':34}GBP", "FR1420041010050500013M02606", "GBP"),
    ],
)
def test_every_account_structure_gives_number_and_currency(account: str, identifier: str, currency: str) -> None:
    (head,) = heads_of(READER, file_of(old(5, account), new(5, account[4:])))
    assert (head.account.identifier, head.currency, head.opening) == (identifier, currency, 5)


def test_version_1_has_other_columns_for_the_counterparty() -> None:
    records = [old(0), move(1), f"2300010000{'539007547034':37}{'JAN PEETERS':26}{'MARKT 1':26}", new(1)]
    data = text_of(header(version="1"), *records, trailer(4, 0, 1))
    (entry,) = entries_of(READER, data)
    assert (entry.counterparty, entry.counterparty_account, entry.remittance) == ("JAN PEETERS", "539007547034", "")


def test_a_statement_in_which_nothing_moved_may_leave_out_its_new_balance() -> None:
    assert feet_of(READER, file_of(old(700))) == [StatementFoot(700)]
    assert "new balance" in refusal_of(READER, file_of(old(700), move(1))).message


def test_a_duplicate_is_read_with_a_warning() -> None:
    data = text_of(header(duplicate="D"), old(0), new(0), trailer(2, 0, 0))
    assert "duplicate" in warnings_of(READER, data)[0].message


def test_messages_of_the_bank_are_no_movement_and_may_be_counted_or_not() -> None:
    records = [old(0), new(0), f"{'4 00010000':128}"]
    for count in (2, 3):
        assert len(pieces_of(READER, text_of(header(), *records, trailer(count, 0, 0)))) == 2


def test_the_trailer_may_count_fewer_records_but_never_more() -> None:
    fewer, more = (text_of(header(), old(0), new(0), trailer(count, 0, 0)) for count in (1, 3))
    assert warnings_of(READER, fewer)[0].field == "number of records"
    assert refusal_of(READER, more).field == "number of records"


@pytest.mark.parametrize(
    ("records", "where", "field"),
    [
        ([old(0), move(1, day="300226"), new(1)], "line 3", "entry date"),
        ([old(0), move(1).replace("0000000000000010", "000000000000001X"), new(1)], "line 3", "amount"),
        ([old(0), move(1).replace("0000000000000010", "0000000000000011"), new(1)], "line 3", "amount"),
        ([old(0), move(1).replace("0000000000000010", "2000000000000010"), new(1)], "line 3", "amount"),
        ([old(0), move(1), move(1, detail=1, number=2)], "line 4", "continuous number"),
        ([old(0), second()], "line 3", "continuous number"),
        ([old(0), move(1), second(detail=1)], "line 4", "detail number"),
        ([old(0), move(1), move(1, detail=1), move(1, detail=1)], "line 5", "detail number"),
        ([old(0), move(1), informed("X", kind="32")], "line 4", "record type"),
        ([old(0), move(1), f"{'2400010000':128}"], "line 4", "record type"),
        ([old(0), new(0, f"{'BE71096123456769':34}EUR")], "line 3", "account"),
        ([old(0).replace("EUR", "ZZZ"), new(0)], "line 2", "currency"),
        ([old(0, f"9007{IBAN}"), new(0)], "line 2", "account structure"),
        ([old(0, f"2007{'':34}EUR"), new(0)], "line 2", "account"),
        ([move(1)], "line 2", None),
        ([new(0)], "line 2", None),
        ([old(0), "5", new(0)], "line 3", "record type"),
        ([old(0), move(1), *[informed("0X")] * 1_001], "line 1004", None),
        ([old(0), header(), new(0)], "line 3", None),
    ],
)
def test_a_wrong_record_refuses_the_file_by_line_and_field(records: list[str], where: str, field: str | None) -> None:
    problem = refusal_of(READER, text_of(header(), *records, trailer(counted(*records), 0, 0)))
    assert (problem.where, problem.field) == (where, field)


@pytest.mark.parametrize(("debits", "credits", "named"), [(1, 1, "sum of debits"), (0, 2, "sum of credits")])
def test_a_trailer_with_other_sums_is_the_statements_doubt(debits: int, credits: int, named: str) -> None:
    (foot,) = feet_of(READER, text_of(header(), old(0), move(1), new(1), trailer(3, debits, credits)))
    assert foot.doubt
    assert named in foot.doubt
    (sound,) = feet_of(READER, text_of(header(), old(0), move(1), new(1), trailer(3, 0, 1)))
    assert (sound.closing, sound.doubt) == (foot.closing, None)


def test_an_unknown_version_is_refused() -> None:
    assert refusal_of(READER, text_of(header(version="3"))).field == "version"


def test_a_file_without_trailer_was_cut() -> None:
    assert "cut short" in refusal_of(READER, text_of(header(), *STATEMENT)).message
    assert refusal_of(READER, b"").where == "end of file"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_accents_survive_every_encoding(encoding: str) -> None:
    data = GOLDEN.decode("latin-1").encode(encoding)
    assert pieces_of(READER, data) == pieces_of(READER, GOLDEN)


def test_records_without_line_ends_read_the_same() -> None:
    assert pieces_of(READER, GOLDEN.replace(b"\r\n", b"")) == pieces_of(READER, GOLDEN)


def test_a_file_cut_at_any_byte_is_refused_or_ends_with_a_whole_file() -> None:
    assert wrongly_read_cuts(READER, GOLDEN, statement_prefixes(pieces_of(READER, GOLDEN))) == []


def test_damaged_files_are_refused_or_read_cleanly() -> None:
    assert all(read_cleanly(READER, damaged) for damaged in mutations(GOLDEN, 1_000))


@pytest.mark.parametrize("head", [b"", b"<html>", b"0115589    00000EUR2 98765432100", b"00000 00000 05"])
def test_other_files_are_not_taken_for_coda(head: bytes) -> None:
    assert not READER.recognises(head, "x.cod")


def test_a_coda_file_is_recognised() -> None:
    assert READER.recognises(GOLDEN[:4096], "export")
