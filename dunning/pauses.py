"""The pause ledger's use cases: disputes, holds and promises stop reminders, and let them go on.

Every change is made in the transaction of its cause, under the customer's lock.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from core.calendar import add_business_days
from core.errors import Invalid
from disputes import store as disputes
from disputes.events import CreditTracked, DisputeOpened, DisputeResolved
from disputes.tables import Dispute
from dunning import plan_store, promise_store, store
from dunning.agreements import terms_in_force
from dunning.errors import (
    NoSuchHold,
    NoSuchPromise,
    PromisedTooOften,
    PromiseRunning,
    TooManyPromises,
    UnderPlan,
)
from dunning.plan_tables import HoldReview
from dunning.promises import Outcome, Paid, Promised, outcome, wrong_day
from dunning.tables import Notice, Pause, Promise
from dunning.terms import Terms
from payments.events import ApplicationUndone, PaymentApplied
from receivables import store as receivables
from receivables.events import InvoiceCancelled, InvoicesArrived, ItemsSettled, PaidElsewhere
from receivables.tables import Customer, Invoice, OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work


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


def hold(
    work: Work,
    customer: Customer,
    invoice: Invoice | None,
    reason: str,
    until: date,
    *,
    instalment: int | None = None,
    review_on: date | None = None,
) -> UUID:
    """Stops reminders of a customer, of one invoice, or of one instalment of it, through a date. Returns the hold's id.

    On `review_on` somebody looks whether it is still right; without one, after the days the terms say.
    """
    work.need(Right.HOLD)
    receivables.lock_customer(work.session, customer.id)
    review_on = _fit_hold(work, reason, until, review_on)
    hold_id = new_id()
    items = _held(work, invoice, instalment) if invoice else [None]
    for item in items:
        begin_pause(work, customer.id, item.id if item else None, "hold", hold_id, reason.strip(), expires_on=until)
    _look_again(work, hold_id, review_on, "")
    subject = f"invoice:{invoice.number}" if invoice else f"customer:{customer.external_id}"
    _flag(
        store.sending_notices_about(work.session, [item.id for item in items if item])
        if invoice
        else store.sending_notices_to(work.session, customer.id)
    )
    said = {"until": str(until), "hold": str(hold_id), "review_on": str(review_on)}
    work.record("hold.set", subject, said, reason=reason.strip())
    return hold_id


def _fit_hold(work: Work, reason: str, until: date, review_on: date | None) -> date:
    """The day a hold is looked at again; `Invalid` when the hold itself is not fit."""
    terms = terms_in_force(work.session)
    if not reason.strip():
        raise Invalid.because("/reason", "A hold has a reason.", field="reason")
    if not 0 <= (until - work.today).days <= terms.hold_horizon_days:
        message = f"A hold ends between today and {terms.hold_horizon_days} days from now."
        raise Invalid.because("/until", message, field="until")
    if review_on is None:
        return min(until, work.today + timedelta(days=terms.hold_review_days))
    if not work.today <= review_on <= until:
        raise Invalid.because("/review_on", "A hold is looked at again while it runs.", field="review_on")
    return review_on


def _held(work: Work, invoice: Invoice, instalment: int | None) -> list[OpenItem]:
    items = receivables.items_of_invoice(work.session, invoice.id)
    found = [item for item in items if instalment in (None, item.instalment)]
    if not found:
        message = f"{invoice.number} has no instalment {instalment}; it has {len(items)}."
        raise Invalid.because("/instalment", message, field="instalment")
    return found


def review_hold(
    work: Work, hold_id: UUID, note: str, until: date | None = None, review_on: date | None = None
) -> tuple[date, date]:
    """Somebody looked at a hold and lets it stand, through another day when one is given. Returns its last day and the
    day of the next look.

    The days it ran so far stay in the ledger: a hold that is prolonged or shortened goes on as a new pause.
    """
    work.need(Right.HOLD)
    running = _running_hold(work, hold_id)
    until = until or running[0].expires_on or work.today
    review_on = _fit_hold(work, note, until, review_on)
    _look_again(work, hold_id, review_on, note.strip())
    if until != running[0].expires_on:
        end_pauses(work, running)
        work.session.flush()
        for pause in running:
            begin_pause(work, pause.customer_id, pause.open_item_id, "hold", hold_id, pause.reason, expires_on=until)
    work.record("hold.reviewed", f"hold:{hold_id}", {"until": str(until), "review_on": str(review_on)}, reason=note)
    return until, review_on


def _look_again(work: Work, hold_id: UUID, review_on: date, note: str) -> None:
    work.session.merge(HoldReview(hold_id=hold_id, review_on=review_on, note=note, actor=str(work.actor), at=work.now))


def _running_hold(work: Work, hold_id: UUID) -> list[Pause]:
    """The pauses of a hold that runs, under its customer's lock."""
    running = [
        each for each in store.running_pauses(work.session, "hold", hold_id) if store.running_on(each, work.today)
    ]
    if not running:
        raise NoSuchHold
    receivables.lock_customer(work.session, running[0].customer_id)
    return running


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


def promise(
    work: Work, invoice: Invoice, amount: int | None, promised_on: date, note: str = "", *, is_from_portal: bool = False
) -> list[Promise]:
    """Notes that a customer promised to pay an invoice by a day. Reminders wait through that day and the clearing
    days after it. `amount` None promises all that is open.

    The terms limit how far ahead and how often. What a customer says in a portal pauses only if they allow it.
    """
    work.need(Right.HOLD)
    receivables.lock_customer(work.session, invoice.customer_id)
    items = [item for item in receivables.items_of_invoice(work.session, invoice.id) if item.open > 0]
    if not items:
        raise Invalid.because("/invoice_number", f"Nothing is open on {invoice.number}.", field="invoice_number")
    if amount is not None and not 0 < amount <= sum(item.open for item in items):
        raise Invalid.because("/amount", "A promise is for at most what is open.", field="amount")
    terms = terms_in_force(work.session)
    horizon = (
        min(terms.promise_horizon_days, terms.portal_horizon_days) if is_from_portal else terms.promise_horizon_days
    )
    if problems := list(wrong_day(promised_on, work.today, horizon)):
        raise Invalid(problems)
    _may_promise(work, invoice, {item.id for item in items}, terms)
    last = _last_day(work, invoice.customer_id, promised_on, terms)
    made = []
    for item_id, part in _shares(items, amount or sum(item.open for item in items)).items():
        made.append(_new_promise(work, invoice, item_id, part or 0, promised_on, note))
        if terms.portal_pauses or not is_from_portal:
            begin_pause(work, invoice.customer_id, item_id, "promise", made[-1].id, f"promised for {promised_on}",
                        expires_on=last)  # fmt: skip
    flag_crossing(work, [each.open_item_id for each in made])
    said = {"on": str(promised_on), "promises": [str(each.id) for each in made]}
    work.record("promise.made", f"invoice:{invoice.number}", said, reason=note or None)
    return made


def _may_promise(work: Work, invoice: Invoice, item_ids: Collection[UUID], terms: Terms) -> None:
    """One promise an item at a time, none over a plan, and no more of them than the terms take."""
    if promise_store.open_promises(work.session, item_ids):
        raise PromiseRunning
    for plan in plan_store.running_over(work.session, item_ids):
        raise UnderPlan(invoice.number, plan.number)
    before = promise_store.promises_made(work.session, item_ids)
    if before >= terms.promises_per_item:
        raise PromisedTooOften(invoice.number, before)
    waiting = promise_store.open_promises_of_customer(work.session, invoice.customer_id)
    if waiting >= terms.open_promises_per_customer:
        raise TooManyPromises(waiting)


def _last_day(work: Work, customer_id: UUID, promised_on: date, terms: Terms) -> date:
    """The promised day and the clearing days of the customer's banks after it."""
    country = work.session.get_one(Customer, customer_id).country
    return add_business_days(promised_on, terms.clearing_business_days, country)


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
    """Closes the promises of which it is clear what became of them. Doing it twice on a day changes nothing."""
    work.need(Right.HOLD)
    counts = {"kept": 0, "partly_kept": 0, "broken": 0, "withdrawn": 0}
    terms = terms_in_force(work.session)
    for made, item, through in promise_store.promises_to_judge(work.session):
        last = through or _last_day(work, made.customer_id, made.promised_on, terms)
        if state := _judge(work, made, item, last, terms):
            counts[state] += 1
    return counts


def keep_promises(work: Work, event: ItemsSettled) -> None:
    """Promises about items that were just settled are judged at once."""
    terms = terms_in_force(work.session)
    for made, item, through in promise_store.promises_to_judge(work.session, event.open_item_ids):
        last = through or _last_day(work, made.customer_id, made.promised_on, terms)
        _judge(work, made, item, last, terms)


def _judge(work: Work, made: Promise, item: OpenItem, last: date, terms: Terms) -> Outcome | None:
    promised = Promised(made.amount, last, terms.forgiven(made.currency), is_settled=item.open == 0)
    paid = [Paid(amount, on) for on, amount in promise_store.paid_since(work.session, item.id, made.at)]
    state = outcome(promised, paid, work.today)
    if state is not None:
        made.state, made.closed_at = state, work.now
        end_pauses(work, store.running_pauses(work.session, "promise", made.id))
        work.record(f"promise.{state}", f"promise:{made.id}")
    return state


def withdraw_promises_for(work: Work, open_item_ids: Collection[UUID], why: str) -> None:
    """Ends the open promises of items without judging them, because something else was agreed."""
    for made in promise_store.open_promises(work.session, open_item_ids):
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
