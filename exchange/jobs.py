"""Webhooks on the clock."""

from sqlalchemy import func, select

from exchange.sending import Teller
from exchange.tables import Delivery
from runtime.jobs import Job, JobCall, Result


def tell_webhooks(teller: Teller) -> Job:
    """The job that tells webhooks what changed, every minute."""

    def run(call: JobCall) -> Result:
        if call.dry_run:
            query = select(func.count()).where(Delivery.state == "queued")
            return {"waiting": call.house.read(lambda work: work.session.scalar(query) or 0)}
        return teller.run()

    return Job("webhooks", "Tell webhooks what changed", "every minute", "*", run, every_minutes=1)
