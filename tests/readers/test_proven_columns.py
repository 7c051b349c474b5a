"""Tables of banks nobody told us of: read where the running balance proves the columns, else a question."""

import io
from datetime import date

import pytest

from payments.readers.bank_csv import CSV, XLSX
from payments.readers.model import Assumed, StatementHead, Unanswered
from tests.readers.bank_table_files import workbook
from tests.readers.damage import entries_of, feet_of, heads_of, pieces_of, warnings_of

PLAIN = (
    "Posted;Particulars of entry;Money in;Money out;Running balance\n"
    "13/03/2026;Acme INV 7;1.250,00;;2.250,00\n"
    "14/03/2026;Rent;;50,00;2.200,00\n"
    "15/03/2026;Borealis INV 8;100,00;;2.300,00\n"
).replace("Posted", "Booking date")
AMOUNTS = [125_000, -5_000, 10_000]


def amounts(text: str | bytes) -> list[int]:
    return [entry.amount for entry in entries_of(CSV, text if isinstance(text, bytes) else text.encode())]


def question(text: str | bytes) -> str:
    with pytest.raises(Unanswered) as asked:
        pieces_of(CSV, text if isinstance(text, bytes) else text.encode())
    return asked.value.problems[0].message


def test_a_chain_of_balances_proves_dates_amounts_and_signs() -> None:
    assert amounts(PLAIN) == AMOUNTS
    entries = entries_of(CSV, PLAIN.encode())
    assert [entry.booked_on for entry in entries] == [date(2026, 3, 13), date(2026, 3, 14), date(2026, 3, 15)]
    assert [entry.remittance for entry in entries] == ["Acme INV 7", "Rent", "Borealis INV 8"]
    (head,) = heads_of(CSV, PLAIN.encode())
    assert (head.opening, head.currency, feet_of(CSV, PLAIN.encode())[0].closing) == (100_000, None, 230_000)


def test_the_person_is_told_how_the_columns_were_read() -> None:
    (warning,) = warnings_of(CSV, PLAIN.encode())
    assert "No bank profile names these columns" in warning.message
    assert "balance: running balance" in warning.message


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ("Date;Text;Amount (GBP);Balance (GBP)", "GBP"),
        ("Date;Text;Amount;Balance €", "EUR"),
        ("Fecha;Concepto;Importe EUR;Saldo EUR", "EUR"),
        ("Date;Text;Amount (GBP);Balance (EUR)", None),
        ("Date;Text;Amount (all);Balance", "ALL"),
    ],
)
def test_the_names_of_the_columns_may_state_the_currency(header: str, currency: str | None) -> None:
    text = f"{header}\n13/03/2026;A;10,00;10,00\n14/03/2026;B;-3,00;7,00\n15/03/2026;C;1,00;8,00\n"
    assert heads_of(CSV, text.encode())[0].currency == currency


def test_the_amounts_may_state_it_too() -> None:
    text = (
        "Date;Text;Amount;Balance\n13/03/2026;A;10,00 SEK;10,00 SEK\n14/03/2026;B;-3,00 "
        "SEK;7,00 SEK\n15/03/2026;C;1,00 SEK;8,00 SEK\n"
    )
    assert heads_of(CSV, text.encode())[0].currency == "SEK"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("2.200,00", "2.201,00"),
        PLAIN.replace("Running balance", "Something"),
        "\n".join(PLAIN.splitlines()[:3]) + "\n",
        PLAIN.replace("2.200,00", ""),
        PLAIN.replace("14/03/2026", "14/02/2026"),
        PLAIN.replace("Particulars of entry", "Fee")
        .replace("Acme INV 7", "1,00")
        .replace("Rent", "1,00")
        .replace("Borealis INV 8", "1,00"),
    ],
    ids=["a balance breaks", "no balance", "two movements", "a row without balance", "days go back", "a fee"],
)
def test_less_than_a_whole_chain_is_a_question(text: str) -> None:
    assert "Explain the columns once" in question(text)


def test_an_unsigned_amount_with_a_letter_for_its_side_is_a_question() -> None:
    text = (
        "Date;Text;Amount;D/C;Balance\n13/03/2026;A;10,00;C;10,00\n14/03/2026;B;3,00;D;7,00\n15/03/2026;C;1,00;C;8,00\n"
    )
    assert "Explain the columns once" in question(text)


def test_amounts_without_a_sign_beside_a_falling_balance_are_a_question() -> None:
    text = "Date;Text;Amount;Balance\n13/03/2026;A;10,00;10,00\n14/03/2026;B;3,00;7,00\n15/03/2026;C;1,00;8,00\n"
    assert "Explain the columns once" in question(text)


def test_days_that_could_be_months_are_asked_about_as_such() -> None:
    text = "Date;Text;Amount;Balance\n01/03/2026;A;10,00;10,00\n02/03/2026;B;-3,00;7,00\n03/03/2026;C;1,00;8,00\n"
    assert "day or the month" in question(text)


def test_a_day_after_the_twelfth_decides_for_the_month_first() -> None:
    text = "Date,Text,Amount,Balance\n03/01/2026,A,10.00,10.00\n03/02/2026,B,-3.00,7.00\n03/13/2026,C,1.00,8.00\n"
    assert [entry.booked_on.day for entry in entries_of(CSV, text.encode())] == [1, 2, 13]


def test_newest_first_is_put_in_the_order_of_booking() -> None:
    header, *rows = PLAIN.splitlines()
    assert amounts("\n".join([header, *rows[::-1]]) + "\n") == AMOUNTS


def test_totals_and_notes_around_the_movements_are_none_and_are_counted() -> None:
    text = (
        f"Account statement;;;;\nPeriod;March 2026;;;\n\n{PLAIN}Total;;1.350,00;50,00;\n"
        ";;;;\nThis is no official document;;;;\n"
    )
    assert amounts(text) == AMOUNTS
    assert [each.message for each in warnings_of(CSV, text.encode())][1:] == [
        "Rows around the movements, such as totals and notes, were left out: 2."
    ]


def test_a_last_movement_with_a_broken_date_is_not_taken_for_a_note() -> None:
    assert "Explain the columns once" in question(f"{PLAIN}31/02/2026;Lost;1,00;;2.301,00\n")


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        (["1.250,00", "50,00-", "100,00"], AMOUNTS),
        (["1,250.00", "(50.00)", "100.00"], AMOUNTS),
        (["+1250.00", "-50.00", "+100.00"], AMOUNTS),
        (["1 250,00", "−50,00", "100,00"], AMOUNTS),
        (["1'250.00", "-50.00", "100.00"], AMOUNTS),
        (["€ 1.250,00", "€ -50,00", "€ 100,00"], AMOUNTS),
        (["$1,250.00", "-$50.00", "$100.00"], AMOUNTS),
        (["1250", "-50", "100"], AMOUNTS),
    ],
)
def test_amounts_are_read_as_banks_write_them(written: list[str], minor: list[int]) -> None:
    point = "." if any("." in amount[-3:-2] or amount.endswith(".00)") for amount in written) else ","
    balances = [f"{minor_:d}" for minor_ in (2250, 2200, 2300)]
    sep = "|"
    rows = (
        f"{day}.03.2026{sep}T{sep}{amount}{sep}{balance}{point}00"
        for day, amount, balance in zip((13, 14, 15), written, balances, strict=True)
    )
    assert amounts("Date|Text|Amount|Balance\n" + "\n".join(rows) + "\n") == minor


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_the_encoding_does_not_matter(encoding: str) -> None:
    text = PLAIN.replace("Acme", "Käfer & Söhne")
    assert entries_of(CSV, text.encode(encoding))[0].remittance == "Käfer & Söhne INV 7"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiters_and_line_ends_within_quotes_are_text(delimiter: str) -> None:
    rows = [line.split(";") for line in PLAIN.splitlines()]
    rows[1][1] = "Acme; INV, 7|a\nb"
    text = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    assert amounts(text) == AMOUNTS
    assert entries_of(CSV, text.encode())[0].remittance == "Acme; INV, 7|a b"


def test_two_accounts_in_one_table_are_each_proven() -> None:
    ours, theirs = "NL91ABNA0417164300", "NL02RABO0123456789"
    rows = [
        (ours, 13, "10,00", "10,00"), (theirs, 13, "5,00", "105,00"), (ours, 14, "-3,00", "7,00"),
        (theirs, 14, "5,00", "110,00"), (ours, 15, "1,00", "8,00"), (theirs, 16, "-10,00", "100,00"),
    ]  # fmt: skip
    text = "Account;Date;Text;Amount;Balance\n" + "".join(
        f"{account};{day}/03/2026;T;{amount};{balance}\n" for account, day, amount, balance in rows
    )
    assert [(head.account.identifier, head.opening) for head in heads_of(CSV, text.encode())] == [
        ("NL91ABNA0417164300", 0),
        ("NL02RABO0123456789", 10_000),
    ]


def test_a_workbook_is_proven_alike() -> None:
    rows: list[list[object]] = [
        ["Movements of March"], ["Date", "Who", "Details", "Amount", "Balance"],
        [date(2026, 3, 13), "Acme", "INV 7", 1250.0, 2250.0], [date(2026, 3, 14), "Landlord", "Rent", -50.0, 2200.0],
        [date(2026, 3, 15), "Borealis", "INV 8", 100.0, 2300.0], ["", "Total", "", 1300.0, ""],
    ]  # fmt: skip
    data = workbook(rows)
    pieces = list(XLSX.read(io.BytesIO(data), Assumed()))
    assert [entry.amount for entry in entries_of(XLSX, data)] == AMOUNTS
    assert [piece.opening for piece in pieces if isinstance(piece, StatementHead)] == [100_000]


def test_a_column_whose_name_says_nothing_joins_the_text() -> None:
    text = PLAIN.replace("Booking date;", "Booking date;Kdnr;").replace("2026;", "2026;K-17;")
    assert entries_of(CSV, text.encode())[0].remittance.split() == ["Acme", "INV", "7", "K-17"]
