"""A part of a payment goes back to the bank: what that part had paid is open again, to the cent, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from core.errors import Refused
from core.money import decimal_text
from payments import service, store
from payments.events import ApplicationUndone, PaymentApplied
from payments.tables import Allocation, BankEntry, Payment, Suggestion
from receivables import store as receivables
from receivables.events import BalanceChanged
from receivables.tables import Invoice, OpenItem
from runtime.work import Work


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a payment (minor units) was taken back: of what it had paid on this invoice, or, without a number, of
    what of it is not applied."""

    amount: int
    invoice_number: str | None = None


class PartOfConverted(Refused):
    def __init__(self) -> None:
        super().__init__("That payment was changed into another currency; it can only be taken back whole.")


class NotThatMuch(Refused):
    def __init__(self, part: Part, currency: str) -> None:
        what = f"paid on {part.invoice_number}" if part.invoice_number else "left unapplied"
        super().__init__(f"That payment has no {decimal_text(part.amount, currency)} {currency} {what}.")


class SayWhich(Refused):
    def __init__(self) -> None:
        super().__init__("It takes back less than was paid: say which of the invoices it had paid came back.")


def only_part(work: Work, entry: BankEntry, amount: int) -> Part:
    """The part that a return of less than the payment must mean: the one invoice it paid, or what of it waits."""
    paid = {each.open_item_id for each in _money(work, entry)}
    waits = (
        entry.amount - entry.placed + sum(each.unapplied for each in store.payments_of_entry(work.session, entry.id))
    )
    if not paid:
        return Part(amount)
    numbers = {number for number, _ in _paid_on(work, entry).values()}
    if waits or len(numbers) != 1:
        raise SayWhich
    return Part(amount, *numbers)


def give_back(work: Work, entry: BankEntry, parts: Sequence[Part]) -> None:
    """Re-opens these parts of what an entry had paid and takes their money out of it; all or nothing."""
    owners = store.customers_of_entry(work.session, entry.id)
    receivables.lock_customers(work.session, owners)
    work.session.refresh(entry)
    payments = {each.id: each for each in store.payments_of_entry(work.session, entry.id)}
    if any(each.entry_amount is not None for each in payments.values()):
        raise PartOfConverted
    reversals: list[Allocation] = []
    again: list[Allocation] = []
    freed = 0
    for part in parts:
        if part.invoice_number is None:
            freed += _out_of_unapplied(work, entry, payments, part)
        else:
            _reopen(work, entry, part, payments, reversals, again)
            freed += part.amount
    work.session.flush()
    store.give_back(work.session, entry, sum(part.amount for part in parts), freed)
    service.set_state(entry)
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == entry.id))
    work.session.flush()
    _tell(work, entry, parts, reversals, again, owners)


def _money(work: Work, entry: BankEntry) -> list[Allocation]:
    return [each for each in store.standing_allocations(work.session, bank_entry_id=entry.id) if each.kind == "payment"]


def _paid_on(work: Work, entry: BankEntry) -> Mapping[UUID, tuple[str, OpenItem]]:
    """Open item that the entry paid → the number of its invoice, and the item; what is due last comes first."""
    paid = {each.open_item_id for each in store.standing_allocations(work.session, bank_entry_id=entry.id)}
    items = sorted(receivables.items(work.session, paid).values(), key=lambda each: each.due_on, reverse=True)
    return {item.id: (work.session.get_one(Invoice, item.invoice_id).number, item) for item in items}


def _reopen(
    work: Work, entry: BankEntry, part: Part, payments: Mapping[UUID, Payment], reversals: list[Allocation],
    again: list[Allocation],
) -> None:  # fmt: skip
    """Reverses what was paid on the part's invoice. What of the last line stays is applied again; what was forgiven of
    the invoice is taken back once none of its money stands."""
    order = [item_id for item_id, (number, _) in _paid_on(work, entry).items() if number == part.invoice_number]
    standing = store.standing_allocations(work.session, bank_entry_id=entry.id)
    of_invoice = [each for item_id in order for each in standing if each.open_item_id == item_id]
    money = [each for each in of_invoice if each.kind == "payment" and each.payment_id in payments]
    left = part.amount
    if not 0 < left <= sum(each.amount for each in money):
        raise NotThatMuch(part, entry.currency)
    if left == sum(each.amount for each in money):
        reversals += [service.reverse(work, each) for each in of_invoice if each.kind != "payment"]
    for allocation in money:
        taken = min(left, allocation.amount)
        if taken:
            reversals.append(service.reverse(work, allocation))
            if taken < allocation.amount:
                again.append(service.settle_again(work, entry, allocation, allocation.amount - taken))
            _lower(work, payments[allocation.payment_id], taken)  # type: ignore[index]
            left -= taken


def _out_of_unapplied(work: Work, entry: BankEntry, payments: Mapping[UUID, Payment], part: Part) -> int:
    """Takes a part out of the cash that waits, the customers' first; answers how much of it was theirs."""
    if not 0 < part.amount <= entry.amount - entry.placed + sum(each.unapplied for each in payments.values()):
        raise NotThatMuch(part, entry.currency)
    left = part.amount
    for payment in payments.values():
        taken = min(left, payment.unapplied)
        if taken:
            store.withdraw_refund_requests(work.session, payment.id, work.now)
            _lower(work, payment, taken)
            left -= taken
    return part.amount - left


def _lower(work: Work, payment: Payment, amount: int) -> None:
    """Takes unapplied money out of a payment; one that has nothing left no longer stands."""
    service.move_cash(work, payment, amount, "payment_returned")
    if amount == payment.amount:
        payment.reversed_at = work.now
    else:
        payment.unapplied -= amount
        payment.amount -= amount
    work.session.flush()


def _tell(
    work: Work, entry: BankEntry, parts: Sequence[Part], reversals: Sequence[Allocation], again: Sequence[Allocation],
    owners: set[UUID],
) -> None:  # fmt: skip
    told = [{"invoice": part.invoice_number, "amount": part.amount} for part in parts]
    work.record("entry.partly_returned", f"entry:{entry.id}", {"parts": told})
    for owner in sorted({each.customer_id for each in reversals}):
        of_owner = [each for each in reversals if each.customer_id == owner]
        touched = tuple(dict.fromkeys(each.open_item_id for each in of_owner))
        work.announce(ApplicationUndone(owner, touched, True, tuple(each.id for each in of_owner)))
    for allocation in again:
        news = PaymentApplied(frozenset({allocation.customer_id}), (allocation.open_item_id,), (allocation.id,))
        work.announce(news)
    work.announce(BalanceChanged(frozenset(owners)))
