"""Items of one kind are decided once in a run: each gets the answer it would get if it stood alone in the book."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from commands.system import System
from dunning import store
from dunning.escalation import Decision, Notice
from dunning.planning import Rules
from dunning.policies import put_policy
from dunning.tables import Reminder
from receivables.store import companies
from receivables.tables import Contact, Customer
from runtime.ids import new_id
from runtime.work import Work
from tests.builders import TODAY, a_customer, an_invoice, the_item

POLICIES: dict[str, dict[str, Any]] = {
    "standard": {
        "minimum": {"EUR": "20.00"},
        "letter_without_email": True,
        "levels": [
            {"level": 0, "days": -5},
            {"level": 1, "days": 5, "minimum": {"EUR": "40.00", "USD": "15.00"}},
            {"level": 2, "days": 20, "dwell_business_days": 7, "minimum": {"EUR": "90.00"}, "recipient": "legal"},
        ],
    },
    "shares": {
        "levels": [
            {"level": 1, "days": 3, "minimum_percent": 30, "business_days_only": True},
            {"level": 2, "days": 10, "minimum_percent": 60, "minimum": {"EUR": "50.00"}},
            {"level": 3, "days": 30, "channel": "registered_letter"},
        ]
    },
}
CUSTOMERS = 12
ITEMS = 140


def a_book(work: Work, rng: Random) -> None:
    """Amounts on both sides of every minimum, partly paid; customers with and without addresses; both policies."""
    for name, body in POLICIES.items():
        put_policy(work, name, body)
    for at in range(CUSTOMERS):
        a_customer(
            work, f"K{at}", email=rng.choice(["", f"k{at}@one.example"]), country=rng.choice(["ES", "DE", "SA"]),
            policy=rng.choice(["", "shares"]), street=rng.choice(["", "Calle 1"]), city="Madrid",
        )  # fmt: skip
    for customer in work.session.query(Customer):
        if rng.random() < 0.4:
            purpose = rng.choice(["billing", "legal"])
            work.session.add(Contact(id=new_id(), customer_id=customer.id, purpose=purpose, email="x@two.example"))
    for at in range(ITEMS):
        _an_item(work, rng, f"F-{at:04d}")
    for company in companies(work.session):
        company.country = rng.choice(["ES", "SA"])
    work.session.flush()


def _an_item(work: Work, rng: Random, number: str) -> None:
    amount = rng.choice([1, 14, 15, 19, 20, 21, 39, 40, 89, 90, 200])
    due_on = TODAY + timedelta(days=rng.randint(-40, 6))
    an_invoice(
        work, number, f"K{rng.randrange(CUSTOMERS)}", f"{amount}.00", due_on, currency=rng.choice(["EUR", "EUR", "USD"])
    )
    item = the_item(work, number)
    item.open = max(1, item.gross * rng.choice([100, 100, 60, 59, 30, 29, 5]) // 100)
    if rng.random() < 0.4:
        policy_id, policy = store.policy_in_force(work.session, rng.choice(list(POLICIES)))
        sent_on = TODAY - timedelta(days=rng.randint(1, 20))
        work.session.add(
            Reminder(open_item_id=item.id, customer_id=item.customer_id, level=rng.randint(1, policy.last),
                     last_sent_on=sent_on, policy_id=policy_id)
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_an_item_among_others_gets_the_answer_it_would_get_alone(system: System, seed: int) -> None:
    def decided(work: Work) -> tuple[list[Decision], list[Decision]]:
        rows = list(store.candidates(work.session, TODAY + timedelta(days=5)))
        rules = Rules(work)
        return [rules.decided(row)[1] for row in rows], [Rules(work).decided(row)[1] for row in rows]

    system.house.write(lambda work: a_book(work, Random(seed)))
    together, alone = system.house.read(decided)
    assert together == alone
    assert len(together) > ITEMS // 2
    assert {each.level for each in together if isinstance(each, Notice)} >= {0, 1}
    assert len({each.reason for each in together}) > 3, "a book in which little differs proves little"
