"""Returned payments: what had been paid is open again, the bank's charge is booked apart, and whoever waits for news
hears that the bank took the money back. All in the transaction of the statement that brought the return."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete

from core.errors import Refused
from payments import return_store, service, store
from payments.errors import InQuarantine, StillPending
from payments.returns import Found, find, kind_of
from payments.tables import BankEntry, Suggestion
from receivables.ledger import Account, post, posting
from runtime.work import Right, Work

MOST_SHOWN = 20
"""Payments a person is offered for one return."""


class NotAReturn(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"This cannot be the return of that payment: {why}.")


def take_back_returns(work: Work, account_id: UUID) -> int:
    """Goes through an account's returns that have not found their payment. What is certain is taken back; the rest
    waits for a person. Answers how many were."""
    waiting = return_store.waiting(work.session, account_id)
    done = 0
    for entry, found in zip(waiting, _found(work, waiting), strict=True):
        if found.is_certain:
            done += _is_taken_back(work, entry, found.payments[0].id)
        elif kind_of(return_store.taken(entry), entry.currency) == "charge":
            _book_charge(work, entry, -entry.amount)
            entry.state, entry.ignore_reason = "ignored", "the bank's charge for a returned payment"
    work.session.flush()
    return done


def _found(work: Work, waiting: Sequence[BankEntry]) -> list[Found]:
    """For each return the payments it may mean."""
    received = return_store.received(work.session, waiting)
    return [find(return_store.taken(entry), received, entry.currency) for entry in waiting]


def possible_payments(work: Work, entry: BankEntry) -> list[BankEntry]:
    """What a person may choose from, the newest first."""
    (found,) = _found(work, [entry])
    chosen = [store.entry(work.session, each.id) for each in found.payments[:MOST_SHOWN]]
    return sorted(chosen, key=lambda each: (each.booked_on, each.id), reverse=True)


def _is_taken_back(work: Work, entry: BankEntry, payment_id: UUID) -> bool:
    """Takes a certain return back, unless something made of the money since forbids it; then a person must look."""
    try:
        with work.session.begin_nested():
            take_back(work, entry, store.entry(work.session, payment_id))
    except Refused:
        work.session.refresh(entry)
        return False
    return True


def take_back(work: Work, entry: BankEntry, payment: BankEntry) -> None:
    """Says that `entry` is the return of `payment`: re-opens what that had paid and books the bank's charge."""
    work.need(Right.CASH)
    _check(work, entry, payment)
    work.session.refresh(payment)
    if store.payments_of_entry(work.session, payment.id):
        service.undo_entry(work, payment, is_return=True)
    else:
        payment.state = "returned"
        work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == payment.id))
    charge = -entry.amount - payment.amount
    if charge:
        _book_charge(work, entry, charge)
    entry.state, entry.ignore_reason, entry.returns_id = "applied", None, payment.id
    work.record("entry.returned", f"entry:{payment.id}", {"by": entry.id, "charge": charge})
    work.session.flush()


def _check(work: Work, entry: BankEntry, payment: BankEntry) -> None:
    if entry.amount >= 0 or entry.state != "unmatched":
        raise NotAReturn("it is no return that waits")
    if entry.pending:
        raise StillPending
    if store.statement_of(work.session, entry).state == "quarantined":
        raise InQuarantine
    if payment.amount <= 0 or payment.pending or payment.state in ("returned", "ignored"):
        raise NotAReturn("that payment does not stand")
    if (entry.bank_account_id, entry.currency) != (payment.bank_account_id, payment.currency):
        raise NotAReturn("it is on another account")
    if entry.booked_on < payment.booked_on:
        raise NotAReturn("it was booked before the payment")
    if -entry.amount < payment.amount:
        raise NotAReturn("it takes back less than was paid")


def set_aside(work: Work, entry: BankEntry, reason: str) -> None:
    """Says that a movement going out returns no payment of ours."""
    work.need(Right.CASH)
    if entry.amount >= 0 or entry.state != "unmatched":
        raise NotAReturn("it is no return that waits")
    _move_out_of_suspense(work, entry, Account.IGNORED, -entry.amount, "set_aside")
    entry.state, entry.ignore_reason = "ignored", reason
    work.record("entry.ignored", f"entry:{entry.id}", reason=reason)


def _book_charge(work: Work, entry: BankEntry, charge: int) -> None:
    _move_out_of_suspense(work, entry, Account.FEE, charge, "bank_charge")


def _move_out_of_suspense(work: Work, entry: BankEntry, account: Account, amount: int, cause: str) -> None:
    post(
        work,
        posting(
            work,
            company_id=store.company_of(work.session, entry.bank_account_id),
            customer_id=None,
            account=account,
            contra=Account.SUSPENSE,
            amount=amount,
            currency=entry.currency,
            cause=cause,
            cause_id=entry.id,
            on=entry.booked_on,
        ),
    )
