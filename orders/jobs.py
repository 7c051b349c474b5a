"""Orders on the clock."""

from orders.screening import note_late
from runtime.jobs import Job, in_one_transaction

JOBS = (
    Job(
        "order-deadlines",
        "Note orders past their deadline",
        "every 5 minutes",
        "*",
        lambda call: in_one_transaction(call, note_late),
        every_minutes=5,
    ),
)
