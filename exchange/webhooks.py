"""Use cases of webhooks: add, change the secret, stop, go on, remove, send again. One function per verb.

Nothing here connects to anybody; `exchange.sending` does, in the worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Refused
from exchange.feed import last_number
from exchange.kinds import KINDS, unknown_kinds
from exchange.signing import secret_of
from exchange.tables import Change, Delivery, Webhook
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.targets import target_of
from runtime.work import Right, Work

OLD_SECRET_COUNTS = timedelta(hours=24)
"""How long the secret before signs too, so that the other side can change over."""
MOST_WEBHOOKS = 50


class NoSuchWebhook(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such webhook.")


class NoSuchDelivery(NotFound):
    def __init__(self) -> None:
        super().__init__("This webhook was never told of that.")


@dataclass(frozen=True, slots=True)
class Seal:
    """What webhooks are made and signed with: the house's secret, and whether private addresses may be told."""

    secret: bytes
    allow_private: bool = False

    def secret_of(self, webhook: Webhook) -> str:
        return secret_of(self.secret, webhook.id, webhook.secret_version)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def webhook_of(session: Session, webhook_id: UUID) -> Webhook:
    found = session.get(Webhook, webhook_id)
    if found is None:
        raise NoSuchWebhook
    return found


def every_webhook(session: Session) -> Sequence[Webhook]:
    """All of them, the first added first."""
    return session.scalars(select(Webhook).order_by(Webhook.id)).all()


def counts(session: Session) -> dict[UUID, dict[str, int]]:
    """Webhook → state of its deliveries → how many."""
    query = select(Delivery.webhook_id, Delivery.state, func.count()).group_by(Delivery.webhook_id, Delivery.state)
    found: dict[UUID, dict[str, int]] = {}
    for webhook_id, state, count in session.execute(query):
        found.setdefault(webhook_id, {})[state] = count
    return found


def stopped(session: Session) -> Sequence[Webhook]:
    """Those that were given up and wait for a person."""
    return session.scalars(
        select(Webhook).where(Webhook.disabled_at.is_not(None), Webhook.disabled_reason.is_not(None))
    ).all()


def delivery_of(session: Session, webhook_id: UUID, delivery_id: UUID) -> AnyRow:
    """(Delivery, Change) of a webhook."""
    query = select(Delivery, Change).join(Change, Change.seq == Delivery.change_seq)
    found = session.execute(query.where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id)).first()
    if found is None:
        raise NoSuchDelivery
    return found


# ── changing ────────────────────────────────────────────────────────────────────────────────────


def add_webhook(work: Work, seal: Seal, url: str, kinds: Sequence[str] = (), note: str = "") -> Webhook:
    """Tells an address of what changes from now on; of these kinds, or of all."""
    work.need(Right.WEBHOOKS)
    url = url.strip()
    target_of(url, allow_private=seal.allow_private)
    if strange := unknown_kinds(kinds):
        message = f"There is no kind “{strange[0][:40]}”. There are: {', '.join(KINDS)}."
        raise Invalid.because("/kinds", message, field="kinds")
    if len(every_webhook(work.session)) >= MOST_WEBHOOKS:
        raise Refused(f"There are {MOST_WEBHOOKS} webhooks; remove one first.")
    made = Webhook(
        id=new_id(), url=url, note=note.strip(), kinds=sorted(set(kinds)), cursor=last_number(work.session),
        secret_version=1, actor=str(work.actor), created_at=work.now,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.record("webhook.added", f"webhook:{made.id}", {"url": url, "kinds": made.kinds})
    return made


def change_secret(work: Work, webhook: Webhook) -> None:
    """Gives a webhook a new secret; for a day the one before signs too."""
    work.need(Right.WEBHOOKS)
    webhook.secret_version += 1
    webhook.old_secret_until = work.now + OLD_SECRET_COUNTS
    work.record("webhook.secret_changed", f"webhook:{webhook.id}", {"version": webhook.secret_version})


def stop(work: Work, webhook: Webhook) -> None:
    """Tells it nothing until somebody says so; its place is kept."""
    work.need(Right.WEBHOOKS)
    if webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_reason = work.now, None
        work.record("webhook.stopped", f"webhook:{webhook.id}")


def go_on(work: Work, webhook: Webhook) -> None:
    """Tells it again, from where it stopped; what failed is tried anew, with three days of its own."""
    work.need(Right.WEBHOOKS)
    webhook.disabled_at = webhook.disabled_reason = None
    _queue_again(work, Delivery.webhook_id == webhook.id, Delivery.state.in_(("queued", "failed")))
    work.record("webhook.continued", f"webhook:{webhook.id}")


def give_up(work: Work, webhook: Webhook, reason: str) -> None:
    """Stops a webhook nobody answers any more; a person is told on the Today page."""
    webhook.disabled_at, webhook.disabled_reason = work.now, reason[:300]
    work.record("webhook.given_up", f"webhook:{webhook.id}", {"url": webhook.url}, reason=reason[:300])


def remove_webhook(work: Work, webhook: Webhook) -> None:
    """Forgets an address and what it was told."""
    work.need(Right.WEBHOOKS)
    work.session.execute(delete(Delivery).where(Delivery.webhook_id == webhook.id))
    work.session.delete(webhook)
    work.record("webhook.removed", f"webhook:{webhook.id}", {"url": webhook.url})


def send_again(work: Work, webhook: Webhook, delivery: Delivery) -> None:
    """Sends one message again, under its own id, so that a receiver who has it can tell."""
    work.need(Right.WEBHOOKS)
    if webhook.disabled_at is not None:
        raise Refused("This webhook is stopped. Let it go on first.")
    _queue_again(work, Delivery.id == delivery.id, Delivery.state != "claimed")
    work.record("webhook.sent_again", f"webhook:{webhook.id}", {"change": delivery.change_seq})


def send_again_after(work: Work, webhook: Webhook, seq: int) -> int:
    """Sends again everything after a number of the feed, for a receiver that lost what it had; what it was never told
    of those goes out too. Says how many it had been told."""
    work.need(Right.WEBHOOKS)
    if webhook.disabled_at is not None:
        raise Refused("This webhook is stopped. Let it go on first.")
    count = _queue_again(
        work, Delivery.webhook_id == webhook.id, Delivery.change_seq > seq, Delivery.state != "claimed"
    )
    webhook.cursor = min(webhook.cursor, seq)
    work.record("webhook.sent_again", f"webhook:{webhook.id}", {"after": seq})
    return count


def _queue_again(work: Work, *which: Any) -> int:
    changed = work.session.execute(
        update(Delivery)
        .where(*which)
        .values(state="queued", began_at=work.now, not_before=work.now, attempts=0, fence=Delivery.fence + 1)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]
