"""Cash on the clock."""

from payments.reconciliation import reconcile
from receivables.tables import Company
from runtime.jobs import Job, JobCall, Result, in_one_transaction
from runtime.work import Work


def _reconcile(call: JobCall) -> Result:
    def do(work: Work) -> Result:
        found = [reconcile(work, company.id) for company in work.session.query(Company)]
        return {name: sum(getattr(each, name) for each in found) for name in ("posted", "suggested", "unmatched")}

    return in_one_transaction(call, do)


JOBS = (Job("reconcile", "Apply unmatched cash", "05:00", "mon-fri", _reconcile),)
