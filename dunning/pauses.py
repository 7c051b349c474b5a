"""The pause ledger's use cases: disputes, holds and promises stop reminders, and let them go on.

Every change is made in the transaction of its cause, under the customer's lock.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from uuid import UUID

from core.calendar import add_business_days
from core.errors import Invalid
from disputes import store as disputes
from disputes.events import CreditTracked, DisputeOpened, DisputeResolved
from disputes.tables import Dispute
from dunning import plan_store, store
from dunning.errors import NoSuchHold, NoSuchPromise, PromiseRunning, UnderPlan
from dunning.tables import Notice, Pause, Promise
from payments.events import ApplicationUndone, PaymentApplied
from receivables import store as receivables
from receivables.events import InvoiceCancelled, InvoicesArrived, ItemsSettled, PaidElsewhere
from receivables.tables import Customer, Invoice, OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work

CLEARING_BUSINESS_DAYS = 2
"""Days a promised payment may take through the banks before the promise counts as broken."""

LONGEST_HOLD_DAYS = 180


def begin_pause(
    work: Work, customer_id: UUID, item_id: UUID | None, source: str, source_id: UUID, reason: str,
    amount: int | None = None, expires_on: date | None = None,
) -> None:  # fmt: skip
    """Writes a pause into the ledger that begins today: of an item, or of the whole customer."""
    work.session.add(
        Pause(
            id=new_id(),
            customer_id=customer_id,
            open_item_id=item_id,
            source=source,
            source_id=source_id,
            reason=reason,
            amount=amount,
            from_on=work.today,
            from_at=work.now,
            expires_on=expires_on,
            actor=str(work.actor),
        )
    )


def end_pauses(work: Work, pauses: Iterable[Pause]) -> None:
    """Ends pauses today, before their time."""
    for pause in pauses:
        pause.ended_on, pause.ended_at = work.today, work.now


# ── disputes ────────────────────────────────────────────────────────────────────────────────────


def follow_dispute(work: Work, event: DisputeOpened | DisputeResolved | CreditTracked) -> None:
    """A dispute pauses what it contests, at once; decided, it pauses only what waits for a credit note."""
    _apply_dispute(work, disputes.dispute(work.session, event.dispute_id))


def pause_arrivals(work: Work, event: InvoicesArrived) -> None:
    """Items that arrive later for a disputed order or delivery are paused in the transaction that brings them."""
    orders = {(event.company_id, customer_id, number) for customer_id, number in event.orders}
    on_orders = disputes.standing_on_orders(work.session, orders)
    for dispute in (*on_orders, *disputes.standing_on_deliveries(work.session, event.invoice_ids)):
        _apply_dispute(work, dispute)


def pause_reopened(work: Work, event: ApplicationUndone) -> None:
    """Items that are open again are paused again by every case about them that is not closed."""
    invoice_ids = {item.invoice_id for item in receivables.items(work.session, event.open_item_ids).values()}
    orders = receivables.orders_named(work.session, invoice_ids)
    for dispute in (
        *disputes.standing_about_invoices(work.session, invoice_ids),
        *disputes.standing_on_orders(work.session, orders),
        *disputes.standing_on_deliveries(work.session, invoice_ids),
    ):
        _apply_dispute(work, dispute)


def _apply_dispute(work: Work, dispute: Dispute) -> None:
    """Brings the ledger to what the case says now: one running pause for each contested item with its share."""
    items = [item for item in disputes.contested_items(work.session, dispute) if item.open > 0]
    is_decided = dispute.state == "resolved"
    wanted = _shares(items, dispute.credit_due if is_decided else dispute.amount)
    running = {pause.open_item_id: pause for pause in store.running_pauses(work.session, "dispute", dispute.id)}
    end_pauses(work, (pause for item_id, pause in running.items() if _differs(pause, wanted, item_id)))
    work.session.flush()
    for item in items:
        pause = running.get(item.id)
        if item.id in wanted and (pause is None or pause.ended_at is not None):
            begin_pause(work, item.customer_id, item.id, "dispute", dispute.id, _why(dispute), wanted[item.id])
    if not is_decided:
        flag_crossing(work, wanted)


def _why(dispute: Dispute) -> str:
    about = f"case {dispute.number}: {dispute.subject_kind.replace('_', ' ')} {dispute.subject}, {dispute.reason}"
    return f"{about}, credit note to come" if dispute.state == "resolved" else about


def _differs(pause: Pause, wanted: Mapping[UUID, int | None], item_id: UUID | None) -> bool:
    return item_id is None or item_id not in wanted or wanted[item_id] != pause.amount


def _shares(items: Iterable[OpenItem], amount: int | None) -> dict[UUID, int | None]:
    """How much of each item is contested: all of each, or the amount spread over them, oldest first."""
    if amount is None:
        return {item.id: None for item in items}
    shares: dict[UUID, int | None] = {}
    for item in items:
        part = min(amount, item.open)
        if part:
            shares[item.id] = part
            amount -= part
    return shares


def mark_crossed(work: Work, event: PaymentApplied | PaidElsewhere | InvoiceCancelled) -> None:
    """A payment or cancellation recorded while a letter about it is on its way: the letter is flagged for the clerk."""
    flag_crossing(work, event.open_item_ids)


def flag_crossing(work: Work, item_ids: Collection[UUID]) -> None:
    """Flags letters about these items that may be on their way right now."""
    _flag(store.sending_notices_about(work.session, item_ids))


def _flag(notices: Iterable[Notice]) -> None:
    for notice in notices:
        notice.crossed = True


def begin_new_cycle(work: Work, event: ApplicationUndone) -> None:
    """Money the bank took back re-opens its items one cycle on, at the level they had reached (D1, 4.4)."""
    if not event.is_return:
        return
    for reminder in store.reminders(work.session, event.open_item_ids).values():
        reminder.cycle += 1


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


def hold(work: Work, customer: Customer, invoice: Invoice | None, reason: str, until: date) -> UUID:
    """Stops reminders of a customer, or of one invoice, through a date. Returns the hold's id."""
    work.need(Right.HOLD)
    receivables.lock_customer(work.session, customer.id)
    if not reason.strip():
        raise Invalid.because("/reason", "A hold has a reason.", field="reason")
    if not 0 <= (until - work.today).days <= LONGEST_HOLD_DAYS:
        message = f"A hold ends between today and {LONGEST_HOLD_DAYS} days from now."
        raise Invalid.because("/until", message, field="until")
    hold_id = new_id()
    items = receivables.items_of_invoice(work.session, invoice.id) if invoice else [None]
    for item in items:
        begin_pause(work, customer.id, item.id if item else None, "hold", hold_id, reason.strip(), expires_on=until)
    subject = f"invoice:{invoice.number}" if invoice else f"customer:{customer.external_id}"
    _flag(
        store.sending_notices_about(work.session, [item.id for item in items if item])
        if invoice
        else store.sending_notices_to(work.session, customer.id)
    )
    work.record("hold.set", subject, {"until": str(until), "hold": str(hold_id)}, reason=reason.strip())
    return hold_id


def lift_hold(work: Work, hold_id: UUID) -> None:
    """Ends a hold before its time."""
    work.need(Right.HOLD)
    running = store.running_pauses(work.session, "hold", hold_id)
    if not running:
        raise NoSuchHold
    receivables.lock_customer(work.session, running[0].customer_id)
    end_pauses(work, running)
    work.record("hold.lifted", f"hold:{hold_id}")


# ── promises ────────────────────────────────────────────────────────────────────────────────────


def promise(work: Work, invoice: Invoice, amount: int | None, promised_on: date, note: str = "") -> list[Promise]:
    """Notes that a customer promised to pay an invoice by a day. Reminders wait through that day and the clearing
    days after it. `amount` None promises all that is open."""
    work.need(Right.HOLD)
    receivables.lock_customer(work.session, invoice.customer_id)
    items = [item for item in receivables.items_of_invoice(work.session, invoice.id) if item.open > 0]
    if not items:
        raise Invalid.because("/invoice_number", f"Nothing is open on {invoice.number}.", field="invoice_number")
    if not 0 <= (promised_on - work.today).days <= LONGEST_HOLD_DAYS:
        raise Invalid.because(
            "/promised_on", "A promise lies between today and 180 days from now.", field="promised_on"
        )
    if amount is not None and not 0 < amount <= sum(item.open for item in items):
        raise Invalid.because("/amount", "A promise is for at most what is open.", field="amount")
    if store.open_promises(work.session, {item.id for item in items}):
        raise PromiseRunning
    for plan in plan_store.running_over(work.session, {item.id for item in items}):
        raise UnderPlan(invoice.number, plan.number)
    customer = work.session.get_one(Customer, invoice.customer_id)
    expires_on = add_business_days(promised_on, CLEARING_BUSINESS_DAYS, customer.country)
    made = []
    for item_id, part in _shares(items, amount or sum(item.open for item in items)).items():
        made.append(_new_promise(work, invoice, item_id, part or 0, promised_on, note))
        begin_pause(work, invoice.customer_id, item_id, "promise", made[-1].id, f"promised for {promised_on}",
               expires_on=expires_on)  # fmt: skip
    flag_crossing(work, [each.open_item_id for each in made])
    said = {"on": str(promised_on), "promises": [str(each.id) for each in made]}
    work.record("promise.made", f"invoice:{invoice.number}", said, reason=note or None)
    return made


def _new_promise(work: Work, invoice: Invoice, item_id: UUID, amount: int, on: date, note: str) -> Promise:
    made = Promise(
        id=new_id(),
        customer_id=invoice.customer_id,
        open_item_id=item_id,
        amount=amount,
        currency=invoice.currency,
        promised_on=on,
        state="open",
        note=note,
        actor=str(work.actor),
        at=work.now,
    )
    work.session.add(made)
    return made


def judge_promises(work: Work) -> dict[str, int]:
    """Closes promises: kept when the item is settled, broken when the clearing days are over and it is not."""
    work.need(Right.HOLD)
    counts = {"kept": 0, "partly_kept": 0, "broken": 0}
    for made, item, pause in store.promises_to_judge(work.session):
        if item.open == 0:
            state = "kept"
        elif pause.expires_on is not None and work.today > pause.expires_on:
            state = _broken_or_partly(work, made, item)
        else:
            continue
        made.state, made.closed_at = state, work.now
        end_pauses(work, [pause])
        counts[state] += 1
        work.record(f"promise.{state}", f"promise:{made.id}")
    return counts


def _broken_or_partly(work: Work, made: Promise, item: OpenItem) -> str:
    paid = store.paid_since(work.session, item.id, made.at)
    if paid >= made.amount:
        return "kept"
    return "partly_kept" if paid > 0 else "broken"


def keep_promises(work: Work, event: ItemsSettled) -> None:
    """A settled item keeps its promise the moment the money is applied."""
    for made in store.open_promises(work.session, event.open_item_ids):
        made.state, made.closed_at = "kept", work.now
        end_pauses(work, store.running_pauses(work.session, "promise", made.id))
        work.record("promise.kept", f"promise:{made.id}")


def withdraw_promises_for(work: Work, open_item_ids: Collection[UUID], why: str) -> None:
    """Ends the open promises of items without judging them, because something else was agreed."""
    for made in store.open_promises(work.session, open_item_ids):
        made.state, made.closed_at = "withdrawn", work.now
        end_pauses(work, store.running_pauses(work.session, "promise", made.id))
        work.record("promise.withdrawn", f"promise:{made.id}", reason=why)


def withdraw_promise(work: Work, promise_id: UUID) -> None:
    """Ends a promise that no longer counts, without judging it; its item is reminded again."""
    work.need(Right.HOLD)
    made = work.session.get(Promise, promise_id)
    if made is None:
        raise NoSuchPromise
    receivables.lock_customer(work.session, made.customer_id)
    work.session.refresh(made)
    if made.state != "open":
        raise NoSuchPromise
    made.state, made.closed_at = "withdrawn", work.now
    end_pauses(work, store.running_pauses(work.session, "promise", made.id))
    work.record("promise.withdrawn", f"promise:{made.id}")
