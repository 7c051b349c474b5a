"""Bank tables: read by the profile of their header, proven by their balances, and never guessed at."""

from datetime import date

import pytest

from payments.readers.bank_csv import CSV, XLSX
from payments.readers.bank_profile import BankProfile, document_of, normal, profile_of, shipped_profiles
from payments.readers.model import Assumed, Unanswered, Unreadable
from payments.readers.registry import READERS
from tests.readers.bank_table_files import COMDIRECT, ING, LLOYDS, RABOBANK_TWO_ACCOUNTS, SPARKASSE, workbook
from tests.readers.damage import entries_of, feet_of, heads_of, pieces_of, refusal_of, warnings_of

OURS = BankProfile(
    name="ours", title="Our bank", header=("Day", "Text", "Sum"), date_order="dmy", decimal_sign=",",
    columns={"booked_on": ("Day",), "remittance": ("Text",), "amount": ("Sum",)}, currency="EUR",
    account="DE89370400440532013000",
)  # fmt: skip
OF_OURS = Assumed(profiles=(OURS,))


def ours(*rows: str) -> bytes:
    return "".join(f"{row}\n" for row in ("Day;Text;Sum", *rows)).encode()


# ── what a row says ─────────────────────────────────────────────────────────────────────────────


def test_a_row_becomes_an_entry_with_everything_the_profile_names() -> None:
    entry = entries_of(CSV, SPARKASSE)[1]
    assert (entry.amount, entry.currency, entry.booked_on) == (123_456, "EUR", date(2026, 3, 31))
    assert (entry.remittance, entry.counterparty) == ("RE 4711 vom 02.03.", "Käfer & Söhne")
    assert (entry.counterparty_account, entry.code) == ("DE02120300000000202051", "GUTSCHR. UEBERWEISUNG")
    assert heads_of(CSV, SPARKASSE)[0].account.identifier == "DE89370400440532013000"


def test_rows_that_wait_are_pending_and_come_after_the_booked_ones() -> None:
    assert [(entry.amount, entry.pending) for entry in entries_of(CSV, SPARKASSE)] == [
        (-8_000, False), (123_456, False), (1_000, True)
    ]  # fmt: skip


def test_a_row_without_a_booking_day_yet_is_pending_on_its_value_day() -> None:
    booked, pending = entries_of(CSV, COMDIRECT)
    assert (booked.pending, pending.pending, pending.booked_on) == (False, True, date(2026, 4, 2))
    assert (heads_of(CSV, COMDIRECT)[0].opening, feet_of(CSV, COMDIRECT)[0].closing) == (100_000, 105_000)


def test_money_in_and_money_out_have_their_columns() -> None:
    assert [entry.amount for entry in entries_of(CSV, LLOYDS)] == [-5_000, 25_000]
    assert heads_of(CSV, LLOYDS)[0].account == ("12345678", "30-00-01", None)


def test_the_indicator_column_gives_the_direction() -> None:
    assert [entry.amount for entry in entries_of(CSV, ING)] == [10_000, -10_950, 121_000]


def test_each_account_of_a_table_is_a_statement_of_its_own() -> None:
    heads, feet = heads_of(CSV, RABOBANK_TWO_ACCOUNTS), feet_of(CSV, RABOBANK_TWO_ACCOUNTS)
    assert [(head.account.identifier, head.opening) for head in heads] == [
        ("NL02RABO0123456789", 10_000), ("NL44RABO0123456789", 100)
    ]  # fmt: skip
    assert [foot.closing for foot in feet] == [11_150, -200]
    first = entries_of(CSV, RABOBANK_TWO_ACCOUNTS)[0]
    assert (first.structured_reference, first.remittance) == ("RF18539007547034", "een twee")


def test_a_fee_is_taken_off_the_amount() -> None:
    revolut = (
        b"Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        b"TRANSFER,Current,2026-03-30 10:00:00,2026-03-30 10:00:05,To A,-10.00,0.50,EUR,COMPLETED,89.50\n"
        b"TRANSFER,Current,2026-03-31 10:00:00,,To B,-10.00,0.00,EUR,REVERTED,\n"
    )
    (entry,) = entries_of(CSV, revolut)
    assert (entry.amount, entry.charges) == (-1_050, 50)
    assert "left out" in warnings_of(CSV, revolut)[0].message
    assert heads_of(CSV, revolut)[0].opening == 10_000


def test_typed_cells_of_a_workbook_need_no_notation() -> None:
    rows = [
        ["BBVA"],
        ["F.Valor", "Fecha", "Concepto", "Movimiento", "Importe", "Divisa", "Disponible", "Divisa", "Observaciones"],
        [date(2026, 4, 2), date(2026, 4, 3), "Abono", "Factura 12", 1234.5, "EUR", 2234.5, "EUR", ""],
        [date(2026, 4, 1), date(2026, 4, 1), "Recibo", "Luz", -100, "EUR", 1000, "EUR", ""],
    ]
    content = workbook(rows)
    assert [(e.booked_on, e.amount) for e in entries_of(XLSX, content)] == [
        (date(2026, 4, 1), -10_000), (date(2026, 4, 3), 123_450)
    ]  # fmt: skip
    assert (heads_of(XLSX, content)[0].opening, feet_of(XLSX, content)[0].closing) == (110_000, 223_450)
    assert entries_of(XLSX, content)[0].where == "Movimientos, row 4"


# ── balances and order ──────────────────────────────────────────────────────────────────────────


def test_newest_first_becomes_booking_order_and_balances_give_both_ends() -> None:
    entries = entries_of(CSV, ING)
    assert [entry.booked_on.day for entry in entries] == [30, 30, 31]
    assert (heads_of(CSV, ING)[0].opening, feet_of(CSV, ING)[0].closing) == (50_000, 170_050)


def test_a_day_written_newest_first_within_days_written_oldest_first_is_put_right() -> None:
    table = (
        b"Date,Details,Debit,Credit,Balance\n"
        b"30/03/2026,second,,2.00,13.00\n30/03/2026,first,,1.00,11.00\n"
        b"31/03/2026,fourth,,4.00,20.00\n31/03/2026,third,,3.00,16.00\n"
    )
    assert [entry.remittance for entry in entries_of(CSV, table)] == ["first", "second", "third", "fourth"]
    assert warnings_of(CSV, table) == []


def test_balances_only_at_the_end_of_days_prove_the_rows_between() -> None:
    table = (
        b"Date,Details,Debit,Credit,Balance\n30/03/2026,a,,1.00,\n30/03/2026,b,,2.00,13.00\n31/03/2026,c,3.00,,10.00\n"
    )
    assert warnings_of(CSV, table) == []
    assert (heads_of(CSV, table)[0].opening, feet_of(CSV, table)[0].closing) == (1_000, 1_000)


def test_a_row_that_contradicts_its_balance_is_named_and_the_statement_does_not_tie() -> None:
    wrong = ING.replace(b"109,50", b"109,51")
    (warning,) = warnings_of(CSV, wrong)
    assert (warning.where, warning.field) == ("line 3", "balance")
    total = sum(entry.amount for entry in entries_of(CSV, wrong))
    assert heads_of(CSV, wrong)[0].opening + total != feet_of(CSV, wrong)[0].closing


# ── questions instead of guesses ────────────────────────────────────────────────────────────────


def test_columns_nobody_explained_are_a_question_that_names_them() -> None:
    with pytest.raises(Unanswered, match="Datum, Tekst, Bedrag"):
        pieces_of(CSV, b"Datum;Tekst;Bedrag\n31.03.2026;x;1,00\n")


def test_one_unknown_column_more_is_a_question_too() -> None:
    with pytest.raises(Unanswered):
        pieces_of(CSV, LLOYDS.replace(b",Balance\n", b",Balance,Reversal\n"))


def test_a_saved_profile_explains_them() -> None:
    assert [e.amount for e in entries_of(CSV, ours("31.03.2026;x;-1.000,00"), OF_OURS)] == [-100_000]


def test_a_saved_profile_goes_before_the_one_that_comes_with_the_program() -> None:
    shipped = next(profile for profile in shipped_profiles() if profile.name == "lloyds")
    named = profile_of({**document_of(shipped), "name": "mine", "currency": "EUR"})
    assert heads_of(CSV, LLOYDS, Assumed(profiles=(named,)))[0].currency == "EUR"


def test_two_saved_profiles_for_one_header_are_a_question() -> None:
    with pytest.raises(Unanswered, match="both fit"):
        pieces_of(CSV, ours("31.03.2026;x;1,00"), Assumed(profiles=(OURS, OURS)))


SHORT = b"Date,Description,Amount,Balance\n"


def test_a_date_that_could_be_two_is_asked_about() -> None:
    with pytest.raises(Unanswered, match="day or the month"):
        pieces_of(CSV, SHORT + b"03/04/2026,x,1.00,5.00\n")


def test_one_day_after_the_twelfth_anywhere_in_the_file_decides() -> None:
    table = SHORT + b"03/04/2026,x,1.00,5.00\n13/04/2026,y,2.00,7.00\n"
    assert [entry.booked_on for entry in entries_of(CSV, table)] == [date(2026, 4, 3), date(2026, 4, 13)]


def test_dates_that_fit_no_single_order_refuse_the_file() -> None:
    problem = refusal_of(CSV, SHORT + b"13/04/2026,x,1.00,5.00\n04/13/2026,y,2.00,7.00\n")
    assert "no order" in problem.message


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("31.03.2026;x;1,234.56", "Sum"),
        ("31.03.2026;x;12.34", "Sum"),
        ("31.03.2026;x;NaN", "Sum"),
        ("31.03.2026;x;1e3", "Sum"),
        ("31.03.2026;x;１２", "Sum"),
        ("31.03.2026;x;1,234", "Sum"),
        ("31.03.2026;x;10,00 USD", "Sum"),
        ("31.03.2026;x;(10,00", "Sum"),
        ("31.03.2026;x;--1,00", "Sum"),
        ("31.03.2026;x;", "Sum"),
        ("30.02.2026;x;1,00", "Day"),
        ("2026;x;1,00", "Day"),
        (";x;1,00", "Day"),
    ],
)
def test_a_wrong_value_refuses_the_file_naming_row_and_column(row: str, field: str) -> None:
    problem = refusal_of(CSV, ours("30.03.2026;good;1,00", row), OF_OURS)
    assert (problem.where, problem.field) == ("line 3", field)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.234,56", 123_456), ("-1.234,56 €", -123_456), ("1 234,56", 123_456), ("1\u202f234,5", 123_450),
     ("12,34-", -1_234), ("(12,34)", -1_234), ("EUR 7", 700), ("+0,01", 1), (",5", 50), ("1'000,00", 100_000),
     ("−3,00", -300)],
)  # fmt: skip
def test_amounts_as_banks_write_them(text: str, minor: int) -> None:
    assert entries_of(CSV, ours(f"31.03.2026;x;{text}"), OF_OURS)[0].amount == minor


@pytest.mark.parametrize(
    ("text", "day"),
    [("31.3.26", 31), ("31/03/2026", 31), ("2026-03-31", 31), ("31 Mar 2026", 31), ("31. März 2026", 31),
     ("31-mrt-2026", 31), ("31 mars 2026", 31), ("31 de março de 2026", 31), ("2026-03-31T23:59:59Z", 31),
     ("31.03.2026 14:05", 31), ("Mar 31, 2026", 31), ("31032026", 31)],
)  # fmt: skip
def test_dates_as_banks_write_them(text: str, day: int) -> None:
    assert entries_of(CSV, ours(f"{text};x;1,00"), OF_OURS)[0].booked_on == date(2026, 3, day)


@pytest.mark.parametrize(
    "content",
    [
        ours("31.03.2026;x"),
        ours("31.03.2026;x;1,00;more"),
        ours('31.03.2026;"x;1,00'),
        ours("31.03.2026;x\0;1,00"),
        ours("31.03.2026;" + "x" * 20_000 + ";1,00"),
        LLOYDS.replace(b"250.00", b"250.00").replace(b",50.00,,", b",50.00,1.00,"),
        ING.replace(b'"Af"', b'"Uit"'),
        ING.replace(b'"109,50"', b'"-109,50"'),
    ],
)
def test_a_damaged_row_refuses_the_file(content: bytes) -> None:
    assert refusal_of(CSV, content, OF_OURS).where.startswith("line ")


def test_a_table_without_balances_that_stops_in_a_line_is_read_with_a_warning() -> None:
    assert warnings_of(CSV, ours("31.03.2026;x;1,00"), OF_OURS) == []
    (warning,) = warnings_of(CSV, ours("31.03.2026;x;1,00")[:-1], OF_OURS)
    assert warning.where == "end of file"


# ── recognition ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content", [SPARKASSE, ING, LLOYDS, COMDIRECT, RABOBANK_TWO_ACCOUNTS, ours("31.03.2026;x;1,00")]
)
def test_only_csv_says_yes_to_a_table(content: bytes) -> None:
    expected = ["csv"] if content != ours("31.03.2026;x;1,00") else []
    assert [reader.name for reader in READERS if reader.recognises(content[:4096], "x.csv")] == expected


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>Date,Amount,Text</body></html>",
        b"%PDF-1.7\n1,2,3",
        b"Dear Sir, we paid 100.00 on 12/03/2026, thanks\n",
        b"customer_id,name,email,language\n1,A,b@c.example,de\n",
        b"01,122099999,123456789,040621,0200,1,65,,2/\n",
        b"a;b;c\n",
    ],
)
def test_other_text_is_no_bank_table(content: bytes) -> None:
    assert not CSV.recognises(content, "x.csv")


# ── profiles ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("profile", shipped_profiles(), ids=lambda profile: profile.name)
def test_every_shipped_profile_is_sound_and_survives_json(profile: BankProfile) -> None:
    assert profile_of(document_of(profile)) == profile


def test_no_two_shipped_profiles_fit_the_same_header() -> None:
    for profile in shipped_profiles():
        names = [normal(name) for name in profile.header]
        fitting = [each for each in shipped_profiles() if each.fits(names) and len(each.header) >= len(profile.header)]
        assert [each.name for each in fitting if profile.header] == [profile.name] * bool(profile.header)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"columns": {"amount": ["Sum"]}}, "/columns/booked_on"),
        ({"columns": {"booked_on": ["Day"]}}, "/columns/amount"),
        ({"columns": {"booked_on": ["Day"], "amount": ["Nowhere"]}}, "/columns/amount"),
        ({"columns": {"booked_on": ["Day"], "amount": ["Sum"], "indicator": ["Text"]}}, "/incoming_words"),
        ({"currency": "XYZ1"}, "/currency"),
        ({"delimiter": "x"}, "/delimiter"),
        ({"name": " "}, "/name"),
        ({"header": []}, "/header"),
        ({"date_order": "xyz"}, "/date_order"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_a_wrong_profile_is_refused_by_its_json_pointer(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(Exception) as refused:
        profile_of({**document_of(OURS), **change})
    assert pointer in [problem.where for problem in refused.value.problems]


def test_a_workbook_that_is_damaged_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        pieces_of(XLSX, workbook([["Date"]])[:200])
