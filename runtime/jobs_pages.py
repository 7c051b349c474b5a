"""Jobs on the desk: what runs by the clock, how it went last, and running one now."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from core.errors import Invalid
from runtime.jobs import Job, NoSuchJob, Result, last_runs, run_job
from runtime.web import Caller
from runtime.work import Right, Work

router = APIRouter(include_in_schema=False)


@router.get("/jobs")
def jobs(call: Caller, request: Request) -> Response:
    """Every job with its newest run."""
    known: Mapping[str, Job] = request.app.state.system.jobs

    def do(work: Work) -> dict[str, Any]:
        last = last_runs(work)
        listed = [
            {"job": job, "last": last.get(job.name), "result": said(_result(last.get(job.name)))}
            for job in known.values()
        ]
        return {"jobs": listed, "may_run": work.actor.may(Right.JOBS)}

    return call.page(Right.VIEW, "runtime/jobs.html", do)


def _result(run: Any) -> Result:
    return (run.result or {}) if run is not None else {}


@router.post("/jobs/{name}/run")
def run_now(
    call: Caller,
    request: Request,
    name: str,
    on: Annotated[str, Form()] = "",
    dry_run: Annotated[str, Form()] = "",
) -> Response:
    """Runs a job for a business date; a dry run says what it would do and stores nothing."""
    known: Mapping[str, Job] = request.app.state.system.jobs

    def do() -> str:
        if name not in known:
            raise NoSuchJob(name, known)
        day = _day(on)
        result = run_job(call.house, known[name], day, dry_run=bool(dry_run), actor=call.actor)
        how = "Dry run, nothing is stored" if dry_run else "Done"
        return f"{how}: {known[name].title}, {day}. {said(result)}".strip()

    return call.act(Right.JOBS, do, to="/jobs")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid.because("/on", f"“{text[:20]}” is not a day.", field="on") from error


def said(result: Result) -> str:
    """What a job reports, as people read it."""
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in result.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({said(value)})" if value else "none"
    return str(value)
