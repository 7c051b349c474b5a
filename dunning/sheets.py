"""A question about late-payment interest as people put it, and its answer in the contract's words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.errors import Invalid
from core.money import NotAnAmount, decimal_text, parse_minor
from dunning.interest import Debt, Reduction, Sheet, Slice
from dunning.regimes import Regimes


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, amounts still as text. `payments` is `DATE:AMOUNT,…`, `rate` the contract's own yearly percent."""

    country: str
    debtor: str
    principal: str
    currency: str
    due_on: date
    until: date
    contract_on: date | None = None
    payments: str = ""
    rate: str = ""


def answer(regimes: Regimes, question: Question) -> dict[str, Any]:
    """The itemised sheet; `Invalid` names what of the question cannot be answered."""
    currency = question.currency.upper()
    debt = Debt(
        _amount(question.principal, currency, "principal"),
        currency,
        question.due_on,
        tuple(_payments(question.payments, currency)),
    )
    sheet = regimes.sheet(
        debt,
        country=question.country,
        debtor=question.debtor,
        until=question.until,
        contract_on=question.contract_on,
        agreed=_agreed(question.rate),
    )
    return {"country": question.country.upper(), "debtor": question.debtor, **shown(sheet)}


def shown(sheet: Sheet) -> dict[str, Any]:
    """A sheet as the API and the command hand it out. `compensation` is in `compensation_currency`."""
    currency = sheet.debt.currency
    return {
        "principal": decimal_text(sheet.debt.principal, currency),
        "currency": currency,
        "due_on": sheet.debt.due_on.isoformat(),
        "until": sheet.until.isoformat(),
        "slices": [_slice(each, currency) for each in sheet.slices],
        "interest": decimal_text(sheet.interest, currency),
        "compensation": decimal_text(sheet.compensation, sheet.compensation_currency),
        "compensation_currency": sheet.compensation_currency,
        "regime": sheet.regime,
        "day_count": sheet.day_count,
        "sources": list(sheet.sources),
    }


def percent(rate: Decimal) -> str:
    """A yearly rate with at least two decimals: `10.15`, `12.50`."""
    return f"{rate:.2f}" if rate == rate.quantize(Decimal("0.01")) else f"{rate.normalize():f}"


def _slice(each: Slice, currency: str) -> dict[str, Any]:
    return {
        "from": each.from_on.isoformat(),
        "to": each.to_on.isoformat(),
        "days": each.days,
        "principal": decimal_text(each.principal, currency),
        "rate": percent(each.rate),
        "amount": decimal_text(each.amount, currency),
    }


def _payments(text: str, currency: str) -> Iterator[Reduction]:
    for part in filter(None, (each.strip() for each in text.split(","))):
        day, colon, amount = part.partition(":")
        try:
            on = date.fromisoformat(day.strip())
        except ValueError:
            colon = ""
        if not colon:
            raise Invalid.because("/payments", f"“{part[:40]}” is no payment such as 2026-05-31:100.00.")
        yield Reduction(on, _amount(amount, currency, "payments"))


def _amount(text: str, currency: str, field: str) -> int:
    try:
        return parse_minor(text, currency)
    except NotAnAmount as error:
        raise Invalid.because(f"/{field}", str(error), field=field) from error


def _agreed(text: str) -> Decimal | None:
    if not text:
        return None
    whole, _, part = text.strip().partition(".")
    if not (whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))) or len(text) > 9:
        raise Invalid.because("/rate", f"“{text[:20]}” is no yearly rate in percent such as 9.5.", field="rate")
    return Decimal(f"{whole}.{part or 0}")
