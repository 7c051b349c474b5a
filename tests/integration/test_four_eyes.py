"""A raise of a credit limit needs two people: proposed by one, approved by another, exactly as it was seen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import NotAllowed, NotFound, Refused
from core.money import Money
from credit import approvals, store
from credit.service import set_limit
from credit.tables import CreditLimit, LimitProposal
from receivables.store import customer_by_external_id
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.tables import AuditEntry
from runtime.work import HOUSE, Actor, Role, Work
from tests.builders import a_company, a_customer

CLARA = Actor("user", "clara@nordwind.example", Role.MANAGER)
OMAR = Actor("user", "omar@nordwind.example", Role.ADMIN)
DESK = Actor("user", "desk@nordwind.example", Role.CONTROLLER)
ROBOT = Actor("key", "robot", Role.ADMIN)
PASSWORD = "a password for tests only"


@pytest.fixture
def book(system: System, clock: SetClock) -> System:
    """ACME may owe 1,000.00; Clara, Omar and the desk have been here for a while."""

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        for person in (CLARA, OMAR, DESK):
            access.add_user(work, person.name, person.role, PASSWORD)
        set_limit(work, customer_by_external_id(work.session, "ACME"), Money(100_000, "EUR"), "first")

    system.house.write(stage)
    clock.at += timedelta(minutes=1)
    return system


def sets(amount: str, **more: Any) -> Callable[[Work], LimitProposal | None]:
    minor = int(amount.replace(".", ""))
    return lambda work: set_limit(
        work, customer_by_external_id(work.session, "ACME"), Money(minor, "EUR"), "Review", **more
    )


def proposed(book: System, amount: str = "5000.00") -> tuple[UUID, str]:
    made = book.house.write(sets(amount), actor=CLARA)
    assert made is not None
    return made.id, made.proposed_hash


def approves(book: System, actor: Actor, proposal: tuple[UUID, str]) -> None:
    book.house.write(lambda work: approvals.approve(work, *proposal), actor=actor)


def limit(book: System) -> int:
    def read(work: Work) -> int:
        customer = customer_by_external_id(work.session, "ACME")
        return store.limits(work.session, {customer.id}, work.today)[customer.id, "EUR"]

    return book.house.read(read)


def test_a_raise_is_in_force_when_a_second_person_approves_it(book: System) -> None:
    proposal = proposed(book)
    assert limit(book) == 100_000
    approves(book, OMAR, proposal)
    assert limit(book) == 500_000
    log = book.house.read(lambda work: {each.action: each.actor for each in work.session.query(AuditEntry)})
    assert (log["credit.raise_proposed"], log["credit.raise_approved"]) == (str(CLARA), str(OMAR))


def test_a_lowered_limit_needs_nobody_else(book: System) -> None:
    assert book.house.write(sets("400.00"), actor=CLARA) is None
    assert limit(book) == 40_000


# ── self-approval, in disguise ──────────────────────────────────────────────────────────────────


def test_1_nobody_approves_their_own_raise(book: System) -> None:
    with pytest.raises(Refused, match="somebody else"):
        approves(book, CLARA, proposed(book))
    assert limit(book) == 100_000


def test_2_nor_under_the_same_name_written_otherwise(book: System) -> None:
    shouting = Actor("user", "CLARA@Nordwind.example", Role.ADMIN)
    with pytest.raises(Refused, match="somebody else"):
        approves(book, shouting, proposed(book))


def test_3_nor_with_a_key(book: System) -> None:
    proposal = proposed(book)
    for program in (ROBOT, HOUSE):
        with pytest.raises(NotAllowed, match="program"):
            approves(book, program, proposal)
    assert limit(book) == 100_000


def test_4_nor_by_letting_a_key_propose(book: System) -> None:
    with pytest.raises(NotAllowed, match="person"):
        book.house.write(sets("5000.00"), actor=ROBOT)


def test_5_nor_by_editing_what_was_proposed(book: System) -> None:
    proposal = proposed(book, "1000.01")
    book.house.write(lambda work: work.session.execute(update(LimitProposal).values(amount=99_900_000)))
    with pytest.raises(Refused, match="not the proposal you saw"):
        approves(book, OMAR, proposal)
    assert limit(book) == 100_000


def test_6_nor_by_exchanging_it_for_another(book: System) -> None:
    seen = proposed(book, "1000.01")
    other = proposed(book, "9000.00")
    with pytest.raises(Refused, match="withdrawn"):
        approves(book, OMAR, seen)
    with pytest.raises(Refused, match="not the proposal you saw"):
        approves(book, OMAR, (other[0], seen[1]))
    assert limit(book) == 100_000


def test_7_nor_by_waiting(book: System, clock: SetClock) -> None:
    proposal = proposed(book)
    clock.at += timedelta(hours=72)
    with pytest.raises(Refused, match="72 hours"):
        approves(book, OMAR, proposal)
    clock.at -= timedelta(seconds=1)
    approves(book, OMAR, proposal)


def test_8_nor_by_replaying_an_approval(book: System) -> None:
    proposal = proposed(book)
    approves(book, OMAR, proposal)
    book.house.write(sets("100.00"), actor=CLARA)
    with pytest.raises(Refused, match="approved already"):
        approves(book, OMAR, proposal)
    assert limit(book) == 10_000


def test_9_nor_with_an_account_made_for_the_purpose(book: System, clock: SetClock) -> None:
    proposal = proposed(book)
    clock.at += timedelta(minutes=1)
    puppet = Actor("user", "clara2@nordwind.example", Role.MANAGER)
    book.house.write(lambda work: access.add_user(work, puppet.name, puppet.role, PASSWORD))
    with pytest.raises(Refused, match="younger"):
        approves(book, puppet, proposal)


def test_10_nor_after_the_maker_is_gone_or_the_approver_lost_the_right(book: System) -> None:
    proposal = proposed(book)
    with pytest.raises(NotAllowed):
        approves(book, Actor("user", OMAR.name, Role.CONTROLLER), proposal)
    book.house.write(lambda work: access.set_disabled(work, CLARA.name, True))
    with pytest.raises(Refused, match="gone"):
        approves(book, OMAR, proposal)


def test_11_nor_in_steps_detours_or_time(book: System) -> None:
    assert book.house.write(sets("500.00"), actor=CLARA) is None
    tomorrow = book.house.today() + timedelta(days=1)
    for raising in (sets("600.00"), sets("500.01"), sets("600.00", from_on=tomorrow), sets("600.00", until=tomorrow)):
        assert book.house.write(raising, actor=CLARA) is not None
    assert limit(book) == 50_000


def test_12_nor_by_a_file_of_somebody_who_may_not_set_limits(book: System) -> None:
    book.house.write(lambda work: a_customer(work, "ACME", credit_limit="9000.00"), actor=DESK)
    assert limit(book) == 100_000

    def waiting(work: Work) -> tuple[str, tuple[UUID, str]]:
        ((made, _),) = approvals.open_proposals(work)
        return made.maker, (made.id, made.proposed_hash)

    maker, proposal = book.house.read(waiting)
    assert maker == str(DESK)
    approves(book, OMAR, proposal)
    assert limit(book) == 900_000


def test_13_nor_past_the_database(book: System) -> None:
    proposal, seen = proposed(book)
    for approver, digest in ((str(CLARA), seen), (str(CLARA).upper().replace("USER", "user"), seen),
                             (str(ROBOT), seen), (str(OMAR), "0" * 64)):  # fmt: skip
        with pytest.raises(IntegrityError, match="four_eyes"):
            book.house.write(
                lambda work, approver=approver, digest=digest: work.session.execute(  # type: ignore[misc]
                    update(LimitProposal)
                    .where(LimitProposal.id == proposal)
                    .values(state="approved", approver=approver, approved_hash=digest, decided_at=work.now)
                )
            )


def proven(book: System) -> list[str]:
    keys = dict(book.audit_keys)
    return [each for each in book.house.read(lambda work: list(violations(work.session, keys))) if "I13" in each]


def test_the_check_finds_a_raise_nobody_approved_and_one_changed_after_it_was_approved(book: System) -> None:
    approves(book, OMAR, proposed(book))
    assert proven(book) == []
    book.house.write(
        lambda work: work.session.execute(
            update(CreditLimit).where(CreditLimit.amount == 500_000).values(amount=900_000)
        )
    )
    assert ["nobody approved it" in each for each in proven(book)] == [True]
    book.house.write(lambda work: work.session.execute(update(LimitProposal).values(amount=900_000)))
    assert ["is not what was proposed and approved" in each for each in proven(book)] == [True]


# ── by the roads people use ─────────────────────────────────────────────────────────────────────


def signed_in(book: System, who: Actor) -> TestClient:
    client = TestClient(build_web(book), headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
    client.post("/login", data={"email": who.name, "password": PASSWORD})
    return client


def test_over_the_api_a_raise_is_accepted_for_approval_and_read_by_the_other(book: System) -> None:
    with signed_in(book, CLARA) as clara, signed_in(book, OMAR) as omar:
        etag = clara.get("/api/v1/customers/ACME/credit").headers["ETag"]
        body = {"amount": "5000.00", "currency": "EUR", "insured": "2000.00", "reason": "Good year"}
        answer = clara.put("/api/v1/customers/ACME/credit-limit", json=body, headers={"If-Match": etag})
        assert (answer.status_code, answer.json()["credit"][0]["limit"]) == (202, "1000.00")
        (waiting,) = omar.get("/api/v1/credit/limit-proposals").json()["data"]
        path = f"/api/v1/credit/limit-proposals/{waiting['id']}"
        assert clara.post(f"{path}/approve", json={"hash": waiting["hash"]}).status_code == 409
        assert omar.post(f"{path}/approve", json={"hash": "0" * 64}).status_code == 409
        assert omar.post(f"{path}/approve", json={"hash": waiting["hash"]}).status_code == 200
        (account,) = omar.get("/api/v1/customers/ACME/credit").json()["credit"]
        assert (account["limit"], account["insured"]) == ("5000.00", "2000.00")


def test_on_the_page_the_maker_may_take_a_raise_back_and_the_other_approves_it(book: System) -> None:
    form = {"customer": "ACME", "amount": "5000.00", "currency": "EUR", "reason": "Good year"}
    with signed_in(book, CLARA) as clara, signed_in(book, OMAR) as omar:
        page = clara.post("/credit/limits", data=form).text
        assert "Somebody else has to approve it" in page
        assert "Take back" in page
        assert "/approve" not in page
        (waiting,) = omar.get("/api/v1/credit/limit-proposals").json()["data"]
        assert waiting["hash"] in omar.get("/credit").text
        answer = omar.post(f"/credit/limit-proposals/{waiting['id']}/approve", data={"seen": waiting["hash"]})
        assert "is raised to 5000.00 EUR" in answer.text
    assert limit(book) == 500_000


def test_there_is_no_approving_what_is_not_there(book: System) -> None:
    with pytest.raises(NotFound):
        approves(book, OMAR, (UUID(int=0), "0" * 64))
