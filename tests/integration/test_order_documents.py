"""Orders come in as documents and workbooks too; what repeats another or is unusual is shown, what is late is noted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from intake.service import import_file
from orders import store
from orders.intake import OrderIn
from orders.screening import note_late
from orders.service import Told, put_orders, tell
from orders.tables import Order, OrderEvent
from receivables.imports import Handed, Imported
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice
from tests.readers.bank_table_files import workbook
from tests.readers.document_files import EDIFACT_ORDER, UBL_INVOICE, UBL_ORDER, UBL_ORDER_RESPONSE

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus" / "5_invoices"
REFUSED = {"order__CENBII-Order-maximal.xml", "order__CENBII-Order-minimal.xml"}
"""One gives its total in another currency than its own, the other has no number."""
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)

Import = Callable[..., Imported]


@pytest.fixture
def take(system: System, tmp_path: Path) -> Import:
    """Borealis, who buys in the sample documents, is a customer; hands files in."""
    system.house.write(lambda work: a_customer(work, "K-7", name="Borealis Oy", country="FI"))

    def hand_in(content: bytes, name: str = "order.xml", kind: str = "orders") -> Imported:
        path = tmp_path / "handed" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return import_file(system.door, Handed(kind, path, name))

    return hand_in


def the_orders(system: System) -> list[tuple[str, str, int, str, str]]:
    def read(work: Work) -> list[tuple[str, str, int, str, str]]:
        rows = work.session.query(Order).order_by(Order.id)
        return [(each.number, each.currency, each.amount, each.channel, each.status) for each in rows]

    return system.house.read(read)


def test_an_order_document_becomes_an_order_with_its_original(system: System, take: Import) -> None:
    imported = take(UBL_ORDER)
    assert (imported.state, imported.created, imported.rejected) == ("done", 1, 0), imported.problems
    ((_, _, amount, channel, status),) = the_orders(system)
    assert (amount > 0, channel, status) == (True, "edi", "received")
    assert system.house.read(lambda work: work.session.query(Order.document_id).scalar()) is not None
    again = take(UBL_ORDER + b"\n", "again.xml")
    assert (again.created, again.unchanged) == (0, 1)


def test_an_invoice_is_no_order(take: Import) -> None:
    refused = take(UBL_INVOICE, "invoice.xml")
    assert (refused.state, "no order in this document" in refused.problems[0].message) == ("refused", True)


def test_a_workbook_of_orders_is_read_like_any_other_table(system: System, take: Import) -> None:
    system.house.write(lambda work: a_customer(work))
    header = ["order_number", "customer_id", "received_at", "currency", "amount"]
    book = workbook([header, ["PO/7", "ACME", "2026-11-20T09:00:00Z", "EUR", "12.50"]])
    assert take(book, "orders.xlsx").created == 1
    assert the_orders(system) == [("PO/7", "EUR", 1250, "manual", "received")]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here: ../shared/corpus is absent")
def test_every_order_of_the_corpus_is_imported_or_refused_for_what_is_wrong_with_it(
    system: System, take: Import
) -> None:
    folders = (CORPUS / "orders" / "poacc", CORPUS / "ubl-other" / "ph-ubl")
    files = sorted(path for folder in folders for path in folder.iterdir() if "order" in path.name.lower())
    files.sort(key=lambda path: not path.name.lower().startswith(("order_", "order__")))
    assert len(files) == 16
    found = {path.name: take(path.read_bytes(), path.name) for path in files}
    assert {name for name, imported in found.items() if imported.state == "refused"} == REFUSED
    assert all(found[name].problems for name in REFUSED)
    for name, imported in found.items():
        if name not in REFUSED:
            assert imported.done == 1 or imported.state == "held", (name, imported)
            assert imported.rejected == 0 or imported.problems, name


def test_messages_about_an_order_are_told_once_and_to_the_order_they_name(system: System, take: Import) -> None:
    early = take(UBL_ORDER_RESPONSE, "early.xml")
    assert (early.rejected, "is not known" in early.problems[0].message) == (1, True)
    take(UBL_ORDER)
    take(EDIFACT_ORDER, "order.edi")
    for name, kind, at_last in (("change", b"CA", "changed"), ("yes", b"AP", "confirmed")):
        message = UBL_ORDER_RESPONSE.replace(b">CA<", b">" + kind + b"<").replace(b"A-1", name.encode())
        assert [take(message + b" " * more, f"{name}{more}.xml").unchanged for more in range(2)] == [0, 1]
        events = system.house.read(
            lambda work: [each.kind for each in work.session.query(OrderEvent).order_by(OrderEvent.id)]
        )
        assert events[-1] == at_last
    assert {number: status for number, _, _, _, status in the_orders(system)}["PO-4711"] == "confirmed"


# ── what a person should look at ────────────────────────────────────────────────────────────────


def an_order(number: str, amount: int, *, po: str = "", at: datetime = NOON, status: str = "received") -> OrderIn:
    return OrderIn("test", number, "ACME", "email", at, None, "EUR", amount, po, "normal", status)


def puts(system: System, *orders: OrderIn) -> None:
    def do(work: Work) -> None:
        a_company(work)
        if not work.session.query(Order).count():
            a_customer(work)
        put_orders(work, a_company(work), orders)

    system.house.write(do)


def seen(system: System, number: str) -> dict[str, Any]:
    def read(work: Work) -> dict[str, Any]:
        row = store.order_named(work.session, number)
        order = row.Order
        return {
            "twin": row.duplicate_of,
            "state": store.state_of(order),
            "unusual": order.unusual,
            "late_at": order.late_at,
            "version": order.version,
            "events": [(each.kind, each.note) for each in store.events_of(work.session, order.id)],
        }

    return system.house.read(read)


def test_an_order_told_twice_is_linked_and_kept(system: System) -> None:
    puts(system, an_order("A", 5000, po="77"))
    puts(system, an_order("B", 5000, po="77", at=NOON - timedelta(days=14)), an_order("C", 5000, po="78"))
    puts(system, an_order("D", 5000, po="77", at=NOON - timedelta(days=14, seconds=1)), an_order("E", 5001, po="77"))
    assert [seen(system, number)["twin"] for number in "ABCDE"] == [None, "A", None, "B", None]
    assert len(the_orders(system)) == 5


def test_without_a_po_number_only_the_same_day_makes_a_twin(system: System) -> None:
    puts(system, an_order("A", 5000), an_order("B", 5000, at=NOON - timedelta(hours=24)))
    puts(system, an_order("C", 5000, at=NOON - timedelta(hours=48, seconds=1)))
    assert [seen(system, number)["twin"] for number in "ABC"] == [None, "A", None]


def test_an_order_far_above_what_is_usual_waits_until_it_is_validated(system: System) -> None:
    puts(system, *(an_order(f"P{each}", 10_000 + each, at=NOON - timedelta(days=each + 1)) for each in range(5)))
    puts(system, an_order("USUAL", 40_008), an_order("LARGE", 40_009))
    assert seen(system, "USUAL")["state"] == "received"
    large = seen(system, "LARGE")
    assert (large["state"], "400.09 EUR" in large["unusual"]) == ("awaiting_validation", True)
    system.house.write(
        lambda work: tell(work, store.order_named(work.session, "LARGE").Order, Told("validated", work.now))
    )
    assert seen(system, "LARGE")["state"] == "received"


def test_what_an_order_said_before_stands_in_its_history(system: System) -> None:
    puts(system, an_order("A", 5000))
    puts(system, an_order("A", 6000))
    puts(system, an_order("A", 6000))
    found = seen(system, "A")
    assert (found["version"], found["events"]) == (2, [("changed", "Was: amount 50.00. Is: amount 60.00.")])


def test_a_deadline_that_passed_is_noted_once(system: System, clock: SetClock) -> None:
    puts(system, an_order("A", 5000), an_order("B", 5000, po="1", status="confirmed"))
    clock.at = NOON + timedelta(hours=1)
    assert system.house.write(note_late) == {"late": 0}
    clock.at += timedelta(seconds=1)
    assert [system.house.write(note_late) for _ in range(2)] == [{"late": 1}, {"late": 0}]
    assert seen(system, "A")["late_at"] == clock.at
    assert seen(system, "B")["late_at"] is None
    assert system.house.read(lambda work: work.session.query(OrderEvent).count()) == 0


# ── on the desk ─────────────────────────────────────────────────────────────────────────────────


def test_the_queue_shows_who_is_late_and_an_order_leads_to_its_invoice_and_back(
    system: System, clock: SetClock
) -> None:
    puts(system, an_order("A/1", 5000, po="77"), an_order("B", 5000, po="77"), an_order("C", 100, status="confirmed"))
    system.house.write(lambda work: an_invoice(work, "F-1", amount="50.00", order_number="A/1"))
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.VIEWER))
    clock.at = NOON + timedelta(minutes=90)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as desk:
        queue = desk.get("/orders").text
        assert "30 min late" in queue
        assert "/orders/C" not in queue
        assert "like <a" in queue
        page = desk.get("/orders/A/1").text
        assert "/invoices/F-1" in page
        assert "/orders/B" in page
        assert "/orders/A/1" in desk.get("/invoices/F-1").text
        assert desk.get("/orders/NONE").status_code == 404
        found = desk.get("/api/v1/orders/B").json()
        assert (found["duplicate_of"], found["state"], found["events"]) == ("A/1", "received", [])
