"""Webhooks on the desk: who is told what, how it went, and telling again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select

from exchange import webhooks
from exchange.kinds import KINDS
from exchange.tables import Change, Delivery
from exchange.webhook_routes import all_shown, seal_of, shown
from runtime.lists import rows_of
from runtime.web import Call, Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)

PAGE = "/webhooks"
ROWS_A_PAGE = 50
STATES = {"queued": "waiting", "claimed": "on its way", "delivered": "delivered", "failed": "given up"}

Text = Annotated[str, Form(max_length=2_000)]


@router.get(PAGE)
def page(call: Caller) -> Response:
    """Every webhook with how it stands, and the form for another."""

    def show(work: Work) -> dict[str, Any]:
        return {"webhooks": all_shown(work), "kinds": KINDS}

    return call.page(Right.WEBHOOKS, "exchange/webhooks.html", show)


@router.post(PAGE)
def add(
    call: Caller, url: Text = "", note: Text = "", kinds: Annotated[list[str] | None, Form(max_length=100)] = None
) -> Response:
    """Adds a webhook and shows its secret, this once."""
    seal = seal_of(call)

    def do(work: Work) -> str:
        made = webhooks.add_webhook(work, seal, url, kinds or (), note)
        return f"Added. Its secret, shown this once: {seal.secret_of(made)}"

    return call.form(Right.WEBHOOKS, do, to=PAGE)


@router.get(PAGE + "/{webhook_id}")
def one(call: Caller, webhook_id: UUID, state: str | None = None, after: str | None = None) -> Response:
    """What one webhook was told, and how each message went."""

    def show(work: Work) -> dict[str, Any]:
        webhook = webhooks.webhook_of(work.session, webhook_id)
        query = select(Delivery, Change).join(Change, Change.seq == Delivery.change_seq)
        query = query.where(Delivery.webhook_id == webhook.id)
        if state in STATES:
            query = query.where(Delivery.state == state)
        rows, cursor = rows_of(work.session, query, (Delivery.change_seq.desc(),), ROWS_A_PAGE, after)
        return {
            "webhook": shown(work, webhook),
            "rows": rows,
            "cursor": cursor,
            "after": after,
            "state_wanted": state if state in STATES else "",
            "states": STATES,
            "kinds": KINDS,
        }

    return call.page(Right.WEBHOOKS, "exchange/webhook.html", show)


@router.post(PAGE + "/{webhook_id}/deliveries/{delivery_id}/send-again")
def send_again(call: Caller, webhook_id: UUID, delivery_id: UUID) -> Response:
    """Sends one message again."""

    def do(work: Work) -> str:
        delivery, change = webhooks.delivery_of(work.session, webhook_id, delivery_id)
        webhooks.send_again(work, webhooks.webhook_of(work.session, webhook_id), delivery)
        return f"Change {change.seq} goes out again within a minute."

    return call.form(Right.WEBHOOKS, do, to=f"{PAGE}/{webhook_id}")


@router.post(PAGE + "/{webhook_id}/secret")
def change_secret(call: Caller, webhook_id: UUID) -> Response:
    """Makes a new secret and shows it, this once."""
    seal = seal_of(call)

    def do(work: Work) -> str:
        webhook = webhooks.webhook_of(work.session, webhook_id)
        webhooks.change_secret(work, webhook)
        return f"The new secret, shown this once: {seal.secret_of(webhook)}"

    return call.form(Right.WEBHOOKS, do, to=f"{PAGE}/{webhook_id}")


@router.post(PAGE + "/{webhook_id}/stop")
def stop(call: Caller, webhook_id: UUID) -> Response:
    """Tells it nothing until somebody lets it go on."""
    return _said(call, webhook_id, webhooks.stop, "Stopped; its place is kept.")


@router.post(PAGE + "/{webhook_id}/continue")
def go_on(call: Caller, webhook_id: UUID) -> Response:
    """Tells it again from where it stopped."""
    return _said(call, webhook_id, webhooks.go_on, "It is told again, from where it stopped.")


def _said(call: Call, webhook_id: UUID, change: Any, said: str) -> Response:
    def do(work: Work) -> str:
        change(work, webhooks.webhook_of(work.session, webhook_id))
        return said

    return call.form(Right.WEBHOOKS, do, to=f"{PAGE}/{webhook_id}")


@router.post(PAGE + "/{webhook_id}/remove")
def remove(call: Caller, webhook_id: UUID) -> Response:
    """Forgets a webhook and what it was told."""

    def do(work: Work) -> str:
        webhooks.remove_webhook(work, webhooks.webhook_of(work.session, webhook_id))
        return "Removed."

    return call.form(Right.WEBHOOKS, do, to=PAGE)
