"""Scheduled work: what jobs there are, and running one for a business date. `job_run` is the truth about what ran.

APScheduler only rings the bell (`runtime.worker`); a job is run once a business date by the bell, and again by hand
whenever somebody asks, because every job is idempotent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.errors import NotFound, Refused
from runtime.house import House
from runtime.ids import new_id
from runtime.tables import JobRun
from runtime.work import HOUSE, Actor, Right, Work

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobCall:
    """What a job is handed: the house, the business date it acts for, whether it only says what it would do, and for
    whom it acts: the house itself by the bell, a person or a program by hand."""

    house: House
    on: date
    dry_run: bool
    actor: Actor = HOUSE


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled task. `at` is "HH:MM" in the house's zone; `days` as APScheduler names them ("mon-fri").

    A job with `every_minutes` rings all day instead, and `at` says so in words.
    """

    name: str
    title: str
    at: str
    days: str
    run: Callable[[JobCall], Result]
    every_minutes: int = 0


class NoSuchJob(NotFound):
    def __init__(self, name: str, known: Mapping[str, Job]) -> None:
        super().__init__(f"There is no job “{name}”. There are: {', '.join(known)}.")


class DryRunDone(Exception):
    """Rolls a dry run's transaction back, with its result."""

    def __init__(self, result: Result) -> None:
        self.result = result


def run_job(
    house: House, job: Job, on: date, *, dry_run: bool = False, by_bell: bool = False, actor: Actor = HOUSE
) -> Result:
    """Runs a job for a business date. By the bell it runs once; by hand as often as asked. A dry run stores nothing.

    What the job changes, and that it ran, stands in the audit log under the actor's name.
    """
    call = JobCall(house, on, dry_run, actor)
    if dry_run:
        return job.run(call)
    if not house.write(lambda work: _begin(work, job, on, by_bell=by_bell), actor=actor):
        return {"skipped": "It ran already for this date."}
    try:
        result = job.run(call)
    except Exception as error:
        said = str(error)
        house.write(lambda work: _end(work, job, on, None, said), actor=actor)
        raise
    house.write(lambda work: _end(work, job, on, result, None), actor=actor)
    return result


def _begin(work: Work, job: Job, on: date, *, by_bell: bool) -> bool:
    work.need(Right.JOBS)
    run = work.session.scalars(select(JobRun).where(JobRun.job == job.name, JobRun.business_on == on)).first()
    if run is None:
        work.session.add(
            JobRun(id=new_id(), job=job.name, business_on=on, state="running", attempts=1, started_at=work.now)
        )
        try:
            work.session.flush()
        except IntegrityError as error:
            raise Refused(f"Job {job.name} is being run for {on} at this moment.") from error
        return True
    if by_bell and run.state == "done" and not job.every_minutes:
        return False
    run.state, run.started_at, run.finished_at, run.error = "running", work.now, None, None
    run.attempts += 1
    return True


def _end(work: Work, job: Job, on: date, result: Result | None, error: str | None) -> None:
    run = work.session.scalars(select(JobRun).where(JobRun.job == job.name, JobRun.business_on == on)).one()
    run.state = "done" if error is None else "failed"
    run.finished_at, run.error = work.now, error
    run.result = dict(result) if result is not None else None
    if job.every_minutes and not any((result or {}).values()):
        return  # the audit log is no heartbeat
    work.record(f"job.{run.state}", f"job:{job.name}", {"on": str(on)}, reason=error)


def in_one_transaction(call: JobCall, do: Callable[[Work], Result]) -> Result:
    """Runs `do` in one transaction acting on the job's date; a dry run is rolled back and says what it would do."""

    def work_and_stop(work: Work) -> Result:
        result = do(work)
        if call.dry_run:
            raise DryRunDone(result)
        return result

    try:
        return call.house.write(work_and_stop, on=call.on, actor=call.actor)
    except DryRunDone as done:
        return done.result


def last_runs(work: Work) -> dict[str, JobRun]:
    """The newest run of each job."""
    runs = work.session.scalars(select(JobRun).order_by(JobRun.business_on))
    return {run.job: run for run in runs}
