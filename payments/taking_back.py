"""Returned payments: what had been paid is open again, the bank's charge is booked apart, and whoever waits for news
hears that the bank took the money back. All in the transaction of the statement that brought the return."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete

from core.errors import Refused
from payments import return_store, service, store
from payments.errors import InQuarantine, StillPending
from payments.giving_back import Part, give_back, only_part
from payments.returns import Found, Share, find, find_part, find_shares, kind_of, most_charge
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
        elif not found.payments and (part := _certain_part(work, entry)):
            done += _is_taken_back(work, entry, *part)
        elif kind_of(return_store.taken(entry), entry.currency) == "charge":
            _book_charge(work, entry, -entry.amount)
            entry.state, entry.ignore_reason = "ignored", "the bank's charge for a returned payment"
    work.session.flush()
    return done


def _found(work: Work, waiting: Sequence[BankEntry]) -> list[Found]:
    """For each return the payments it may mean."""
    received = return_store.received(work.session, waiting)
    return [find(return_store.taken(entry), received, entry.currency) for entry in waiting]


def _certain_part(work: Work, entry: BankEntry) -> tuple[UUID, Sequence[Part]] | None:
    """A larger payment of which the return takes back one invoice's share, or an unsaid part."""
    said = return_store.taken(entry)
    if kind_of(said, entry.currency) != "return":
        return None
    shares, is_certain = find_shares(said, return_store.named_shares(work.session, entry), entry.currency)
    if is_certain:
        return shares[0].payment_id, [Part(shares[0].amount, shares[0].number)]
    payment_id = None if shares else find_part(said, return_store.larger_of_reference(work.session, entry))
    return (payment_id, ()) if payment_id else None


def possible_parts(work: Work, entry: BankEntry) -> Sequence[Share]:
    """The shares of larger payments a person may choose from: of the invoices named, else of just this amount."""
    named, _ = find_shares(return_store.taken(entry), return_store.named_shares(work.session, entry), entry.currency)
    return named or return_store.shares_of_amount(work.session, entry)


def possible_payments(work: Work, entry: BankEntry) -> list[BankEntry]:
    """What a person may choose from, the newest first."""
    (found,) = _found(work, [entry])
    chosen = [store.entry(work.session, each.id) for each in found.payments[:MOST_SHOWN]]
    return sorted(chosen, key=lambda each: (each.booked_on, each.id), reverse=True)


def _is_taken_back(work: Work, entry: BankEntry, payment_id: UUID, parts: Sequence[Part] = ()) -> bool:
    """Takes a certain return back, unless something made of the money since forbids it; then a person must look."""
    try:
        with work.session.begin_nested():
            take_back(work, entry, store.entry(work.session, payment_id), parts)
    except Refused:
        work.session.refresh(entry)
        return False
    return True


def take_back(work: Work, entry: BankEntry, payment: BankEntry, parts: Sequence[Part] = ()) -> None:
    """Says that `entry` is the return of `payment`, or of these parts of it: re-opens what they had paid and books the
    bank's charge. Without parts, a return of less than the payment means the only invoice that had paid."""
    work.need(Right.CASH)
    _check(work, entry, payment)
    work.session.refresh(payment)
    whole = service.left_of(payment)
    if not parts and -entry.amount < whole:
        parts = [only_part(work, payment, -entry.amount)]
    charge = -entry.amount - (sum(part.amount for part in parts) or whole)
    _check_charge(entry, charge, is_part=bool(parts))
    if parts:
        give_back(work, payment, parts)
    else:
        _take_back_whole(work, payment)
    if charge:
        _book_charge(work, entry, charge)
    entry.state, entry.ignore_reason, entry.returns_id = "applied", None, payment.id
    work.record("entry.returned", f"entry:{payment.id}", {"by": entry.id, "charge": charge})
    work.session.flush()


def _take_back_whole(work: Work, payment: BankEntry) -> None:
    if store.payments_of_entry(work.session, payment.id):
        service.undo_entry(work, payment, is_return=True)
        return
    store.place(work.session, payment, 0)
    payment.state = "returned"
    work.session.execute(delete(Suggestion).where(Suggestion.bank_entry_id == payment.id))


def _check_charge(entry: BankEntry, charge: int, *, is_part: bool) -> None:
    if charge < 0:
        raise NotAReturn("the parts come to more than it takes back")
    if is_part and charge > max(abs(entry.charges or 0), most_charge(entry.currency)):
        raise NotAReturn("it takes back far more than these parts and a bank's charge")


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
