"""Our accounts at banks: added, renamed, closed; and how each of them stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.currencies import EXPONENTS
from core.errors import Invalid
from payments import statement_store, store
from payments.accounts import compact, is_iban
from payments.chain import Judged, judge
from payments.errors import AccountClosed, AccountKnown
from payments.statements import add_bank_account
from payments.tables import BankAccount, Statement
from receivables.store import companies, company_by_code
from receivables.tables import Company
from runtime.work import Right, Work

ChainState = Literal["none", "whole", "gap", "overlap"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands. `statements_to` is the last day its statements reach, `broken` those that do not join,
    `quarantined` how many statements wait for a release."""

    account: BankAccount
    company: Company
    statements_to: date | None
    chain: ChainState
    broken: tuple[Judged, ...]
    quarantined: int


def standings(session: Session) -> list[Standing]:
    """Every account of ours, the closed ones last."""
    accounts = sorted(store.bank_accounts(session), key=lambda each: each.closed_on is not None)
    of_company = {each.id: each for each in companies(session)}
    return [standing(session, each, of_company[each.company_id]) for each in accounts]


def standing(session: Session, account: BankAccount, company: Company | None = None) -> Standing:
    """One account of ours."""
    judged = judge(statement_store.links(session, account.id), account.currency)
    ends = [end for each in judged if (end := each.link.to_on or each.link.from_on)]
    return Standing(
        account,
        company or session.get_one(Company, account.company_id),
        max(ends, default=None),
        _chain_state(judged),
        tuple(each for each in judged if each.finding in ("gap", "overlap")),
        _quarantined(session, account),
    )


def _chain_state(judged: Sequence[Judged]) -> ChainState:
    findings = {each.finding for each in judged}
    if "gap" in findings:
        return "gap"
    if "overlap" in findings:
        return "overlap"
    return "whole" if judged else "none"


def _quarantined(session: Session, account: BankAccount) -> int:
    query = select(func.count()).where(Statement.bank_account_id == account.id, Statement.state == "quarantined")
    return session.scalar(query) or 0


def add_account(work: Work, company: str | None, identifier: str, currency: str, name: str = "") -> BankAccount:
    """Tells the system about an account of ours, by IBAN or the bank's own number; `company` is a code, and may be left
    out where there is only one. Refuses what is no account number and what is known already."""
    number, code = compact(identifier), currency.strip().upper()
    if not number or (number[:2].isalpha() and number[2:4].isdigit() and not is_iban(number)):
        raise Invalid.because("/account", f"“{identifier.strip()}” is no account number.", field="account")
    if code not in EXPONENTS:
        raise Invalid.because("/currency", f"“{currency}” is no currency of ISO 4217.", field="currency")
    for known in store.bank_accounts(work.session):
        if (compact(known.identifier), known.currency) == (number, code):
            owner = work.session.get_one(Company, known.company_id)
            raise AccountKnown(known.identifier, code, owner.name)
    return add_bank_account(work, company_by_code(work.session, company or None).id, number, code, name.strip())


def rename_account(work: Work, account: BankAccount, name: str) -> None:
    """Gives an account the name people call it by; an empty one leaves its number."""
    work.need(Right.STATEMENTS)
    account.name = name.strip()
    work.record("bank_account.renamed", f"bank_account:{account.identifier}", {"name": account.name})


def close_account(work: Work, account: BankAccount) -> None:
    """No statement is expected any more: the account no longer counts in how fresh the bank data is."""
    work.need(Right.STATEMENTS)
    if account.closed_on:
        raise AccountClosed(account.identifier, is_closed=True)
    account.closed_on = work.today
    work.record("bank_account.closed", f"bank_account:{account.identifier}")


def reopen_account(work: Work, account: BankAccount) -> None:
    """Takes the closing back."""
    work.need(Right.STATEMENTS)
    if not account.closed_on:
        raise AccountClosed(account.identifier, is_closed=False)
    account.closed_on = None
    work.record("bank_account.reopened", f"bank_account:{account.identifier}")
