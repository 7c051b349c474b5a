"""`/api/v1/jobs`: what runs by the clock, how it went last, and running one now."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from runtime.jobs import Job, NoSuchJob, last_runs, run_job
from runtime.shapes import Body, Day, Shape, Whole
from runtime.tables import JobRun
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


class NewJobRun(Body):
    """For which business date (today when absent), and whether only to say what would happen."""

    on: Day | None = None
    dry_run: bool = False


class JobResult(Shape):
    """What a job did, or in a dry run would do; figures by name."""

    job: str = Field(examples=["dun"])
    on: date
    dry_run: bool
    result: dict[str, Any]


class LastRun(Shape):
    """The newest run of a job."""

    on: date
    state: Literal["running", "done", "failed"]
    attempts: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    result: dict[str, Any] | None


class JobShape(Shape):
    """A job; `at` is a time of day in the house's zone."""

    name: str = Field(examples=["dun"])
    title: str
    at: str = Field(examples=["06:00"])
    days: str = Field(examples=["mon-fri"])
    last: LastRun | None


@router.get("", response_model=Whole[JobShape])
def jobs(call: Caller, request: Request) -> Response:
    """Every job with its newest run."""
    known: Mapping[str, Job] = request.app.state.system.jobs

    def read(work: Work) -> dict[str, Any]:
        last = last_runs(work)
        return {"data": [_shown(job, last.get(job.name)) for job in known.values()]}

    return call.read(Right.VIEW, read)


def _shown(job: Job, last: JobRun | None) -> dict[str, Any]:
    names = ("state", "attempts", "started_at", "finished_at", "error", "result")
    run = last and {"on": last.business_on, **{name: getattr(last, name) for name in names}}
    return {"name": job.name, "title": job.title, "at": job.at, "days": job.days, "last": run}


@router.post("/{name}/runs", status_code=201, response_model=JobResult)
def run_now(call: Caller, request: Request, name: str, body: NewJobRun) -> Response:
    """Runs a job for a business date and answers when it is done. Each job may run again at any time."""
    known: Mapping[str, Job] = request.app.state.system.jobs
    if name not in known:
        raise NoSuchJob(name, known)
    day = body.on or call.house.today()

    def do() -> dict[str, Any]:
        result = run_job(call.house, known[name], day, dry_run=body.dry_run, actor=call.actor)
        return {"job": name, "on": day, "dry_run": body.dry_run, "result": dict(result)}

    return call.answer(Right.JOBS, do, status=201)
