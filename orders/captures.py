"""Orders that come by fax, on paper or as the text of a mail: kept as they came, and typed in beside their original."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound, Refused
from core.problems import Problem
from orders.intake import read_order
from orders.reading import MOST_TEXT
from orders.service import CLOCKS_DIFFER, Told, put_orders, tell
from orders.store import order_named
from orders.tables import Order, OrderCapture
from receivables import store as receivables
from receivables.intake.rows import Row
from receivables.push import Intake
from receivables.tables import Company, Customer
from runtime.ids import new_id
from runtime.schema import AnyRow
from runtime.tables import Document, DocumentText
from runtime.work import Right, Work

CHANNELS = ("fax", "email", "paper", "manual")
INDEXED = (
    "order_number", "customer_id", "received_at", "requested_on", "currency", "amount", "po_number", "priority",
    "delivery_address",
)  # fmt: skip
"""What an index file may say of a scan; it stands in the form beside the original."""


def receive(work: Work, document_id: UUID, channel: str, said: Mapping[str, str], received_at: datetime) -> bool:
    """Puts a document into the queue of those to be typed in; False when the same bytes wait there, or did."""
    work.need(Right.PUSH)
    document = work.session.get_one(Document, document_id)
    same = select(OrderCapture.id).join(Document, Document.id == OrderCapture.document_id)
    if work.session.scalar(same.where(Document.sha256 == document.sha256).limit(1)) is not None:
        return False
    made = OrderCapture(
        id=new_id(), document_id=document_id, channel=channel, received_at=received_at, said=dict(said),
        state="waiting", note="",
    )  # fmt: skip
    work.session.add(made)
    work.record("order.document_received", f"capture:{made.id}", {"channel": channel, "file": document.name})
    work.session.flush()
    return True


def keep_text(work: Work, document_id: UUID, text: str) -> None:
    """Keeps words of a document, to find it by; those known already are not kept twice."""
    words = text.replace("\0", "").strip()
    found = work.session.get(DocumentText, document_id)
    if words and found is None:
        work.session.add(DocumentText(document_id=document_id, text=words))
    elif found is not None and words not in found.text:
        found.text = f"{found.text}\n{words}"[:MOST_TEXT]


def customer_writing(session: Session, address: str) -> str:
    """The number of the one customer with an e-mail address; "" when none or several have it."""
    if not address:
        return ""
    writing = select(receivables.SURVIVING).where(func.lower(Customer.email) == address.lower())
    found = session.scalars(select(Customer.external_id).where(Customer.id.in_(writing)).limit(2)).all()
    return found[0] if len(found) == 1 else ""


def note_index(work: Work, row: Row) -> Intake:
    """What an index file says of a scan that waits, by the scan's file name; the scans come before their index."""
    work.need(Right.PUSH)
    intake, name = Intake(), str(row.values.get("scan_file", "")).strip()
    query = (
        select(OrderCapture)
        .join(Document, Document.id == OrderCapture.document_id)
        .where(Document.name == name, OrderCapture.state == "waiting")
        .order_by(OrderCapture.id.desc())
        .limit(1)
    )
    found = work.session.scalars(query).first()
    if found is None:
        message = f"No scan named “{name[:80]}” waits to be typed in. Hand in the scans before their index."
        intake.reject(name, Problem(row.where, message, field="scan_file"))
        return intake
    said = {key: str(row.values[key]).strip() for key in INDEXED if row.values.get(key)}
    channel = str(row.values.get("channel", "") or found.channel)
    if channel not in CHANNELS:
        message = f"A scan comes by {', '.join(CHANNELS)}."
        intake.reject(name, Problem(row.where, message, field="channel"))
        return intake
    is_new = (found.channel, found.said) != (channel, {**found.said, **said})
    found.channel, found.said = channel, {**found.said, **said}
    intake.note(name, "updated" if is_new else "unchanged")
    return intake


# ── the screen ──────────────────────────────────────────────────────────────────────────────────


def waiting(session: Session) -> Sequence[AnyRow]:
    """(OrderCapture, Document) that wait to be typed in, the first received first; at most 200."""
    query = select(OrderCapture, Document).join(Document, Document.id == OrderCapture.document_id)
    return session.execute(
        query.where(OrderCapture.state == "waiting").order_by(OrderCapture.received_at, OrderCapture.id).limit(200)
    ).all()


def waiting_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OrderCapture).where(OrderCapture.state == "waiting")) or 0


def capture_of(session: Session, capture_id: UUID) -> tuple[OrderCapture, Document]:
    found = session.get(OrderCapture, capture_id)
    if found is None:
        raise NotFound("There is no such document.")
    return found, session.get_one(Document, found.document_id)


def type_in(work: Work, capture_id: UUID, said: Mapping[str, str], company_code: str | None = None) -> Order:
    """Makes the order somebody typed in beside its original; the original stays with the order."""
    work.need(Right.PUSH)
    found = _waiting(work, capture_id)
    values = {key: value for key, value in said.items() if value.strip()}
    row: dict[str, Any] = {"received_at": found.received_at.isoformat(), **values, "channel": found.channel}
    given, problems = read_order(Row("", row))
    if given is None:
        raise Invalid([Problem(f"/{each.field or ''}", each.message, field=each.field) for each in problems])
    company = receivables.company_by_code(work.session, company_code or found.said.get("company") or None)
    if _is_known(work, company, given.number):
        raise Refused(f"Order {given.number} is known already. Give this one another number, or set it aside.")
    intake = put_orders(work, company, [given], document_id=found.document_id)
    if intake.problems:
        raise Invalid([Problem(f"/{each.field or ''}", each.message, field=each.field) for each in intake.problems])
    order: Order = order_named(work.session, given.number).Order
    captured_at = max(work.now, order.received_at)
    tell(work, order, Told("captured", captured_at, channel=found.channel, note="Typed in beside the original."))
    _close(work, found, "captured")
    found.order_id = order.id
    work.session.flush()
    return order


def set_aside(work: Work, capture_id: UUID, note: str) -> None:
    """Says that a document is no order, and why; it stays in the archive."""
    work.need(Right.PUSH)
    found = _waiting(work, capture_id)
    if not note.strip():
        raise Invalid.because("/note", "Say why it is set aside.", field="note")
    _close(work, found, "set_aside")
    found.note = note.strip()
    work.record("order.document_set_aside", f"capture:{found.id}", reason=note.strip())


def _waiting(work: Work, capture_id: UUID) -> OrderCapture:
    query = select(OrderCapture).where(OrderCapture.id == capture_id).with_for_update()
    found = work.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound("There is no such document.")
    if found.state != "waiting":
        raise Refused("Somebody was faster: this document does not wait any more.")
    return found


def _close(work: Work, found: OrderCapture, state: str) -> None:
    found.state, found.closed_at, found.closed_by = state, work.now, str(work.actor)


def _is_known(work: Work, company: Company, number: str) -> bool:
    query = select(Order.id).where(Order.company_id == company.id, Order.number == number)
    return work.session.scalar(query) is not None


def believable(text: str, now: datetime) -> datetime:
    """The instant a mail says it was sent at; now, where that lies in the future or more than a year back."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return at if at.tzinfo and now - timedelta(days=365) < at <= now + CLOCKS_DIFFER else now


def beside(content: bytes, name: str) -> Path:
    """A file of its own for what came inside another one; the caller removes it."""
    with tempfile.NamedTemporaryFile(delete=False, suffix=Path(name).suffix[:12]) as file:
        file.write(content)
        return Path(file.name)
