"""Dunning on the clock."""

from dunning import pauses, payment_plans
from dunning.planning import foretell
from dunning.run import plan_run
from runtime.jobs import Job, JobCall, Result, in_one_transaction
from runtime.work import Work


def _plan(call: JobCall) -> Result:
    def do(work: Work) -> Result:
        if call.dry_run:
            planned = foretell(work)
            return {"notices": planned.notices, "held": dict(planned.held), "waiting": planned.waiting}
        run = plan_run(work)
        return {"run": run.number, "notices": run.notices}

    return in_one_transaction(call, do)


def _judge(call: JobCall) -> Result:
    return in_one_transaction(call, pauses.judge_promises)


def _judge_plans(call: JobCall) -> Result:
    return in_one_transaction(call, payment_plans.judge_plans)


JOBS = (
    Job("promises", "Judge promises: kept or broken", "05:40", "mon-fri", _judge),
    Job("plans", "Judge payment plans: kept, in default or caught up", "05:45", "mon-fri", _judge_plans),
    Job("dun", "Plan the day's dunning run", "06:00", "mon-fri", _plan),
)
