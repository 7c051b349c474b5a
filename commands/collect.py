"""Commands about reminders: dun, send, jobs."""

from typing import Annotated, Any

import typer

from commands.data import AsJson, day
from commands.output import console, finish, show_problems, table
from commands.system import System
from core.problems import Problem
from dunning import listings
from dunning.planning import foretell
from dunning.run import approve, plan_run
from runtime import outbox
from runtime.jobs import NoSuchJob, last_runs, run_job
from runtime.work import Work


def register(cli: Any) -> None:
    cli.command("dun")(dun)
    cli.command("send")(send)
    cli.command("job")(job)
    cli.command("jobs")(jobs)
    cli.command("unlock-sending")(unlock_sending)


def dun(
    system: System,
    on: Annotated[str | None, typer.Option(help="Business date, YYYY-MM-DD.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only customers of this policy.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, store nothing.")] = False,
    approved: Annotated[bool, typer.Option("--approve", help="Queue the notices at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plans a dunning run; with --approve its notices are queued for sending."""
    if dry_run:
        answer = system.house.read(lambda work: _would(work, policy), on=day(on))
    else:
        answer = system.house.write(lambda work: _run(work, policy, approved=approved), on=day(on))
    held = sum(answer["held"].values())
    sentence = f"{answer['notices']} notices, {held} items held, {answer['waiting']} waiting."
    finish(answer, as_json=as_json, sentence=sentence)


def _would(work: Work, policy: str | None) -> dict[str, Any]:
    planned = foretell(work, policy)
    return {
        "run_id": None,
        "notices": planned.notices,
        "held": dict(planned.held),
        "waiting": planned.waiting,
    }


def _run(work: Work, policy: str | None, *, approved: bool) -> dict[str, Any]:
    run = plan_run(work, policy)
    work.session.flush()
    queued = 0
    if approved and run.state != "approved":
        queued = approve(work, run)
    counts = listings.held_counts(work.session, run.id)
    return {
        "run_id": run.id,
        "notices": run.notices,
        "held": {reason: count for reason, (count, _) in counts["hold"].items()},
        "waiting": sum(count for count, _ in counts["wait"].values()),
        "queued": queued,
    }


def send(
    system: System,
    limit: Annotated[int | None, typer.Option(help="At most so many messages.")] = None,
    as_json: AsJson = False,
) -> None:
    """One pass of the dispatcher over the outbox."""
    tally = system.dispatcher.run(limit)
    counts = {name: getattr(tally, name) for name in ("sent", "deferred", "refused", "unknown", "cancelled")}
    problems = [Problem("outbox", reason) for reason in tally.failures]
    locked = system.house.read(outbox.why_locked)
    if locked:
        problems.append(Problem("outbox", f"Sending is locked: {locked}"))
    answer: dict[str, Any] = {**counts, "problems": [problem.as_dict() for problem in problems]}
    if locked:
        answer["locked"] = locked
    if not as_json:
        show_problems(problems)
    sentence = ", ".join(f"{count} {name}" for name, count in counts.items()) + "."
    finish(answer, as_json=as_json, sentence=sentence, is_refused=bool(problems))


def unlock_sending(system: System, as_json: AsJson = False) -> None:
    """Lets a restored database send again."""
    was_locked = system.house.write(outbox.unlock_sending)
    sentence = "Sending is unlocked." if was_locked else "Sending was not locked."
    finish({"unlocked": was_locked}, as_json=as_json, sentence=sentence)


def job(
    system: System,
    name: Annotated[str, typer.Argument(help="The job's name; `jobs` lists them.")],
    on: Annotated[str | None, typer.Option(help="Business date, YYYY-MM-DD.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Runs one job now."""
    if name not in system.jobs:
        raise NoSuchJob(name, system.jobs)
    result = run_job(system.house, system.jobs[name], day(on) or system.house.today(), dry_run=dry_run)
    sentence = f"{name}: " + (", ".join(f"{key} {value}" for key, value in result.items()) or "done") + "."
    finish(result, as_json=as_json, sentence=sentence)


def jobs(system: System, as_json: AsJson = False) -> None:
    """Lists the jobs with their last run and their hour."""
    rows = system.house.read(lambda work: _job_rows(work, system))
    if not as_json:
        console.print(table("Jobs", ("job", "what", "at", "days", "last", "state"), (row.values() for row in rows)))
    finish({"jobs": rows}, as_json=as_json, sentence="")


def _job_rows(work: Work, system: System) -> list[dict[str, Any]]:
    last = last_runs(work)
    return [
        {
            "job": each.name,
            "title": each.title,
            "at": each.at,
            "days": each.days,
            "last_on": last[each.name].business_on if each.name in last else None,
            "state": last[each.name].state if each.name in last else "never ran",
        }
        for each in system.jobs.values()
    ]
