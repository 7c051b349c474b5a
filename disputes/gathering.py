"""Cases that belong together: linked, or the same complaint told twice and merged into one."""

from sqlalchemy import select

from core.errors import Invalid, Refused
from disputes import store
from disputes.errors import AlreadyResolved, NotMergeable
from disputes.events import DisputeOpened
from disputes.service import close, lock, note_step, refuse_resolved
from disputes.tables import Dispute, DisputeComment, DisputeFile, DisputeLink
from runtime.ids import new_id
from runtime.work import Right, Work


def link(work: Work, dispute: Dispute, other: Dispute) -> None:
    """Says that two cases have to do with each other; saying it again changes nothing."""
    work.need(Right.DISPUTE)
    if dispute.id == other.id:
        raise Invalid.because("/case", "A case is not linked to itself.", field="case")
    note_link(work, dispute, other)


def note_link(work: Work, dispute: Dispute, other: Dispute) -> None:
    """Writes down that two cases belong together, in both histories."""
    first, second = sorted((dispute, other), key=lambda each: each.number)
    is_known = select(DisputeLink.id).where(DisputeLink.first_id == first.id, DisputeLink.second_id == second.id)
    if work.session.scalar(is_known) is not None:
        return
    work.session.add(DisputeLink(id=new_id(), first_id=first.id, second_id=second.id))
    note_step(work, dispute, "linked", note=f"case {other.number}")
    note_step(work, other, "linked", note=f"case {dispute.number}")
    work.record("dispute.linked", f"dispute:{dispute.number}", {"to": other.number})


def merge(work: Work, dispute: Dispute, into: Dispute) -> None:
    """Ends a case because another one says the same; what was said and handed in moves there.

    Nothing is contested less afterwards: the other case must be about all that this one contests, and takes the
    larger of their amounts. `NotMergeable` else.
    """
    work.need(Right.DISPUTE)
    if dispute.customer_id != into.customer_id or dispute.id == into.id:
        raise NotMergeable(dispute.number, into.number)
    lock(work, dispute)
    work.session.refresh(into)
    refuse_resolved(dispute)
    if into.state == "resolved":
        raise AlreadyResolved(into.number)
    _check_covers(work, dispute, into)
    _move(work, dispute, into)
    widened = None if None in (dispute.amount, into.amount) else max(dispute.amount or 0, into.amount or 0)
    into.amount, into.version = widened, into.version + 1
    note_step(work, into, "took_in", amount=widened, note=f"case {dispute.number}")
    dispute.merged_into_id = into.id
    work.session.flush()
    work.announce(DisputeOpened(into.id))
    close(work, dispute, "merged", 0, f"It goes on in case {into.number}.")


def _check_covers(work: Work, dispute: Dispute, into: Dispute) -> None:
    if dispute.currency != into.currency:
        raise Refused(f"Case {dispute.number} is in {dispute.currency}, case {into.number} in {into.currency}.")
    if _subject(dispute) == _subject(into):
        return
    covered = {item.id for item in store.contested_items(work.session, into)}
    is_open_ended = dispute.invoice_id is None
    if is_open_ended or not {item.id for item in store.contested_items(work.session, dispute)} <= covered:
        raise NotMergeable(dispute.number, into.number)


def _subject(dispute: Dispute) -> tuple[object, ...]:
    if dispute.invoice_id is not None:
        return (dispute.invoice_id,)
    return dispute.company_id, dispute.order_number, dispute.delivery_number


def _move(work: Work, dispute: Dispute, into: Dispute) -> None:
    for said in work.session.scalars(select(DisputeComment).where(DisputeComment.dispute_id == dispute.id)):
        said.dispute_id = into.id
    for kept in work.session.scalars(select(DisputeFile).where(DisputeFile.dispute_id == dispute.id)):
        kept.dispute_id = into.id
