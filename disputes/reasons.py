"""Why customers contest: the reasons that come with the program, and what a manager made of them."""

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid
from disputes.tables import DisputeReason
from runtime.work import Right, Work

REASONS: Mapping[str, str] = {
    "order_entry_error": "Order entered wrongly",
    "entered_twice": "Order entered twice",
    "invoicing_error": "Invoicing error",
    "price": "Price",
    "quantity": "Quantity",
    "quality": "Quality or damage",
    "delivery": "Late or missing delivery",
    "missing_po": "Purchase order number missing",
    "missing_pod": "Proof of delivery missing",
    "already_paid": "Already paid",
    "deduction": "Deduction",
    "duplicate_invoice": "Duplicate invoice",
    "other": "Other",
}
"""Code → what people read, as the barometer of the trade and the ERP systems name them."""

INDISPENSABLE = ("deduction", "other")
"""Reasons the program itself opens cases with."""

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


def labels(session: Session) -> dict[str, str]:
    """Every reason a case may bear, those no longer used among them: code → what people read."""
    own = session.scalars(select(DisputeReason).order_by(DisputeReason.code))
    return {**REASONS, **{each.code: each.label for each in own}}


def in_use(session: Session) -> dict[str, str]:
    """The reasons a new case may have: code → what people read."""
    unused = set(session.scalars(select(DisputeReason.code).where(DisputeReason.is_used.is_(False))))
    return {code: label for code, label in labels(session).items() if code not in unused}


def put_reason(work: Work, code: str, label: str, *, is_used: bool = True) -> DisputeReason:
    """Adds a reason, or says it in other words, or retires it; cases that bear it keep it."""
    work.need(Right.POLICY)
    if not _CODE.fullmatch(code):
        raise Invalid.because("/code", "A code has 2 to 40 small letters, digits and underscores.", field="code")
    if not label.strip():
        raise Invalid.because("/label", "A reason has words people read.", field="label")
    if not is_used and code in INDISPENSABLE:
        raise Invalid.because("/is_used", f"“{code}” cannot be retired: the program opens cases with it.")
    found = work.session.get(DisputeReason, code)
    if found is None:
        found = DisputeReason(code=code, version=0)
        work.session.add(found)
    found.label, found.is_used, found.version = label.strip(), is_used, found.version + 1
    work.record("dispute.reason_put", f"reason:{code}", {"label": found.label, "is_used": is_used})
    work.session.flush()
    return found
