"""Claims for lateness in the book: what a letter may claim, the charge it makes, its corrections and its waiver.

A claim is an open item of its own, a charge that survives the payment of what was late. The law is that of the company
that invoices, for the customer's kind of debtor; without a contract's date the invoice's date stands for it. While a
case about an item is open nothing is claimed on it; what a case gave up never bore interest. Every function that
writes is called under the customer's lock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.errors import Invalid
from dunning import claim_store
from dunning.interest import ONE_DAY, Sheet, Slice
from dunning.letter import ChargeRow
from dunning.policy import Interest
from dunning.rates import regimes_in_force
from dunning.regimes import Regimes
from dunning.sheets import percent
from dunning.tables import InterestClaim, Notice
from receivables import store as receivables
from receivables.events import BalanceChanged
from receivables.ledger import Account, lower, post, posting
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.ids import new_id
from runtime.numbers import next_number
from runtime.work import Right, Work


@dataclass(frozen=True, slots=True)
class Late:
    """An item of a letter and what its level says about interest."""

    item: OpenItem
    invoice: Invoice
    interest: Interest
    pay_within_days: int = 7


@dataclass(frozen=True, slots=True)
class Accrued:
    """What the law gives for one item and no letter claimed yet. `slices` and `compensation` are never both empty."""

    late: Late
    sheet: Sheet
    slices: tuple[Slice, ...]
    compensation: int

    @property
    def amount(self) -> int:
        return sum(each.amount for each in self.slices) + self.compensation


def accrued(work: Work, items: Iterable[Late], until: date) -> tuple[list[Accrued], list[str]]:
    """What may be claimed through a day, and why nothing can be computed where the tables do not reach."""
    wanted = [each for each in items if each.interest != "none" and each.item.due_on < until]
    if not wanted:
        return [], []
    regimes = regimes_in_force(work.session)
    found: list[Accrued] = []
    refused: dict[str, None] = {}
    summed: set[UUID] = set()
    for late in wanted:
        try:
            one = _accrued(work, regimes, late, until, has_sum=late.invoice.id in summed)
        except Invalid as error:
            refused[str(error)] = None
            continue
        if one is not None:
            found.append(one)
            summed |= {late.invoice.id} if one.compensation else set()
    return found, list(refused)


def _accrued(work: Work, regimes: Regimes, late: Late, until: date, *, has_sum: bool) -> Accrued | None:
    if claim_store.is_contested(work.session, late.item):
        return None
    sheet = _sheet(
        work, regimes, late.item, late.invoice, until, claim_store.claimed_through(work.session, late.item.id)
    )
    if sheet is None:
        return None
    slices = tuple(each for each in sheet.slices if each.amount)
    has_sum = has_sum or claim_store.has_compensation(work.session, late.invoice.id)
    compensation = 0 if has_sum or sheet.compensation_currency != late.item.currency else sheet.compensation
    return Accrued(late, sheet, slices, compensation) if slices or compensation else None


def _sheet(
    work: Work, regimes: Regimes, item: OpenItem, invoice: Invoice, until: date, claimed_through: date | None
) -> Sheet | None:
    """The sheet of the days not claimed yet; None when nothing was late."""
    debt = claim_store.debt_of(work.session, item, invoice)
    if debt.late(debt.due_on + ONE_DAY) <= 0:
        return None
    return regimes.sheet(
        debt,
        country=work.session.get_one(Company, item.company_id).country,
        debtor=work.session.get_one(Customer, item.customer_id).debtor_type,
        until=until,
        contract_on=invoice.issued_on,
        since=claimed_through + ONE_DAY if claimed_through else None,
    )


# ── claiming ────────────────────────────────────────────────────────────────────────────────────


def claim(work: Work, notice: Notice, items: Iterable[Late], on: date) -> list[OpenItem]:
    """Makes the charges a letter of a day claimed: one an item, with a line for each slice and the fixed sum."""
    found, refused = accrued(work, (each for each in items if each.interest == "claim"), on)
    if refused:
        work.record("interest.not_claimed", f"notice:{notice.number}", reason="; ".join(refused)[:400])
    charges = [_charge(work, notice, each, on) for each in found]
    if charges:
        work.record("interest.claimed", f"notice:{notice.number}", {"charges": [charge.id for charge in charges]})
        work.announce(BalanceChanged(frozenset({notice.customer_id})))
    return charges


def _charge(work: Work, notice: Notice, accrued: Accrued, on: date) -> OpenItem:
    late = accrued.late
    due_on = on + timedelta(days=late.pay_within_days)
    charge = new_charge(work, late.invoice, late.item, accrued.amount, on, due_on, prefix="INT")
    work.session.add_all(_lines(work, notice, accrued, charge))
    work.session.flush()
    return charge


def new_charge(
    work: Work, invoice: Invoice, item: OpenItem, amount: int, on: date, due_on: date, *, prefix: str
) -> OpenItem:
    """An open item of its own for what lateness costs, with its paper and its posting; the caller writes its lines."""
    paper = _paper(work, invoice, amount, on, prefix)
    charge = OpenItem(
        id=new_id(),
        company_id=item.company_id,
        customer_id=item.customer_id,
        invoice_id=paper.id,
        kind="charge",
        currency=item.currency,
        due_on=due_on,
        gross=amount,
        open=amount,
    )
    work.session.add(charge)
    work.session.flush()
    post(
        work,
        posting(
            work,
            company_id=item.company_id,
            customer_id=item.customer_id,
            account=Account.CHARGE,
            contra=Account.INTEREST,
            amount=amount,
            currency=item.currency,
            cause="interest",
            cause_id=paper.id,
            on=on,
            open_item_id=charge.id,
        ),
    )
    return charge


def _paper(work: Work, invoice: Invoice, amount: int, on: date, prefix: str) -> Invoice:
    """The charge as a document with a number of its own, so that it can be named, paid and waived."""
    number = f"{prefix}-{on.year}-{next_number(work.session, 'charge'):05d}"
    paper = Invoice(
        id=new_id(),
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        number=number,
        type="charge",
        document_type="debit_note",
        issued_on=on,
        currency=invoice.currency,
        amount=amount,
        related_invoice=invoice.number,
        content_hash="",
        created_at=work.now,
    )
    work.session.add(paper)
    work.session.flush()
    return paper


def _lines(work: Work, notice: Notice, accrued: Accrued, charge: OpenItem) -> Iterable[InterestClaim]:
    late, regime = accrued.late, accrued.sheet.regime
    for each in accrued.slices:
        made = charge_line(work, notice, late.invoice, late.item, charge, "interest", each.amount, regime)
        made.from_on, made.to_on, made.days = each.from_on, each.to_on, each.days
        made.principal, made.rate = each.principal, percent(each.rate)
        yield made
    if accrued.compensation:
        yield charge_line(work, notice, late.invoice, late.item, charge, "compensation", accrued.compensation, regime)


def charge_line(
    work: Work, notice: Notice, invoice: Invoice, item: OpenItem, charge: OpenItem, kind: str, amount: int, regime: str
) -> InterestClaim:
    """One line of a charge: what it is for and what it rests on."""
    return InterestClaim(
        id=new_id(),
        customer_id=charge.customer_id,
        invoice_id=invoice.id,
        open_item_id=item.id,
        charge_item_id=charge.id,
        notice_id=notice.id,
        kind=kind,
        amount=amount,
        currency=charge.currency,
        regime=regime,
        actor=str(work.actor),
        at=work.now,
    )


# ── corrections and waivers ─────────────────────────────────────────────────────────────────────


def correct(work: Work, open_item_ids: Sequence[UUID], reason: str) -> None:
    """Takes back what was claimed too much on items, once a payment turns out older or a case gave something up.

    Only what is still open of a charge is taken back; what was paid of it is for a person to refund.
    """
    claims = claim_store.standing_claims(work.session, open_item_ids)
    if not claims:
        return
    regimes = regimes_in_force(work.session)
    items = receivables.items(work.session, {claim.open_item_id for claim, _ in claims})
    touched: set[UUID] = set()
    for claim, standing in claims:
        excess = standing - _right(work, regimes, claim, items[claim.open_item_id])
        if excess > 0 and _take_back(work, claim, excess, reason):
            touched.add(items[claim.open_item_id].customer_id)
    if touched:
        work.announce(BalanceChanged(frozenset(touched)))


def _right(work: Work, regimes: Regimes, claim: InterestClaim, item: OpenItem) -> int:
    """What a line should claim by what is known now; never more than it does."""
    invoice = work.session.get_one(Invoice, claim.invoice_id)
    if claim.kind == "fee":
        sent_on = work.session.get_one(Notice, claim.notice_id).sent_on
        was_late = sent_on is None or claim_store.debt_of(work.session, item, invoice).late(sent_on) > 0
        return claim.amount if was_late else 0
    if claim.from_on is None or claim.to_on is None:
        debt = claim_store.debt_of(work.session, item, invoice)
        return claim.amount if debt.late(debt.due_on + ONE_DAY) > 0 else 0
    sheet = _sheet(work, regimes, item, invoice, claim.to_on, claim.from_on - ONE_DAY)
    return min(claim.amount, sheet.interest) if sheet else 0


def _take_back(work: Work, claim: InterestClaim, excess: int, reason: str) -> bool:
    charge = receivables.items(work.session, {claim.charge_item_id})[claim.charge_item_id]
    amount = min(excess, charge.open)
    if not amount:
        return False
    made = _against(work, charge, claim, "correction", amount, reason)
    made.corrects_id = claim.id
    work.session.add(made)
    work.session.flush()
    lower(work, charge, amount, Account.INTEREST, cause="corrected", cause_id=made.id, on=work.today)
    work.record("interest.corrected", f"claim:{claim.id}", {"amount": amount}, reason=reason)
    return True


def waive(work: Work, number: str, reason: str) -> OpenItem:
    """Gives up what is still open of a charge. The days and the fixed sum it claimed are not claimed again."""
    work.need(Right.CASH)
    if not reason.strip():
        raise Invalid.because("/reason", "A waiver has a reason.", field="reason")
    charge = claim_store.charge_by_number(work.session, number)
    receivables.lock_customer(work.session, charge.customer_id)
    work.session.refresh(charge)
    if not charge.open:
        raise claim_store.NothingToWaive(number)
    first = claim_store.lines_of_charge(work.session, charge.id)[0]
    made = _against(work, charge, first, "waiver", charge.open, reason.strip())
    work.session.add(made)
    work.session.flush()
    lower(work, charge, charge.open, Account.INTEREST, cause="waived", cause_id=made.id, on=work.today)
    work.record("interest.waived", f"charge:{number}", {"amount": -made.amount}, reason=reason.strip())
    work.announce(BalanceChanged(frozenset({charge.customer_id})))
    return charge


def _against(work: Work, charge: OpenItem, claim: InterestClaim, kind: str, amount: int, reason: str) -> InterestClaim:
    return InterestClaim(
        id=new_id(),
        customer_id=charge.customer_id,
        invoice_id=claim.invoice_id,
        open_item_id=claim.open_item_id,
        charge_item_id=charge.id,
        notice_id=claim.notice_id,
        kind=kind,
        amount=-amount,
        currency=charge.currency,
        regime=claim.regime,
        reason=reason,
        actor=str(work.actor),
        at=work.now,
    )


def charge_rows(each: Accrued) -> Iterator[ChargeRow]:
    """What one item of a letter bears for lateness, as lines of its annex."""
    for part in each.slices:
        yield ChargeRow(
            number=each.late.invoice.number,
            amount_minor=part.amount,
            from_on=part.from_on,
            to_on=part.to_on,
            days=part.days,
            principal_minor=part.principal,
            rate=percent(part.rate),
        )
    if each.compensation:
        yield ChargeRow(number=each.late.invoice.number, amount_minor=each.compensation)
