"""Exports of collecting: decisions, notices, disputes, promises, payment plans."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.money import decimal_text
from disputes.tables import Dispute
from dunning import plan_store
from dunning.plan_tables import PaymentPlan
from dunning.plans import counted
from dunning.tables import Decision, DunningRun, Notice, NoticeLine, PolicyVersion, Promise
from receivables.tables import Customer, Invoice, OpenItem
from reports.period import Period, Row, shown
from runtime.work import Work


def decisions(work: Work, period: Period) -> Iterator[Row]:
    query = (
        select(Decision, DunningRun.on, Customer.external_id, Invoice.number, PolicyVersion)
        .join(DunningRun, DunningRun.id == Decision.run_id)
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Decision.customer_id)
        .join(PolicyVersion, PolicyVersion.id == Decision.policy_id)
        .order_by(DunningRun.on, DunningRun.number, Customer.external_id, Invoice.number)
    )
    for decision, on, customer, number, policy in work.session.execute(query):
        if period.holds(on):
            yield {
                "run_id": decision.run_id,
                "on": on,
                "customer_id": customer,
                "invoice_number": number,
                "decision": decision.decision,
                "level": shown(decision.level),
                "reason": decision.reason,
                "until": shown(decision.until_on),
                "policy_version": f"{policy.name}:{policy.version}",
            }


def notices(work: Work, period: Period) -> Iterator[Row]:
    numbers = _invoices_by_notice(work.session)
    query = (
        select(Notice, DunningRun.on, Customer.external_id)
        .join(DunningRun, DunningRun.id == Notice.run_id)
        .join(Customer, Customer.id == Notice.customer_id)
        .order_by(Notice.number)
    )
    for notice, on, customer in work.session.execute(query):
        if period.holds(on):
            yield {
                "notice_id": notice.id,
                "run_id": notice.run_id,
                "customer_id": customer,
                "level": notice.level,
                "channel": notice.channel,
                "language": notice.language,
                "total": decimal_text(notice.total, notice.currency),
                "currency": notice.currency,
                "invoices": " ".join(numbers.get(notice.id, ())),
                "state": notice.state,
                "message_id": shown(notice.message_id),
                "sent_at": shown(notice.sent_at and notice.sent_at.isoformat()),
                "crossed": "true" if notice.crossed else "false",
            }


def _invoices_by_notice(session: Session) -> Mapping[UUID, list[str]]:
    """What each notice names: its standing lines, or all of them once it was cancelled."""
    query = (
        select(NoticeLine.notice_id, Invoice.number)
        .join(Notice, Notice.id == NoticeLine.notice_id)
        .join(OpenItem, OpenItem.id == NoticeLine.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(NoticeLine.is_released.is_(False) | (Notice.state == "cancelled"))
        .order_by(Invoice.number)
    )
    found: dict[UUID, list[str]] = {}
    for notice_id, number in session.execute(query):
        found.setdefault(notice_id, []).append(number)
    return found


def disputes(work: Work, period: Period) -> Iterator[Row]:
    query = select(Dispute, Customer.external_id).join(Customer, Customer.id == Dispute.customer_id)
    for dispute, customer in work.session.execute(query.order_by(Dispute.number)):
        if period.holds(dispute.notified_on):
            yield {
                "case": dispute.number,
                "subject_kind": dispute.subject_kind,
                "subject": dispute.subject,
                "customer_id": customer,
                "reason": dispute.reason,
                "amount": "" if dispute.amount is None else decimal_text(dispute.amount, dispute.currency),
                "currency": dispute.currency,
                "state": dispute.state,
                "detected_on": dispute.detected_on,
                "notified_on": dispute.notified_on,
                "resolved_at": shown(dispute.resolved_at and dispute.resolved_at.isoformat()),
                "outcome": shown(dispute.outcome),
                "owner": dispute.owner,
            }


def promises(work: Work, period: Period) -> Iterator[Row]:
    query = (
        select(Promise, Customer.external_id, Invoice.number)
        .join(OpenItem, OpenItem.id == Promise.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .join(Customer, Customer.id == Promise.customer_id)
        .order_by(Promise.promised_on, Promise.id)
    )
    for promise, customer, number in work.session.execute(query):
        if period.holds(promise.promised_on):
            yield {
                "customer_id": customer,
                "invoice_number": number,
                "amount": decimal_text(promise.amount, promise.currency),
                "currency": promise.currency,
                "promised_on": promise.promised_on,
                "state": promise.state,
                "note": promise.note,
            }


def plans(work: Work, period: Period) -> Iterator[Row]:
    """One row an instalment; what was paid of a plan is counted against its instalments, the oldest first."""
    query = (
        select(PaymentPlan, Customer.external_id)
        .join(Customer, Customer.id == PaymentPlan.customer_id)
        .order_by(PaymentPlan.number)
    )
    for plan, customer in work.session.execute(query).all():
        paid = plan_store.paid(work.session, plan.id, work.today)
        for position, each in enumerate(counted(plan_store.instalments(work.session, plan.id), paid), start=1):
            if period.holds(each.instalment.due_on):
                yield {
                    "plan": plan.number,
                    "customer_id": customer,
                    "currency": plan.currency,
                    "plan_state": plan.state,
                    "instalment": position,
                    "due_on": each.instalment.due_on,
                    "amount": decimal_text(each.instalment.amount, plan.currency),
                    "paid": decimal_text(each.paid, plan.currency),
                    "missed_on": shown(plan.missed_on),
                }
