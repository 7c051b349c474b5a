"""What the demo does, in order, as data: the demo command walks the steps and calls the service for each.

The order of the steps counts. `on` is the business date each is done for. The second bank month is read before its
weekly reminders are replayed, so that every run finds the bank complete, as it would with daily statements; promises
that money kept stand before that money.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from sample import orders
from sample.customers import by_slug
from sample.disputes import Dispute, disputes
from sample.files import LATE_INVOICES_FILE
from sample.invoices import by_key
from sample.order_desk import DeskStep, order_desk
from sample.statements import statements
from sample.timeline import Timeline, banking_day_from

FileKind = Literal["customers", "invoices", "orders", "statement"]
Channel = Literal["phone", "email", "portal"]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Hand in one of `files(on)`."""

    on: date
    title: str
    kind: FileKind
    file_name: str


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Apply all cash not placed yet."""

    on: date
    title: str


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """Open the case; its resolution, if any, is a later step."""

    on: date
    title: str
    dispute: Dispute


@dataclass(frozen=True, slots=True)
class ResolveDispute:
    """Close the case the way `dispute.resolution` says."""

    on: date
    title: str
    dispute: Dispute


@dataclass(frozen=True, slots=True)
class RecordPromise:
    """A customer promises `amount` (minor units) on an invoice for a day; `expected` is what becomes of it."""

    on: date
    title: str
    customer_id: str
    invoice_number: str
    amount: int
    currency: str
    promised_for: date
    channel: Channel
    expected: Literal["kept", "partly_kept", "broken", "open"]


@dataclass(frozen=True, slots=True)
class AgreePlan:
    """A payment plan: days and amounts in minor units, together what is open of the invoice."""

    on: date
    title: str
    customer_id: str
    invoice_number: str
    currency: str
    instalments: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Nothing of this customer is reminded up to and including `until`."""

    on: date
    title: str
    customer_id: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class LogCall:
    """A line in the customer's history."""

    on: date
    title: str
    customer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckCredit:
    """Ask whether the order may go; amounts in minor units. The sample's answer is no: it is over the limit."""

    on: date
    title: str
    customer_id: str
    order_number: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class RunDunning:
    """Plan a run for the day; `approve` False leaves it for a person to look at."""

    on: date
    title: str
    approve: bool


@dataclass(frozen=True, slots=True)
class Send:
    """One pass of the dispatcher over what was approved."""

    on: date
    title: str


@dataclass(frozen=True, slots=True)
class CloseDay:
    """The daily jobs, before a run: promises come due, pauses end."""

    on: date
    title: str


@dataclass(frozen=True, slots=True)
class HearOrders:
    """The order desk tells when it handed each order over and what it corrected; `told_of` says what."""

    on: date
    title: str


Step = (
    ImportFile | Reconcile | OpenDispute | ResolveDispute | RecordPromise | AgreePlan | PlaceHold | LogCall
    | CheckCredit | RunDunning | Send | CloseDay | HearOrders | DeskStep
)  # fmt: skip


def told_of(order_number: str, received_at: datetime) -> Iterator[tuple[str, datetime, str]]:
    """(kind, at, cause) of what happened to a processed order: most within the hour, some late, a few mistyped."""
    number = int("".join(character for character in order_number if character.isdigit()) or 0)
    if number % 23 == 4:
        yield "corrected", received_at + timedelta(minutes=6), "data_entry"
    if number % 17 == 5:
        yield "corrected", received_at + timedelta(minutes=7), "customer"
    minutes = 95 if number % 11 == 3 else 8 + number * 7 % 45
    yield "confirmed", received_at + timedelta(minutes=minutes), ""


RUNS_AGO = (21, 14, 7)
"""The approved runs of the second bank month, in days before the sample's date."""

_PLAN_AMOUNTS = (240_000, 240_000, 240_000, 240_000)


def _books(timeline: Timeline) -> Iterator[Step]:
    start = timeline.first_month_from
    yield ImportFile(start, "Read the customers", "customers", "customers.csv")
    yield ImportFile(start, "Read nine months of invoices", "invoices", "invoices.csv")
    yield ImportFile(start, "Read the orders of the last weeks", "orders", "orders.csv")


def _run(day: date) -> Iterator[Step]:
    yield CloseDay(day, f"See which promises were kept by {day}")
    yield RunDunning(day, f"Plan and approve the reminders of {day}", approve=True)
    yield Send(day, f"Send the reminders of {day}")


def _first_month(timeline: Timeline) -> Iterator[Step]:
    file_name, day = statements(timeline.on)[0].file_name, _first_run_on(timeline)
    yield ImportFile(day, "Read the first month of the euro account", "statement", file_name)
    yield Reconcile(day, "Apply the cash of the first month")


def _second_month(timeline: Timeline) -> Iterator[Step]:
    on = timeline.on
    _, euros, pounds = statements(on)
    yield _promise(on, "almadraba-promised", 20, timeline.banked_ago(5), "phone", "kept")
    yield _promise(on, "cazelous-promised", 19, timeline.banked_ago(11), "phone", "partly_kept")
    yield ImportFile(on, "Read the second month of the euro account", "statement", euros.file_name)
    yield ImportFile(on, "Read the sterling account", "statement", pounds.file_name)
    yield Reconcile(on, "Apply the rest of the cash")


def _first_run_on(timeline: Timeline) -> date:
    return banking_day_from(timeline.second_month_from)


def _cases(on: date) -> Iterator[Step]:
    for case in disputes(on):
        subject = f"{case.subject_kind} {case.reference}"
        yield OpenDispute(case.notified_on, f"{case.customer.name} disputes {subject}", case)
        if case.resolution:
            yield ResolveDispute(case.resolution.on, f"The dispute of {subject} is decided", case)


def _promise(
    on: date,
    key: str,
    made_ago: int,
    promised_for: date,
    channel: Channel,
    expected: Literal["kept", "partly_kept", "broken", "open"],
) -> RecordPromise:
    invoice, made_on = by_key(on)[key], Timeline(on).working_day_ago(made_ago)
    customer = invoice.customer
    title = f"{customer.name} promises {invoice.number} for {promised_for}"
    return RecordPromise(
        made_on, title, customer.customer_id, invoice.number, invoice.amount, customer.currency, promised_for,
        channel, expected,
    )  # fmt: skip


def _promises(timeline: Timeline) -> Iterator[Step]:
    on = timeline.on
    yield _promise(on, "vega-1", 37, timeline.working_day_ago(21), "portal", "broken")
    yield _promise(on, "ferro-promised", 15, timeline.working_day_ago(6), "phone", "broken")
    yield _promise(on, "aubrelle-promised", 4, banking_day_from(timeline.ago(-6)), "portal", "open")


def _plan(timeline: Timeline) -> AgreePlan:
    invoice = by_key(timeline.on)["kermor-plan"]
    days = (banking_day_from(timeline.on + timedelta(days=10 + 30 * month)) for month in range(len(_PLAN_AMOUNTS)))
    return AgreePlan(
        timeline.working_day_ago(6),
        f"{invoice.customer.name} agrees to four instalments",
        invoice.customer.customer_id,
        invoice.number,
        invoice.customer.currency,
        tuple(zip(days, _PLAN_AMOUNTS, strict=True)),
    )


def _desk(timeline: Timeline) -> Iterator[Step]:
    """What the controller does by hand."""
    town, vega = by_slug()["ayuntamiento-de-ribaclara"], by_slug()["vegafoods"]
    yield PlaceHold(
        timeline.working_day_ago(5),
        f"Hold {town.name} while its payment order is signed",
        town.customer_id,
        timeline.ago(-10),
        "Payment order with the mayor for signature (M. García).",
    )
    number = by_key(timeline.on)["vega-1"].number
    yield LogCall(
        timeline.working_day_ago(3),
        f"Call {vega.name}",
        vega.customer_id,
        f"Call with Mme Laurent: will pay {number} “end of the week”.",
    )
    order = orders.by_key(timeline.on)["kastmotor-over"]
    yield CheckCredit(
        timeline.working_day_ago(1),
        f"Check the credit of {order.customer.name} for order {order.number}",
        order.customer.customer_id,
        order.number,
        order.amount,
        order.customer.currency,
    )


def _weeks(timeline: Timeline) -> list[Step]:
    """Disputes, promises, desk work and weekly runs, day by day; on one day the run comes last."""
    steps: list[Step] = [*_cases(timeline.on), *_promises(timeline), _plan(timeline), *_desk(timeline)]
    for days in RUNS_AGO:
        steps += _run(timeline.working_day_ago(days))
    return sorted(steps, key=lambda step: step.on)


def _today(timeline: Timeline) -> Iterator[Step]:
    on = timeline.on
    yield ImportFile(on, "Read an invoice whose order is already disputed", "invoices", LATE_INVOICES_FILE)
    yield HearOrders(on, "Hear when the orders were processed")
    yield from order_desk(on)
    yield Send(on, "Tell customers about their orders")
    yield CloseDay(on, "See which promises were kept")
    yield RunDunning(on, "Plan today's reminders and leave them for approval", approve=False)


@cache
def story(on: date) -> tuple[Step, ...]:
    """Every step of the demo, in the order to take them."""
    timeline = Timeline(on)
    first_run_on, weeks = _first_run_on(timeline), _weeks(timeline)
    return (
        *_books(timeline),
        *_first_month(timeline),
        *(step for step in weeks if step.on <= first_run_on),
        *_run(first_run_on),
        *_second_month(timeline),
        *(step for step in weeks if step.on > first_run_on),
        *_today(timeline),
    )
