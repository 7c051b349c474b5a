"""What is known of a company changes by name; the account on letters changes by four eyes and a day of waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from commands.web import build_web
from core.errors import CollectionsError, Invalid, NotAllowed, NotFound, Refused, Unavailable
from dunning.delivery import sender_of
from dunning.letter_text import LONGEST, text_problems
from receivables import letter_accounts
from receivables.account_numbers import names_an_account
from receivables.companies import add_company, change_company
from receivables.store import company_by_code
from receivables.tables import LetterAccount
from reports.today import tasks
from runtime import access
from runtime.clock import SetClock
from runtime.four_eyes import OPEN_FOR
from runtime.work import Actor, Role, Work
from tests.builders import OUR_IBAN, a_company

CLARA = Actor("user", "clara@nordwind.example", Role.MANAGER)
OMAR = Actor("user", "omar@nordwind.example", Role.ADMIN)
DESK = Actor("user", "desk@nordwind.example", Role.CONTROLLER)
ROBOT = Actor("key", "robot", Role.ADMIN)
PASSWORD = "a password for tests only"
THEIRS = "DE89370400440532013000"


@pytest.fixture
def book(system: System, clock: SetClock) -> System:
    def stage(work: Work) -> None:
        a_company(work)
        for person in (CLARA, OMAR, DESK):
            access.add_user(work, person.name, person.role, PASSWORD)

    system.house.write(stage)
    clock.at += timedelta(minutes=1)
    return system


def proposes(iban: str = THEIRS, reason: str = "New bank") -> Callable[[Work], LetterAccount]:
    return lambda work: letter_accounts.propose(work, company_by_code(work.session, "NW"), iban, "", reason)


def approves(account_id: UUID, seen: str) -> Callable[[Work], LetterAccount]:
    return lambda work: letter_accounts.approve(work, company_by_code(work.session, "NW"), account_id, seen)


def proposed(book: System) -> tuple[UUID, str]:
    made = book.house.write(proposes(), actor=CLARA)
    return made.id, made.proposed_hash


def on_letters(book: System) -> str | None:
    return book.house.read(lambda work: sender_of(work, company_by_code(work.session, "NW"), "")).iban


def test_an_account_two_people_agreed_on_stands_on_letters_a_day_later(book: System, clock: SetClock) -> None:
    book.house.write(approves(*proposed(book)), actor=OMAR)
    assert on_letters(book) == OUR_IBAN
    clock.at += letter_accounts.WAITS - timedelta(seconds=1)
    assert on_letters(book) == OUR_IBAN
    clock.at += timedelta(seconds=1)
    assert on_letters(book) == THEIRS


def test_everybody_at_the_desk_is_told_of_it_before_letters_name_it(book: System, clock: SetClock) -> None:
    def told() -> list[str]:
        return [each.title for each in book.house.read(lambda work: tasks(work), actor=DESK)]

    made = proposed(book)
    assert "Another account on letters of Nordwind Trading" in told()
    book.house.write(approves(*made), actor=OMAR)
    assert any("asks for payment to another account from" in each for each in told())
    clock.at += letter_accounts.WAITS
    assert not any("account" in each for each in told())


def test_an_approved_account_can_be_stopped_in_its_day_and_not_later(book: System, clock: SetClock) -> None:
    made = proposed(book)
    book.house.write(approves(*made), actor=OMAR)

    def stops(work: Work) -> LetterAccount:
        return letter_accounts.stop(work, company_by_code(work.session, "NW"), made[0])

    assert book.house.write(stops, actor=CLARA).state == "replaced"
    clock.at += letter_accounts.WAITS
    assert on_letters(book) == OUR_IBAN
    again = proposed(book)
    book.house.write(approves(*again), actor=OMAR)
    clock.at += letter_accounts.WAITS
    with pytest.raises(Refused):
        book.house.write(
            lambda work: letter_accounts.stop(work, company_by_code(work.session, "NW"), again[0]), actor=CLARA
        )


# ── ways to swap it, none of which works ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (CLARA, Refused),
        (Actor("user", "CLARA@nordwind.example", Role.MANAGER), Refused),
        (ROBOT, NotAllowed),
        (Actor("key", "clara@nordwind.example", Role.ADMIN), NotAllowed),
        (Actor("system", "duecourse", Role.ADMIN), NotAllowed),
        (DESK, NotAllowed),
        (Actor("user", "stranger@nordwind.example", Role.ADMIN), Refused),
    ],
    ids=["maker", "maker in capitals", "key", "key named as she", "job", "controller", "nobody"],
)
def test_no_one_alone_approves_it(book: System, actor: Actor, error: type[CollectionsError]) -> None:
    made = proposed(book)
    with pytest.raises(error):
        book.house.write(approves(*made), actor=actor)
    assert on_letters(book) == OUR_IBAN


@pytest.mark.parametrize("actor", [ROBOT, DESK, Actor("system", "duecourse", Role.ADMIN)], ids=["key", "desk", "job"])
def test_only_a_person_in_charge_proposes_it(book: System, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        book.house.write(proposes(), actor=actor)


def test_an_account_made_after_the_proposal_does_not_approve_it(book: System, clock: SetClock) -> None:
    made = proposed(book)
    clock.at += timedelta(minutes=1)
    young = Actor("user", "young@nordwind.example", Role.ADMIN)
    book.house.write(lambda work: access.add_user(work, young.name, young.role, PASSWORD))
    with pytest.raises(Refused, match="younger"):
        book.house.write(approves(*made), actor=young)


def test_a_proposal_changed_in_the_database_after_it_was_read_is_not_approved(book: System) -> None:
    account_id, seen = proposed(book)
    change = update(LetterAccount).where(LetterAccount.id == account_id).values(iban="GB82WEST12345698765432")
    book.house.write(lambda work: work.session.execute(change))
    with pytest.raises(Refused, match="not the account you saw"):
        book.house.write(approves(account_id, seen), actor=OMAR)


def test_an_approved_account_changed_in_the_database_stops_letters_and_names_nobody(
    book: System, clock: SetClock
) -> None:
    account_id, seen = proposed(book)
    book.house.write(approves(account_id, seen), actor=OMAR)
    clock.at += letter_accounts.WAITS
    change = update(LetterAccount).where(LetterAccount.id == account_id).values(iban="GB82WEST12345698765432")
    book.house.write(lambda work: work.session.execute(change))
    with pytest.raises(Unavailable, match="not the one that was approved"):
        on_letters(book)


@pytest.mark.parametrize(
    "values",
    [
        {"approver": "user:clara@nordwind.example", "state": "approved"},
        {"approver": "key:robot", "state": "approved"},
        {"state": "approved"},
        {"maker": "key:robot"},
    ],
    ids=["maker", "key", "nobody", "made by a key"],
)
def test_the_database_itself_refuses_one_pair_of_eyes(book: System, values: dict[str, Any]) -> None:
    account_id, seen = proposed(book)
    change = update(LetterAccount).where(LetterAccount.id == account_id).values(approved_hash=seen, **values)
    with pytest.raises(IntegrityError):
        book.house.write(lambda work: work.session.execute(change))


def test_a_proposal_dies_after_72_hours_and_when_a_newer_one_comes(book: System, clock: SetClock) -> None:
    old = proposed(book)
    newer = book.house.write(proposes("GB82WEST12345698765432"), actor=CLARA)
    with pytest.raises(Refused, match="withdrawn"):
        book.house.write(approves(*old), actor=OMAR)
    clock.at += OPEN_FOR
    with pytest.raises(Refused, match="72 hours"):
        book.house.write(approves(newer.id, newer.proposed_hash), actor=OMAR)


@pytest.mark.parametrize(
    "field", ["name", "legal_name", "street", "postal_code", "city", "vat_id", "phone", "signatory"]
)
@pytest.mark.parametrize("shape", [THEIRS, "DE89 3704 0044 0532 0130 00", "Pay to de89-3704-0044-0532-0130-00 please"])
def test_no_field_of_the_company_takes_an_account(book: System, field: str, shape: str) -> None:
    def do(work: Work) -> None:
        change_company(work, company_by_code(work.session, "NW"), {field: shape})

    with pytest.raises(Invalid, match="bank account"):
        book.house.write(do, actor=OMAR)


@pytest.mark.parametrize("part", sorted(LONGEST))
def test_no_letter_text_takes_an_account(part: str) -> None:
    parts = dict.fromkeys(LONGEST, "A line.")
    assert not list(text_problems(parts))
    for shape in ("Pay to DE89 3704 0044 0532 0130 00.", "Pay to DE8937{{ '' }}0400440532013000."):
        assert list(text_problems({**parts, part: shape}))


@pytest.mark.parametrize(
    "text", ["", "Invoice 2026-10234", "DE89370400440532013001", "VAT ESB12345678", "RE-" + "9" * 40]
)
def test_other_numbers_are_no_accounts(text: str) -> None:
    assert not names_an_account(text)


def test_neither_pushing_nor_the_api_of_companies_carries_an_account(book: System) -> None:
    key = book.house.write(lambda work: access.add_api_key(work, "admin", Role.ADMIN))
    with TestClient(build_web(book), headers={"Authorization": f"Bearer {key}"}) as api:
        one = api.get("/api/v1/companies/NW")
        etag = {"If-Match": one.headers["ETag"]}
        assert api.patch("/api/v1/companies/NW", json={"iban": THEIRS}, headers=etag).status_code == 422
        more = {"code": "X", "name": "X", "country": "ES", "iban": THEIRS}
        assert api.post("/api/v1/companies", json=more).status_code == 422
        proposal = {"iban": THEIRS, "reason": "x"}
        assert api.post("/api/v1/companies/NW/letter-accounts", json=proposal).status_code == 403
        assert api.get("/api/v1/companies/NW").json()["iban"] == OUR_IBAN


def test_somebody_at_the_desk_who_adds_a_company_does_not_name_its_account(book: System) -> None:
    with pytest.raises(NotAllowed):
        book.house.write(lambda work: add_company(work, "B", name="B", country="ES", iban=THEIRS), actor=OMAR)


# ── what is known of a company ──────────────────────────────────────────────────────────────────


def test_what_is_known_of_a_company_is_read_and_changed_by_programs(book: System) -> None:
    key = book.house.write(lambda work: access.add_api_key(work, "admin", Role.ADMIN))
    with TestClient(build_web(book), headers={"Authorization": f"Bearer {key}"}) as api:
        made = api.post("/api/v1/companies", json={"code": "FR", "name": "Nordwind SARL", "country": "fr"})
        assert made.status_code == 201, made.text
        assert (made.json()["country"], made.json()["legal_name"]) == ("FR", "Nordwind SARL")
        assert [each["code"] for each in api.get("/api/v1/companies").json()["data"]] == ["FR", "NW"]
        etag = {"If-Match": made.headers["ETag"]}
        changed = api.patch("/api/v1/companies/FR", json={"city": "Lyon", "language": "fr"}, headers=etag)
        assert (changed.json()["city"], changed.json()["version"]) == ("Lyon", 2)
        assert api.patch("/api/v1/companies/FR", json={"city": "Paris"}, headers=etag).status_code == 412
        bad = {"country": "FRA", "language": "xx", "time_zone": "Mars", "email": "no"}
        refused = api.patch("/api/v1/companies/FR", json=bad, headers={"If-Match": '"2"'})
        assert {each["field"] for each in refused.json()["errors"]} == set(bad)


def test_payment_terms_of_a_company_are_set_and_taken_away_by_every_road(book: System) -> None:
    key = book.house.write(lambda work: access.add_api_key(work, "admin", Role.ADMIN))

    def terms(api: TestClient) -> object:
        return api.get("/api/v1/companies/NW").json()["payment_terms_days"]

    with TestClient(build_web(book), headers={"Authorization": f"Bearer {key}"}) as api:

        def change(days: object) -> int:
            etag = {"If-Match": api.get("/api/v1/companies/NW").headers["ETag"]}
            return api.patch("/api/v1/companies/NW", json={"payment_terms_days": days}, headers=etag).status_code

        assert (change(30), terms(api), change(366), change(None), terms(api)) == (200, 30, 422, 200, None)
        said = CliRunner().invoke(build_cli(lambda: book), ["company", "set", "NW", "payment_terms_days=14"])
        assert (said.exit_code, terms(api)) == (0, 14)
        with TestClient(build_web(book), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
            desk.post("/login", data={"email": CLARA.name, "password": PASSWORD})
            page = desk.get("/companies/NW").text
            assert 'name="payment_terms_days"' in page
            form = {"name": "Nordwind", "country": "ES", "payment_terms_days": "soon"}
            assert "must be a whole number" in desk.post("/companies/NW", data=form).text
            assert "Saved." in desk.post("/companies/NW", data={**form, "payment_terms_days": "21"}).text
        assert terms(api) == 21


def test_a_company_keeps_its_name(book: System) -> None:
    with pytest.raises(Invalid, match="has a name"):
        book.house.write(lambda work: change_company(work, company_by_code(work.session, "NW"), {"name": " "}))


def test_the_machines_owner_sets_the_account_at_once(book: System, clock: SetClock) -> None:
    book.house.write(approves(*proposed(book)), actor=OMAR)
    clock.at += letter_accounts.WAITS
    newer = "GB82WEST12345698765432"
    book.house.write(
        lambda work: letter_accounts.set_by_owner(work, company_by_code(work.session, "NW"), newer, "WESTGB22")
    )
    assert on_letters(book) == newer


def test_an_unknown_proposal_is_not_found(book: System) -> None:
    with pytest.raises(NotFound):
        book.house.write(approves(UUID(int=7), "x"), actor=OMAR)
