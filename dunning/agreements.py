"""The terms of agreements in force: stored in versions, the newest counts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dunning.plan_tables import AgreementTerms
from dunning.terms import Terms, read_terms
from runtime.work import Right, Work


def terms_in_force(session: Session) -> Terms:
    """The limits that count today."""
    row = _newest(session)
    assert row is not None, "a migrated database has the shipped terms"
    return read_terms(row.version, row.body)


def body_in_force(session: Session) -> Mapping[str, Any]:
    """The same as they were said."""
    row = _newest(session)
    return row.body if row else {}


def put_terms(work: Work, body: Mapping[str, Any]) -> Terms:
    """Stores the next version. What stands already, promises, plans and holds, is not judged anew."""
    work.need(Right.POLICY)
    before = _newest(work.session)
    terms = read_terms(before.version + 1 if before else 1, body)
    work.session.add(AgreementTerms(version=terms.version, body=dict(body), actor=str(work.actor), at=work.now))
    work.session.flush()
    work.record("agreement_terms.set", f"agreement_terms:{terms.version}", body)
    return terms


def seed(work: Work, shipped: Mapping[str, Any]) -> None:
    """Gives a new database the shipped terms."""
    if _newest(work.session) is None:
        put_terms(work, shipped)


def _newest(session: Session) -> AgreementTerms | None:
    return session.scalars(select(AgreementTerms).order_by(AgreementTerms.version.desc()).limit(1)).first()
