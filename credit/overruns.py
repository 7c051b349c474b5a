"""Overruns: when a customer's exposure rises above its limit, and when it is within it again."""

from collections.abc import Collection, Mapping
from uuid import UUID

from core.money import Money
from credit import groups, reservations, store
from credit.events import OverrunBegan, OverrunEnded
from credit.exposure import Exposure
from credit.tables import Overrun
from runtime.ids import new_id
from runtime.work import Work


def watch(work: Work, customer_ids: Collection[UUID]) -> None:
    """Compares exposure and limit; writes and announces each overrun of a customer or group that begins or ends."""
    single = store.watched(work.session, customer_ids)
    if single:
        limits = store.limits(work.session, single, work.today)
        running = store.running_overruns(work.session, single)
        exposures = store.exposures(work.session, {customer_id for customer_id, _ in limits.keys() | running.keys()})
        _compare(work, "customer", limits, exposures, running)
    members = groups.limited(work.session, customer_ids, work.today)
    if members:
        in_force = store.limits_in_force(work.session, members, work.today, "group")
        of_groups = {account: limit.amount for account, limit in in_force.items()}
        together = groups.exposures(work.session, members)
        _compare(work, "group", of_groups, together, store.running_overruns(work.session, members, "group"))


def _compare(
    work: Work,
    scope: str,
    limits: Mapping[store.Account, int],
    exposures: Mapping[store.Account, Exposure],
    running: Mapping[store.Account, Overrun],
) -> None:
    for account in exposures.keys() | running.keys():
        found = exposures.get(account, Exposure(account[1]))
        limit = limits.get(account)
        if limit is not None and found.overrun(limit):
            _overrun(work, scope, account, limit, found.total, running.get(account))
        elif account in running:
            running[account].ended_on = work.today
            work.announce(OverrunEnded(*account, scope))


def _overrun(work: Work, scope: str, account: store.Account, limit: int, total: int, running: Overrun | None) -> None:
    if running is not None:
        running.limit, running.exposure, running.peak = limit, total, max(running.peak, total)
        return
    customer_id, currency = account
    work.session.add(
        Overrun(
            id=new_id(), customer_id=customer_id, currency=currency, limit=limit, exposure=total, peak=total,
            began_on=work.today, scope=scope,
        )
    )  # fmt: skip
    work.announce(OverrunBegan(customer_id, Money(limit, currency), Money(total, currency), scope))


def watch_everyone(work: Work) -> int:
    """The nightly look at everybody with a limit: limits begin and end by date alone. Returns how many overrun."""
    reservations.end_expired(work)
    watch(work, store.customers_with_limit(work.session))
    work.session.flush()
    running = store.running_overruns(work.session), store.running_overruns(work.session, scope="group")
    return sum(len(each) for each in running)
