"""The account on letters: where customers are told to pay. Whoever swaps it takes the money.

So it changes by four eyes, everybody at the desk is told a day ahead, and no other words of a letter may name one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotAllowed, NotFound, Refused, Unavailable
from receivables.intake.fields import Fields
from receivables.intake.rows import Row
from receivables.tables import Company, LetterAccount
from runtime.four_eyes import OPEN_FOR, need_second_person, seal
from runtime.ids import new_id
from runtime.work import Right, Work

WAITS = timedelta(hours=24)
"""Between approval and the first letter that names the account: time for everybody else to notice."""

_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


@dataclass(frozen=True, slots=True)
class Account:
    """What a letter prints; both empty where the company has no account yet."""

    iban: str
    bic: str


def account_on_letters(session: Session, company: Company, now: datetime) -> Account:
    """The account that letters of this moment name: the newest one in force, else the one the company was set up with.

    `Unavailable` when an approved account is not what was approved: then no letter leaves.
    """
    newest = session.scalars(
        select(LetterAccount)
        .where(
            LetterAccount.company_id == company.id, LetterAccount.state == "approved", LetterAccount.valid_from <= now
        )
        .order_by(LetterAccount.valid_from.desc(), LetterAccount.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return Account(company.iban, company.bic)
    if fingerprint(newest) != newest.approved_hash:
        raise Unavailable(f"The account on letters of {company.name} is not the one that was approved.")
    return Account(newest.iban, newest.bic)


def propose(work: Work, company: Company, iban: str, bic: str, reason: str) -> LetterAccount:
    """Writes another account down for a second person; what waited before is withdrawn."""
    work.need(Right.COMPANIES)
    if not work.actor.is_human:
        raise NotAllowed("The account on letters is proposed by a person and approved by another, never by a program.")
    account = _read(iban, bic)
    if not reason.strip():
        raise Invalid.because("/reason", "Another account on letters says why.", field="reason")
    if account == account_on_letters(work.session, company, work.now):
        raise Refused("Letters name this account already.")
    for before in _in_state(work.session, company, "open"):
        _close(work, company, before, "withdrawn")
    made = LetterAccount(
        id=new_id(), company_id=company.id, iban=account.iban, bic=account.bic, reason=reason.strip(),
        maker=str(work.actor), made_at=work.now, expires_at=work.now + OPEN_FOR, state="open",
    )  # fmt: skip
    made.proposed_hash = fingerprint(made)
    work.session.add(made)
    work.session.flush()
    payload = {"iban": made.iban, "bic": made.bic, "hash": made.proposed_hash}
    work.record("company.account_proposed", f"company:{company.code}", payload, reason=made.reason)
    return made


def approve(work: Work, company: Company, account_id: UUID, seen_hash: str) -> LetterAccount:
    """Puts an account in force a day from now, as it was seen. Refused to its maker, to programs, when changed or too
    old."""
    work.need(Right.COMPANIES)
    made = _open_one(work, company, account_id)
    need_second_person(work, made.maker, made.made_at)
    if made.proposed_hash != seen_hash or fingerprint(made) != seen_hash:
        raise Refused("This is not the account you saw. Read it again.")
    made.state, made.approver, made.approved_hash = "approved", str(work.actor), seen_hash
    made.decided_by, made.decided_at, made.valid_from = str(work.actor), work.now, work.now + WAITS
    work.session.flush()
    payload = {"iban": made.iban, "hash": seen_hash, "maker": made.maker, "valid_from": made.valid_from.isoformat()}
    work.record("company.account_approved", f"company:{company.code}", payload, reason=made.reason)
    return made


def stop(work: Work, company: Company, account_id: UUID) -> LetterAccount:
    """Turns an account down, takes one's own proposal back, or stops an approved one during its day of waiting."""
    work.need(Right.COMPANIES)
    made = _open_one(work, company, account_id, may_wait=True)
    if made.state == "approved":
        _close(work, company, made, "replaced")
    else:
        _close(work, company, made, "withdrawn" if made.maker == str(work.actor) else "rejected")
    return made


def set_by_owner(work: Work, company: Company, iban: str, bic: str) -> None:
    """What the machine's owner says on the command line is in force at once; who has the machine has the books."""
    work.need(Right.COMPANIES)
    if work.actor.kind != "system":
        raise NotAllowed("The account on letters is proposed by a person and approved by another.")
    account = _read(iban, bic)
    for before in (*_in_state(work.session, company, "open"), *_in_state(work.session, company, "approved")):
        _close(work, company, before, "withdrawn" if before.state == "open" else "replaced")
    company.iban, company.bic = account.iban, account.bic
    work.record("company.account_set", f"company:{company.code}", {"iban": account.iban, "bic": account.bic})


def fingerprint(made: LetterAccount) -> str:
    """The seal over every word of a proposal, who made it and when."""
    return seal(
        [made.id, made.company_id, made.iban, made.bic, made.reason, made.maker, made.made_at, made.expires_at]
    )  # fmt: skip


# ── queries ─────────────────────────────────────────────────────────────────────────────────────


def waiting(work: Work) -> Sequence[tuple[LetterAccount, Company]]:
    """Accounts that somebody has to approve, and approved ones whose day is not over: everybody should know of them."""
    state, now = LetterAccount.state, work.now
    rows = work.session.execute(
        select(LetterAccount, Company)
        .join(Company, Company.id == LetterAccount.company_id)
        .where(
            ((state == "open") & (LetterAccount.expires_at > now))
            | ((state == "approved") & (LetterAccount.valid_from > now))
        )
        .order_by(LetterAccount.made_at, LetterAccount.id)
    )
    return [(made, company) for made, company in rows]


def history(session: Session, company: Company) -> Sequence[LetterAccount]:
    """Every account proposed for a company, the newest first."""
    query = select(LetterAccount).where(LetterAccount.company_id == company.id)
    return session.scalars(query.order_by(LetterAccount.made_at.desc(), LetterAccount.id.desc())).all()


def _in_state(session: Session, company: Company, state: str) -> Sequence[LetterAccount]:
    query = select(LetterAccount).where(LetterAccount.company_id == company.id, LetterAccount.state == state)
    return session.scalars(query).all()


def _open_one(work: Work, company: Company, account_id: UUID, *, may_wait: bool = False) -> LetterAccount:
    made = work.session.get(LetterAccount, account_id, with_for_update=True, populate_existing=True)
    if made is None or made.company_id != company.id:
        raise NotFound("There is no such proposal.")
    waits = may_wait and made.state == "approved" and made.valid_from is not None and made.valid_from > work.now
    if made.state != "open" and not waits:
        raise Refused(f"This proposal is {made.state} already.")
    if made.state == "open" and work.now >= made.expires_at:
        raise Refused("This proposal is older than 72 hours. Propose it again.")
    return made


def _close(work: Work, company: Company, made: LetterAccount, state: str) -> None:
    made.state, made.decided_by, made.decided_at = state, str(work.actor), work.now
    work.session.flush()
    work.record(f"company.account_{state}", f"company:{company.code}", {"iban": made.iban, "hash": made.proposed_hash})


def _read(iban: str, bic: str) -> Account:
    fields = Fields(Row("", {"iban": iban, "bic": bic}))
    number, code = fields.iban("iban"), fields.text("bic").replace(" ", "").upper()
    if code and not _BIC.fullmatch(code):
        fields.refuse("bic", f"bic is “{code[:20]}”; a BIC has 8 or 11 letters and digits, as COBADEFFXXX.")
    if not number and not fields.is_refused:
        fields.refuse("iban", "Say the IBAN that letters are to name.")
    if fields.is_refused:
        raise Invalid.because(
            f"/{fields.problems[0].field}", fields.problems[0].message, field=fields.problems[0].field
        )
    return Account(number, code)
