"""The rate a person types beside the lines of a payment: money in one currency, invoices in another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Depends, Form

from core.errors import Invalid
from payments.abroad import Exchange
from payments.lines_by_hand import NamedLine, Remainder, exchange_for, is_abroad
from payments.tables import BankEntry
from payments.tray import Tray, weigh
from runtime.formats import plain_decimal
from runtime.web import day_said
from runtime.work import Work

BY_HAND = "typed at the desk"


@dataclass(frozen=True, slots=True)
class TypedRate:
    """What stands in the fields; all empty where the currencies are the same."""

    rate: str = ""
    on: str = ""
    source: str = ""
    difference: Literal["gain_or_loss", "unapplied"] = "gain_or_loss"

    def exchange(
        self, work: Work, entry: BankEntry, lines: Sequence[NamedLine], *, is_trial: bool = False
    ) -> Exchange | None:
        """The exchange meant, where the first invoice named is in another currency: at the rate typed, else at the
        newest one known. None where there is nothing to change. `Invalid` asks for a rate where none is known."""
        if not is_abroad(work, entry, lines):
            return None
        rate = plain_decimal(self.rate, work.actor.locale) if self.rate.strip() else None
        source = self.source.strip() or BY_HAND
        settles = self.difference == "gain_or_loss"
        return exchange_for(
            work, entry, lines, rate, source, settles=settles, on=day_said(self.on, "rate_on"), is_trial=is_trial
        )


def weigh_at(
    work: Work, entry: BankEntry, lines: Sequence[NamedLine], remainder: Remainder, typed: TypedRate, *,
    has_keeper: bool,
) -> Tray:  # fmt: skip
    """The tray with the rate typed so far. A rate that cannot be read is one of its problems."""
    try:
        exchange = typed.exchange(work, entry, lines, is_trial=True)
    except Invalid as error:
        weighed = weigh(work.session, entry, lines, remainder, has_keeper)
        return replace(weighed, problems=tuple(problem.message for problem in error.problems))
    return weigh(work.session, entry, lines, remainder, has_keeper, exchange)


def typed_rate(
    rate: Annotated[str, Form()] = "",
    rate_on: Annotated[str, Form()] = "",
    rate_source: Annotated[str, Form()] = "",
    rate_difference: Annotated[Literal["gain_or_loss", "unapplied"], Form()] = "gain_or_loss",
) -> TypedRate:
    return TypedRate(rate, rate_on, rate_source, rate_difference)


Rate = Annotated[TypedRate, Depends(typed_rate)]
