"""`/api/v1/webhooks`: addresses that are told what changed, what they were told, and telling them again."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import select

from exchange import webhooks
from exchange.shapes import (
    DeliveryShape,
    NewWebhook,
    SendAgain,
    SentAgain,
    WebhookShape,
    WebhookWithSecret,
)
from exchange.tables import Change, Delivery, Webhook
from exchange.webhooks import Seal
from runtime.lists import page_of
from runtime.shapes import Page, Whole
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

Limit = Annotated[int, Query(ge=1, le=100)]


def seal_of(call: Call) -> Seal:
    found: Seal = call.request.app.state.system.teller.seal
    return found


def state_of(webhook: Webhook) -> str:
    if webhook.disabled_at is None:
        return "active"
    return "given_up" if webhook.disabled_reason else "stopped"


def shown(work: Work, webhook: Webhook) -> dict[str, Any]:
    """A webhook with how many messages stand where."""
    return _shown(webhook, webhooks.counts(work.session))


def all_shown(work: Work) -> list[dict[str, Any]]:
    """Every webhook, its messages counted once for all of them."""
    counts = webhooks.counts(work.session)
    return [_shown(each, counts) for each in webhooks.every_webhook(work.session)]


def _shown(webhook: Webhook, counts: Mapping[UUID, Mapping[str, int]]) -> dict[str, Any]:
    count = counts.get(webhook.id, {})
    return {
        "id": webhook.id,
        "url": webhook.url,
        "note": webhook.note,
        "kinds": webhook.kinds,
        "state": state_of(webhook),
        "reason": webhook.disabled_reason,
        "cursor": str(webhook.cursor),
        "created_at": webhook.created_at,
        "waiting": count.get("queued", 0) + count.get("claimed", 0),
        "delivered": count.get("delivered", 0),
        "failed": count.get("failed", 0),
    }


def _once(call: Call, do: Any, status: int) -> Response:
    """Answers with a secret. It is not remembered for an Idempotency-Key, because it is stored nowhere."""
    return call.answer(
        Right.WEBHOOKS,
        lambda: call.house.write(do, actor=call.actor, request_id=call.request_id),
        status=status,
    )


@router.post("", status_code=201, response_model=WebhookWithSecret)
def add(call: Caller, body: NewWebhook) -> Response:
    """Tells an address what changes from now on. The secret in the answer is shown this once."""
    seal = seal_of(call)

    def do(work: Work) -> dict[str, Any]:
        made = webhooks.add_webhook(work, seal, body.url, body.kinds, body.note)
        return {**shown(work, made), "secret": seal.secret_of(made)}

    return _once(call, do, 201)


@router.get("", response_model=Whole[WebhookShape])
def every(call: Caller) -> Response:
    """Every webhook, with how many messages wait and were delivered."""
    return call.read(
        Right.WEBHOOKS,
        lambda work: {"data": all_shown(work)},
    )


@router.get("/{webhook_id}", response_model=WebhookShape)
def one(call: Caller, webhook_id: UUID) -> Response:
    """One webhook."""
    return call.read(Right.WEBHOOKS, lambda work: shown(work, webhooks.webhook_of(work.session, webhook_id)))


@router.delete("/{webhook_id}", response_model=WebhookShape)
def remove(call: Caller, webhook_id: UUID) -> Response:
    """Tells an address nothing any more and forgets what it was told; answers how it stood."""

    def do(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        before = shown(work, found)
        webhooks.remove_webhook(work, found)
        return before

    return call.write(Right.WEBHOOKS, do)


@router.post("/{webhook_id}/secret", response_model=WebhookWithSecret)
def change_secret(call: Caller, webhook_id: UUID) -> Response:
    """Makes a new secret. For a day messages are signed with the one before as well."""
    seal = seal_of(call)

    def do(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        webhooks.change_secret(work, found)
        return {**shown(work, found), "secret": seal.secret_of(found)}

    return _once(call, do, 200)


@router.post("/{webhook_id}/stop", response_model=WebhookShape)
def stop(call: Caller, webhook_id: UUID) -> Response:
    """Tells it nothing until somebody lets it go on; its place in the feed is kept."""
    return _changed(call, webhook_id, webhooks.stop)


@router.post("/{webhook_id}/continue", response_model=WebhookShape)
def go_on(call: Caller, webhook_id: UUID) -> Response:
    """Tells it again from where it stopped; what had failed is tried anew."""
    return _changed(call, webhook_id, webhooks.go_on)


def _changed(call: Call, webhook_id: UUID, change: Any) -> Response:
    def do(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        change(work, found)
        return shown(work, found)

    return call.write(Right.WEBHOOKS, do)


@router.get("/{webhook_id}/deliveries", response_model=Page[DeliveryShape])
def deliveries(
    call: Caller,
    webhook_id: UUID,
    state: Annotated[str | None, Query(pattern="^(queued|claimed|delivered|failed)$")] = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Response:
    """What a webhook was told and is to be told, the newest change first."""

    def read(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        query = select(Delivery, Change).join(Change, Change.seq == Delivery.change_seq)
        query = query.where(Delivery.webhook_id == found.id)
        if state:
            query = query.where(Delivery.state == state)
        return page_of(
            work.session, query, (Delivery.change_seq.desc(),), limit, cursor, lambda row: delivered(row[0], row[1])
        )

    return call.read(Right.WEBHOOKS, read)


def delivered(delivery: Delivery, change: Change) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "seq": change.seq,
        "kind": change.kind,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "tried_at": delivery.tried_at,
        "next_try_at": delivery.not_before if delivery.state == "queued" else None,
        "status": delivery.status,
        "detail": delivery.detail,
    }


@router.post("/{webhook_id}/deliveries/{delivery_id}/send-again", response_model=DeliveryShape)
def send_again(call: Caller, webhook_id: UUID, delivery_id: UUID) -> Response:
    """Sends one message again, under the same `webhook-id`."""

    def do(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        delivery, change = webhooks.delivery_of(work.session, webhook_id, delivery_id)
        webhooks.send_again(work, found, delivery)
        work.session.refresh(delivery)
        return delivered(delivery, change)

    return call.write(Right.WEBHOOKS, do)


@router.post("/{webhook_id}/send-again", response_model=SentAgain)
def send_again_after(call: Caller, webhook_id: UUID, body: SendAgain) -> Response:
    """Sends again everything after a change, for a receiver that lost what it had."""

    def do(work: Work) -> dict[str, Any]:
        found = webhooks.webhook_of(work.session, webhook_id)
        return {"again": webhooks.send_again_after(work, found, body.after)}

    return call.write(Right.WEBHOOKS, do)
