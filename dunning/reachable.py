"""Which addresses mail came back from for good. Letters are neither planned for them nor sent to them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning.mail_tables import DeadAddress


def dead_addresses(session: Session) -> dict[str, str]:
    """Address → why mail to it came back."""
    return {each.address: each.reason for each in session.scalars(select(DeadAddress))}


def is_dead(session: Session, address: str) -> bool:
    """Whether mail to this address came back."""
    query = select(DeadAddress.address).where(DeadAddress.address == address.strip().lower())
    return session.scalar(query) is not None
