"""Reports on the clock."""

from reports.indicators import take_snapshot
from runtime.jobs import Job, JobCall, Result, in_one_transaction
from runtime.work import Work


def _snapshot(call: JobCall) -> Result:
    def do(work: Work) -> Result:
        return {each.code: None if each.value is None else f"{each.value:f}" for each in take_snapshot(work)}

    return in_one_transaction(call, do)


JOBS = (Job("kpi-snapshot", "Write down the day's indicators", "23:30", "mon-sun", _snapshot),)
