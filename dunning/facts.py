"""From rows to facts: what the pause ledger and the bank say on one day. Used by the run and by the gate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from core.calendar import business_days_between
from dunning.escalation import BankData, Interval, Reason, Stop
from dunning.tables import Pause
from payments.freshness import freshness
from receivables.store import companies
from runtime.schema import AnyRow
from runtime.work import Work

REASON_OF_SOURCE = {
    "dispute": Reason.DISPUTED,
    "promise": Reason.PROMISED,
    "plan": Reason.PLANNED,
    "hold": Reason.HELD,
    "suspected_payment": Reason.SUSPECTED,
    "legal": Reason.LEGAL,
    "final_step": Reason.HANDED_OVER,
}

SUSPECTED = Stop(Reason.SUSPECTED)
"""Money that may be for an item has not found its place: all of the item waits, for nobody knows how much is paid."""

PauseRow = Pause | AnyRow
"""A pause, or a row with its columns."""


@dataclass(slots=True)
class PauseLedger:
    """The pauses of some customers, arranged for asking about one item."""

    of_item: dict[UUID, list[PauseRow]] = field(default_factory=lambda: defaultdict(list))
    of_customer: dict[UUID, list[PauseRow]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, pauses: Iterable[PauseRow]) -> "PauseLedger":
        ledger = cls()
        for pause in pauses:
            if pause.open_item_id is None:
                ledger.of_customer[pause.customer_id].append(pause)
            else:
                ledger.of_item[pause.open_item_id].append(pause)
        return ledger

    def knows(self, item_id: UUID, customer_id: UUID) -> bool:
        """Whether anything ever paused an item or its customer."""
        return item_id in self.of_item or customer_id in self.of_customer

    def about(self, item_id: UUID, customer_id: UUID, day: date) -> tuple[tuple[Stop, ...], tuple[Interval, ...]]:
        """What stops an item on a day, and the pauses that were over by then."""
        stops: list[Stop] = []
        ended: list[Interval] = []
        for pause in (*self.of_item.get(item_id, ()), *self.of_customer.get(customer_id, ())):
            if pause.ended_at is None and (pause.expires_on is None or pause.expires_on >= day):
                stops.append(Stop(REASON_OF_SOURCE[pause.source], pause.amount, pause.expires_on))
            elif (last := _last_day(pause)) <= day:
                ended.append(Interval(pause.from_on, last, pause.amount is None))
            elif pause.from_on <= day:
                # Over by now, but it ran on that day: a run for a missed day respects it.
                stops.append(Stop(REASON_OF_SOURCE[pause.source], pause.amount, last))
        return tuple(stops), tuple(ended)


def _last_day(pause: PauseRow) -> date:
    """The last day an ended pause covered: the day a person ended it, or the day it expired before."""
    return min(day for day in (pause.ended_on, pause.expires_on) if day is not None)


def bank_data(work: Work) -> dict[UUID, BankData]:
    """Company → how well its bank data can be trusted today: as its oldest account, and with a gap when one has it."""
    countries = {company.id: company.country for company in companies(work.session)}
    return {
        company_id: BankData(
            max(business_days_between(each.until, work.today, countries[company_id]) for each in accounts),
            any(each.gaps for each in accounts),
        )
        for company_id, accounts in freshness(work.session, work.today).items()
    }
