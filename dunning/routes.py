"""`/api/v1`: dunning runs, their decisions, notices, holds and promises."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from dunning import in_doubt, pauses, policies, store
from dunning.run import approve, drop, plan, plan_run
from dunning.tables import Decision, DunningRun, Notice
from receivables import store as receivables
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=4000)


class NewPolicy(_Body):
    """A new version of a policy."""

    name: str
    body: dict[str, Any]


class NewRun(_Body):
    """A run to plan; `dry_run` only says what would happen."""

    on: date | None = None
    policy: str | None = None
    dry_run: bool = False


class NewHold(_Body):
    """Stops reminders of a customer, or of one invoice, through a day."""

    customer: str | None = None
    invoice_number: str | None = None
    reason: str
    until: date


class NewPromise(_Body):
    """A customer's word: `amount` absent promises all that is open."""

    invoice_number: str
    promised_on: date
    amount: str | None = None
    note: str = ""


class Why(_Body):
    """A reason a person gives."""

    reason: str


@router.get("/dunning-policies")
def list_policies(call: Caller) -> Response:
    """Every policy in the version that is in force."""

    def read(work: Work) -> dict[str, Any]:
        found = [store.policy_in_force(work.session, name)[1] for name in store.policy_names(work.session)]
        return {"data": [{"name": each.name, "version": each.version, "levels": len(each.levels)} for each in found]}

    return call.read(Right.VIEW, read)


@router.post("/dunning-policies", status_code=201)
def put_policy(call: Caller, body: NewPolicy) -> Response:
    """Stores a new version; what is wrong with it is named by its JSON pointer."""

    def do(work: Work) -> dict[str, Any]:
        policy = policies.put_policy(work, body.name, body.body)
        return {"name": policy.name, "version": policy.version}

    return call.write(Right.POLICY, do, status=201, body=body.model_dump_json().encode())


@router.post("/dunning-runs", status_code=201)
def make_run(call: Caller, body: NewRun) -> Response:
    """Plans the run of a day; the one there is already is returned as it is."""
    if body.dry_run:
        return call.read(Right.DUN, lambda work: _would(work, body.policy), on=body.on)
    raw = body.model_dump_json().encode()
    return call.write(Right.DUN, lambda work: _run(work, plan_run(work, body.policy)), status=201, body=raw, on=body.on)


def _would(work: Work, policy: str | None) -> dict[str, Any]:
    planned = plan(work, policy)
    return {"notices": len(planned.by_party), "held": planned.held(), "waiting": planned.waiting}


@router.get("/dunning-runs/{run_id}")
def one_run(call: Caller, run_id: UUID) -> Response:
    """One run: how many notices, and why what was not reminded was not."""
    return call.read(Right.VIEW, lambda work: _run(work, store.run(work.session, run_id)))


@router.get("/dunning-runs/{run_id}/decisions")
def decisions(call: Caller, run_id: UUID) -> Response:
    """Every decision of a run."""

    def read(work: Work) -> dict[str, Any]:
        run = store.run(work.session, run_id)
        rows = store.decisions_of_run(work.session, run.id)
        return {
            "data": [
                {**_decision(decision, run), "invoice_number": invoice.number, "customer_id": customer.external_id}
                for decision, _, invoice, customer in rows
            ]
        }

    return call.read(Right.VIEW, read)


@router.post("/dunning-runs/{run_id}/approve")
def approve_run(call: Caller, run_id: UUID) -> Response:
    """Queues every planned notice of the run."""

    def do(work: Work) -> dict[str, Any]:
        run = store.run(work.session, run_id)
        queued = approve(work, run)
        return {**_run(work, run), "queued": queued}

    return call.write(Right.DUN, do)


@router.get("/decisions")
def why(call: Caller, invoice: str, on: date | None = None) -> Response:
    """Why an invoice was or was not reminded, on a day or ever."""

    def read(work: Work) -> dict[str, Any]:
        found = receivables.invoice_by_number(work.session, invoice)
        return {
            "data": [_decision(decision, run) for decision, run in store.decisions_about(work.session, found.id, on)]
        }

    return call.read(Right.VIEW, read)


@router.post("/notices/{notice_id}/drop")
def drop_notice(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Takes a notice out before it is sent."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        drop(work, notice, body.reason)
        return _notice(notice)

    return call.write(Right.DUN, do, body=body.model_dump_json().encode())


@router.post("/notices/{notice_id}/settle")
def settle_notice(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Says that a notice in doubt did arrive; `reason` is how one knows."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        in_doubt.settle_as_sent(work, notice, body.reason)
        return _notice(notice)

    return call.write(Right.DUN, do, body=body.model_dump_json().encode())


@router.post("/notices/{notice_id}/send-again")
def send_notice_again(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Puts a refused or doubtful notice back into the outbox."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        in_doubt.send_again(work, notice, body.reason)
        return _notice(notice)

    return call.write(Right.DUN, do, body=body.model_dump_json().encode())


@router.get("/dunning-runs/{run_id}/notices")
def notices(call: Caller, run_id: UUID) -> Response:
    """The notices of a run with their states."""

    def read(work: Work) -> dict[str, Any]:
        rows = store.notices_of_run(work.session, run_id)
        return {"data": [{**_notice(notice), "customer_id": customer.external_id} for notice, customer in rows]}

    return call.read(Right.VIEW, read)


@router.post("/holds", status_code=201)
def hold(call: Caller, body: NewHold) -> Response:
    """Sets a hold and returns its id."""
    if (body.customer is None) == (body.invoice_number is None):
        raise Invalid.because("/customer", "Name a customer or an invoice, one of them.", field="customer")

    def do(work: Work) -> dict[str, Any]:
        invoice = receivables.invoice_by_number(work.session, body.invoice_number) if body.invoice_number else None
        customer = (
            receivables.customer_of(work.session, invoice.customer_id)
            if invoice
            else receivables.customer_by_external_id(work.session, body.customer or "")
        )
        return {"id": pauses.hold(work, customer, invoice, body.reason, body.until), "until": body.until}

    return call.write(Right.HOLD, do, status=201, body=body.model_dump_json().encode())


@router.delete("/holds/{hold_id}")
def lift(call: Caller, hold_id: UUID) -> Response:
    """Ends a hold before its time."""

    def do(work: Work) -> dict[str, Any]:
        pauses.lift_hold(work, hold_id)
        return {"id": hold_id, "state": "lifted"}

    return call.write(Right.HOLD, do)


@router.post("/promises", status_code=201)
def promise(call: Caller, body: NewPromise) -> Response:
    """Notes a promise; reminders of its items wait for it."""

    def do(work: Work) -> dict[str, Any]:
        invoice = receivables.invoice_by_number(work.session, body.invoice_number)
        amount = _amount(body.amount, invoice.currency)
        made = pauses.promise(work, invoice, amount, body.promised_on, body.note)
        return {"data": [{"id": each.id, "amount": decimal_text(each.amount, each.currency)} for each in made]}

    return call.write(Right.HOLD, do, status=201, body=body.model_dump_json().encode())


@router.delete("/promises/{promise_id}")
def withdraw(call: Caller, promise_id: UUID) -> Response:
    """Ends a promise that no longer counts, without judging it."""

    def do(work: Work) -> dict[str, Any]:
        pauses.withdraw_promise(work, promise_id)
        return {"id": promise_id, "state": "withdrawn"}

    return call.write(Right.HOLD, do)


def _amount(text: str | None, currency: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because("/amount", str(error), field="amount") from error


def _run(work: Work, run: DunningRun) -> dict[str, Any]:
    work.session.flush()
    counts = store.held_counts(work.session, run.id)
    state: Literal["planned", "approved"] = "approved" if run.state == "approved" else "planned"
    return {
        "run_id": run.id,
        "number": run.number,
        "on": run.on,
        "state": state,
        "notices": run.notices,
        "held": {reason: count for reason, (count, _) in counts["hold"].items()},
        "waiting": sum(count for count, _ in counts["wait"].values()),
    }


def _decision(decision: Decision, run: DunningRun) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "on": run.on,
        "decision": decision.decision,
        "level": decision.level,
        "reason": decision.reason,
        "until": decision.until_on,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.id,
        "number": notice.number,
        "level": notice.level,
        "language": notice.language,
        "total": decimal_text(notice.total, notice.currency),
        "currency": notice.currency,
        "state": notice.state,
        "state_reason": notice.state_reason,
        "crossed": notice.crossed,
    }
