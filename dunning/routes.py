"""`/api/v1`: dunning runs, their decisions, notices, holds and promises."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import select

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from dunning import in_doubt, listings, pauses, policies, store
from dunning.planning import foretell
from dunning.run import approve, drop, plan_run
from dunning.shapes import (
    ApprovedShape,
    DecisionShape,
    DryRunShape,
    EndedShape,
    HoldShape,
    NoticeOfCustomer,
    NoticeShape,
    PlainDecision,
    PolicyShape,
    PromiseShape,
    RunShape,
    StoredPolicy,
)
from dunning.tables import Decision, DunningRun, Notice, PolicyVersion
from receivables import store as receivables
from receivables.tables import Customer, Invoice, OpenItem
from runtime.lists import page_of
from runtime.openapi import NEEDS_IF_MATCH
from runtime.shapes import Body, Day, Page, Whole
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1", tags=["dunning"])


Limit = Annotated[int, Query(ge=1, le=100)]


class NewPolicy(Body):
    """A new version of a policy."""

    name: str
    body: dict[str, Any]


class NewRun(Body):
    """A run to plan; `dry_run` only says what would happen."""

    on: Day | None = None
    policy: str | None = None
    dry_run: bool = False


class NewHold(Body):
    """Stops reminders of a customer, of one invoice, or of one `instalment` of it, through a day.

    On `review_on` somebody looks whether it is still right; absent, after the days the terms say.
    """

    customer: str | None = None
    invoice_number: str | None = None
    instalment: int | None = None
    reason: str
    until: Day
    review_on: Day | None = None


class NewPromise(Body):
    """A customer's word: `amount` absent promises all that is open.

    What was said in a `portal` pauses only if the terms of agreements allow it.
    """

    invoice_number: str
    promised_on: Day
    amount: str | None = None
    note: str = ""
    channel: Literal["desk", "portal"] = "desk"


class Chosen(Body):
    """Notices of a run to approve, by their ids; absent: every one that waits."""

    notices: list[UUID] | None = None


class Why(Body):
    """A reason a person gives."""

    reason: str


@router.get("/dunning-policies", response_model=Whole[PolicyShape])
def list_policies(call: Caller) -> Response:
    """Every policy in the version that is in force."""

    def read(work: Work) -> dict[str, Any]:
        found = [store.policy_in_force(work.session, name)[1] for name in store.policy_names(work.session)]
        return {"data": [{"name": each.name, "version": each.version, "levels": len(each.levels)} for each in found]}

    return call.read(Right.VIEW, read)


@router.post("/dunning-policies", status_code=201, response_model=StoredPolicy)
def put_policy(call: Caller, body: NewPolicy) -> Response:
    """Stores a new version; what is wrong with it is named by its JSON pointer."""

    def do(work: Work) -> dict[str, Any]:
        policy = policies.put_policy(work, body.name, body.body)
        return {"name": policy.name, "version": policy.version}

    return call.write(Right.POLICY, do, status=201)


@router.post("/dunning-runs", status_code=201, response_model=RunShape, responses={200: {"model": DryRunShape}})
def make_run(call: Caller, body: NewRun) -> Response:
    """Plans the run of a day; the one there is already is returned as it is. A dry run answers 200."""
    if body.dry_run:
        return call.read(Right.DUN, lambda work: _would(work, body.policy), on=body.on)
    return call.write(Right.DUN, lambda work: _run(work, plan_run(work, body.policy)), status=201, on=body.on)


def _would(work: Work, policy: str | None) -> dict[str, Any]:
    planned = foretell(work, policy)
    return {"notices": planned.notices, "held": dict(planned.held), "waiting": planned.waiting}


@router.get("/dunning-runs/{run_id}", response_model=RunShape)
def one_run(call: Caller, run_id: UUID) -> Response:
    """One run: how many notices, and why what was not reminded was not."""
    return call.read(Right.VIEW, lambda work: _run(work, store.run(work.session, run_id)))


@router.get("/dunning-runs/{run_id}/decisions", response_model=Page[DecisionShape])
def decisions(call: Caller, run_id: UUID, limit: Limit = 50, cursor: str | None = None) -> Response:
    """Every decision of a run."""

    def read(work: Work) -> dict[str, Any]:
        run = store.run(work.session, run_id)
        query = (
            select(Decision, Invoice.number, Customer.external_id, PolicyVersion.name, PolicyVersion.version)
            .join(PolicyVersion, PolicyVersion.id == Decision.policy_id)
            .join(OpenItem, OpenItem.id == Decision.open_item_id)
            .join(Invoice, Invoice.id == OpenItem.invoice_id)
            .join(Customer, Customer.id == Decision.customer_id)
            .where(Decision.run_id == run.id)
        )
        return page_of(work.session, query, (Decision.open_item_id,), limit, cursor, lambda row: _of_run(row, run))

    return call.read(Right.VIEW, read)


def _of_run(row: Any, run: DunningRun) -> dict[str, Any]:
    return {**_decision(row[0], run, f"{row[3]}:{row[4]}"), "invoice_number": row[1], "customer_id": row[2]}


@router.post("/dunning-runs/{run_id}/approve", response_model=ApprovedShape, openapi_extra=NEEDS_IF_MATCH)
def approve_run(call: Caller, run_id: UUID, body: Chosen | None = None) -> Response:
    """Queues the planned notices of the run, all or those chosen. Needs If-Match: approve what you have seen."""
    call.expected_version()
    chosen = body.notices if body else None

    def do(work: Work) -> dict[str, Any]:
        run = store.run(work.session, run_id)
        work.session.refresh(run, with_for_update=True)
        call.must_match(_version(work, run))
        queued = approve(work, run, chosen)
        return {**_run(work, run), "queued": queued}

    return call.write(Right.DUN, do)


@router.get("/decisions", response_model=Whole[PlainDecision])
def why(call: Caller, invoice: str, on: Day | None = None) -> Response:
    """Why an invoice was or was not reminded, on a day or ever."""

    def read(work: Work) -> dict[str, Any]:
        found = receivables.invoice_by_number(work.session, invoice)
        policies = store.policies_by_id(work.session)
        said = {version: f"{policy.name}:{policy.version}" for version, policy in policies.items()}
        rows = listings.decisions_about(work.session, found.id, on)
        return {"data": [_decision(decision, run, said[decision.policy_id]) for decision, run in rows]}

    return call.read(Right.VIEW, read)


@router.post("/notices/{notice_id}/drop", response_model=NoticeShape)
def drop_notice(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Takes a notice out before it is sent."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        drop(work, notice, body.reason)
        return notice_shown(notice)

    return call.write(Right.DUN, do)


@router.post("/notices/{notice_id}/settle", response_model=NoticeShape)
def settle_notice(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Says that a notice in doubt did arrive; `reason` is how one knows."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        in_doubt.settle_as_sent(work, notice, body.reason)
        return notice_shown(notice)

    return call.write(Right.DUN, do)


@router.post("/notices/{notice_id}/send-again", response_model=NoticeShape)
def send_notice_again(call: Caller, notice_id: UUID, body: Why) -> Response:
    """Puts a refused or doubtful notice back into the outbox."""

    def do(work: Work) -> dict[str, Any]:
        notice = store.notice(work.session, notice_id)
        in_doubt.send_again(work, notice, body.reason)
        return notice_shown(notice)

    return call.write(Right.DUN, do)


@router.get("/dunning-runs/{run_id}/notices", response_model=Page[NoticeOfCustomer])
def notices(call: Caller, run_id: UUID, limit: Limit = 50, cursor: str | None = None) -> Response:
    """The notices of a run with their states, by number."""

    def read(work: Work) -> dict[str, Any]:
        run = store.run(work.session, run_id)
        query = (
            select(Notice, Customer.external_id)
            .join(Customer, Customer.id == Notice.customer_id)
            .where(Notice.run_id == run.id)
        )
        show = lambda row: {**notice_shown(row[0]), "customer_id": row[1]}  # noqa: E731
        return page_of(work.session, query, (Notice.number,), limit, cursor, show)

    return call.read(Right.VIEW, read)


@router.post("/holds", status_code=201, response_model=HoldShape)
def hold(call: Caller, body: NewHold) -> Response:
    """Sets a hold and returns its id."""
    if (body.customer is None) == (body.invoice_number is None):
        raise Invalid.because("/customer", "Name a customer or an invoice, one of them.", field="customer")
    if body.customer is not None and body.instalment is not None:
        raise Invalid.because("/instalment", "An instalment is one of an invoice; name that.", field="instalment")

    def do(work: Work) -> dict[str, Any]:
        invoice = receivables.invoice_by_number(work.session, body.invoice_number) if body.invoice_number else None
        customer = (
            receivables.customer_of(work.session, invoice.customer_id)
            if invoice
            else receivables.customer_by_external_id(work.session, body.customer or "")
        )
        made = pauses.hold(
            work, customer, invoice, body.reason, body.until, instalment=body.instalment, review_on=body.review_on
        )
        return {"id": made, "until": body.until}

    return call.write(Right.HOLD, do, status=201)


@router.delete("/holds/{hold_id}", response_model=EndedShape)
def lift(call: Caller, hold_id: UUID) -> Response:
    """Ends a hold before its time."""

    def do(work: Work) -> dict[str, Any]:
        pauses.lift_hold(work, hold_id)
        return {"id": hold_id, "state": "lifted"}

    return call.write(Right.HOLD, do)


@router.post("/promises", status_code=201, response_model=Whole[PromiseShape])
def promise(call: Caller, body: NewPromise) -> Response:
    """Notes a promise; reminders of its items wait for it."""

    def do(work: Work) -> dict[str, Any]:
        invoice = receivables.invoice_by_number(work.session, body.invoice_number)
        amount = _amount(body.amount, invoice.currency)
        made = pauses.promise(
            work, invoice, amount, body.promised_on, body.note, is_from_portal=body.channel == "portal"
        )
        return {"data": [{"id": each.id, "amount": decimal_text(each.amount, each.currency)} for each in made]}

    return call.write(Right.HOLD, do, status=201)


@router.delete("/promises/{promise_id}", response_model=EndedShape)
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
    counts = listings.held_counts(work.session, run.id)
    return {
        "run_id": run.id,
        "number": run.number,
        "on": run.on,
        "state": run.state,
        "notices": run.notices,
        "held": {reason: count for reason, (count, _) in counts["hold"].items()},
        "waiting": sum(count for count, _ in counts["wait"].values()),
        "version": _version(work, run),
    }


def _version(work: Work, run: DunningRun) -> int:
    """A run changes with each of its notices that is approved, dropped or edited, and when nothing waits any more."""
    changed = listings.settled_notices(work.session, run.id) + listings.edits(work.session, run.id)
    return 1 + changed + (run.state == "approved")


def _decision(decision: Decision, run: DunningRun, policy_version: str) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "on": run.on,
        "decision": decision.decision,
        "level": decision.level,
        "reason": decision.reason,
        "until": decision.until_on,
        "policy_version": policy_version,
        "policy_from": decision.policy_from,
    }


def notice_shown(notice: Notice) -> dict[str, Any]:
    """A notice as the API says it."""
    return {
        "notice_id": notice.id,
        "number": notice.number,
        "level": notice.level,
        "channel": notice.channel,
        "language": notice.language,
        "total": decimal_text(notice.total, notice.currency),
        "currency": notice.currency,
        "state": notice.state,
        "state_reason": notice.state_reason,
        "crossed": notice.crossed,
    }
