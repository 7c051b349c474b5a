"""The demo: a sample company lives two months in a minute, through the same doors the product uses."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import singledispatchmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import func, select

from commands.output import console, table
from commands.system import System
from core.errors import Refused
from core.money import Money, decimal_text
from credit import store as credit
from credit.service import set_limit
from disputes import store as dispute_store
from disputes.service import Contest, open_dispute, resolve
from disputes.tables import Dispute
from dunning import pauses, plan_store
from dunning.payment_plans import Asked, make_plan
from dunning.plans import Instalment
from dunning.run import approve, plan_run
from dunning.tables import DunningRun, Notice
from intake.service import import_file
from orders import captures
from orders import mails as order_mails
from orders import rules as order_rules
from orders import store as order_store
from orders.intake import read_order
from orders.service import PROCESSED, Told, put_orders, tell
from orders.store import order_named
from orders.tables import Order
from payments import statements
from payments import store as payments
from payments.reconciliation import reconcile
from receivables import service as receivables
from receivables import store
from receivables.imports import Handed
from receivables.intake.rows import Row
from receivables.tables import Company, Invoice, OpenItem
from runtime import access
from runtime.clock import SetClock
from runtime.jobs import run_job
from runtime.tables import User
from runtime.work import Role, Work
from sample import files
from sample import order_desk as desk
from sample import story as tale
from sample.company import COMPANY

EMAIL, PASSWORD = "demo@nordwind.example", "nordwind-demo"
"""The demo's login; only ever made in development."""

_REASONS = {"damaged": "quality", "late_delivery": "delivery", "order_error": "order_entry_error"}

MORNING = 8
"""The hour (UTC) at which the sample's people do things."""


def register(cli: Any) -> None:
    cli.command("demo")(demo)


def demo(
    system: System,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the UI afterwards.")] = True,
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 8000,
) -> None:
    """Sample company through the whole chain, then the UI."""
    if system.settings["env"] == "production":
        raise Refused("The demo does not run on a production system.")
    system.migrate()
    if system.house.read(_is_loaded):
        console.print(f"The sample company {COMPANY.name} is loaded already.")
    else:
        _tell(system)
    console.print(table("What happened", ("", ""), system.house.read(_summary)))
    console.print(f"\nSign in as [bold]{EMAIL}[/bold] with the password [bold]{PASSWORD}[/bold].")
    if serving:
        from commands.machine import serve

        console.print(f"Open [bold]http://127.0.0.1:{port}[/bold] (Ctrl-C ends it).\n")
        serve(system, port=port)


def _is_loaded(work: Work) -> bool:
    codes = set(work.session.scalars(select(Company.code)))
    if codes and COMPANY.code not in codes:
        raise Refused("This database holds other data. Point DUECOURSE_VAR_DIR at an empty folder for the demo.")
    return bool(codes) and work.session.scalar(select(User.id).where(User.email == EMAIL)) is not None


def _tell(system: System) -> None:
    """Walks the story, each step on its own business day, with a bar that moves."""
    on = system.house.today()
    clock = SetClock(system.house.clock.now())
    with (
        TemporaryDirectory() as folder,
        Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console) as progress,
    ):
        files.write(Path(folder), on)
        steps = tale.story(on)
        task = progress.add_task("The sample company", total=len(steps))
        player = Player(system.at(clock), clock, Path(folder), clock.at)
        player.found()
        for step in steps:
            progress.update(task, description=step.title[:60].ljust(60))
            player.play(step)
            progress.advance(task)
    player.hire()


@dataclass
class Player:
    """Plays the steps of the story on the system, with the clock set to each step's day and never beyond `now`."""

    system: System
    clock: SetClock
    folder: Path
    now: datetime
    imported: Counter[str] = field(default_factory=Counter)

    def found(self) -> None:
        """The company and its accounts, before anything else happens."""

        def do(work: Work) -> None:
            company = receivables.add_company(
                work, COMPANY.code, name=COMPANY.name, legal_name=COMPANY.legal_name, street=COMPANY.street,
                postal_code=COMPANY.postal_code, city=COMPANY.city, country=COMPANY.country, currency=COMPANY.currency,
                language=COMPANY.language, time_zone=COMPANY.time_zone, vat_id=COMPANY.vat_id,
                iban=COMPANY.accounts[0].iban, bic=COMPANY.accounts[0].bic, email=COMPANY.email, phone=COMPANY.phone,
                signatory=COMPANY.signatory,
            )  # fmt: skip
            for account in COMPANY.accounts:
                statements.add_bank_account(work, company.id, account.iban, account.currency, account.name)

        self.system.house.write(do)

    def hire(self) -> None:
        """The person who signs in; made last, so that a broken-off demo is not taken for a whole one."""
        self.system.house.write(
            lambda work: access.add_user(work, EMAIL, Role.ADMIN, PASSWORD, name="Marta García", locale="en-GB")
        )

    def play(self, step: tale.Step) -> None:
        morning = datetime(step.on.year, step.on.month, step.on.day, MORNING, 0, tzinfo=UTC)
        self.clock.at = min(morning, self.now)
        self._do(step)

    def _write(self, do: Callable[[Work], Any], on: date) -> Any:
        return self.system.house.write(do, on=on)

    @singledispatchmethod
    def _do(self, step: tale.Step) -> None:
        raise NotImplementedError(type(step).__name__)

    @_do.register
    def _import(self, step: tale.ImportFile) -> None:
        self._hand_in(step.kind, step.file_name)

    def _hand_in(self, kind: str, name: str) -> None:
        result = import_file(self.system.door, Handed(kind, self.folder / name, name, COMPANY.code))
        if result.state != "done" or result.rejected:
            raise Refused(f"{name}: {result.problems}")

    @_do.register
    def _reconcile(self, step: tale.Reconcile) -> None:
        self._write(lambda work: reconcile(work, store.company_by_code(work.session, COMPANY.code).id), step.on)

    @_do.register
    def _open(self, step: tale.OpenDispute) -> None:
        case = step.dispute

        def do(work: Work) -> None:
            customer = store.customer_by_external_id(work.session, case.customer.customer_id)
            contest = Contest(
                case.subject_kind, case.reference, _REASONS.get(case.reason, case.reason), case.detected_on,
                case.notified_on, case.amount, case.customer.currency, case.note, EMAIL, customer.id,
            )  # fmt: skip
            open_dispute(work, store.company_by_code(work.session, COMPANY.code), contest)

        self._write(do, step.on)

    @_do.register
    def _resolve(self, step: tale.ResolveDispute) -> None:
        ending = step.dispute.resolution
        assert ending is not None

        def do(work: Work) -> None:
            found = work.session.scalars(
                select(Dispute).where(Dispute.subject == step.dispute.reference, Dispute.state != "resolved")
            ).first()
            if found is not None:
                resolve(work, found, ending.outcome, ending.accepted_amount, ending.note)

        self._write(do, step.on)

    @_do.register
    def _promise(self, step: tale.RecordPromise) -> None:
        def do(work: Work) -> None:
            invoice = store.invoice_by_number(work.session, step.invoice_number)
            pauses.promise(work, invoice, step.amount, step.promised_for, f"by {step.channel}")

        self._write(do, step.on)

    @_do.register
    def _agree_plan(self, step: tale.AgreePlan) -> None:
        def do(work: Work) -> None:
            items = plan_store.items_named(work.session, [(step.invoice_number, None)])
            instalments = [Instalment(on, amount) for on, amount in step.instalments]
            make_plan(work, Asked(items, instalments, "balance", "suspended", "agreed by phone"))

        self._write(do, step.on)

    @_do.register
    def _hold(self, step: tale.PlaceHold) -> None:
        def do(work: Work) -> None:
            customer = store.customer_by_external_id(work.session, step.customer_id)
            pauses.hold(work, customer, None, step.reason, step.until)

        self._write(do, step.on)

    @_do.register
    def _log(self, step: tale.LogCall) -> None:
        def do(work: Work) -> None:
            receivables.add_note(work, store.customer_by_external_id(work.session, step.customer_id), "call", step.text)

        self._write(do, step.on)

    @_do.register
    def _check_credit(self, step: tale.CheckCredit) -> None:
        """Looks at the customer's credit that day; the overrun list shows the answer."""
        job = self.system.jobs["overruns"]
        run_job(self.system.house, job, step.on)

    @_do.register
    def _close(self, step: tale.CloseDay) -> None:
        for name in ("promises", "plans", "overruns", "kpi-snapshot"):
            run_job(self.system.house, self.system.jobs[name], step.on)

    @_do.register
    def _hear_orders(self, step: tale.HearOrders) -> None:
        def do(work: Work) -> None:
            for order in work.session.scalars(select(Order).where(Order.status.in_(PROCESSED)).order_by(Order.number)):
                for kind, at, cause in tale.told_of(order.number, order.received_at):
                    if at <= work.now:
                        tell(work, order, Told(kind, at, cause))

        self._write(do, step.on)

    @_do.register
    def _take_paper(self, step: desk.PaperArrives) -> None:
        (self.folder / step.file_name).write_text(step.text, encoding="utf-8")
        self._hand_in("orders", step.file_name)

    @_do.register
    def _set_order_rules(self, step: desk.SetOrderRules) -> None:
        def do(work: Work) -> None:
            said = order_rules.shown(order_rules.in_force(work.session))
            raises = [{"priority": "high", "segment": step.segment}]
            order_rules.put_rules(
                work, {**said, "enough": 4, "minutes": {**said["minutes"], "high": 30}, "raises": raises}
            )
            for state in step.told_of:
                order_mails.switch(work, state, is_on=True)

        self._write(do, step.on)

    @_do.register
    def _limit_group(self, step: desk.LimitGroup) -> None:
        def do(work: Work) -> None:
            head = store.customer_by_external_id(work.session, step.customer_id)
            set_limit(work, head, Money(step.amount, step.currency), "agreed with the group", scope="group")

        self._write(do, step.on)

    @_do.register
    def _take_order(self, step: desk.OrderArrives) -> None:
        received_at = self.clock.at - timedelta(minutes=20)
        row: dict[str, object] = {
            "order_number": step.number, "customer_id": step.customer_id, "channel": "portal",
            "received_at": received_at.isoformat(), "currency": step.currency, "amount": step.amount,
            "po_number": step.po_number,
        }  # fmt: skip

        def do(work: Work) -> None:
            order, problems = read_order(Row(step.number, row))
            assert order is not None, problems
            put_orders(work, store.company_by_code(work.session, COMPANY.code), [order])
            if step.is_confirmed:
                tell(work, order_named(work.session, step.number).Order, Told("confirmed", work.now))

        self._write(do, step.on)

    @_do.register
    def _dun(self, step: tale.RunDunning) -> None:
        def do(work: Work) -> None:
            run = plan_run(work)
            if step.approve:
                approve(work, run)

        self._write(do, step.on)

    @_do.register
    def _send(self, step: tale.Send) -> None:
        self.system.dispatcher.run()


def _summary(work: Work) -> list[tuple[str, str]]:
    """What a newcomer wants to know, in plain words."""
    session = work.session
    invoices = session.scalar(select(func.count(Invoice.id)))
    open_items = select(OpenItem.currency, func.sum(OpenItem.open)).where(OpenItem.kind == "invoice", OpenItem.open > 0)
    totals = [
        str(Money(int(total), currency)) for currency, total in session.execute(open_items.group_by(OpenItem.currency))
    ]
    cash = payments.counts_by_state(session)
    sent = session.scalar(select(func.count(Notice.id)).where(Notice.state == "sent"))
    last = session.scalars(select(DunningRun).order_by(DunningRun.number.desc()).limit(1)).first()
    overruns = [
        f"{customer.name} by {decimal_text(overrun.exposure - overrun.limit, overrun.currency)} {overrun.currency}"
        for overrun, customer in credit.overruns(session)[:3]
    ]
    unusual = order_store.counts_by_stage(session, (order_store.AWAITING,), work.now)[order_store.AWAITING]
    return [
        ("Invoices and credit notes", f"{invoices}, open {' and '.join(totals)}"),
        ("Bank entries applied", f"{cash.get('applied', 0)}; {cash.get('suggested', 0)} wait for your eye, "
                                 f"{cash.get('unmatched', 0)} have no answer"),
        ("Over their credit limit", "; ".join(overruns) or "nobody"),
        ("Open disputes", f"{dispute_store.open_count(session)}, their invoices are not reminded"),
        ("Orders to type in or to ask about", f"{captures.waiting_count(session)} papers, {unusual} unusual"),
        ("Reminders sent", f"{sent} letters, as .eml files in the outbox folder"),
        ("Waiting for your approval", f"run {last.number} with {last.notices} notices" if last else "nothing"),
    ]  # fmt: skip
