"""Statements come in: proven or quarantined, joined to the ones before, each movement once, each account its own."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Refused
from core.money import parse_minor
from core.problems import Problem
from payments import incoming, statements, store
from payments.bank_accounts import close_account
from payments.errors import UnknownAccount
from payments.imports import import_statement
from payments.readers.model import Account, Entry, Piece, StatementFoot, StatementHead
from payments.statements import StatementIntake
from payments.tables import BankAccount, BankEntry, Statement
from receivables.imports import Handed, Held, Imported
from receivables.tables import ImportRun, Posting
from reports.invariants import violations
from runtime import access
from runtime.house import House
from runtime.ids import new_id
from runtime.work import HOUSE, Role, Work
from tests import builders as a

DAY = date(2026, 5, 31)


def entry(amount: str, on: date = DAY, **more: Any) -> Entry:
    return Entry(on, on, parse_minor(amount, "EUR"), "EUR", "test", **more)


def a_run(work: Work) -> ImportRun:
    run = ImportRun(
        id=new_id(), kind="statement", file_name="f", sha256=str(new_id()), state="running", actor="test",
        started_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    return run


def take(
    house: House,
    *entries: Entry,
    opening: str | None = None,
    closing: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    number: str = "",
    format_name: str = "camt053",
    doubt: str | None = None,
) -> StatementIntake:
    """One statement of our account through the door; without balances unless they are named."""

    def do(work: Work) -> StatementIntake:
        account = a.a_bank_account(work)
        balances = [None if each is None else parse_minor(each, "EUR") for each in (opening, closing)]
        pieces: list[Piece] = [
            StatementHead(Account(a.OUR_IBAN), "EUR", None, number or None, balances[0], from_on, to_on),
            *entries,
            StatementFoot(balances[1], doubt=doubt),
        ]
        return statements.store_statements(work, format_name, pieces, a_run(work).id, lambda *_: account)

    return house.write(do)


def stored(house: House) -> list[tuple[date, int, int]]:
    columns = (BankEntry.booked_on, BankEntry.amount, BankEntry.occurrence)
    return sorted(house.read(lambda work: [tuple(row) for row in work.session.query(*columns)]))


def messages(intake: StatementIntake) -> list[str]:
    return [problem.message for problem in intake.problems]


def all_holds(house: House) -> None:
    keys = {"settings": b"a key for tests only, 32 characters"}
    assert house.read(lambda work: list(violations(work.session, keys))) == []


# ── the balance proof ───────────────────────────────────────────────────────────────────────────


def test_a_statement_that_ties_is_in_the_books(house: House) -> None:
    take(house, entry("10.00"), entry("-4.00"), opening="1.00", closing="7.00")
    assert house.read(lambda work: work.session.query(Posting).filter_by(cause="booked").count()) == 2
    all_holds(house)


def test_a_statement_that_does_not_tie_waits_until_a_person_releases_it_with_a_reason(house: House) -> None:
    intake = take(house, entry("10.00"), opening="1.00", closing="12.00")
    assert intake.quarantined == 1
    assert any("misses the closing balance by 1.00 EUR" in each for each in messages(intake))
    assert house.read(lambda work: work.session.query(Posting).count()) == 0
    all_holds(house)

    def release(work: Work) -> None:
        held = work.session.query(Statement).one()
        statements.release_statement(work, held, "the bank confirmed it")
        with pytest.raises(Refused):
            statements.release_statement(work, held, "twice")

    house.write(release)
    assert house.read(lambda work: work.session.query(Posting).count()) == 1
    all_holds(house)


def test_a_statement_whose_sums_the_bank_states_otherwise_waits_although_it_ties(house: House) -> None:
    intake = take(house, entry("10.00"), opening="0.00", closing="10.00", doubt="The bank counts 11.00 of credits.")
    assert intake.quarantined == 1
    assert messages(intake) == ["The bank counts 11.00 of credits."]
    assert house.read(lambda work: work.session.query(Posting).count()) == 0
    all_holds(house)


@pytest.mark.parametrize(("opening", "closing", "missing"), [("1.00", None, "closing"), (None, "1.00", "opening")])
def test_one_balance_without_the_other_is_named(
    house: House, opening: str | None, closing: str | None, missing: str
) -> None:
    intake = take(house, entry("10.00"), opening=opening, closing=closing)
    assert any(f"no {missing} balance" in each for each in messages(intake))
    assert intake.quarantined == 0


def test_the_corrected_statement_takes_the_entries_over_from_the_one_in_quarantine(house: House) -> None:
    take(house, entry("10.00"), opening="0.00", closing="15.00")
    intake = take(house, entry("10.00"), entry("5.00"), opening="0.00", closing="15.00")
    assert (intake.created, intake.unchanged, intake.quarantined) == (1, 1, 0)
    assert house.read(lambda work: work.session.query(Posting).count()) == 2
    all_holds(house)


# ── the chain ───────────────────────────────────────────────────────────────────────────────────


def test_a_gap_between_two_statements_is_said_with_days_and_amounts(house: House) -> None:
    take(house, entry("200.00"), opening="1000.00", closing="1200.00", from_on=DAY, to_on=DAY)
    june = date(2026, 6, 3)
    intake = take(house, entry("1.00", june), opening="1450.00", closing="1451.00", from_on=june, to_on=june)
    assert "Between 31 May (1,200.00) and 3 June (1,450.00) 250.00 is missing." in messages(intake)


def test_the_missing_statement_closes_the_gap_when_it_comes_late(house: House) -> None:
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    take(house, entry("1.00", days[0]), opening="0.00", closing="1.00", from_on=days[0], to_on=days[0])
    take(house, entry("3.00", days[2]), opening="3.00", closing="6.00", from_on=days[2], to_on=days[2])
    intake = take(house, entry("2.00", days[1]), opening="1.00", closing="3.00", from_on=days[1], to_on=days[1])
    assert messages(intake) == []


def test_statements_of_one_day_join_in_the_order_of_their_balances(house: House) -> None:
    for opening, closing in (("3.00", "6.00"), ("0.00", "1.00"), ("1.00", "3.00")):
        amount = f"{float(closing) - float(opening):.2f}"
        last = take(house, entry(amount), opening=opening, closing=closing, from_on=DAY, to_on=DAY)
    assert messages(last) == []


def test_an_overlap_is_said_and_its_entries_are_kept_once(house: House) -> None:
    later = DAY + timedelta(days=2)
    both = [entry("1.00", DAY, end_to_end="A"), entry("2.00", later, end_to_end="B")]
    take(house, *both, opening="0.00", closing="3.00", from_on=DAY, to_on=later)
    after = later + timedelta(days=1)
    intake = take(
        house,
        both[1],
        entry("4.00", after),
        opening="1.00",
        closing="7.00",
        from_on=DAY + timedelta(days=1),
        to_on=after,
    )
    assert any("begins before the one that ends on 2 June" in each for each in messages(intake))
    assert (intake.created, intake.unchanged) == (1, 1)


def test_the_very_same_statement_again_is_no_gap_and_no_overlap(house: House) -> None:
    same = {"opening": "0.00", "closing": "3.00", "from_on": DAY, "to_on": DAY, "number": "7"}
    take(house, entry("3.00"), **same)  # type: ignore[arg-type]
    intake = take(house, entry("3.00"), **same)  # type: ignore[arg-type]
    assert messages(intake) == []
    assert (intake.created, intake.unchanged) == (0, 1)


def test_a_number_given_twice_in_a_year_is_said_and_next_year_it_is_a_new_one(house: House) -> None:
    days = [DAY, DAY + timedelta(days=1), DAY.replace(year=2027)]
    found = [
        take(house, entry("1.00", day), opening=f"{n}.00", closing=f"{n + 1}.00", from_on=day, to_on=day, number="12")
        for n, day in enumerate(days)
    ]
    assert [any("Number 12 was given to 2 statements of 2026" in each for each in messages(one)) for one in found] == [
        False, True, False,
    ]  # fmt: skip


def test_a_bank_that_numbers_nothing_is_not_blamed(house: House) -> None:
    for n in range(4):
        day = DAY + timedelta(days=n)
        last = take(
            house, entry("1.00", day), opening=f"{n}.00", closing=f"{n + 1}.00", from_on=day, to_on=day, number="0"
        )
    assert messages(last) == []


# ── in parts ────────────────────────────────────────────────────────────────────────────────────


def many(count: int, days: int) -> list[Entry]:
    return [
        entry(f"{n % 7 + 1}.00", DAY + timedelta(days=n % days), end_to_end=f"E{n}", remittance=f"Invoice {n:06d}")
        for n in range(count)
    ]


@pytest.mark.parametrize("in_order", [True, False], ids=["day by day", "days mixed"])
def test_a_statement_larger_than_a_part_is_stored_once_and_known_again(house: House, in_order: bool) -> None:
    entries = many(2 * incoming.A_PART + 17, 9)
    if in_order:
        entries.sort(key=lambda each: each.booked_on)
    first, again = take(house, *entries), take(house, *entries)
    assert (first.created, first.unchanged, again.created, again.unchanged) == (len(entries), 0, 0, len(entries))
    assert len({row[2:] + row[:2] for row in stored(house)}) == len(entries)


def test_equal_movements_of_a_day_that_comes_back_are_counted_on(house: House) -> None:
    filling = many(incoming.A_PART, 1)
    elsewhere = [entry("5.55", DAY + timedelta(days=3))]
    entries = [entry("9.99"), *filling, *elsewhere, entry("9.99"), entry("9.99")]
    for wanted in (len(entries), 0):
        assert take(house, *entries).created == wanted
    assert [each[2] for each in stored(house) if each[1] == 999] == [1, 2, 3]


def test_a_file_that_breaks_off_leaves_nothing(house: House) -> None:
    def pieces() -> Any:
        yield StatementHead(Account(a.OUR_IBAN), "EUR")
        yield from many(incoming.A_PART + 5, 3)
        raise Refused("cut short")

    def do(work: Work) -> None:
        account = a.a_bank_account(work)
        statements.store_statements(work, "camt053", pieces(), a_run(work).id, lambda *_: account)

    with pytest.raises(Refused):
        house.write(do)
    assert stored(house) == []
    assert house.read(lambda work: work.session.query(Statement).count()) == 0


# ── announced, then booked ──────────────────────────────────────────────────────────────────────


def test_an_announced_movement_is_booked_once_even_on_another_day(house: House) -> None:
    take(house, entry("50.00", pending=True, end_to_end="E1", remittance="Invoice 17"), format_name="camt052")
    assert house.read(lambda work: work.session.query(Posting).count()) == 0
    booked = entry("50.00", DAY + timedelta(days=1), end_to_end="E1", remittance="Invoice 17")
    intake = take(house, booked)
    assert (intake.created, intake.settled) == (0, 1)
    assert stored(house) == [(DAY + timedelta(days=1), 5000, 1)]
    assert take(house, booked).unchanged == 1
    all_holds(house)


# ── whose account ───────────────────────────────────────────────────────────────────────────────

MT940 = """:20:T
:25:{account}
:28C:1/1
:60F:C260530EUR0,00
:61:2605310531C10,00NTRFNONREF//B1
:86:Invoice 17
:62F:C260531EUR10,00
-
"""


def hand_in(house: House, folder: Path, named: str, **said: Any) -> Imported:
    path = folder / f"{new_id()}.sta"
    path.write_text(MT940.format(account=named), encoding="ascii")
    run = house.write(a_run)
    imported = Imported(run.id, "statement", path.name)
    with path.open("rb") as source:
        import_statement(house, HOUSE, Handed("statement", path, path.name, **said), source, imported, lambda _: None)
    return imported


def with_account(house: House, identifier: str, currency: str = "EUR") -> None:
    house.write(lambda work: statements.add_bank_account(work, a.a_company(work).id, identifier, currency))


def warnings(imported: Imported) -> list[str]:
    return [problem.message for problem in imported.problems if isinstance(problem, Problem)]


def test_the_first_account_of_a_currency_is_adopted_and_says_so(house: House, tmp_path: Path) -> None:
    house.write(lambda work: a.a_company(work))
    imported = hand_in(house, tmp_path, "DE89370400440532013000")
    assert imported.created == 1
    assert any("was new and now belongs to Nordwind" in each for each in warnings(imported))


def test_a_statement_of_a_closed_account_counts_and_says_so(house: House, tmp_path: Path) -> None:
    with_account(house, a.OUR_IBAN)
    house.write(lambda work: close_account(work, store.bank_accounts(work.session)[0]))
    imported = hand_in(house, tmp_path, a.OUR_IBAN)
    assert imported.created == 1
    assert any("was closed on 2026-11-20" in each for each in warnings(imported))


@pytest.mark.parametrize(("currency", "said"), [(None, "of, nor its currency. Name"), ("EUR", "of. Name")])
def test_a_file_that_names_no_account_asks_for_it_in_words(currency: str | None, said: str) -> None:
    assert f"The file does not say which account it is {said}" in str(UnknownAccount("", currency))


def test_a_second_unknown_account_is_held_with_a_question_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    with_account(house, a.OUR_IBAN)
    with pytest.raises(Held, match="which no company has") as held:
        hand_in(house, tmp_path, "DE89370400440532013000")
    assert held.value.question == {"asks": "account", "account": "DE89370400440532013000", "currency": "EUR"}
    assert stored(house) == []
    assert hand_in(house, tmp_path, "DE89370400440532013000", adopts_accounts=True).created == 1


@pytest.mark.parametrize(
    ("iban", "named"),
    [
        ("DE89370400440532013000", "37040044/0532013000"),
        ("DE89370400440532013000", "37040044/532013000"),
        ("ES9121000418450200051332", "21000418450200051332"),
        ("ES9121000418450200051332", "0200051332"),
        ("NL91ABNA0417164300", "0417164300"),
        ("FR1420041010050500013M02606", "0500013M026"),
        ("BE68539007547034", "539007547034"),
        ("PL61109010140000071219812874", "0000071219812874"),
        ("GB29NWBK60161331926819", "60161331926819"),
        ("PT50000201231234567890154", "12345678901"),
        ("IT60X0542811101000000123456", "000000123456"),
        ("AT611904300234573201", "00234573201"),
    ],
)
def test_a_national_number_finds_the_iban_it_stands_in(house: House, tmp_path: Path, iban: str, named: str) -> None:
    with_account(house, iban)
    hand_in(house, tmp_path, named)
    accounts = house.read(lambda work: [each.identifier for each in store.bank_accounts(work.session)])
    assert accounts == [iban]
    assert len(stored(house)) == 1


def test_an_iban_finds_the_account_that_was_known_by_its_national_number(house: House, tmp_path: Path) -> None:
    with_account(house, "0532013000")
    hand_in(house, tmp_path, "DE89370400440532013000")
    assert house.read(lambda work: work.session.query(BankAccount).count()) == 1


def test_a_national_number_two_accounts_could_have_is_a_question(house: House, tmp_path: Path) -> None:
    with_account(house, "DE89370400440532013000")
    with_account(house, "DE24100500000532013000")
    with pytest.raises(Held):
        hand_in(house, tmp_path, "0532013000")
    hand_in(house, tmp_path, "37040044/0532013000")
    assert len(stored(house)) == 1


def test_another_currency_than_the_accounts_is_a_question(house: House, tmp_path: Path) -> None:
    with_account(house, "DE89370400440532013000", "USD")
    with pytest.raises(Held, match="in EUR, but account DE89370400440532013000 is kept in USD"):
        hand_in(house, tmp_path, "DE89370400440532013000")


def test_the_persons_word_names_the_account_a_file_names_badly(house: House, tmp_path: Path) -> None:
    with_account(house, a.OUR_IBAN)
    with pytest.raises(Held):
        hand_in(house, tmp_path, "CURRENT-1")
    imported = hand_in(house, tmp_path, "CURRENT-1", account=a.OUR_IBAN)
    assert imported.created == 1
    assert any("as you said" in each for each in warnings(imported))


def test_the_persons_word_does_not_outweigh_another_iban_in_the_file(house: House, tmp_path: Path) -> None:
    with_account(house, a.OUR_IBAN)
    with pytest.raises(Held, match="not for"):
        hand_in(house, tmp_path, "DE89370400440532013000", account=a.OUR_IBAN)


# ── over the API and at the desk ────────────────────────────────────────────────────────────────


@pytest.fixture
def client(system: System) -> Iterator[TestClient]:
    """A controller signed in, who uses the API from the same browser."""
    password = "a password for tests only"
    system.house.write(lambda work: access.add_user(work, "you@nordwind.example", Role.CONTROLLER, password))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "you@nordwind.example", "password": password}, follow_redirects=False)
        yield client


def test_the_chain_can_be_asked_for(house: House, client: TestClient) -> None:
    take(house, entry("200.00"), opening="1000.00", closing="1200.00", from_on=DAY, to_on=DAY)
    june = date(2026, 6, 3)
    take(house, entry("1.00", june), opening="1450.00", closing="1451.00", from_on=june, to_on=june)
    account = client.get("/api/v1/bank-accounts").json()["data"][0]["id"]
    answer = client.get(f"/api/v1/bank-accounts/{account}/chain").json()
    assert [each["finding"] for each in answer["data"]] == ["first", "gap"]
    assert answer["data"][1]["missing"] == "250.00"
    assert answer["is_whole"] is False
    assert "250.00 is missing" in client.get("/statements").text
    assert "250.00 is missing" in client.get(f"/bank-accounts/{account}/chain").text


def test_a_quarantined_statement_is_released_over_the_api(house: House, client: TestClient) -> None:
    take(house, entry("10.00"), opening="1.00", closing="12.00")
    statement = client.get("/api/v1/statements").json()["data"][0]
    assert statement["state"] == "quarantined"
    released = client.post(f"/api/v1/statements/{statement['id']}/release", json={"reason": "checked with the bank"})
    assert released.json() == {"id": statement["id"], "state": "released"}


def test_a_return_is_settled_over_the_api_and_at_the_desk(house: House, client: TestClient) -> None:
    take(house, entry("30.00", end_to_end="A"), entry("30.00", end_to_end="B"))
    take(house, entry("-30.00", DAY + timedelta(days=2), is_reversal=True))
    (waiting,) = client.get("/api/v1/returns").json()["data"]
    assert len(waiting["payments"]) == 2
    page = client.get("/statements").text
    assert "Taken back by the bank" in page
    assert waiting["payments"][0]["id"] in page
    body = {"payment": waiting["payments"][0]["id"]}
    answer = client.post(f"/api/v1/bank-entries/{waiting['id']}/returns", json=body).json()
    assert answer == {"id": waiting["id"], "state": "applied", "returns": body["payment"]}
    assert client.get("/api/v1/returns").json()["data"] == []
    all_holds(house)


def test_a_part_of_a_payment_is_taken_back_over_the_api_and_at_the_desk(house: House, client: TestClient) -> None:
    numbers = ("F-1001", "F-1002", "F-1003")
    house.write(lambda work: [a.a_customer(work), *(a.an_invoice(work, each) for each in numbers)])
    take(house, entry("300.00"))
    collected = client.get("/api/v1/bank-entries").json()["data"][0]["id"]
    lines = [{"invoice_number": each, "amount": "100.00"} for each in numbers]
    placed = client.post(f"/api/v1/bank-entries/{collected}/allocations", json={"allocations": lines})
    assert placed.status_code == 201
    later = DAY + timedelta(days=2)
    take(house, entry("-100.00", later, is_reversal=True), entry("-103.00", later, is_reversal=True, charges=300))
    first, second = client.get("/api/v1/returns").json()["data"]
    assert [each["invoice_number"] for each in first["parts"]] == list(numbers)
    wrong = {"payment": collected, "parts": [{"invoice_number": "F-1002", "amount": "lots"}]}
    refused = client.post(f"/api/v1/bank-entries/{first['id']}/returns", json=wrong)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/parts/0/amount")
    body = {"payment": collected, "parts": [{"invoice_number": "F-1002", "amount": "100.00"}]}
    answer = client.post(f"/api/v1/bank-entries/{first['id']}/returns", json=body).json()
    assert answer == {"id": first["id"], "state": "applied", "returns": collected}
    page = client.get("/statements").text
    assert f'value="{collected} F-1003"' in page
    assert f'value="{collected} F-1002"' not in page
    chosen = {"payment": f"{collected} F-1003"}
    client.post(f"/bank-entries/{second['id']}/returns", data=chosen, headers={"Sec-Fetch-Site": "same-origin"})
    assert client.get("/api/v1/returns").json()["data"] == []
    opened = house.read(lambda work: [a.the_item(work, each).open for each in numbers])
    assert opened == [0, 100_00, 100_00]
    all_holds(house)
