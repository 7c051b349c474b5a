"""The indicators against a generated year, worked out a second time from plain lists without the database."""

import contextlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from commands.web import build_web
from core.errors import CollectionsError
from core.money import Money, decimal_text
from credit.service import set_limit
from disputes.service import Contest, open_dispute, reopen, resolve
from dunning.pauses import promise
from dunning.tables import Promise
from orders.intake import read_order
from orders.service import Told, put_orders, tell
from orders.tables import Order
from payments.reconciliation import reconcile
from receivables.intake.rows import Row
from receivables.store import customer_by_external_id
from receivables.tables import Customer, Invoice
from reports.indicators import indicators, scope_of, take_snapshot
from reports.kpi_records import records
from reports.kpis import CODES
from reports.tables import KpiSnapshot
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice, money_in

MADRID = ZoneInfo("Europe/Madrid")
YEAR = (date(2026, 1, 1), date(2026, 11, 20))
CUSTOMERS = ("ACME", "BOREALIS", "CYGNUS")
PERIODS = ((date(2026, 1, 1), date(2026, 11, 20)), (date(2026, 4, 1), date(2026, 6, 30)), (date(2026, 9, 15), YEAR[1]))


@dataclass
class Lived:
    """What happened in the generated year, as plain values."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    disputes: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)


def local(at: datetime) -> date:
    return at.astimezone(MADRID).date()


@pytest.fixture
def year(system: System, clock: SetClock) -> tuple[System, Lived]:
    chance, lived = random.Random(4711), Lived()
    system.house.write(lambda work: [a_customer(work, each) for each in CUSTOMERS] and a_company(work) and None)
    for month in range(1, 12):
        clock.at = datetime(2026, month, 19, 10, tzinfo=UTC)
        system.house.write(lambda work, month=month: live(work, chance, lived, month))
    clock.at = datetime(2026, 11, 20, 11, tzinfo=UTC)
    return system, lived


def live(work: Work, chance: random.Random, lived: Lived, month: int) -> None:
    """One month: orders and what happened to them, invoices and what was paid, disputes."""
    for place in range(6):
        an_order(work, chance, lived, month, place)
    for place in range(4):
        billed(work, chance, lived, month, place)
    disputed(work, chance, lived, month)


def an_order(work: Work, chance: random.Random, lived: Lived, month: int, place: int) -> None:
    number = f"PO-{month}-{place}"
    received = datetime(2026, month, chance.randint(1, 18), chance.choice((0, 9, 23)), 30, tzinfo=UTC)
    channel = chance.choice(("email", "edi"))
    row = {
        "order_number": number, "customer_id": chance.choice(CUSTOMERS), "channel": channel,
        "received_at": received.isoformat(), "currency": "EUR", "amount": "10.00",
    }  # fmt: skip
    order = read_order(Row("test", dict(row)))[0]
    assert order is not None
    put_orders(work, a_company(work), [order])
    known = work.session.query(Order).filter_by(number=number).one()
    done = {"received": received, "channel": channel, "processed": None, "cancelled": None, "mistyped": False}
    fate = chance.choice(("in time", "late", "never", "cancelled early", "cancelled late"))
    if fate in ("in time", "late"):
        done["processed"] = received + timedelta(minutes=40 if fate == "in time" else 61)
        tell(work, known, Told("confirmed", done["processed"]))
    elif fate.startswith("cancelled"):
        done["cancelled"] = received + timedelta(minutes=10 if fate.endswith("early") else 90)
        tell(work, known, Told("cancelled", done["cancelled"]))
    if chance.random() < 0.3:
        cause = chance.choice(("data_entry", "customer"))
        done["mistyped"] = cause == "data_entry"
        tell(work, known, Told("corrected", received + timedelta(minutes=5), cause=cause))
    lived.orders.append(done)


def billed(work: Work, chance: random.Random, lived: Lived, month: int, place: int) -> None:
    due_on = date(2026, month, chance.randint(1, 19))
    amount = chance.randint(10_000, 90_000)
    number = f"F-{month:02d}{place}1"
    an_invoice(work, number, chance.choice(CUSTOMERS), decimal_text(amount, "EUR"), due_on)
    paid_on = None
    if chance.random() < 0.6:
        paid_on = date(2026, month, 19)
        money_in(work, decimal_text(amount, "EUR"), number, on=paid_on)
        assert reconcile(work, a_company(work).id).posted == 1
    lived.invoices.append(
        {"issued": due_on - timedelta(days=30), "due": due_on, "amount": amount, "paid": paid_on, "number": number}
    )


def disputed(work: Work, chance: random.Random, lived: Lived, month: int) -> None:
    detected = work.today - timedelta(days=chance.randint(0, 20))
    contest = Contest("invoice", f"F-{month:02d}01", "price", detected, work.today, amount=1_000, currency="EUR")
    case = open_dispute(work, a_company(work), contest)
    resolved = None
    if chance.random() < 0.7:
        resolve(work, case, "rejected")
        resolved = work.today
        if chance.random() < 0.3:
            reopen(work, case)
            resolved = None
    lived.disputes.append({"detected": detected, "notified": work.today, "resolved": resolved})


# ── the second calculation ──────────────────────────────────────────────────────────────────────


def share(numerator: int, denominator: int, times: int = 100) -> Decimal | None:
    if not denominator:
        return None
    return (Decimal(numerator) * times / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


def expected(lived: Lived, first: date, last: date, today: date) -> dict[str, Decimal | None]:
    due = [
        each
        for each in lived.orders
        if first <= local(deadline := each["received"] + timedelta(hours=1)) <= last
        and (each["cancelled"] is None or each["cancelled"] >= deadline)
    ]
    in_time = [each for each in due if each["processed"] and each["processed"] <= each["received"] + timedelta(hours=1)]
    received = [each for each in lived.orders if first <= local(each["received"]) <= last]
    told = [each for each in lived.disputes if first <= each["notified"] <= last]
    took = [
        (each["resolved"] - each["detected"]).days
        for each in lived.disputes
        if each["resolved"] and first <= each["resolved"] <= last
    ]
    days = (last - first).days + 1

    def left(day: date, *, is_current: bool = False) -> int:
        return sum(
            each["amount"]
            for each in lived.invoices
            if each["issued"] <= day and (each["paid"] is None or each["paid"] > day)
            and (not is_current or each["due"] >= day)
        )  # fmt: skip

    sold = sum(each["amount"] for each in lived.invoices if first <= each["issued"] <= last)
    opening, closing, current = left(first - timedelta(days=1)), left(last), left(last, is_current=True)
    return {
        "K1": share(len(in_time), len(due)),
        "K2": share(sum(each["mistyped"] for each in received), len(received)),
        "K3": share(len(told), len(received)),
        "K4": share(sum(took), len(took), 1),
        "K4_MEDIAN": share(int(median(took) * 2), 2, 1) if took else None,
        "DSO": share(closing, sold, days),
        "BPDSO": share(current, sold, days),
        "ADD": share(closing - current, sold, days),
        "CEI": share(opening + sold - closing, opening + sold - current),
    }


def test_the_indicators_equal_a_second_calculation_over_a_generated_year(year: tuple[System, Lived]) -> None:
    system, lived = year
    for first, last in PERIODS:
        found = system.house.read(lambda work, p=(first, last): indicators(work, scope_of(work, *p)))
        values = {each.code: each.value for each in found}
        wanted = expected(lived, first, last, YEAR[1])
        assert {code: values[code] for code in wanted} == wanted, f"{first} to {last}"
        assert None not in wanted.values()


def test_each_number_opens_exactly_the_records_it_counts(year: tuple[System, Lived]) -> None:
    system, _ = year

    def read(work: Work) -> None:
        scope = scope_of(work, *PERIODS[1])
        found = {each.code: each for each in indicators(work, scope)}
        for code, part in (("K1", "denominator"), ("K2", "numerator"), ("K3", "numerator"), ("K4", "denominator")):
            behind = records(work, code, scope)
            assert behind.total == int(getattr(found[code], part)) == len(behind.shown), code
        assert records(work, "K6", scope_of(work)).total == found_now(work)

    def found_now(work: Work) -> int:
        return int(next(each for each in indicators(work, scope_of(work)) if each.code == "K6").numerator or 0)

    system.house.read(read)


def test_the_channel_and_the_customer_narrow_what_is_counted(year: tuple[System, Lived]) -> None:
    system, lived = year

    def received(work: Work, **about: str) -> int:
        found = indicators(work, scope_of(work, *YEAR, **about))
        return int(next(each for each in found if each.code == "K2").denominator)

    assert system.house.read(lambda work: received(work, channel="edi")) == sum(
        each["channel"] == "edi" for each in lived.orders
    )
    each = [system.house.read(lambda work, one=one: received(work, customer=one)) for one in CUSTOMERS]
    assert sum(each) == len(lived.orders)
    assert system.house.read(lambda work: received(work, company="NW")) == len(lived.orders)


def test_customers_above_their_limit_are_counted_as_of_the_last_day(system: System, clock: SetClock) -> None:
    def stage(work: Work) -> None:
        a_customer(work, "ACME")
        an_invoice(work, "F-1001", amount="900.00")
        set_limit(work, customer_by_external_id(work.session, "ACME"), Money(50_000, "EUR"), "review")

    system.house.write(stage)
    value = {
        day: system.house.read(
            lambda work, day=day: next(
                each.numerator for each in indicators(work, scope_of(work, day, day)) if each.code == "K5"
            )
        )
        for day in (date(2026, 11, 19), date(2026, 11, 20))
    }
    assert value == {date(2026, 11, 19): "0", date(2026, 11, 20): "1"}


def test_a_past_day_has_its_cases_only_from_its_snapshot(system: System, clock: SetClock) -> None:
    day = date(2026, 11, 20)

    def stage(work: Work) -> None:
        a_customer(work)
        promise(work, an_invoice(work), None, date(2026, 11, 27), "")

    system.house.write(stage)

    def cases(work: Work) -> Decimal | None:
        return next(each.value for each in indicators(work, scope_of(work, day, day)) if each.code == "K6")

    clock.at += timedelta(days=1)
    assert system.house.read(cases) is None
    clock.at -= timedelta(days=1)
    assert system.house.read(cases) == 1
    system.house.write(lambda work: take_snapshot(work) and None)
    clock.at += timedelta(days=1)
    assert system.house.read(cases) == 1


def test_the_nightly_job_writes_a_day_down_once_however_often_it_runs(system: System) -> None:
    system.house.write(lambda work: a_company(work) and None)
    for _ in range(2):
        ended = CliRunner().invoke(build_cli(lambda: system), ["job", "kpi-snapshot", "--on", "2026-11-20", "--json"])
        assert ended.exit_code == 0, ended.output
    rows = system.house.read(lambda work: [(each.on, each.indicator) for each in work.session.query(KpiSnapshot)])
    assert len(rows) == len(set(rows)) == 13


def test_the_export_has_the_contracts_rows_and_columns(system: System) -> None:
    system.house.write(lambda work: a_company(work) and None)
    words = ["export", "kpis", "--format", "json", "--from", "2026-04-01", "--to", "2026-06-30"]
    ended = CliRunner().invoke(build_cli(lambda: system), words)
    rows = json.loads(ended.stdout)
    assert [row["indicator"] for row in rows] == list(CODES)
    assert list(rows[0]) == ["indicator", "value", "unit", "numerator", "denominator", "from", "to"]
    assert {(row["from"], row["to"]) for row in rows} == {("2026-04-01", "2026-06-30")}


def test_the_api_and_the_pages_show_the_same_numbers(year: tuple[System, Lived]) -> None:
    system, _ = year
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as api:
        answer = api.get("/api/v1/reports/kpis?from=2026-04-01&to=2026-06-30").json()
        values = {each["indicator"]: each["value"] for each in answer["data"]}
        assert (answer["from"], answer["to"], answer["currency"]) == ("2026-04-01", "2026-06-30", "EUR")
        behind = api.get("/api/v1/reports/kpis/K3/records?from=2026-04-01&to=2026-06-30").json()
        assert behind["total"] == len(behind["data"]) == 3
        assert api.get("/api/v1/reports/kpis/K9/records").status_code == 404
        assert api.get("/api/v1/reports/kpis?from=2026-06-30&to=2026-04-01").status_code == 422
        assert api.get("/api/v1/reports/kpis?company=NOBODY").status_code == 422
        page = api.get("/reports/kpis?from=2026-04-01&to=2026-06-30")
        assert page.status_code == 200
        assert f">{Decimal(values['K1']):.1f}<" in page.text
        assert api.get("/reports/kpis/DSO?from=2026-04-01&to=2026-06-30").status_code == 200
        assert api.get("/api/v1/reports/kpis/K1/trend").json() == {"data": []}


FILTERS: tuple[dict[str, str], ...] = (
    {}, {"company": "NW"}, {"customer": "ACME"}, {"customer": "CYGNUS"}, {"portfolio": "clara"}, {"channel": "edi"},
    {"channel": "email", "portfolio": "clara"}, {"company": "NW", "customer": "BOREALIS", "channel": "edi"},
)  # fmt: skip
COUNTS = {
    "K1": "denominator", "K2": "numerator", "K3": "numerator", "K4": "denominator", "K4_MEDIAN": "denominator",
    "K5": "numerator", "K6": "numerator", "PROMISES_KEPT": "denominator",
}  # fmt: skip
"""What of an indicator says how many records it counts."""
MONEY = {"DSO": "numerator", "BPDSO": "numerator", "ADD": "numerator"}
"""What of an indicator says how much its records are worth."""


def scope_of_day(system: System, day: date) -> set[str]:
    """The customers whose cases K6 of a day opens."""

    def read(work: Work) -> set[str]:
        return {each.customer_id for each in records(work, "K6", scope_of(work, day, day)).shown}

    return system.house.read(read)


def test_under_every_filter_and_in_every_period_a_number_opens_exactly_its_records(
    year: tuple[System, Lived], clock: SetClock
) -> None:
    system, _ = year

    def stage(work: Work) -> None:
        work.session.query(Customer).filter(Customer.external_id != "CYGNUS").update({"owner": "clara"})
        set_limit(work, customer_by_external_id(work.session, "ACME"), Money(100, "EUR"), "review")
        for each in work.session.query(Invoice).filter_by(type="invoice").order_by(Invoice.number).limit(400):
            with contextlib.suppress(CollectionsError):
                promise(work, each, None, date(2026, 11, 25), "")
        take_snapshot(work)

    def go_on(work: Work) -> None:
        """The next day fewer cases are under way."""
        work.session.query(Promise).update({"state": "broken"})

    system.house.write(stage)
    clock.at += timedelta(days=1)
    system.house.write(go_on)
    now, then = (scope_of_day(system, day) for day in (date(2026, 11, 21), date(2026, 11, 20)))
    assert len(now) < len(then), "a past day opens what was then"

    def check(work: Work, period: tuple[date, date], about: dict[str, str]) -> Counter[str]:
        scope, seen = scope_of(work, *period, **about), Counter[str]()
        for each in indicators(work, scope):
            behind = records(work, each.code, scope)
            assert behind.total == len(behind.shown), (period, about, each.code)
            if each.code in COUNTS and each.value is not None:
                assert behind.total == int(getattr(each, COUNTS[each.code])), (period, about, each.code)
                seen[each.code] += behind.total
            if each.code in MONEY and each.value is not None:
                worth = sum(Decimal(one.says.split(" EUR")[0]) for one in behind.shown)
                assert worth == Decimal(getattr(each, MONEY[each.code])), (period, about, each.code)
                seen[each.code] += behind.total
        return seen

    seen = Counter[str]()
    for period in (*PERIODS, (date(2026, 11, 21), date(2026, 11, 21)), (date(2026, 11, 1), date(2026, 11, 21))):
        for about in FILTERS:
            seen += system.house.read(lambda work, period=period, about=about: check(work, period, about))
    assert not {*COUNTS, *MONEY, "K6"} - set(seen) - {"PROMISES_KEPT"}, f"nothing was there to be counted: {seen}"
