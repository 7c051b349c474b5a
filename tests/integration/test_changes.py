"""The feed of changes: what happened here, told once, in the order of the commits, on both databases."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from credit import holds
from disputes import service as disputes
from disputes.service import Contest
from dunning import contacts, pauses, payment_plans, plan_store
from dunning.payment_plans import Asked, make_plan
from dunning.plans import Instalment
from dunning.run import approve, plan_run
from dunning.tables import Pause, Promise
from exchange.feed import News, changes_after, last_number, tell
from exchange.handlers import RECORDED
from exchange.kinds import KINDS
from payments import service as cash
from payments.matching.book import Tolerance
from payments.reconciliation import reconcile
from payments.service import Placing
from payments.tables import Allocation, BankEntry
from receivables import service
from receivables.store import customer_by_external_id, invoice_by_number
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, an_invoice_row, money_in, the_item
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer

ACME_IBAN = "ES9121000418450200051332"


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    built = main.build(
        settings_for(database_url, tmp_path), clock=clock, transport=Mailroom(), renderer=QuickRenderer()
    )
    yield built
    built.house.database.close()


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work, iban=ACME_IBAN)
        an_invoice(work)
        return access.add_api_key(work, "tests", Role.ERP)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def end_of(api: TestClient) -> str:
    cursor: str = api.get("/api/v1/changes", params={"cursor": "end"}).json()["next_cursor"]
    return cursor


def told_since(api: TestClient, cursor: str, **params: Any) -> list[tuple[str, dict[str, Any]]]:
    answer = api.get("/api/v1/changes", params={"cursor": cursor, **params})
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["data"]) for each in answer.json()["data"]]


def pay(work: Work, number: str, amount: int, kind: cash.Kind = "payment", money: str = "60.00") -> BankEntry:
    entry = money_in(work, money, entry_ref="B-1")
    cash.apply_entry(work, entry, [Placing(the_item(work, number).id, amount, kind)])
    return entry


def test_an_applied_payment_is_told_with_what_is_open_and_where_the_money_came_from(
    api: TestClient, system: System
) -> None:
    cursor = end_of(api)
    system.house.write(lambda work: pay(work, "F-1001", 6_000))
    ((kind, data),) = told_since(api, cursor)
    assert kind == "payment.applied"
    expected = {
        "company": "NW", "customer_id": "ACME", "invoice_number": "F-1001", "amount": "60.00", "currency": "EUR",
        "open": "40.00",
    }  # fmt: skip
    assert expected.items() <= data.items()
    assert (data["entry"]["entry_ref"], data["entry"]["booked_on"]) == ("B-1", str(TODAY))


def test_what_is_undone_names_what_it_undoes(api: TestClient, system: System) -> None:
    system.house.write(lambda work: pay(work, "F-1001", 6_000))
    cursor = end_of(api)

    def undo(work: Work) -> str:
        allocation = work.session.scalars(select(Allocation)).one()
        cash.undo_allocation(work, allocation)
        return str(allocation.id)

    first = system.house.write(undo)
    ((kind, data),) = told_since(api, cursor)
    assert (kind, data["undoes"], data["open"]) == ("payment.undone", first, "100.00")


def test_taking_an_entry_back_tells_every_line_of_it(api: TestClient, system: System) -> None:
    system.house.write(lambda work: an_invoice(work, "F-1002"))

    def both(work: Work) -> None:
        entry = money_in(work, "100.00")
        placings = [Placing(the_item(work, number).id, 5_000) for number in ("F-1001", "F-1002")]
        cash.apply_entry(work, entry, placings)

    system.house.write(both)
    cursor = end_of(api)
    system.house.write(lambda work: cash.undo_entry(work, work.session.scalars(select(BankEntry)).one()))
    told = told_since(api, cursor)
    assert sorted((kind, data["invoice_number"]) for kind, data in told) == [
        ("payment.undone", "F-1001"), ("payment.undone", "F-1002"),
    ]  # fmt: skip


def test_write_offs_and_money_kept_are_told(api: TestClient, system: System) -> None:
    cursor = end_of(api)
    system.house.write(lambda work: pay(work, "F-1001", 4_000, "write_off", money="7.00"))
    told = dict(told_since(api, cursor))
    assert (told["write_off.applied"]["amount"], told["write_off.applied"]["open"]) == ("40.00", "60.00")
    assert (told["payment.kept"]["amount"], told["payment.kept"]["customer_id"]) == ("7.00", "ACME")


def test_a_credit_note_that_settles_its_invoice_is_told(api: TestClient, system: System) -> None:
    cursor = end_of(api)
    system.house.write(
        lambda work: an_invoice(work, "G-1", amount="30.00", type="credit_note", related_invoice="F-1001")
    )
    told = dict(told_since(api, cursor))
    assert told["invoices.changed"] == {"company": "NW", "invoices": ["G-1"]}
    applied = told["credit.applied"]
    assert (applied["credit_note"], applied["invoice_number"], applied["open"]) == ("G-1", "F-1001", "70.00")


def test_a_run_tells_each_of_its_postings(api: TestClient, system: System) -> None:
    def stage(work: Work) -> None:
        for number in range(2000, 2030):
            an_invoice(work, f"F-{number}")
            money_in(work, "100.00", f"INVOICE F-{number}", counterparty_account=ACME_IBAN, entry_ref=f"B{number}")

    system.house.write(stage)
    cursor = end_of(api)
    system.house.write(lambda work: reconcile(work, a_company(work).id, {"EUR": Tolerance()}))
    told = told_since(api, cursor)
    assert {(kind, data["invoice_number"], data["open"]) for kind, data in told} == {
        ("payment.applied", f"F-{number}", "0.00") for number in range(2000, 2030)
    }


def test_cases_holds_promises_and_stops_are_told(api: TestClient, system: System) -> None:
    cursor = end_of(api)

    def open_all(work: Work) -> None:
        acme, invoice = customer_by_external_id(work.session, "ACME"), invoice_by_number(work.session, "F-1001")
        disputes.open_dispute(work, a_company(work), Contest("invoice", "F-1001", "price", TODAY, TODAY, 1_000, "EUR"))
        pauses.hold(work, acme, invoice, "they asked", TODAY + timedelta(days=5))
        pauses.promise(work, invoice, 5_000, TODAY + timedelta(days=3))
        holds.put_on_hold(work, acme, "4711", "too much open")

    def close_all(work: Work) -> None:
        case = work.session.scalars(select(disputes.Dispute)).one()
        disputes.resolve(work, case, "rejected")
        held = work.session.scalars(select(Pause.source_id).where(Pause.source == "hold")).one()
        pauses.lift_hold(work, held)
        pauses.withdraw_promise(work, work.session.scalars(select(Promise.id)).one())

    system.house.write(open_all)
    system.house.write(close_all)
    told = told_since(api, cursor)
    assert [kind for kind, _ in told] == [
        "dispute.opened", "hold.set", "promise.made", "credit.held", "dispute.resolved", "hold.lifted",
        "promise.withdrawn",
    ]  # fmt: skip
    assert {data["customer_id"] for _, data in told} == {"ACME"}
    said = dict(told)
    assert (said["dispute.opened"]["amount"], said["dispute.resolved"]["outcome"]) == ("10.00", "rejected")
    assert (said["hold.set"]["invoice_number"], said["hold.set"]["until"]) == ("F-1001", "2026-11-25")
    assert (said["promise.made"]["amount"], said["promise.made"]["promised_on"]) == ("50.00", "2026-11-23")
    assert said["credit.held"]["order"] == "4711"


def test_a_payment_plan_is_told_from_the_day_it_is_agreed_to_its_end(api: TestClient, system: System) -> None:
    due = [TODAY + timedelta(days=14), TODAY + timedelta(days=44)]

    def agree(work: Work, *, is_agreed: bool = True) -> None:
        parts = (Instalment(due[0], 4_000), Instalment(due[1], 6_000))
        make_plan(work, Asked([the_item(work, "F-1001")], parts, "balance", "runs", "on the phone", is_agreed))

    cursor = end_of(api)
    system.house.write(agree)
    made, began = told_since(api, cursor)
    assert (made[0], began[0]) == ("payment_plan.made", "payment_plan.began")
    assert began[1] == {
        "plan": 1, "company": "NW", "customer_id": "ACME", "state": "active", "total": "100.00", "currency": "EUR",
        "invoices": ["F-1001"], "missed_on": None, "reason": None,
        "instalments": [{"due_on": str(due[0]), "amount": "40.00"}, {"due_on": str(due[1]), "amount": "60.00"}],
    }  # fmt: skip
    assert made[1] == {**began[1], "reason": "on the phone"}
    cursor = end_of(api)
    system.house.write(lambda work: payment_plans.cancel(work, plan_store.plan_by_number(work.session, 1), "moved"))
    [(kind, said)] = told_since(api, cursor)
    assert (kind, said["state"], said["reason"]) == ("payment_plan.cancelled", "cancelled", "moved")


def test_a_default_that_ends_its_plan_is_told_once(api: TestClient, system: System) -> None:
    due = TODAY + timedelta(days=1)

    def agree(work: Work) -> None:
        make_plan(work, Asked([the_item(work, "F-1001")], (Instalment(due, 10_000),), "balance", "runs"))

    system.house.write(agree)
    cursor = end_of(api)
    system.house.write(payment_plans.judge_plans, on=due + timedelta(days=30))
    [(kind, said)] = told_since(api, cursor)
    assert (kind, said["state"], said["missed_on"]) == ("payment_plan.defaulted", "defaulted", str(due))


def test_a_logged_call_is_told(api: TestClient, system: System) -> None:
    cursor = end_of(api)

    def call(work: Work) -> None:
        said = contacts.Call("not_reached", "voice box", TODAY + timedelta(days=2))
        contacts.log_call(work, customer_by_external_id(work.session, "ACME"), a_company(work), said)

    system.house.write(call)
    [(kind, said)] = told_since(api, cursor)
    del said["call_id"]
    assert (kind, said) == (
        "call.logged",
        {"company": "NW", "customer_id": "ACME", "outcome": "not_reached", "note": "voice box",
         "on": str(TODAY), "next_on": str(TODAY + timedelta(days=2))},
    )  # fmt: skip


def test_a_promise_kept_by_the_money_is_told(api: TestClient, system: System) -> None:
    system.house.write(
        lambda work: pauses.promise(work, invoice_by_number(work.session, "F-1001"), None, TODAY + timedelta(days=3))
    )
    cursor = end_of(api)
    system.house.write(lambda work: pay(work, "F-1001", 10_000, money="100.00"))
    assert sorted(kind for kind, _ in told_since(api, cursor)) == ["payment.applied", "promise.kept"]


def test_a_reminder_that_went_out_is_told_with_its_invoices(api: TestClient, system: System) -> None:
    system.house.write(lambda work: approve(work, plan_run(work)))
    cursor = end_of(api)
    assert system.dispatcher.run().sent == 1
    ((kind, data),) = told_since(api, cursor)
    assert (kind, data["customer_id"], data["level"], data["invoices"]) == ("notice.sent", "ACME", 1, ["F-1001"])


def test_a_cancelled_invoice_is_told_with_its_reason(api: TestClient, system: System) -> None:
    cursor = end_of(api)
    system.house.write(
        lambda work: service.cancel_invoice(work, invoice_by_number(work.session, "F-1001"), "issued twice")
    )
    ((kind, data),) = told_since(api, cursor)
    assert (kind, data["invoice_number"], data["reason"]) == ("invoice.cancelled", "F-1001", "issued twice")


def test_a_push_of_many_is_told_in_parts_of_a_thousand(api: TestClient, system: System) -> None:
    cursor = end_of(api)
    system.house.write(
        lambda work: service.put_invoices(
            work, a_company(work), [an_invoice_row(f"P-{n:05}", "ACME", "1.00", TODAY) for n in range(2_500)]
        )
    )
    parts = [data["invoices"] for kind, data in told_since(api, cursor) if kind == "invoices.changed"]
    assert [len(part) for part in parts] == [1_000, 1_000, 500]
    assert {number for part in parts for number in part} == {f"P-{n:05}" for n in range(2_500)}


def test_what_is_rolled_back_is_not_told_and_leaves_no_gap(api: TestClient, system: System) -> None:
    before = int(end_of(api))

    def fail(work: Work) -> None:
        pay(work, "F-1001", 6_000)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        system.house.write(fail)
    assert int(end_of(api)) == before
    system.house.write(lambda work: pay(work, "F-1001", 6_000))
    assert int(end_of(api)) == before + 1


def test_a_reader_walks_the_feed_in_parts_and_may_ask_for_kinds(api: TestClient, system: System) -> None:
    system.house.write(lambda work: pay(work, "F-1001", 6_000))
    seen, cursor = [], ""
    while True:
        answer = api.get("/api/v1/changes", params={"cursor": cursor, "limit": 1}).json()
        seen += [each["seq"] for each in answer["data"]]
        cursor = answer["next_cursor"]
        if not answer["has_more"]:
            break
    assert seen == list(range(1, int(end_of(api)) + 1))
    assert told_since(api, cursor) == []
    assert {kind for kind, _ in told_since(api, "", kind=["payment.applied"])} == {"payment.applied"}
    assert api.get("/api/v1/changes", params={"kind": "nothing.happened"}).status_code == 422
    for cursor in ("-1", "abc", "１", "9" * 30, "1.5"):
        assert api.get("/api/v1/changes", params={"cursor": cursor}).status_code == 422


def test_a_reader_never_passes_a_change_that_is_still_being_committed(system: System) -> None:
    """Writers that begin early and commit late, in every order, while a reader follows them with its cursor."""
    rounds, writers = 12, 4
    done = threading.Event()
    seen: list[tuple[int, str]] = []

    def write(name: int) -> None:
        for turn in range(rounds):
            told = f"{name}-{turn}"

            def do(work: Work, told: str = told) -> None:
                tell(work, lambda: [News("invoices.changed", {"invoices": [told]})])
                for _ in range(name):
                    work.session.execute(select(Allocation)).all()

            system.house.write(do)

    def read_after(seq: int) -> list[tuple[int, str]]:
        def read(work: Work) -> list[tuple[int, str]]:
            return [(each.seq, each.data["invoices"][0]) for each in changes_after(work.session, seq, (), 3)]

        return system.house.read(read)

    def follow() -> None:
        cursor = 0
        while True:
            is_last = done.is_set()
            found = read_after(cursor)
            seen.extend(found)
            cursor = found[-1][0] if found else cursor
            if is_last and not found:
                return

    reader = threading.Thread(target=follow)
    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for each in (reader, *threads):
        each.start()
    for each in threads:
        each.join()
    done.set()
    reader.join()
    assert sorted(told for _, told in seen) == sorted(f"{a}-{b}" for a in range(writers) for b in range(rounds))
    assert [seq for seq, _ in seen] == list(range(1, rounds * writers + 1))
    assert system.house.read(lambda work: last_number(work.session)) == rounds * writers


def test_every_audit_entry_that_is_told_has_a_kind_of_that_name() -> None:
    assert set(RECORDED) - {"entry.applied"} <= set(KINDS)
