"""What a person decides about a notice the house must not guess about: it may have arrived, or a server refused it.

A doubt leaves that state only here (D10): settled as sent, sent again under the same Message-ID, or dropped
(`dunning.run.drop`).
"""

from dataclasses import replace

from core.errors import Invalid
from dunning.errors import NotInDoubt, NotToBeRepeated
from dunning.sent import mark_sent
from dunning.tables import Notice
from receivables import store as receivables
from runtime import outbox
from runtime.work import Right, Work

REPEATABLE = ("refused", "unknown", "deferred")
"""States in which a person may have a notice sent again."""


def settle_as_sent(work: Work, notice: Notice, evidence: str) -> None:
    """Says that a notice in doubt did arrive, and how one knows. Its items stand reminded from the day it went out."""
    work.need(Right.DUN)
    if not evidence.strip():
        raise Invalid.because("/reason", "Say how you know that it arrived.", field="reason")
    _lock(work, notice)
    if notice.state != "unknown" or notice.gated_at is None:
        raise NotInDoubt
    outbox.settle(work, "notice", notice.id, evidence.strip())
    mark_sent(replace(work, now=notice.gated_at), notice)
    notice.state_reason = evidence.strip()[:200]
    work.record("notice.settled", f"notice:{notice.number}", {"level": notice.level}, reason=evidence.strip())


def send_again(work: Work, notice: Notice, reason: str) -> None:
    """Puts a refused or doubtful notice back into the outbox. The gate looks at the facts anew before it leaves."""
    work.need(Right.DUN)
    _lock(work, notice)
    if notice.state not in REPEATABLE:
        raise NotToBeRepeated(notice.state)
    before = notice.state
    outbox.requeue(work, "notice", notice.id)
    notice.state, notice.state_reason = "queued", None
    work.record("notice.requeued", f"notice:{notice.number}", {"before": before}, reason=reason.strip() or None)


def _lock(work: Work, notice: Notice) -> None:
    receivables.lock_customer(work.session, notice.customer_id)
    work.session.refresh(notice)
