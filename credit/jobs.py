"""Credit on the clock."""

from credit.checks import judge_overdue
from credit.overruns import watch_everyone
from credit.reviews import look_again
from runtime.jobs import Job, in_one_transaction

JOBS = (
    Job(
        "overruns",
        "Compare exposure and limits",
        "05:20",
        "*",
        lambda call: in_one_transaction(call, lambda work: {"overruns": watch_everyone(work)}),
    ),
    Job(
        "credit-holds",
        "Hold customers who are long overdue",
        "05:25",
        "*",
        lambda call: in_one_transaction(call, judge_overdue),
    ),
    Job(
        "credit-reviews",
        "Look at limits that run out and at how customers behave",
        "05:30",
        "*",
        lambda call: in_one_transaction(call, look_again),
    ),
)
