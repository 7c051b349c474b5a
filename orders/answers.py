"""The customer's word on an unusual order, given by the link in a mail."""

from sqlalchemy import update

from core.errors import Refused
from orders.confirmations import asked
from orders.service import Told, tell
from orders.tables import Order, OrderConfirmation
from receivables import store as receivables
from runtime.work import Work


def answer(work: Work, token: str, *, is_ours: bool) -> Order:
    """Takes the customer's word, once: the order is validated, or waits for a person with what the customer said."""
    found, order = asked(work, token)
    receivables.lock_customer(work.session, order.customer_id)
    used = work.session.execute(
        update(OrderConfirmation)
        .where(OrderConfirmation.id == found.id, OrderConfirmation.answered_at.is_(None))
        .values(answered_at=work.now, answer="confirmed" if is_ours else "declined")
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused("This link was used already.")
    customer = receivables.customer_of(work.session, order.customer_id)
    said = "confirmed" if is_ours else "declined"
    payload = {"confirmation": str(found.id), "answer": said}
    work.record("order.answered_by_customer", f"order:{order.number}", payload)
    if is_ours:
        author = f"customer:{customer.external_id}"
        tell(work, order, Told("validated", work.now, author=author, note="Confirmed by the link in the mail."))
    else:
        order.unusual = "The customer says that this is not their order."
    return order
