"""Commands about the machine: serve, worker, check, doctor."""

from typing import Annotated, Any

import typer
import uvicorn

from commands.data import AsJson
from commands.output import finish
from commands.system import System
from intake.queue import ImportQueue
from reports.invariants import violations
from runtime.worker import Worker


def register(cli: Any) -> None:
    cli.command("serve")(serve)
    cli.command("worker")(worker)
    cli.command("check")(check)


def serve(
    system: System,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
    workers: Annotated[int, typer.Option()] = 1,
) -> None:
    """API and UI; files handed in are read meanwhile."""
    from commands.web import build_web  # declaring every route takes a second that no other command should wait

    system.migrate()
    if workers == 1:
        uvicorn.run(build_web(system, reads_imports=True), host=host, port=port, log_level="warning", access_log=False)
        return
    uvicorn.run("main:web", factory=True, host=host, port=port, workers=workers, log_level="warning", access_log=False)


def worker(system: System) -> None:
    """Scheduler, dispatcher and the import queue, until stopped."""
    system.migrate()
    with ImportQueue(system.door):
        Worker(system.house, system.jobs, system.dispatcher).run()


def check(system: System, as_json: AsJson = False) -> None:
    """Verifies every invariant of the money core and the audit chain."""
    found = system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys))))
    sentence = "Everything holds." if not found else "\n".join(found)
    finish({"violations": found}, as_json=as_json, sentence=sentence, is_refused=bool(found))
