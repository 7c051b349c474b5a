"""A dispatcher in a process of its own, to be killed: `python -m tests.dispatching` is never needed, tests fork it.

Children come from a fork server that has loaded the system already, so that a hundred of them cost seconds.
"""

import multiprocessing
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import main
from runtime.clock import SetClock
from runtime.smtp import SmtpTransport
from tests.conftest import settings_for
from tests.mailroom import QuickRenderer


def dispatch(database_url: str, folder: Path, smtp_url: str, now: datetime) -> None:
    """One pass over the outbox, at an instant of the test's choosing."""
    transport = SmtpTransport(smtp_url, timeout=5)
    system = main.build(
        settings_for(database_url, folder), clock=SetClock(now), transport=transport, renderer=QuickRenderer()
    )
    system.dispatcher.run()


def start(database_url: str, folder: Path, smtp_url: str, now: datetime) -> BaseProcess:
    """Starts `dispatch` in a process that may be killed with -9."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.dispatching"])
    process = context.Process(target=dispatch, args=(database_url, folder, smtp_url, now), daemon=True)
    process.start()
    return process
