"""Disputes on the clock."""

from disputes import care
from runtime.jobs import Job, JobCall, Result, in_one_transaction


def _escalate(call: JobCall) -> Result:
    return in_one_transaction(call, care.escalate)


JOBS = (
    Job("disputes", "Escalate cases not decided in time", "every 30 minutes", "mon-fri", _escalate, every_minutes=30),
)
