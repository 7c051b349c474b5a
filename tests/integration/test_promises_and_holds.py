"""Promises by their terms, judged by value date; the calendar; holds that are looked at again."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from dunning import agreements, pauses, waiting
from dunning.plan_tables import AgreementTerms
from dunning.tables import Pause, Promise
from payments.lines_by_hand import NamedLine, place_lines
from receivables import service as receivables
from receivables.intake.invoice_rows import gather_instalments, read_invoice
from receivables.intake.rows import Row
from receivables.store import customer_by_external_id, invoice_by_number
from runtime import access
from runtime.jobs import run_job
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in

DAY = TODAY + timedelta(days=4)
"""Tuesday 24 November 2026; with two banking days money may come through Thursday the 26th."""
LAST = date(2026, 11, 26)


def promised(work: Work, amount: int | None = None, **more: Any) -> Promise:
    a_customer(work)
    return pauses.promise(work, an_invoice(work), amount, DAY, **more)[0]


def pay(amount: str, on: date) -> Callable[[Work], None]:
    def do(work: Work) -> None:
        place_lines(work, money_in(work, amount, on=on), [NamedLine("F-1001", amount)], "unapplied")

    return do


def state(system: System) -> str:
    return system.house.read(lambda work: work.session.query(Promise).one().state)


def with_terms(work: Work, **groups: Any) -> None:
    body = dict(agreements.body_in_force(work.session))
    agreements.put_terms(work, {**body, **{name: {**body[name], **said} for name, said in groups.items()}})


def judged(system: System, on: date) -> dict[str, Any]:
    found: dict[str, Any] = run_job(system.house, system.jobs["promises"], on)
    return found


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def test_a_promise_pauses_through_its_day_and_the_clearing_days(system: System) -> None:
    system.house.write(promised)
    assert system.house.read(lambda work: work.session.query(Pause).one().expires_on) == LAST


def test_money_valued_in_time_keeps_a_promise_though_it_is_applied_later(system: System) -> None:
    system.house.write(promised)
    system.house.write(pay("100.00", LAST), on=LAST + timedelta(days=4))
    assert state(system) == "kept"


def test_money_valued_too_late_breaks_it_though_the_item_is_settled(system: System) -> None:
    system.house.write(promised)
    late = LAST + timedelta(days=1)
    system.house.write(pay("100.00", late), on=late)
    assert state(system) == "broken"


@pytest.mark.parametrize(("paid", "became"), [("99.00", "kept"), ("98.99", "partly_kept")])
def test_within_the_tolerance_it_is_kept_and_a_cent_below_only_partly(system: System, paid: str, became: str) -> None:
    system.house.write(promised)
    system.house.write(pay(paid, DAY), on=DAY)
    assert judged(system, LAST)[became] == 0, "more may come"
    assert judged(system, LAST + timedelta(days=1))[became] == 1
    assert judged(system, LAST + timedelta(days=1)) == {"kept": 0, "partly_kept": 0, "broken": 0, "withdrawn": 0}


def test_a_cancelled_invoice_leaves_nothing_to_keep(system: System) -> None:
    def do(work: Work) -> None:
        promised(work)
        receivables.cancel_invoice(work, invoice_by_number(work.session, "F-1001"), "sent twice")

    system.house.write(do)
    assert state(system) == "withdrawn"


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


def test_a_promise_too_far_ahead_is_refused_with_the_last_day_that_is_taken(system: System) -> None:
    def do(work: Work) -> None:
        a_customer(work)
        with pytest.raises(Invalid, match="between today and 2027-01-19, 60 days ahead; agree a payment plan"):
            pauses.promise(work, an_invoice(work), None, TODAY + timedelta(days=61))

    system.house.write(do)


def test_an_invoice_is_not_promised_for_ever(system: System) -> None:
    def do(work: Work) -> None:
        with_terms(work, promise={"per_item": 1})
        made = promised(work)
        made.state = "broken"
        work.session.flush()
        with pytest.raises(Refused, match="F-1001 was promised 1 times already"):
            pauses.promise(work, invoice_by_number(work.session, "F-1001"), None, DAY)

    system.house.write(do)


def test_a_customer_has_so_many_promises_open_and_no_more(system: System) -> None:
    def do(work: Work) -> None:
        with_terms(work, promise={"open_per_customer": 1})
        promised(work)
        with pytest.raises(Refused, match="1 promises of this customer are open already"):
            pauses.promise(work, an_invoice(work, "F-1002"), None, DAY)

    system.house.write(do)


def test_a_promise_from_a_portal_pauses_only_if_the_terms_allow_it(system: System) -> None:
    def do(work: Work) -> int:
        with_terms(work, portal={"pauses": False})
        promised(work, is_from_portal=True)
        with pytest.raises(Invalid, match="14 days ahead"):
            pauses.promise(work, an_invoice(work, "F-1002"), None, TODAY + timedelta(days=15), is_from_portal=True)
        return work.session.query(Pause).count()

    assert system.house.write(do) == 0
    assert judged(system, LAST + timedelta(days=1))["broken"] == 1


# ── terms, calendar, rates ──────────────────────────────────────────────────────────────────────


def client(system: System, role: Role = Role.MANAGER) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, f"desk-{role}", role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def test_terms_are_changed_in_versions_and_refused_with_what_is_wrong(system: System) -> None:
    api = client(system)
    terms = api.get("/api/v1/agreement-terms").json()
    assert terms["version"] == 1
    body = {**terms["body"], "clearing_business_days": 4}
    assert api.put("/api/v1/agreement-terms", json={"body": body}).json() == {"version": 2, "body": body}
    refused = api.put("/api/v1/agreement-terms", json={"body": {**body, "plan": {}}})
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {"/plan/horizon_days", "/plan/most_instalments"}
    assert system.house.read(lambda work: work.session.query(AgreementTerms).count()) == 2


def test_promises_are_filtered_by_customer_and_day_and_their_kept_rate_is_told(system: System) -> None:
    def do(work: Work) -> None:
        promised(work)
        a_customer(work, "DELTA")
        pauses.promise(work, an_invoice(work, "F-2001", customer="DELTA"), None, DAY + timedelta(days=7))

    system.house.write(do)
    system.house.write(pay("100.00", DAY), on=DAY)
    judged(system, LAST + timedelta(days=30))
    api = client(system)

    def found(**said: str) -> list[str]:
        return [each["invoice_number"] for each in api.get("/api/v1/promises", params=said).json()["data"]]

    assert found(customer="DELTA") == ["F-2001"]
    assert found(to=str(DAY)) == ["F-1001"]
    assert found(**{"from": str(DAY + timedelta(days=1))}) == ["F-2001"]
    rates = api.get("/api/v1/reports/kept-promises").json()["data"]
    assert [(each["customer_id"], each["kept"], each["broken"], each["kept_percent"]) for each in rates] == [
        ("DELTA", 0, 1, "0.0"),
        ("ACME", 1, 0, "100.0"),
    ]


@pytest.mark.parametrize("asked", ["", "?month=2026-11", f"?week={DAY}", "?month=nonsense", "?month=9999-12"])
def test_the_calendar_shows_what_is_promised_for_its_day(system: System, asked: str) -> None:
    system.house.write(promised)
    page = client(system).get(f"/promises/calendar{asked}")
    assert page.status_code == 200
    assert "100.00\N{NO-BREAK SPACE}EUR" in page.text or "100.00 EUR" in page.text
    assert ("F-1001" in page.text) == asked.startswith("?week=")


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


def two_instalments(work: Work) -> None:
    a_customer(work)
    rows = [
        read_invoice(Row("builder", {
            "invoice_number": "F-3001", "customer_id": "ACME", "issued_on": "2026-10-01", "currency": "EUR",
            "amount": "50.00", "due_on": str(TODAY - timedelta(days=days)),
        }))
        for days in (20, 10)
    ]  # fmt: skip
    (read,) = gather_instalments(rows)
    assert read.invoice is not None, read.problems
    receivables.put_invoices(work, a_company(work), [read.invoice])


def test_one_instalment_of_an_invoice_is_held_and_the_other_is_not(system: System) -> None:
    def do(work: Work) -> None:
        two_instalments(work)
        invoice = invoice_by_number(work.session, "F-3001")
        who = customer_by_external_id(work.session, "ACME")
        pauses.hold(work, who, invoice, "paid by card", DAY, instalment=2)
        with pytest.raises(Invalid, match="has no instalment 3; it has 2"):
            pauses.hold(work, who, invoice, "x", DAY, instalment=3)
        (held,) = waiting.running_holds(work.session, work.today)
        assert (held.invoice, held.instalment) == ("F-3001", 2)
        pauses.hold(work, who, invoice, "all of it", DAY)
        assert [each.instalment for each in waiting.running_holds(work.session, work.today)].count(None) == 1

    system.house.write(do)


def test_a_hold_is_looked_at_again_and_its_days_stay_in_the_ledger(system: System) -> None:
    system.house.write(lambda work: (a_customer(work), an_invoice(work)))
    api = client(system, Role.CONTROLLER)
    body = {"invoice_number": "F-1001", "reason": "boss", "until": str(DAY + timedelta(days=60))}
    held = api.post("/api/v1/holds", json=body)
    assert held.status_code == 201, held.text
    hold_id = held.json()["id"]
    (listed,) = api.get("/api/v1/holds").json()["data"]
    assert listed["review_on"] == str(TODAY + timedelta(days=30))
    seen = api.post(f"/api/v1/holds/{hold_id}/review", json={"note": "still right", "review_on": str(DAY)})
    assert seen.json() == {"id": hold_id, "until": body["until"], "review_on": str(DAY)}
    longer = str(DAY + timedelta(days=90))
    assert api.post(f"/api/v1/holds/{hold_id}/review", json={"note": "longer", "until": longer}).status_code == 200
    assert api.get("/api/v1/holds").json()["data"][0]["until"] == longer
    assert system.house.read(lambda work: work.session.query(Pause).count()) == 2
    refused = api.post(f"/api/v1/holds/{hold_id}/review", json={"note": " "})
    assert refused.json()["errors"][0]["pointer"] == "/reason"
    api.delete(f"/api/v1/holds/{hold_id}")
    assert api.post(f"/api/v1/holds/{hold_id}/review", json={"note": "late"}).status_code == 404


def test_an_instalment_alone_names_no_hold(system: System) -> None:
    body = {"customer": "ACME", "instalment": 1, "reason": "x", "until": str(DAY)}
    assert client(system).post("/api/v1/holds", json=body).json()["errors"][0]["pointer"] == "/instalment"
