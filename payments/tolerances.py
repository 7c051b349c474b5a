"""Which differences of a payment are accepted without a person, per currency and company: kept as versions, as data.

A row without a company is meant for all of them; a company's own row goes before it. Without either, nothing is
forgiven. Versions are added, never changed; a run records the versions it used.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.currencies import EXPONENTS
from core.errors import Invalid
from core.money import NotAnAmount, parse_minor
from core.problems import Problem
from payments.matching.book import Tolerance
from payments.tables import CashTolerance
from runtime.ids import new_id
from runtime.work import Right, Work

MOST_GRACE_DAYS = 60
MOST_PERCENT = Decimal(10)


def set_tolerance(work: Work, company_id: UUID | None, currency: str, said: Mapping[str, Any]) -> CashTolerance:
    """Adds the next version. `said` gives `rounding` and `charges` (plain decimals of the currency), `percent` (of what
    is open; neither ever goes above it) and `discount_grace_days`; `Invalid` names what is wrong by its pointer."""
    work.need(Right.POLICY)
    if currency not in EXPONENTS:
        raise Invalid.because("/currency", f"“{currency}” is no currency of ISO 4217.", field="currency")
    tolerance = _read(currency, said)
    row = CashTolerance(
        id=new_id(), company_id=company_id, currency=currency,
        version=(_last_version(work.session, company_id, currency) or 0) + 1, rounding=tolerance.rounding,
        charges=tolerance.charges, basis_points=tolerance.basis_points, grace_days=tolerance.grace_days,
        actor=str(work.actor), at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.record("tolerance.set", f"tolerance:{currency}", {"company": company_id, "version": row.version, **said})
    return row


def seed(work: Work, shipped: Mapping[str, Mapping[str, Any]]) -> None:
    """Gives a new database the shipped tolerances; a currency that has one is left alone."""
    for currency, said in shipped.items():
        if _last_version(work.session, None, currency) is None:
            set_tolerance(work, None, currency, said)


def in_force(session: Session, company_id: UUID) -> dict[str, CashTolerance]:
    """Currency → the row that counts for a company."""
    rows = session.scalars(
        select(CashTolerance)
        .where((CashTolerance.company_id == company_id) | CashTolerance.company_id.is_(None))
        .order_by(CashTolerance.company_id.is_not(None), CashTolerance.version)
    )
    return {row.currency: row for row in rows}


def as_matching_sees_it(row: CashTolerance) -> Tolerance:
    return Tolerance(row.rounding, row.charges, row.basis_points, row.grace_days)


def _last_version(session: Session, company_id: UUID | None, currency: str) -> int | None:
    same = CashTolerance.company_id.is_(None) if company_id is None else CashTolerance.company_id == company_id
    query = select(func.max(CashTolerance.version)).where(CashTolerance.currency == currency, same)
    version: int | None = session.scalar(query)
    return version


def _read(currency: str, said: Mapping[str, Any]) -> Tolerance:
    problems: list[Problem] = []
    rounding = _amount(said, "rounding", currency, problems)
    charges = _amount(said, "charges", currency, problems)
    basis_points = _basis_points(said, problems)
    grace_days = said["discount_grace_days"]
    if not 0 <= grace_days <= MOST_GRACE_DAYS:
        message = f"From 0 to {MOST_GRACE_DAYS} days."
        problems.append(Problem("/discount_grace_days", message, field="discount_grace_days"))
    if problems:
        raise Invalid(problems)
    return Tolerance(rounding, charges, basis_points, grace_days)


def _amount(said: Mapping[str, Any], name: str, currency: str, problems: list[Problem]) -> int:
    try:
        minor = parse_minor(said[name], currency)
    except NotAnAmount as error:
        problems.append(Problem(f"/{name}", str(error), field=name))
        return 0
    if minor < 0:
        problems.append(Problem(f"/{name}", "A tolerance is not negative.", field=name))
    return minor


def _basis_points(said: Mapping[str, Any], problems: list[Problem]) -> int:
    try:
        percent = Decimal(said["percent"])
    except InvalidOperation:
        percent = Decimal(-1)
    is_fit = percent.is_finite() and 0 <= percent <= MOST_PERCENT and percent * 100 == int(percent * 100)
    if not is_fit:
        message = f"From 0 to {MOST_PERCENT} per cent, with at most two decimals."
        problems.append(Problem("/percent", message, field="percent"))
        return 0
    return int(percent * 100)


def versions(rows: Mapping[str, CashTolerance]) -> dict[str, int]:
    """What a run notes of the tolerances it used."""
    return {currency: row.version for currency, row in sorted(rows.items())}
