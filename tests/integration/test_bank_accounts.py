"""Our bank accounts: added, renamed and closed by people and by programs; what is wrong with their statements."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from commands.system import System
from commands.web import build_web
from payments import store
from payments.freshness import freshness
from payments.readers.model import Account, Entry, Piece, StatementFoot, StatementHead
from payments.statements import store_statements
from payments.tables import BankAccount
from receivables.tables import ImportRun
from runtime import access
from runtime.ids import new_id
from runtime.work import Role, Work
from tests.builders import OUR_IBAN, TODAY, a_bank_account, a_company
from tests.integration.test_pages_desk import posted, shown, signed_in

THEIRS = "DE89370400440532013000"


@pytest.fixture
def api(system: System) -> TestClient:
    system.house.write(lambda work: a_company(work) and None)
    key = system.house.write(lambda work: access.add_api_key(work, "desk", Role.CONTROLLER))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})


def a_day(work: Work, days_ago: int, opening: int, closing: int, *, of_days: int = 1) -> None:
    """A statement of our account with one entry that ties its balances."""
    run = ImportRun(
        id=new_id(), kind="statement", file_name="day", sha256=str(new_id()), state="done", actor="test",
        started_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    account, to = a_bank_account(work), TODAY - timedelta(days=days_ago)
    head = StatementHead(Account(OUR_IBAN), "EUR", opening=opening, from_on=to - timedelta(days=of_days - 1), to_on=to)
    entry = Entry(to, to, closing - opening, "EUR", "builder", entry_ref=f"E{days_ago}")
    pieces: list[Piece] = [head, entry, StatementFoot(closing)]
    store_statements(work, "builder", pieces, run.id, lambda *_: account)


def known(system: System) -> list[tuple[str, str, str, bool]]:
    def look(work: Work) -> list[tuple[str, str, str, bool]]:
        found = store.bank_accounts(work.session)
        return [(each.identifier, each.currency, each.name, each.closed_on is not None) for each in found]

    return system.house.read(look)


def the_account(system: System) -> UUID:
    return system.house.read(lambda work: work.session.query(BankAccount).one().id)


def told(api: TestClient) -> Any:
    [account] = api.get("/api/v1/bank-accounts").json()["data"]
    return account


# ── by programs ─────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_added_once_and_by_its_bare_number(system: System, api: TestClient) -> None:
    body = {"account": "de89 3704 0044 0532 0130 00", "currency": "eur", "name": "Köln"}
    made = api.post("/api/v1/bank-accounts", json=body)
    assert (made.status_code, made.json()["account"], made.json()["chain"]) == (201, THEIRS, "none")
    again = api.post("/api/v1/bank-accounts", json=body)
    assert again.status_code == 409
    assert "known already" in again.json()["detail"]
    assert known(system) == [(THEIRS, "EUR", "Köln", False)]


@pytest.mark.parametrize("wrong", [{"account": " "}, {"account": "DE00370400440532013000"}, {"currency": "XXY"}])
def test_what_is_no_account_is_not_added(system: System, api: TestClient, wrong: dict[str, str]) -> None:
    answer = api.post("/api/v1/bank-accounts", json={"account": THEIRS, "currency": "EUR", **wrong})
    assert answer.status_code == 422
    assert known(system) == []


def test_an_account_tells_how_far_its_statements_reach_and_what_is_missing(system: System, api: TestClient) -> None:
    system.house.write(lambda work: a_day(work, 3, 0, 1_000))
    assert (told(api)["statements_to"], told(api)["chain"]) == (str(TODAY - timedelta(days=3)), "whole")
    system.house.write(lambda work: a_day(work, 1, 1_500, 2_000))
    assert told(api)["chain"] == "gap"


def test_a_closed_account_makes_nothing_stale_until_it_is_opened_again(system: System, api: TestClient) -> None:
    system.house.write(lambda work: a_day(work, 30, 0, 1_000))
    where = f"/api/v1/bank-accounts/{the_account(system)}"
    assert api.patch(where, json={"is_closed": True}).json()["closed_on"] == str(TODAY)
    assert api.patch(where, json={"is_closed": True}).status_code == 409
    assert system.house.read(lambda work: (freshness(work.session, TODAY), store.fresh_until(work.session))) == (
        {},
        None,
    )
    assert api.patch(where, json={"is_closed": False, "name": "Main"}).json()["name"] == "Main"
    assert system.house.read(lambda work: store.fresh_until(work.session)) == TODAY - timedelta(days=30)


# ── by people ───────────────────────────────────────────────────────────────────────────────────


def test_the_page_names_gaps_and_overlaps_and_leads_to_the_chain(system: System) -> None:
    system.house.write(lambda work: a_day(work, 5, 0, 1_000))
    system.house.write(lambda work: a_day(work, 3, 1_500, 2_000))
    system.house.write(lambda work: a_day(work, 2, 2_000, 2_500, of_days=3))
    with signed_in(system, Role.CONTROLLER) as desk:
        page = shown(desk, "/bank-accounts")
        assert "10.00 is missing" in page
        assert "begins before the one that ends" in page
        assert f"/bank-accounts/{the_account(system)}/chain" in page


def test_a_person_adds_renames_closes_and_opens_an_account(system: System) -> None:
    system.house.write(lambda work: a_company(work) and None)
    with signed_in(system, Role.CONTROLLER) as desk:
        assert "No account yet" in shown(desk, "/bank-accounts")
        assert "is no account number" in posted(desk, "/bank-accounts", account="DE00", currency="EUR")
        assert "was added" in posted(desk, "/bank-accounts", account=THEIRS, currency="EUR")
        where = f"/bank-accounts/{the_account(system)}"
        assert "Köln &lt;b&gt;" in posted(desk, f"{where}/rename", name="Köln <b>")
        assert "is closed" in posted(desk, f"{where}/close")
        assert known(system) == [(THEIRS, "EUR", "Köln <b>", True)]
        assert "closed already" in posted(desk, f"{where}/close")
        assert "is open again" in posted(desk, f"{where}/reopen")
    assert known(system) == [(THEIRS, "EUR", "Köln <b>", False)]


def test_who_only_looks_sees_no_form(system: System) -> None:
    system.house.write(lambda work: a_bank_account(work) and None)
    with signed_in(system, Role.VIEWER) as desk:
        page = shown(desk, "/bank-accounts")
        assert OUR_IBAN in page
        assert "/rename" not in page
