"""The worker process: rings the bell for jobs and sends what the outbox holds. One at a time, by a database lease.

Any number of workers may be started; the one that holds the lease works, the others wait to take over. APScheduler is
only the alarm clock: its store is memory, and what ran is read from `job_run`.
"""

import logging
import signal
import socket
import threading
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import select

from runtime.dispatch import Dispatcher
from runtime.house import House
from runtime.ids import new_secret
from runtime.jobs import Job, run_job
from runtime.tables import Lease
from runtime.work import Work

LEASE_NAME = "worker"
LEASE_LIFE = timedelta(seconds=30)
SEND_EVERY_SECONDS = 5

log = logging.getLogger(__name__)


class Worker:
    """Holds the lease, schedules the jobs, and runs the dispatcher until told to stop."""

    def __init__(self, house: House, jobs: Mapping[str, Job], dispatcher: Dispatcher) -> None:
        self._house, self._jobs, self._dispatcher = house, jobs, dispatcher
        self._name = f"{socket.gethostname()}:{new_secret()[:8]}"
        self._stop = threading.Event()

    def run(self) -> None:
        """Works until SIGTERM or SIGINT."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self._stop.set())
        scheduler = self._scheduler()
        scheduler.start()
        self._catch_up()
        try:
            while not self._stop.wait(SEND_EVERY_SECONDS):
                self._send()
        finally:
            scheduler.shutdown(wait=True)
            self._house.write(self._give_back)

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone=ZoneInfo(self._house.zone))
        for job in self._jobs.values():
            scheduler.add_job(self._ring, self._trigger(job), args=[job], misfire_grace_time=3600, coalesce=True)
        return scheduler

    def _trigger(self, job: Job) -> BaseTrigger:
        zone = ZoneInfo(self._house.zone)
        if job.every_minutes:
            return IntervalTrigger(minutes=job.every_minutes, timezone=zone)
        hour, minute = job.at.split(":")
        return CronTrigger(day_of_week=job.days, hour=hour, minute=minute, timezone=zone)

    def _catch_up(self) -> None:
        """Runs today's jobs whose time passed while no worker was up. Days before today are not made up for."""
        now = self._house.clock.now().astimezone(ZoneInfo(self._house.zone))
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        for job in self._jobs.values():
            is_due = not job.every_minutes and f"{now:%H:%M}" > job.at
            if is_due and names[now.weekday()] in _days(job.days, names):
                self._ring(job)

    def _ring(self, job: Job) -> None:
        if not self._house.write(self._take_lease):
            return
        try:
            run_job(self._house, job, self._house.today(), by_bell=True)
        except Exception:
            log.exception("job failed", extra={"job": job.name})

    def _send(self) -> None:
        try:
            if self._house.write(self._take_lease):
                self._dispatcher.run(limit=200)
        except Exception:
            log.exception("sending failed")

    def _take_lease(self, work: Work) -> bool:
        lease = work.session.scalars(select(Lease).where(Lease.name == LEASE_NAME).with_for_update()).first()
        if lease is None:
            lease = Lease(name=LEASE_NAME, holder=self._name, fence=1, until=work.now)
            work.session.add(lease)
        elif lease.holder != self._name:
            if lease.until > work.now:
                return False
            lease.holder, lease.fence = self._name, lease.fence + 1
        lease.until = work.now + LEASE_LIFE
        return True

    def _give_back(self, work: Work) -> None:
        lease = work.session.get(Lease, LEASE_NAME)
        if lease is not None and lease.holder == self._name:
            lease.until = work.now


def _days(days: str, names: tuple[str, ...]) -> tuple[str, ...]:
    if days == "*":
        return names
    first, _, last = days.partition("-")
    return names[names.index(first) : names.index(last or first) + 1]
