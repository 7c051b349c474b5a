"""The customer confirms an unusual order by a link in a mail: a token that works once, kept only as its hash.

Opening the link changes nothing, however often a mail scanner does it; only the answer sent from its page counts.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from core.errors import NotFound
from orders.tables import Order, OrderConfirmation
from runtime.ids import new_id
from runtime.work import Work

OPEN_FOR = timedelta(days=14)
"""How long an order may be confirmed by its link."""
TOKEN_BYTES = 32


def new_token() -> str:
    """256 bits nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def offer(work: Work, order: Order, token: str) -> OrderConfirmation:
    """Lets the order be confirmed with this token from now on; an earlier link of the order is void."""
    work.session.execute(
        update(OrderConfirmation)
        .where(OrderConfirmation.order_id == order.id, OrderConfirmation.answered_at.is_(None))
        .values(expires_at=work.now)
    )
    made = OrderConfirmation(
        id=new_id(), order_id=order.id, token_hash=hashed(token), made_at=work.now, expires_at=work.now + OPEN_FOR
    )
    work.session.add(made)
    return made


def asked(work: Work, token: str) -> tuple[OrderConfirmation, Order]:
    """What a link asks, without using it up; `NotFound` for a token that is none, is used, or too old."""
    found = work.session.scalars(
        select(OrderConfirmation).where(OrderConfirmation.token_hash == hashed(token[:100]))
    ).first()
    if found is None or found.answered_at is not None or found.expires_at <= work.now:
        raise NotFound("This link does not work any more. Please answer the mail or call us.")
    return found, work.session.get_one(Order, found.order_id)


def latest(work: Work, order_id: UUID) -> OrderConfirmation | None:
    """The last time the customer was asked."""
    query = select(OrderConfirmation).where(OrderConfirmation.order_id == order_id)
    return work.session.scalars(query.order_by(OrderConfirmation.made_at.desc()).limit(1)).first()
