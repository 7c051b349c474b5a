"""The chain in small: invoice in, cash in, applied, disputed, reminded, sent."""

from datetime import timedelta

from commands.system import System
from disputes.service import Contest, open_dispute
from dunning.run import approve, plan_run
from payments.reconciliation import reconcile
from payments.service import undo_entry
from payments.tables import BankEntry
from reports.invariants import violations
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, decisions_of_run, money_in, the_item


def _holds(system: System) -> None:
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_cash_that_names_its_invoice_is_applied_and_can_be_undone(system: System) -> None:
    def stage(work: Work) -> None:
        a_customer(work)
        an_invoice(work, "F-1001", amount="100.00")
        money_in(work, "100.00", "payment f1001 thank you")
        assert reconcile(work, a_company(work).id).posted == 1
        assert the_item(work, "F-1001").open == 0

    system.house.write(stage)
    _holds(system)

    def undo(work: Work) -> None:
        undo_entry(work, work.session.query(BankEntry).one())
        assert the_item(work, "F-1001").open == 10000

    system.house.write(undo)
    _holds(system)


def test_an_order_dispute_stops_its_invoices_and_the_rest_is_reminded(system: System) -> None:
    def stage(work: Work) -> None:
        a_customer(work)
        an_invoice(work, "F-1001", order_number="PO-1")
        an_invoice(work, "F-1002")
        contest = Contest("order", "PO-1", "price", TODAY, TODAY)
        open_dispute(work, a_company(work), contest)
        an_invoice(work, "F-1003", order_number="PO-1", due_on=TODAY - timedelta(days=7))

    system.house.write(stage)

    def run(work: Work) -> None:
        planned = plan_run(work)
        decisions = {
            invoice.number: decision.decision for decision, _, invoice, _ in decisions_of_run(work.session, planned.id)
        }
        assert decisions == {"F-1001": "hold", "F-1002": "notice", "F-1003": "hold"}
        approve(work, planned)

    system.house.write(run)
    assert system.dispatcher.run().sent == 1
    assert system.dispatcher.run().sent == 0
    assert len(list((system.house.var_dir / "outbox").glob("*.eml"))) == 1
    _holds(system)


def test_a_payment_between_approval_and_sending_withdraws_the_notice(system: System) -> None:
    def stage(work: Work) -> None:
        a_customer(work)
        an_invoice(work, "F-1001")
        approve(work, plan_run(work))

    system.house.write(stage)

    def pay(work: Work) -> None:
        money_in(work, "100.00", "F-1001")
        reconcile(work, a_company(work).id)

    system.house.write(pay)
    tally = system.dispatcher.run()
    assert (tally.sent, tally.cancelled) == (0, 1)
    _holds(system)
