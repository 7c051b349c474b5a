"""What is in dispute: cash that names it pays it, but nothing is forgiven on it without a person."""

from pathlib import Path

import pytest

from commands.system import System
from disputes.service import Contest, open_dispute, resolve
from disputes.store import dispute_by_number
from payments.reconciliation import Reconciled, reconcile
from payments.tables import Allocation
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in
from tests.integration.test_remittances import HEAD, advised

ACME = "ES9121000418450200051332"


@pytest.fixture(autouse=True)
def stage(system: System) -> None:
    def do(work: Work) -> None:
        a_customer(work, "ACME", iban=ACME)
        an_invoice(work, "F26/01701", amount="500.00", order_number="B-17")
        an_invoice(work, "F26/01702", amount="350.50", discount_percent="2", discount_until=str(TODAY))

    system.house.write(do)


def contest(system: System, reference: str = "F26/01701", kind: str = "invoice", amount: int | None = None) -> None:
    told = Contest(kind, reference, "price", TODAY, TODAY, amount, currency="EUR")
    system.house.write(lambda work: open_dispute(work, a_company(work), told))


def paid(system: System, amount: str, text: str) -> Reconciled:
    system.house.write(lambda work: money_in(work, amount, text, counterparty_account=ACME))
    done = system.house.write(lambda work: reconcile(work, a_company(work).id))
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []
    return done


def posted(system: System) -> set[tuple[str, str, int]]:
    """(number, kind, amount) of every allocation."""

    def look(work: Work) -> set[tuple[str, str, int]]:
        query = (
            work.session.query(Invoice.number, Allocation.kind, Allocation.amount)
            .join(OpenItem, OpenItem.invoice_id == Invoice.id)
            .join(Allocation, Allocation.open_item_id == OpenItem.id)
        )
        return {(number, kind, amount) for number, kind, amount in query}

    return system.house.read(look)


ROUNDED_OFF = {("F26/01701", "payment", 49_997), ("F26/01701", "write_off", 3)}
STILL_OPEN = {("F26/01701", "payment", 49_997)}
"""The cash is applied, the three cents stay."""


def test_a_small_difference_is_forgiven_where_nothing_is_in_dispute(system: System) -> None:
    contest(system, "F26/01702")
    paid(system, "499.97", "F26/01701")
    assert posted(system) == ROUNDED_OFF


@pytest.mark.parametrize("amount", [None, 1_000])
def test_no_difference_is_forgiven_on_an_invoice_in_dispute_wholly_or_in_part(
    system: System, amount: int | None
) -> None:
    contest(system, amount=amount)
    paid(system, "499.97", "F26/01701")
    assert posted(system) == STILL_OPEN


def test_no_difference_is_forgiven_on_an_invoice_whose_order_is_in_dispute(system: System) -> None:
    contest(system, "B-17", "order")
    paid(system, "499.97", "F26/01701")
    assert posted(system) == STILL_OPEN


def test_nothing_is_forgiven_while_the_credit_note_of_a_decided_case_is_waited_for(system: System) -> None:
    contest(system)
    system.house.write(lambda work: resolve(work, dispute_by_number(work.session, 1), "partly_accepted", accepted=2))
    paid(system, "499.97", "F26/01701")
    assert posted(system) == STILL_OPEN


def test_a_case_rejected_is_no_obstacle_any_more(system: System) -> None:
    contest(system)
    system.house.write(lambda work: resolve(work, dispute_by_number(work.session, 1), "rejected"))
    paid(system, "499.97", "F26/01701")
    assert posted(system) == ROUNDED_OFF


def test_no_discount_is_taken_by_itself_on_an_invoice_in_dispute(system: System) -> None:
    contest(system, "F26/01702")
    paid(system, "343.49", "F26/01702")
    assert posted(system) == {("F26/01702", "payment", 34_349)}


def test_an_advised_discount_is_not_taken_on_an_invoice_in_dispute(system: System, tmp_path: Path) -> None:
    contest(system, "F26/01702")
    advised(system, tmp_path, HEAD + "AV-1;2026-11-18;EUR;343.49;;Acme Ltd;F26/01702;343.49;7.01\n")
    paid(system, "343.49", "SAMMELZAHLUNG")
    assert ("F26/01702", "discount", 701) not in posted(system)


def test_cash_that_names_an_invoice_in_dispute_and_pays_it_whole_is_applied(system: System) -> None:
    contest(system, amount=1_000)
    paid(system, "500.00", "F26/01701")
    assert posted(system) == {("F26/01701", "payment", 50_000)}
