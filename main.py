"""The composition root: settings → database → parts → app, jobs and commands. The only file that knows everything."""

import gc
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from commands.cli import build_cli
from commands.system import System
from config.settings import Settings, load
from credit import jobs as credit_jobs
from credit import rules as credit_rules
from credit import service as credit
from credit.events import OrderReleased, WordAsked
from disputes import contested, credits, deductions
from disputes import jobs as dispute_jobs
from disputes import service as disputes
from disputes.events import CreditTracked, DisputeOpened, DisputeResolved
from dunning import agreements, pauses, payment_plans, policies, rates, takeover
from dunning import handlers as dunning_handlers
from dunning import jobs as dunning_jobs
from dunning.delivery import NoticeKind
from dunning.mail_jobs import read_mail
from dunning.rendering import letter_style
from exchange import handlers as exchange
from exchange.jobs import tell_webhooks
from exchange.sending import Teller
from exchange.webhooks import Seal
from intake.door import Door
from intake.jobs import watch_folder
from intake.order_mail import read_orders
from migrations import run as migrations
from orders import jobs as order_jobs
from orders import rules as order_rules
from orders import service as orders
from orders.imports import import_orders
from orders.mails import KIND, OrderMailKind
from payments import handlers as payments
from payments import jobs as payment_jobs
from payments import tolerances
from payments.events import ApplicationUndone, DifferencesJudged, PaymentApplied, ShortPaid
from payments.imports import import_statement
from payments.rate_import import import_exchange_rates
from payments.remittances import import_remittance
from receivables.events import (
    BalanceChanged,
    CustomersArrived,
    InvoiceCancelled,
    InvoicesArrived,
    ItemsSettled,
    PaidElsewhere,
)
from receivables.imports import Importer, import_customers
from receivables.invoice_imports import import_invoices
from reports import jobs as report_jobs
from runtime import logs
from runtime.audit import Key
from runtime.clock import Clock, SystemClock
from runtime.db import Database
from runtime.dispatch import Dispatcher
from runtime.documents import Archive
from runtime.house import House
from runtime.jobs import Job
from runtime.mail import EmlFolder, Transport
from runtime.outward import Outward
from runtime.pdf import FencedRenderer, PdfRenderer
from runtime.smtp import SmtpTransport
from runtime.work import Handlers, Recorded

ROOT = Path(__file__).parent

GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""Bulk work makes many small objects that live a moment; with Python's own thresholds, looking for cycles among them
took a third of the time of a large run (measured by benchmarks/bench_dunning.py)."""

NOBODY_YET = "reminders@duecourse.invalid"
"""Sender of mails written to a folder for a company without an address; nothing is ever sent from it."""

HANDLERS: Handlers = {
    CustomersArrived: [credit.take_limits, exchange.tell_customers],
    InvoicesArrived: [
        payments.settle_linked_credits,
        pauses.pause_arrivals,
        orders.note_invoices,
        takeover.take_levels,
        exchange.tell_invoices,
    ],
    BalanceChanged: [credit.watch_balances],
    ItemsSettled: [
        disputes.close_settled,
        credits.track_credits,
        pauses.keep_promises,
        payment_plans.keep_plans,
        dunning_handlers.release_credit,
    ],
    PaymentApplied: [
        credits.track_credits,
        pauses.mark_crossed,
        dunning_handlers.correct_after_payment,
        exchange.tell_applied,
    ],
    PaidElsewhere: [pauses.mark_crossed, dunning_handlers.correct_after_payment],
    InvoiceCancelled: [pauses.mark_crossed, exchange.tell_cancelled],
    ShortPaid: [deductions.propose_deductions],
    DifferencesJudged: [contested.name_contested],
    ApplicationUndone: [
        deductions.forget_undone,
        disputes.reopen_unsettled,
        credits.track_undone,
        pauses.pause_reopened,
        pauses.begin_new_cycle,
        exchange.tell_undone,
        payment_plans.reopen_kept,
    ],
    DisputeOpened: [pauses.follow_dispute, orders.note_dispute],
    DisputeResolved: [pauses.follow_dispute, dunning_handlers.correct_after_resolution],
    CreditTracked: [pauses.follow_dispute],
    OrderReleased: [orders.note_release],
    WordAsked: [dunning_handlers.tell_word],
    Recorded: [exchange.tell_recorded],
}
"""Who hears of what: the one place where packages are joined upward."""

IMPORTERS: Mapping[str, Importer] = {
    "customers": import_customers,
    "exchange_rates": import_exchange_rates,
    "invoices": import_invoices,
    "orders": import_orders,
    "rates": rates.import_rates,
    "remittance": import_remittance,
    "statement": import_statement,
}

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        *payment_jobs.JOBS,
        *dispute_jobs.JOBS,
        *credit_jobs.JOBS,
        *order_jobs.JOBS,
        *dunning_jobs.JOBS,
        *report_jobs.JOBS,
    )
}


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    renderer: PdfRenderer | None = None,
) -> System:
    """Puts the parts together; nothing is opened or written yet but the var dir.

    Clock, transport and renderer may be handed in; everything else is always the real thing.
    """
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    logs.configure(settings.log_level)
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    key = _audit_key(settings)
    house = House(
        Database(settings.resolved_database_url, key),
        clock or SystemClock(),
        settings.time_zone,
        settings.var_dir,
        HANDLERS,
    )
    archive = Archive(settings.var_dir / "archive")
    stand_in = "" if settings.smtp_url else NOBODY_YET
    notices = NoticeKind(renderer or FencedRenderer(letter_style()), archive, stand_in)
    mails = OrderMailKind(settings.base_url, stand_in)
    dispatcher = Dispatcher(house, transport or _transport(settings), {"notice": notices, KIND: mails})

    seal = Seal(key.secret, settings.webhooks_private)
    teller = Teller(house, Outward(allow_private=settings.webhooks_private), seal)

    def migrate() -> str:
        revision = migrations.upgrade(house.database.engine)
        house.write(lambda work: policies.seed(work, _shipped_policies()))
        house.write(lambda work: rates.seed(work, _shipped_interest_tables()))
        house.write(lambda work: tolerances.seed(work, _shipped_tolerances()))
        house.write(lambda work: agreements.seed(work, _shipped("agreements/standard.json")))
        house.write(lambda work: credit_rules.seed(work, _shipped("credit/standard.json")))
        house.write(lambda work: order_rules.seed(work, _shipped("orders/standard.json")))
        return revision

    return System(
        house=house,
        archive=archive,
        teller=teller,
        importers=IMPORTERS,
        dispatcher=dispatcher,
        notices=notices,
        jobs=JOBS | _by_settings(settings, Door(house, archive, IMPORTERS), teller),
        migrate=migrate,
        is_migrated=lambda: migrations.is_current(house.database.engine),
        audit_keys={key.name: key.secret},
        settings=settings.model_dump(),
        interest_tables=_shipped_interest_tables(),
        at=lambda other: build(settings, clock=other, transport=transport, renderer=renderer),
    )


def _by_settings(settings: Settings, door: Door, teller: Teller) -> dict[str, Job]:
    """The jobs that need parts: webhooks, and the drop folder and the mailboxes when there are such."""
    found = [tell_webhooks(teller)]
    if settings.watch_dir:
        found.append(watch_folder(door, settings.watch_dir))
    if settings.imap_url:
        found.append(read_mail(settings.imap_url, door.archive))
    if settings.orders_imap:
        found.append(read_orders(door, settings.orders_imap))
    return {job.name: job for job in found}


def _transport(settings: Settings) -> Transport:
    if settings.smtp_url:
        return SmtpTransport(settings.smtp_url)
    return EmlFolder(settings.var_dir / "outbox")


def _shipped_policies() -> dict[str, dict[str, object]]:
    folder = ROOT / "config" / "policies"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def _shipped_tolerances() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((ROOT / "config/tolerances/standard.json").read_text("utf-8"))
    return found


def _shipped(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((ROOT / "config" / name).read_text("utf-8"))
    return found


def _shipped_interest_tables() -> list[dict[str, object]]:
    paths = [*(ROOT / "config" / "rates").glob("*.json"), *(ROOT / "config" / "interest").glob("*.json")]
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(paths)]


def _audit_key(settings: Settings) -> Key:
    """The secret that seals the audit log: the setting, or one made once and kept in the var dir."""
    if settings.secret_key:
        return Key("settings", settings.secret_key.encode())
    path = settings.var_dir / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return Key("var", path.read_text(encoding="ascii").strip().encode())


def web() -> object:
    """The ASGI application, for uvicorn workers."""
    from commands.web import build_web  # here, so that commands which serve nothing do not declare every route

    return build_web(build(load(dict(os.environ))), reads_imports=True)


if __name__ == "__main__":
    build_cli(lambda: build(load(dict(os.environ))))(prog_name="main.py", args=sys.argv[1:])
