"""The chain order ↔ delivery ↔ invoice ↔ payment ↔ dispute ↔ notice, walked from any of its links to all the others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import or_, select

from core.errors import NotFound
from disputes import store as disputes
from disputes.tables import Dispute
from dunning import store as dunning
from dunning.tables import Notice, NoticeLine
from orders.tables import Order
from payments import store as payments
from payments.tables import Allocation, BankEntry
from receivables import store as receivables
from receivables.tables import Invoice, OpenItem
from runtime.work import Work

Kind = Literal["order", "delivery", "invoice", "payment", "dispute", "notice"]
Paper = tuple[UUID, str]
"""Company and number of an order or a delivery."""

MOST_INVOICES = 100


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain: by which name it is known, where it opens on the desk, and what there is to say of it."""

    kind: Kind
    reference: str
    title: str
    href: str
    on: date | None = None
    amount: int | None = None
    currency: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything one link leads to, that link among it; each list by number or day."""

    orders: list[Link]
    deliveries: list[Link]
    invoices: list[Link]
    payments: list[Link]
    disputes: list[Link]
    notices: list[Link]

    @property
    def parts(self) -> list[tuple[str, list[Link]]]:
        """(heading, links) in the order money takes."""
        return [
            ("Orders", self.orders), ("Deliveries", self.deliveries), ("Invoices", self.invoices),
            ("Payments", self.payments), ("Disputes", self.disputes), ("Notices", self.notices),
        ]  # fmt: skip


@dataclass(slots=True)
class _Seed:
    """What a link itself says, before its invoices are asked."""

    invoices: Sequence[Invoice] = ()
    orders: tuple[Paper, ...] = ()
    deliveries: tuple[Paper, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notices: tuple[Notice, ...] = ()


def chain_of(work: Work, kind: Kind, reference: str) -> Chain:
    """The chain a link hangs in; `NotFound` when nobody knows the link.

    Orders, deliveries and invoices are named by number, payments by the id of their bank entry, disputes and notices
    by their number.
    """
    seed = _SEEDS[kind](work, reference)
    invoices = seed.invoices[:MOST_INVOICES]
    orders = sorted({*seed.orders, *((each.company_id, each.order_number) for each in invoices if each.order_number)})
    named = {(each.company_id, each.delivery_number) for each in invoices if each.delivery_number}
    items = _items(work, [each.id for each in invoices])
    return Chain(
        [_order(work, *paper) for paper in orders],
        [_delivery(*paper) for paper in sorted({*seed.deliveries, *named}, key=lambda each: each[1])],
        [_invoice(each, items.get(each.id, [])) for each in invoices],
        _payments(work, [item.id for found in items.values() for item in found]),
        [_dispute(each) for each in _disputes(work, seed, invoices)],
        [_notice(each) for each in _notices(work, seed, [item.id for found in items.values() for item in found])],
    )


# ── where a walk begins ─────────────────────────────────────────────────────────────────────────


def _from_order(work: Work, number: str) -> _Seed:
    known = work.session.scalars(select(Order).where(Order.number == number)).all()
    invoices = _invoices(work, Invoice.order_number == number)
    cases = work.session.scalars(
        select(Dispute).where(Dispute.order_number == number, Dispute.invoice_id.is_(None)).order_by(Dispute.number)
    ).all()
    papers = _companies(known, invoices, cases)
    _refuse_unknown(papers, "order", number)
    return _Seed(invoices, tuple((company_id, number) for company_id in papers), disputes=tuple(cases))


def _from_delivery(work: Work, number: str) -> _Seed:
    invoices = _invoices(work, Invoice.delivery_number == number)
    cases = work.session.scalars(select(Dispute).where(Dispute.delivery_number == number)).all()
    papers = _companies((), invoices, cases)
    _refuse_unknown(papers, "delivery", number)
    return _Seed(invoices, deliveries=tuple((company_id, number) for company_id in papers), disputes=tuple(cases))


def _from_invoice(work: Work, number: str) -> _Seed:
    return _Seed([receivables.invoice_by_number(work.session, number)])


def _from_payment(work: Work, reference: str) -> _Seed:
    try:
        entry = payments.entry(work.session, UUID(reference))
    except ValueError as error:
        raise NotFound(f"There is no payment “{reference[:80]}”; name it by the id of its bank entry.") from error
    paid = select(OpenItem.invoice_id).join(Allocation, Allocation.open_item_id == OpenItem.id)
    return _Seed(_invoices(work, Invoice.id.in_(paid.where(Allocation.bank_entry_id == entry.id))))


def _from_dispute(work: Work, number: str) -> _Seed:
    case = disputes.dispute_by_number(work.session, _number(number, "dispute"))
    ids = {item.invoice_id for item in disputes.contested_items(work.session, case)}
    paper = (case.company_id, case.order_number)
    delivery = (case.company_id, case.delivery_number)
    return _Seed(
        _invoices(work, Invoice.id.in_(ids)),
        (paper,) if case.order_number else (),
        (delivery,) if case.delivery_number else (),
        (case,),
    )


def _from_notice(work: Work, number: str) -> _Seed:
    notice = dunning.notice_by_number(work.session, _number(number, "notice"))
    about = select(OpenItem.invoice_id).join(NoticeLine, NoticeLine.open_item_id == OpenItem.id)
    return _Seed(_invoices(work, Invoice.id.in_(about.where(NoticeLine.notice_id == notice.id))), notices=(notice,))


_SEEDS: Mapping[Kind, Callable[[Work, str], _Seed]] = {
    "order": _from_order,
    "delivery": _from_delivery,
    "invoice": _from_invoice,
    "payment": _from_payment,
    "dispute": _from_dispute,
    "notice": _from_notice,
}


def _number(text: str, kind: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(f"There is no {kind} “{text[:80]}”.")
    return int(text)


def _companies(orders: Sequence[Order], invoices: Sequence[Invoice], cases: Sequence[Dispute]) -> set[UUID]:
    """Whose paper a number is, by everything that names it."""
    return {
        *(each.company_id for each in orders), *(each.company_id for each in invoices),
        *(each.company_id for each in cases),
    }  # fmt: skip


def _refuse_unknown(known: Collection[UUID], kind: str, number: str) -> None:
    if not known:
        raise NotFound(f"There is no {kind} “{number[:80]}”.")


def _invoices(work: Work, condition: Any) -> Sequence[Invoice]:
    query = select(Invoice).where(condition).order_by(Invoice.issued_on, Invoice.number).limit(MOST_INVOICES)
    return work.session.scalars(query).all()


# ── what the invoices lead to ───────────────────────────────────────────────────────────────────


def _items(work: Work, invoice_ids: Collection[UUID]) -> dict[UUID, list[OpenItem]]:
    found: dict[UUID, list[OpenItem]] = {}
    for item in work.session.scalars(select(OpenItem).where(OpenItem.invoice_id.in_(invoice_ids))):
        found.setdefault(item.invoice_id, []).append(item)
    return found


def _order(work: Work, company_id: UUID, number: str) -> Link:
    order = work.session.scalars(select(Order).where(Order.company_id == company_id, Order.number == number)).first()
    if order is None:
        return Link("order", number, number, f"/chain/order/{quote(number)}", state="named by others only")
    href = f"/orders/{quote(number)}"
    return Link("order", number, number, href, order.received_at.date(), order.amount, order.currency, order.status)


def _delivery(company_id: UUID, number: str) -> Link:
    return Link("delivery", number, number, f"/chain/delivery/{quote(number)}")


def _invoice(invoice: Invoice, items: Sequence[OpenItem]) -> Link:
    still_open = sum(item.open for item in items)
    state = "cancelled" if invoice.cancelled_at else "open" if still_open else "settled"
    kind = {"credit_note": "credit note, ", "charge": "late interest, "}.get(invoice.type, "")
    href = f"/invoices/{quote(invoice.number)}"
    return Link(
        "invoice", invoice.number, invoice.number, href, invoice.issued_on, invoice.amount, invoice.currency,
        kind + state,
    )  # fmt: skip


def _payments(work: Work, item_ids: Collection[UUID]) -> list[Link]:
    query = (
        select(BankEntry)
        .where(BankEntry.id.in_(select(Allocation.bank_entry_id).where(Allocation.open_item_id.in_(item_ids))))
        .order_by(BankEntry.booked_on, BankEntry.id)
    )
    return [
        Link(
            "payment", str(each.id), each.counterparty or each.entry_ref or "bank entry",
            f"/bank-entries?state=applied&entry={each.id}", each.booked_on, each.amount, each.currency,
        )
        for each in work.session.scalars(query)
    ]  # fmt: skip


def _disputes(work: Work, seed: _Seed, invoices: Sequence[Invoice]) -> list[Dispute]:
    found = {each.number: each for each in seed.disputes}
    for invoice in invoices:
        found.update({each.number: each for each in work.session.scalars(disputes.about_invoice(invoice))})
    return [found[number] for number in sorted(found)]


def _dispute(case: Dispute) -> Link:
    about = f"case {case.number}: {case.reason.replace('_', ' ')}"
    state = "credit note to come" if case.credit_due else case.outcome or case.state
    return Link(
        "dispute", str(case.number), about, f"/disputes/{case.number}", case.notified_on, case.amount, case.currency,
        state.replace("_", " "),
    )  # fmt: skip


def _notices(work: Work, seed: _Seed, item_ids: Collection[UUID]) -> list[Notice]:
    named = select(NoticeLine.notice_id).where(NoticeLine.open_item_id.in_(item_ids), NoticeLine.is_released.is_(False))
    ids = [each.id for each in seed.notices]
    query = select(Notice).where(or_(Notice.id.in_(named), Notice.id.in_(ids))).order_by(Notice.number)
    return list(work.session.scalars(query))


def _notice(notice: Notice) -> Link:
    level = "courtesy note" if notice.level == 0 else f"reminder {notice.level}"
    return Link(
        "notice", str(notice.number), level, f"/notices/{notice.number}/letter.pdf", notice.sent_on, notice.total,
        notice.currency, notice.state,
    )  # fmt: skip
