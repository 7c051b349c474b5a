"""The fee of a letter: what its level costs the customer. Printed with the letter, charged once it was sent.

A letter costs the fee of its highest level, once, however many invoices it names; it is written down for one of them,
so that an invoice pays at most one fee a cycle and level (I11).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from dunning import claim_store, store
from dunning.claims import charge_line, new_charge
from dunning.policy import Level, Policy
from dunning.tables import Notice, NoticeLine
from receivables.events import BalanceChanged
from receivables.tables import Invoice, OpenItem
from runtime.work import Work


def fee_of(step: Level, policy: Policy, currency: str, debtor_type: str) -> int:
    """What a letter of a level costs; nothing where the policy spares consumers."""
    if debtor_type == "consumer" and not policy.consumers_pay_fees:
        return 0
    return (step.fee or {}).get(currency, 0)


def mark_fee(lines: Sequence[NoticeLine], amount: int) -> None:
    """Writes a letter's fee on the first line of its highest level."""
    highest = max(line.level for line in lines)
    bearing = next(line for line in lines if line.level == highest)
    for line in lines:
        line.fee = amount if line is bearing else 0


def charge(work: Work, notice: Notice, lines: Iterable[tuple[NoticeLine, OpenItem, Invoice]], on: date) -> None:
    """Makes the charge a letter printed as its fee. Called under the customer's lock."""
    policies = store.policies_by_id(work.session)
    for line, item, invoice in lines:
        if not line.fee or claim_store.has_fee(work.session, item.id, line.cycle, line.level):
            continue
        policy = policies[line.policy_id]
        step = policy.level(line.level)
        due_on = on + timedelta(days=step.pay_within_days if step else 0)
        made = new_charge(work, invoice, item, line.fee, on, due_on, prefix="FEE")
        regime = f"policy {policy.name}, version {policy.version}, level {line.level}"
        row = charge_line(work, notice, invoice, item, made, "fee", line.fee, regime)
        row.cycle, row.level = line.cycle, line.level
        work.session.add(row)
        work.session.flush()
        work.record("fee.charged", f"notice:{notice.number}", {"charge": made.id, "amount": line.fee})
        work.announce(BalanceChanged(frozenset({notice.customer_id})))
