"""Dunning on the clock."""

from dunning import pauses
from dunning.run import plan, plan_run
from runtime.jobs import Job, JobCall, Result, in_one_transaction
from runtime.work import Work


def _plan(call: JobCall) -> Result:
    def do(work: Work) -> Result:
        if call.dry_run:
            planned = plan(work)
            return {"notices": len(planned.by_party), "held": planned.held(), "waiting": planned.waiting}
        run = plan_run(work)
        return {"run": run.number, "notices": run.notices}

    return in_one_transaction(call, do)


def _judge(call: JobCall) -> Result:
    return in_one_transaction(call, pauses.judge_promises)


JOBS = (
    Job("promises", "Judge promises: kept or broken", "05:40", "mon-fri", _judge),
    Job("dun", "Plan the day's dunning run", "06:00", "mon-fri", _plan),
)
