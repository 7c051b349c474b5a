"""CODA, CFONB 120, Norma 43 and BAI2 as banks write them: what goes beyond the plain statement of one account."""

from datetime import date

import pytest

from payments.readers.bai2 import Bai2Reader
from payments.readers.cfonb120 import Cfonb120Reader
from payments.readers.coda import CodaReader
from payments.readers.model import Entry, StatementFoot
from payments.readers.norma43 import Norma43Reader
from tests.readers.damage import entries_of, feet_of, heads_of, warnings_of

CODA, CFONB, NORMA, BAI = CodaReader(), Cfonb120Reader(), Norma43Reader(), Bai2Reader()


# ── CODA ────────────────────────────────────────────────────────────────────────────────────────


def coda(*records: str, end: str = "2", debits: int = 0, credits: int = 0) -> bytes:
    """Records of 128, each given as (columns from 1, text) pieces already laid out."""
    count = sum(record[0] in "1238" for record in records)
    head = f"{'0000018022672505        00123456ACME NV':128}"
    head = (
        "0000018022672505"
        + " " * 8
        + f"{'0012345678':10}"
        + f"{'ACME NV':26}"
        + f"{'GEBABEBB':11}"
        + "00477472701 00000"
    )
    head = f"{head:127}2"
    tail = f"9{'':15}{count:06}{debits:015}{credits:015}"
    return "".join(f"{record:128}\r\n" for record in (head, *records, f"{tail:127}{end}")).encode("latin-1")


def balance_1(amount: int, *, account: str = "BE68539007547034", currency: str = "EUR", structure: str = "2") -> str:
    return (
        f"1{structure}033{account:34}{currency}{int(amount < 0)}{abs(amount):015}170226"
        f"{'ACME NV':26}{'ZICHTREKENING':35}"
        "033"
    )


def balance_8(amount: int, *, account: str = "BE68539007547034", currency: str = "EUR") -> str:
    return f"8033{account:34}{currency}{int(amount < 0)}{abs(amount):015}180226{'':64}0"


def coda_21(
    number: int, detail: int, amount: int, kind: str, said: str, *, next_record: str = "0", link: str = "0"
) -> str:
    return (
        f"21{number:04}{detail:04}{'REF' + str(number):21}{int(amount < 0)}{abs(amount):015}180226{kind}{said[:1]}"
        f"{said[1:54]:53}180226033{'0'}{next_record} {link}"
    )


def coda_moved(*records: str, net: int) -> list[Entry]:
    whole = [r for r in records if r[:2] == "21" and r[6:10] == "0000"]
    sums = {sign: sum(int(r[32:47]) for r in whole if r[31] == sign) for sign in "01"}
    return entries_of(CODA, coda(balance_1(0), *records, balance_8(net), debits=sums["1"], credits=sums["0"]))


def test_a_batch_of_the_customer_becomes_its_parts_with_their_own_parties() -> None:
    parts = [
        coda_21(1, 0, -30_000, "10101000", "0LONEN", next_record="0"),
        coda_21(1, 1, -10_000, "50101000", "0LOON JAN", next_record="1"),
        f"2300010001{'BE71096123456769':34}EUR{'JAN PEETERS':35}",
        coda_21(1, 2, -20_000, "50101000", "0LOON AN", next_record="1"),
        f"2300010002{'BE62510007547061':34}EUR{'AN MAES':35}",
    ]
    found = coda_moved(*parts, net=-30_000)
    assert [(each.amount, each.counterparty, each.counterparty_account) for each in found] == [
        (-1_000, "JAN PEETERS", "BE71096123456769"),
        (-2_000, "AN MAES", "BE62510007547061"),
    ]


def test_a_batch_of_the_bank_without_details_is_one_credit() -> None:
    (found,) = coda_moved(coda_21(1, 0, 500_000, "20450050", "0VERZAMELING KAARTBETALINGEN"), net=500_000)
    assert (found.amount, found.code, found.remittance) == (50_000, "20450050", "VERZAMELING KAARTBETALINGEN")


@pytest.mark.parametrize(
    ("said", "reference"),
    [
        ("1101010806817183", "010806817183"),
        ("1102010806817183", "010806817183"),
        ("1100RF18539007547034", "RF18539007547034"),
    ],
)
def test_structured_communications_are_the_reference(said: str, reference: str) -> None:
    (found,) = coda_moved(coda_21(1, 0, 100_000, "00150000", said), net=100_000)
    assert (found.structured_reference, found.remittance) == (reference, "")


def test_a_free_communication_runs_over_three_records_and_the_information_behind_them() -> None:
    text = (
        "BETALING FACTUREN 2026/001 EN 2026/002 EN 2026/003 EN 2026/004 EN 2026/005 EN "
        "2026/006 EN 2026/007 EN 2026/008 VOOR DE MAAND FEBRUARI 2026 MET DANK"
    )
    records = [
        coda_21(1, 0, 100_000, "00150000", "0" + text[:53], next_record="1"),
        f"2200010000{text[53:106]:53}{'E2E/7':35}{'KREDBEBB':11}   1 ",
        f"2300010000{'BE71096123456769':34}EUR{'KLANT BVBA':35}{text[106:149]:43}0 1",
        f"3100010001{'REF1':21}001500000{'EXTRA MEDEDELING':73}    0 0",
    ]
    (found,) = coda_moved(*records, net=100_000)
    assert found.remittance == " ".join(text.split()) + " EXTRA MEDEDELING"
    assert (found.end_to_end, found.counterparty_bic, found.counterparty) == ("E2E/7", "KREDBEBB", "KLANT BVBA")


def test_a_direct_debit_that_came_back_is_a_reversal_with_its_reason() -> None:
    said = (
        "1127"
        + "180226"
        + "1"
        + "1"
        + "3"
        + f"{'BE12ZZZ0123456789':35}"
        + f"{'MANDAAT-9':35}"
        + f"{'FACTUUR 9':62}"
        + "2"
        + "AM04"
    )
    records = [
        coda_21(1, 0, -42_000, "00505000", said[:54], next_record="1"),
        f"2200010000{said[54:107]:53}",
        f"2300010000{'BE71096123456769':34}EUR{'SLECHTE BETALER':35}{said[107:150]:43}",
    ]
    (found,) = coda_moved(*records, net=-42_000)
    assert (found.amount, found.mandate, found.return_reason, found.is_reversal) == (-4_200, "MANDAAT-9", "AM04", True)
    assert (found.counterparty, found.remittance) == ("SLECHTE BETALER", "FACTUUR 9")


def test_an_overdrawn_belgian_account_stays_below_zero() -> None:
    data = coda(balance_1(-1_500_000), coda_21(1, 0, 500_000, "00150000", "0X"), balance_8(-1_000_000), credits=500_000)
    assert heads_of(CODA, data)[0].opening == -150_000
    assert feet_of(CODA, data)[0] == StatementFoot(-100_000, date(2026, 2, 18))


def test_accounts_in_other_currencies_follow_one_another_in_one_file() -> None:
    dollars = {"account": "BE71096123456769", "currency": "USD"}
    data = coda(balance_1(0), balance_8(0), end="1") + coda(balance_1(7_000, **dollars), balance_8(7_000, **dollars))
    assert [(head.account.identifier, head.currency, head.opening) for head in heads_of(CODA, data)] == [
        ("BE68539007547034", "EUR", 0),
        ("BE71096123456769", "USD", 700),
    ]


def test_messages_of_the_bank_are_no_movements() -> None:
    data = coda(balance_1(0), balance_8(0), f"4 00010000{'':22}{'NIEUWE TARIEVEN VANAF 1 MAART':80}{'':15}0")
    assert entries_of(CODA, data) == []


# ── CFONB 120 ───────────────────────────────────────────────────────────────────────────────────

PLUS, MINUS = "{ABCDEFGHI", "}JKLMNOPQR"


def over(amount: int) -> str:
    return f"{abs(amount):014}"[:-1] + (MINUS if amount < 0 else PLUS)[abs(amount) % 10]


def cfonb_balance(
    kind: str,
    amount: int,
    *,
    account: str = "12345678901",
    currency: str = "EUR",
    decimals: int = 2,
    day: str = "010226",
) -> str:
    return f"{kind}30002    00550{currency}{decimals} {account}  {day}{'':50}{over(amount)}{'':16}"


def cfonb_04(
    amount: int,
    label: str = "VIR",
    *,
    code: str = "05",
    currency: str = "EUR",
    decimals: int = 2,
    reject: str = "  ",
    account: str = "12345678901",
) -> str:
    return (
        f"0430002 A1000550{currency}{decimals} {account}{code}020226{reject}030226{label:31} "
        f" 0000000 0{over(amount)}{'REFCLIENT':16}"
    )


def cfonb_05(qualifier: str, text: str) -> str:
    return f"0530002 A1000550EUR2 1234567890105020226     {qualifier}{text:70}  "


def cfonb(*records: str) -> bytes:
    return "".join(f"{record:120}\r\n" for record in records).encode("latin-1")


def cfonb_only(amount: int, *more: str, **movement: str) -> Entry:
    (found,) = entries_of(
        CFONB, cfonb(cfonb_balance("01", 0), cfonb_04(amount, **movement), *more, cfonb_balance("07", amount))
    )
    return found


@pytest.mark.parametrize("amount", [sign * (1_230 + digit) for sign in (1, -1) for digit in range(10)])
def test_every_overpunched_digit_gives_amount_and_sign(amount: int) -> None:
    found = cfonb_only(amount)
    assert found.amount == amount


@pytest.mark.parametrize(
    ("qualifier", "text", "field", "value"),
    [
        ("NPY", "SARL DUPONT", "counterparty", "SARL DUPONT"),
        ("RCN", f"{'E2E-2026-7':35}SUPP", "end_to_end", "E2E-2026-7"),
        ("REF", "9876543210", "entry_ref", "9876543210"),
        ("LIB", "SUITE DU LIBELLE", "remittance", "VIR SUITE DU LIBELLE"),
        ("LCC", "FACTURE 2026-12", "remittance", "VIR FACTURE 2026-12"),
        ("LCS", "RF18539007547034", "structured_reference", "RF18539007547034"),
        ("CPY", "SOGEFRPP   FR1420041010050500013M02606", "counterparty_account", "FR1420041010050500013M02606"),
    ],
)
def test_each_complement_of_a_credit_goes_where_it_belongs(qualifier: str, text: str, field: str, value: str) -> None:
    assert getattr(cfonb_only(5_000, cfonb_05(qualifier, text)), field) == value


@pytest.mark.parametrize(
    ("qualifier", "text", "field", "value"),
    [
        ("NBE", "BAILLEUR SCI", "counterparty", "BAILLEUR SCI"),
        ("RUM", f"{'MANDAT-1':35}FRST", "mandate", "MANDAT-1"),
        ("NPY", "EDF", "counterparty", "EDF"),
    ],
)
def test_each_complement_of_a_debit_goes_where_it_belongs(qualifier: str, text: str, field: str, value: str) -> None:
    assert getattr(cfonb_only(-5_000, cfonb_05(qualifier, text)), field) == value


def test_a_returned_debit_has_the_reason_of_its_movement() -> None:
    assert cfonb_only(-5_000, code="B2", reject="04").return_reason == "04"


def test_amounts_have_the_decimals_the_record_states() -> None:
    for currency, decimals, minor in (("JPY", 0, 1_500), ("TND", 3, 1_500), ("USD", 2, 1_500), ("JPY", 2, 15)):
        records = (
            cfonb_balance("01", 0, currency=currency, decimals=decimals),
            cfonb_04(1_500, currency=currency, decimals=decimals),
            cfonb_balance("07", 1_500, currency=currency, decimals=decimals),
        )
        (found,) = entries_of(CFONB, cfonb(*records))
        assert (found.amount, found.currency) == (minor, currency)


def test_several_french_accounts_are_several_statements() -> None:
    data = cfonb(
        cfonb_balance("01", -100),
        cfonb_04(100),
        cfonb_balance("07", 0),
        cfonb_balance("01", 500, account="98765432109", currency="USD"),
        cfonb_balance("07", 500, account="98765432109", currency="USD"),
    )
    assert [(head.account.identifier, head.currency, head.opening) for head in heads_of(CFONB, data)] == [
        ("12345678901", "EUR", -100),
        ("98765432109", "USD", 500),
    ]


def test_an_account_may_begin_with_letters() -> None:
    data = cfonb(cfonb_balance("01", 0, account="0123456A789"), cfonb_balance("07", 0, account="0123456A789"))
    assert heads_of(CFONB, data)[0].account.identifier == "0123456A789"


# ── Norma 43 ────────────────────────────────────────────────────────────────────────────────────


def n43_11(amount: int, *, currency: str = "978", account: str = "0200051332") -> str:
    key = "1" if amount < 0 else "2"
    return f"1121000418{account}260201260228{key}{abs(amount):014}{currency}3{'TALLERES NÚÑEZ SL':26}   "


def n43_22(
    amount: int, *, concept: str = "04", own: str = "067", reference: str = "", document: str = "0000000000"
) -> str:
    key = "1" if amount < 0 else "2"
    return f"22    0418260205260206{concept}{own}{key}{abs(amount):014}{document}{reference:28}"


def n43_33(opening: int, amounts: list[int], *, currency: str = "978", account: str = "0200051332") -> str:
    debits, credits = [-a for a in amounts if a < 0], [a for a in amounts if a >= 0]
    closing = opening + sum(amounts)
    return (
        f"3321000418{account}{len(debits):05}{sum(debits):014}{len(credits):05}{sum(credits):014}"
        f"{'1' if closing < 0 else '2'}{abs(closing):014}{currency}    "
    )


def n43(*records: str, encoding: str = "latin-1") -> bytes:
    return "".join(f"{r:80}\r\n" for r in (*records, f"88{'9' * 18}{len(records):06}")).encode(encoding)


@pytest.mark.parametrize("encoding", ["latin-1", "cp850", "utf-8"])
def test_spanish_letters_survive(encoding: str) -> None:
    data = n43(n43_11(0), n43_22(100), "2301TRANSFERENCIA DE PEÑA Y MUÑOZ", n43_33(0, [100]), encoding=encoding)
    assert heads_of(NORMA, data)[0].account.name == "TALLERES NÚÑEZ SL"
    assert entries_of(NORMA, data)[0].remittance == "TRANSFERENCIA DE PEÑA Y MUÑOZ"


def test_five_records_of_text_are_one_text() -> None:
    texts = [f"23{number:02}{'PAGO FACTURA ' + str(number):38}{'CONTINUA ' + str(number):38}" for number in range(1, 6)]
    (found,) = entries_of(NORMA, n43(n43_11(0), n43_22(-100), *texts, n43_33(0, [-100])))
    assert found.remittance.startswith("PAGO FACTURA 1 CONTINUA 1 PAGO FACTURA 2")
    assert found.remittance.endswith("CONTINUA 5")


def test_an_original_amount_keeps_its_currency_and_the_side_of_the_movement() -> None:
    (found,) = entries_of(NORMA, n43(n43_11(0), n43_22(-9_000), f"2401840{10_000:014}", n43_33(0, [-9_000])))
    assert (found.amount, found.original_amount, found.original_currency) == (-9_000, -10_000, "USD")


def test_several_spanish_accounts_in_several_currencies_are_several_statements() -> None:
    data = n43(
        n43_11(-5_000),
        n43_22(5_000),
        n43_33(-5_000, [5_000]),
        n43_11(700, currency="840", account="0200099999"),
        n43_33(700, [], currency="840", account="0200099999"),
    )
    assert [(head.account.identifier, head.currency, head.opening) for head in heads_of(NORMA, data)] == [
        ("0200051332", "EUR", -5_000),
        ("0200099999", "USD", 700),
    ]
    assert [foot.closing for foot in feet_of(NORMA, data)] == [0, 700]


def test_a_cancelled_charge_comes_back_with_the_sign_of_its_key() -> None:
    (found,) = entries_of(NORMA, n43(n43_11(0), n43_22(300, concept="98"), n43_33(0, [300])))
    assert (found.amount, found.is_reversal) == (300, True)


def test_the_two_spanish_references_are_one() -> None:
    (found,) = entries_of(NORMA, n43(n43_11(0), n43_22(300, reference=f"{'':12}{'FRA 2026/88':16}"), n43_33(0, [300])))
    assert found.entry_ref == "FRA 2026/88"


# ── BAI2 ────────────────────────────────────────────────────────────────────────────────────────


def bai(*records: str) -> bytes:
    return "".join(f"{record}\r\n" for record in records).encode()


def bai_file(*account: str, total: int, group: str = "02,CUSTOMER,121000248,1,260131,,USD,2/") -> bytes:
    n = len(account)
    return bai(
        "01,121000248,CUSTOMER,260201,0415,1,,,2/",
        group,
        *account,
        f"49,{total},{n + 1}/",
        f"98,{total},1,{n + 3}/",
        f"99,{total},1,{n + 5}/",
    )


def test_an_account_with_many_balances_over_several_lines_finds_its_ledger_ones() -> None:
    account = [
        "03,4121212121,USD,010,2500000,,,015,2600000,,,040,2400000,,,045,2500000,,",
        "88,072,0,,,074,0,,,100,100000,1,,400,0,0,/",
    ]
    data = bai_file(
        *account,
        "16,195,100000,0,FED123,CUSTREF,WIRE FROM ACME/",
        total=2_500_000 + 2_600_000 + 2_400_000 + 2_500_000 + 100_000 + 100_000,
    )
    assert (heads_of(BAI, data)[0].opening, feet_of(BAI, data)[0]) == (
        2_500_000,
        StatementFoot(2_600_000, date(2026, 1, 31)),
    )
    assert [warning.message for warning in warnings_of(BAI, data)] == []


def test_an_overdrawn_american_account_has_a_minus_in_its_balance() -> None:
    data = bai_file("03,1,,010,-5000,,,015,-4000,,/", "16,301,1000,Z,,,DEPOSIT/", total=-5_000 - 4_000 + 1_000)
    assert (heads_of(BAI, data)[0].opening, feet_of(BAI, data)[0].closing) == (-5_000, -4_000)


@pytest.mark.parametrize(
    ("funds", "reference"),
    [
        ("S,100,200,300", "R"),
        ("V,260203,", "R"),
        ("V,260203,1200", "R"),
        ("D,2,0,100,1,500", "R"),
        ("0", "R"),
        ("1", "R"),
        ("2", "R"),
        ("Z", "R"),
        ("", "R"),
    ],
)
def test_every_funds_type_leaves_the_references_in_place(funds: str, reference: str) -> None:
    (found,) = entries_of(BAI, bai_file("03,1,,,,,/", f"16,165,600,{funds},{reference},C7,ACH CREDIT/", total=600))
    assert (found.amount, found.entry_ref, found.end_to_end, found.remittance) == (600, "R", "C7", "ACH CREDIT")


def test_the_value_date_is_that_of_the_funds_type() -> None:
    (found,) = entries_of(BAI, bai_file("03,1,,,,,/", "16,165,600,V,260203,,R,C,T/", total=600))
    assert (found.booked_on, found.valued_on) == (date(2026, 1, 31), date(2026, 2, 3))


@pytest.mark.parametrize(
    ("code", "amount"),
    [
        ("108", 900),
        ("115", 900),
        ("142", 900),
        ("195", 900),
        ("475", -900),
        ("451", -900),
        ("495", -900),
        ("698", -900),
    ],
)
def test_the_type_code_says_which_way_the_money_went(code: str, amount: int) -> None:
    (found,) = entries_of(BAI, bai_file("03,1,,,,,/", f"16,{code},900,,,,/", total=900))
    assert found.amount == amount


def test_a_transaction_may_end_behind_its_amount() -> None:
    for record in ("16,475,900/", "16,475,900,/", "16,475,900,,/", "16,475,900,Z,/"):
        (found,) = entries_of(BAI, bai_file("03,1,,,,,/", record, total=900))
        assert (found.amount, found.remittance, found.entry_ref) == (-900, "", None)


def test_text_over_three_lines_keeps_its_commas_and_slashes() -> None:
    lines = ("16,165,900,Z,B1,C1,ORIG CO NAME: ACME, INC", "88,INV 2026/001, 2026/002", "88,THANK YOU/")
    (found,) = entries_of(BAI, bai_file("03,1,,,,,/", *lines, total=900))
    assert found.remittance == "ORIG CO NAME: ACME, INC INV 2026/001, 2026/002 THANK YOU"


@pytest.mark.parametrize(
    ("currency", "stated", "minor"), [("JPY", "1500", 1_500), ("KWD", "1500", 1_500), ("EUR", "1500", 1_500)]
)
def test_amounts_are_whole_units_of_the_accounts_currency(currency: str, stated: str, minor: int) -> None:
    (found,) = entries_of(BAI, bai_file(f"03,1,{currency},,,,/", f"16,165,{stated},,,,/", total=minor))
    assert (found.amount, found.currency) == (minor, currency)


@pytest.mark.parametrize(("modifier", "pending"), [("1", False), ("2", False), ("3", True), ("4", False), ("", False)])
def test_only_interim_data_of_the_same_day_waits(modifier: str, pending: bool) -> None:
    group = f"02,CUSTOMER,121000248,1,260131,1200,USD,{modifier}/"
    (found,) = entries_of(BAI, bai_file("03,1,,,,,/", "16,165,5,,,,/", total=5, group=group))
    assert found.pending is pending


def test_two_days_are_two_groups_and_two_statements() -> None:
    data = bai(
        "01,121000248,CUSTOMER,260201,0415,1,80,1,2/",
        "02,CUSTOMER,121000248,1,260130,,USD,2/", "03,1,,015,100,,/", "49,100,2/", "98,100,1,4/",
        "02,CUSTOMER,121000248,1,260131,,USD,2/", "03,1,,010,100,,,015,105,,/",
        "16,165,5,,,,/", "49,210,3/", "98,210,1,5/",
        "99,310,2,11/",
    )  # fmt: skip
    assert [(head.to_on, head.opening) for head in heads_of(BAI, data)] == [
        (date(2026, 1, 30), None),
        (date(2026, 1, 31), 100),
    ]


def test_a_file_of_canadian_dollars_says_so_at_the_group() -> None:
    data = bai_file("03,1,,,,,/", "16,165,5,,,,/", total=5, group="02,CUSTOMER,121000248,1,260131,,CAD,2/")
    assert heads_of(BAI, data)[0].currency == "CAD"
