"""Use cases of cash: apply an entry or a credit, ignore, undo. One function per verb a controller would say.

Every function locks the customers it touches first; every movement writes its posting in the same breath.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import delete

from core.errors import Invalid
from payments import abroad, payers, store
from payments.abroad import Exchange
from payments.errors import (
    AlreadyPlaced,
    AlreadyUndone,
    InQuarantine,
    MoreThanEntry,
    NothingToPlace,
    NotIncoming,
    OtherCurrency,
    SetAside,
    StillPending,
    TooMuch,
)
from payments.events import ApplicationUndone, PaymentApplied
from payments.tables import Allocation, BankEntry, Payment, Suggestion
from receivables import store as receivables
from receivables.events import BalanceChanged, ItemsSettled
from receivables.ledger import Account, lower, offset, post, posting
from receivables.tables import OpenItem
from runtime.ids import new_id
from runtime.work import Right, Work

Kind = Literal["payment", "discount", "fee", "write_off", "credit"]
DIFFERENCES = {"discount": Account.DISCOUNT, "fee": Account.FEE, "write_off": Account.WRITE_OFF}
"""Where an amount goes that is settled without money."""


@dataclass(frozen=True, slots=True)
class Placing:
    """So much of an open item is settled this way, in minor units. Only `payment` uses up the bank entry's money."""

    open_item_id: UUID
    amount: int
    kind: Kind = "payment"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why an allocation was made: by the run or a person, how sure, on what evidence."""

    is_automatic: bool
    confidence: int | None = None
    reasons: tuple[str, ...] = ()


BY_HAND = Grounds(is_automatic=False)


# ── apply ───────────────────────────────────────────────────────────────────────────────────────


def apply_entry(
    work: Work, entry: BankEntry, placings: Sequence[Placing], keep_for: UUID | None = None, grounds: Grounds = BY_HAND,
    exchange: Exchange | None = None,
) -> list[Allocation]:  # fmt: skip
    """Places an entry: takes the placings off their items and keeps the rest as unapplied cash.

    With an `exchange` the items are in another currency than the entry, and so is what is kept.

    The rest belongs to `keep_for`, else to the only customer paid. Without either, it stays in the entry.
    All or nothing; refuses what is not open, not in this currency, or was placed by somebody else meanwhile.
    """
    work.need(Right.CASH)
    _refuse_unfit(work, entry)
    items = receivables.items(work.session, {placing.open_item_id for placing in placings})
    owners = {item.customer_id for item in items.values()} | ({keep_for} if keep_for else set())
    if not owners:
        raise NothingToPlace
    receivables.lock_customers(work.session, owners)
    work.session.refresh(entry)
    receivables.read_again(work.session, items.values(), owners)
    _check(entry, placings, items, exchange)
    keeper = keep_for or (next(iter(owners)) if len(owners) == 1 else None)
    payments = _payments(work, entry, placings, items, keeper, exchange)
    made = [_settle(work, entry, placing, items[placing.open_item_id], payments, grounds) for placing in placings]
    store.place(work.session, entry, sum(abroad.taken_from_entry(payment) for payment in payments.values()))
    set_state(entry)
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == entry.id))
    if not grounds.is_automatic:
        payers.learn(work, entry, payments)
    work.session.flush()
    _tell(work, entry, made, owners, grounds)
    return made


def _refuse_unfit(work: Work, entry: BankEntry) -> None:
    if entry.amount <= 0:
        raise NotIncoming
    if entry.pending:
        raise StillPending
    if store.statement_of(work.session, entry).state == "quarantined":
        raise InQuarantine


def _check(
    entry: BankEntry, placings: Sequence[Placing], items: dict[UUID, OpenItem], exchange: Exchange | None
) -> None:
    currency = exchange.currency_for(entry) if exchange else entry.currency
    if entry.placed > entry.returned:
        raise AlreadyPlaced
    if entry.state in ("ignored", "returned"):
        raise SetAside(entry.state)
    if not exchange and sum(placing.amount for placing in placings if placing.kind == "payment") > left_of(entry):
        raise MoreThanEntry
    wanted: dict[UUID, int] = {}
    for placing in placings:
        item = items.get(placing.open_item_id)
        if item is None or item.kind == "credit_note" or placing.amount <= 0:
            raise Invalid.because("/allocations", "Each line names an open invoice and a positive amount.")
        if item.currency != currency:
            raise OtherCurrency(str(item.id))
        wanted[item.id] = wanted.get(item.id, 0) + placing.amount
        if wanted[item.id] > item.open:
            raise TooMuch(str(item.id))


def _payments(
    work: Work, entry: BankEntry, placings: Sequence[Placing], items: dict[UUID, OpenItem], keeper: UUID | None,
    exchange: Exchange | None,
) -> dict[UUID, Payment]:  # fmt: skip
    """One payment per customer who benefits; the keeper's holds the rest too."""
    shares: dict[UUID, int] = {}
    for placing in placings:
        if placing.kind == "payment":
            owner = items[placing.open_item_id].customer_id
            shares[owner] = shares.get(owner, 0) + placing.amount
    if exchange:
        return abroad.payments(work, entry, exchange, abroad.shares(entry, exchange, shares, keeper))
    rest = left_of(entry) - sum(shares.values())
    if rest and keeper:
        shares[keeper] = shares.get(keeper, 0) + rest
    return {owner: _new_payment(work, entry, owner, amount) for owner, amount in shares.items()}


def left_of(entry: BankEntry) -> int:
    """What of an entry the bank did not take back."""
    return entry.amount - entry.returned


def _new_payment(work: Work, entry: BankEntry, owner: UUID, amount: int) -> Payment:
    company_id = store.company_of(work.session, entry.bank_account_id)
    payment = Payment(
        id=new_id(), company_id=company_id, customer_id=owner, bank_entry_id=entry.id, currency=entry.currency,
        valued_on=entry.valued_on, amount=amount, unapplied=amount, created_at=work.now,
    )  # fmt: skip
    work.session.add(payment)
    work.session.flush()
    move_cash(work, payment, -amount, "payment")
    return payment


def move_cash(work: Work, payment: Payment, amount: int, cause: str) -> None:
    """Between the customer's unapplied cash and suspense: negative, the customer gains it; positive, loses it."""
    post(
        work,
        posting(
            work,
            company_id=payment.company_id,
            customer_id=payment.customer_id,
            account=Account.UNAPPLIED,
            contra=Account.SUSPENSE,
            amount=amount,
            currency=payment.currency,
            cause=cause,
            cause_id=payment.id,
            on=payment.valued_on,
        ),
    )


def _settle(
    work: Work, entry: BankEntry, placing: Placing, item: OpenItem, payments: dict[UUID, Payment], grounds: Grounds
) -> Allocation:
    allocation = new_allocation(work, item, placing.kind, placing.amount, grounds, entry.valued_on)
    allocation.bank_entry_id = entry.id
    if placing.kind == "payment":
        payment = payments[item.customer_id]
        allocation.payment_id = payment.id
        payment.unapplied -= placing.amount
    work.session.add(allocation)
    contra = DIFFERENCES.get(placing.kind, Account.UNAPPLIED)
    lower(work, item, placing.amount, contra, cause=placing.kind, cause_id=allocation.id, on=entry.valued_on)
    return allocation


def settle_again(work: Work, entry: BankEntry, before: Allocation, amount: int) -> Allocation:
    """Applies a part of an allocation that was reversed once more, on the same grounds."""
    item = receivables.items(work.session, {before.open_item_id})[before.open_item_id]
    grounds = Grounds(before.is_automatic, before.confidence, tuple(before.reasons))
    payment = work.session.get_one(Payment, before.payment_id)
    return _settle(work, entry, Placing(item.id, amount), item, {item.customer_id: payment}, grounds)


def set_state(entry: BankEntry) -> None:
    """What an entry is by how much of it is placed, and taken back."""
    if entry.returned == entry.amount:
        entry.state = "returned"
    elif entry.placed == entry.returned:
        entry.state = "unmatched"
    else:
        entry.state = "applied" if entry.placed == entry.amount else "part_applied"


def _tell(work: Work, entry: BankEntry, made: Sequence[Allocation], owners: set[UUID], grounds: Grounds) -> None:
    lines = [{"item": each.open_item_id, "amount": each.amount, "kind": each.kind} for each in made]
    work.record(
        "entry.applied",
        f"entry:{entry.id}",
        {"lines": lines, "automatic": grounds.is_automatic, "reasons": grounds.reasons},
    )
    _tell_about(work, made)
    work.announce(BalanceChanged(frozenset(owners)))


def _tell_about(work: Work, made: Sequence[Allocation]) -> None:
    if not made:
        return
    touched = tuple(dict.fromkeys(each.open_item_id for each in made))
    owners = frozenset(each.customer_id for each in made)
    work.announce(PaymentApplied(owners, touched, tuple(each.id for each in made)))
    settled = [item.id for item in receivables.items(work.session, touched).values() if item.open == 0]
    if settled:
        work.announce(ItemsSettled(tuple(settled)))


# ── credit notes ────────────────────────────────────────────────────────────────────────────────────


def apply_credit(
    work: Work,
    credit: OpenItem,
    item: OpenItem,
    amount: int,
    grounds: Grounds = BY_HAND,
    entry: BankEntry | None = None,
) -> Allocation:
    """Settles a part of an invoice with a part of a credit note of the same customer, company and currency.

    `entry` is the payment that was reduced by it: undoing that entry takes this back as well.
    """
    if not grounds.is_automatic:
        work.need(Right.CASH)
    if (credit.kind, item.kind) != ("credit_note", "invoice") or amount <= 0:
        raise Invalid.because("/credit", "A credit note settles an invoice, by a positive amount.")
    if (credit.customer_id, credit.company_id) != (item.customer_id, item.company_id):
        raise Invalid.because("/credit", "The credit note belongs to another customer or company.")
    if credit.currency != item.currency:
        raise OtherCurrency(str(credit.id))
    receivables.lock_customer(work.session, item.customer_id)
    allocation = new_allocation(work, item, "credit", amount, grounds, work.today)
    allocation.credit_item_id = credit.id
    allocation.bank_entry_id = entry.id if entry else None
    work.session.add(allocation)
    offset(work, item, credit, amount, cause="credit", cause_id=allocation.id, on=work.today)
    return settled_without_entry(work, allocation)


def settled_without_entry(work: Work, allocation: Allocation) -> Allocation:
    """Tells of an allocation that no bank entry was applied for."""
    work.session.flush()
    work.record(
        f"{allocation.kind}.applied",
        f"allocation:{allocation.id}",
        {"item": allocation.open_item_id, "amount": allocation.amount, "automatic": allocation.is_automatic},
    )
    _tell_about(work, [allocation])
    work.announce(BalanceChanged(frozenset({allocation.customer_id})))
    return allocation


def new_allocation(work: Work, item: OpenItem, kind: Kind, amount: int, grounds: Grounds, on: date) -> Allocation:
    """The row that says an amount was taken off an item; its source is still to be named."""
    return Allocation(
        id=new_id(),
        open_item_id=item.id,
        customer_id=item.customer_id,
        kind=kind,
        amount=amount,
        currency=item.currency,
        on=on,
        at=work.now,
        actor=str(work.actor),
        is_automatic=grounds.is_automatic,
        confidence=grounds.confidence,
        reasons=list(grounds.reasons),
    )


# ── ignore and undo ─────────────────────────────────────────────────────────────────────────────


def ignore_entry(work: Work, entry: BankEntry, reason: str) -> None:
    """Says that an entry pays no invoice of ours: a refund to us, interest, a transfer."""
    work.need(Right.CASH)
    if entry.amount <= 0:
        raise NotIncoming
    if entry.state == "returned":
        raise SetAside(entry.state)
    store.place(work.session, entry, 0)
    if entry.placed:
        raise AlreadyPlaced
    entry.state, entry.ignore_reason = "ignored", reason
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == entry.id))
    work.record("entry.ignored", f"entry:{entry.id}", reason=reason)


def undo_allocation(work: Work, allocation: Allocation) -> None:
    """Takes one allocation back by adding its reversal: the item is open again, the money unapplied again."""
    work.need(Right.CASH)
    item = receivables.items(work.session, {allocation.open_item_id})[allocation.open_item_id]
    receivables.lock_customer(work.session, item.customer_id)
    if store.is_undone(work.session, allocation.id):
        raise AlreadyUndone
    reversal = reverse(work, allocation)
    work.record("allocation.undone", f"allocation:{allocation.id}")
    work.session.flush()
    touched = (allocation.open_item_id,)
    work.announce(ApplicationUndone(item.customer_id, touched, is_return=False, allocation_ids=(reversal.id,)))
    work.announce(BalanceChanged(frozenset({item.customer_id})))


def undo_entry(work: Work, entry: BankEntry, *, is_return: bool = False) -> None:
    """Takes everything back that was placed from an entry; it waits in the list again."""
    work.need(Right.CASH)
    if entry.amount <= 0:
        raise NotIncoming
    owners = store.customers_of_entry(work.session, entry.id)
    receivables.lock_customers(work.session, owners)
    work.session.refresh(entry)
    payments = store.payments_of_entry(work.session, entry.id)
    allocations = store.standing_allocations(work.session, bank_entry_id=entry.id)
    if entry.itemised_on:
        raise SetAside("itemised")
    if entry.state == "ignored":
        entry.ignore_reason = None
    elif not payments:
        raise AlreadyUndone
    reversals = [reverse(work, allocation) for allocation in allocations]
    for payment in payments:
        _take_back(work, payment)
    if entry.placed > entry.returned:
        store.place(work.session, entry, entry.returned - entry.placed)
    payers.unlearn(work.session, entry.id)
    entry.state = "returned" if is_return else "unmatched"
    work.record("entry.undone", f"entry:{entry.id}", {"return": is_return})
    work.session.flush()
    for owner in sorted(owners):
        of_owner = [each for each in reversals if each.customer_id == owner]
        touched = tuple({each.open_item_id for each in of_owner})
        work.announce(ApplicationUndone(owner, touched, is_return, tuple(each.id for each in of_owner)))
    work.announce(BalanceChanged(frozenset(owners)))


def reverse(work: Work, allocation: Allocation) -> Allocation:
    """Adds the row that takes an allocation back: its item is open again, its payment's money unapplied."""
    item = receivables.items(work.session, {allocation.open_item_id})[allocation.open_item_id]
    reversal = Allocation(
        id=new_id(), open_item_id=item.id, customer_id=item.customer_id, bank_entry_id=allocation.bank_entry_id,
        payment_id=allocation.payment_id, credit_item_id=allocation.credit_item_id, kind=allocation.kind,
        amount=-allocation.amount, currency=allocation.currency, on=work.today, at=work.now, actor=str(work.actor),
        is_automatic=False, confidence=None, reasons=["undone"], reverses_id=allocation.id,
    )  # fmt: skip
    work.session.add(reversal)
    if allocation.credit_item_id:
        credit = receivables.items(work.session, {allocation.credit_item_id})[allocation.credit_item_id]
        offset(work, item, credit, -allocation.amount, cause="undone", cause_id=reversal.id, on=work.today)
    else:
        contra = DIFFERENCES.get(allocation.kind, Account.UNAPPLIED)
        lower(work, item, -allocation.amount, contra, cause="undone", cause_id=reversal.id, on=work.today)
    if allocation.payment_id:
        payment = work.session.get_one(Payment, allocation.payment_id, populate_existing=True)
        payment.unapplied += allocation.amount
    return reversal


def _take_back(work: Work, payment: Payment) -> None:
    work.session.flush()
    if payment.unapplied != payment.amount:
        raise AlreadyPlaced
    payment.reversed_at = work.now
    store.withdraw_refund_requests(work.session, payment.id, work.now)
    if payment.entry_amount is None:
        move_cash(work, payment, payment.amount, "payment_undone")
    else:
        abroad.move(work, payment, -1, "payment_undone")
