"""Exchange rates: rows with a day and a source, added by import or by a person; never guessed, never changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.currencies import EXPONENTS
from core.errors import Invalid
from payments.tables import ExchangeRate
from runtime.ids import new_id
from runtime.work import Right, Work

GOOD_FOR = timedelta(days=7)
"""A rate older than this is not taken for a day that has none."""
LONGEST = 20


def add_rate(work: Work, base: str, quote: str, on: date, rate: str, source: str) -> ExchangeRate:
    """One unit of `base` is `rate` units of `quote` on a day, says `source`. The same row again is the one there is."""
    work.need(Right.CASH)
    said = said_rate(work, base, quote, on, rate, source)
    same = select(ExchangeRate).filter_by(base=base, quote=quote, on=on, source=said.source, rate=said.rate)
    found = work.session.scalars(same).first()
    if found is None:
        found = said
        work.session.add(found)
        work.session.flush()
        work.record(
            "exchange_rate.added", f"rate:{base}{quote}", {"on": str(on), "rate": said.rate, "source": said.source}
        )
    return found


def said_rate(work: Work, base: str, quote: str, on: date, rate: str, source: str) -> ExchangeRate:
    """The row a rate would make; nothing is stored. `Invalid` says what is wrong with it."""
    for pointer, currency in (("/base", base), ("/quote", quote)):
        if currency not in EXPONENTS:
            raise Invalid.because(pointer, f"“{currency}” is no currency of ISO 4217.", field=pointer[1:])
    if base == quote:
        raise Invalid.because("/quote", "A rate is between two currencies.", field="quote")
    if not source.strip():
        raise Invalid.because("/source", "Say where the rate comes from.", field="source")
    return ExchangeRate(
        id=new_id(), base=base, quote=quote, on=on, rate=read_rate(rate), source=source.strip(),
        actor=str(work.actor), at=work.now,
    )  # fmt: skip


def read_rate(text: str) -> str:
    """A rate in its shortest plain form; `Invalid` when it is none."""
    try:
        value = Decimal(text) if text.isascii() and len(text) <= LONGEST and set(text) <= set("0123456789.") else None
    except InvalidOperation:
        value = None
    if value is None or not Decimal("0.000001") <= value <= Decimal(1_000_000):
        raise Invalid.because("/rate", f"“{text[:40]}” is no rate such as 1.0921.", field="rate")
    return format(value.normalize(), "f")


def rate_for(session: Session, one: str, other: str, on: date) -> ExchangeRate | None:
    """The newest rate between two currencies, in either direction, of that day or the few before it."""
    between = or_(
        and_(ExchangeRate.base == one, ExchangeRate.quote == other),
        and_(ExchangeRate.base == other, ExchangeRate.quote == one),
    )
    query = select(ExchangeRate).where(between, ExchangeRate.on.between(on - GOOD_FOR, on))
    return session.scalars(query.order_by(ExchangeRate.on.desc(), ExchangeRate.at.desc())).first()


def newest(session: Session, most: int = 100) -> Sequence[ExchangeRate]:
    """The rates added, the newest day first."""
    return session.scalars(
        select(ExchangeRate).order_by(ExchangeRate.on.desc(), ExchangeRate.id.desc()).limit(most)
    ).all()
