"""Every query on dunning. Functions take a `Session`; the big ones return plain rows, a set at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import and_, false, func, insert, literal, or_, select, type_coerce
from sqlalchemy.orm import Session

from dunning.errors import NoSuchNotice, NoSuchPolicy, NoSuchRun
from dunning.policy import Policy, Purpose, read_policy
from dunning.tables import Decision, DunningRun, Notice, NoticeLine, Pause, PolicyVersion, Reminder
from receivables.store import chunks
from receivables.tables import Company, Contact, Customer, Invoice, OpenItem
from runtime.schema import AnyRow, RepeatedKey

ROWS_AT_A_TIME = 10_000

UNDER_WAY = ("planned", "approved", "queued", "sending", "deferred", "refused", "unknown")
"""States in which a notice still speaks for its items, so that no other is planned."""


# ── policies ────────────────────────────────────────────────────────────────────────────────────


def policy_in_force(session: Session, name: str) -> tuple[UUID, Policy]:
    """The newest version of a policy."""
    row = session.scalars(
        select(PolicyVersion).where(PolicyVersion.name == name).order_by(PolicyVersion.version.desc()).limit(1)
    ).first()
    if row is None:
        raise NoSuchPolicy(name)
    return row.id, read_policy(row.name, row.version, row.body)


def policy_names(session: Session) -> list[str]:
    return list(session.scalars(select(PolicyVersion.name).distinct().order_by(PolicyVersion.name)))


def policy_versions(session: Session, name: str) -> Sequence[PolicyVersion]:
    """Every version of a policy, the newest first; none when there is no such policy."""
    query = select(PolicyVersion).where(PolicyVersion.name == name)
    return session.scalars(query.order_by(PolicyVersion.version.desc())).all()


def items_started_on(session: Session, policy_ids: Collection[UUID]) -> dict[UUID, int]:
    """Version → how many open items began on it and stay there."""
    query = (
        select(Reminder.policy_id, func.count())
        .join(OpenItem, OpenItem.id == Reminder.open_item_id)
        .where(OpenItem.open > 0, Reminder.policy_id.in_(policy_ids))
        .group_by(Reminder.policy_id)
    )
    return {policy_id: count for policy_id, count in session.execute(query)}


def policies_by_id(session: Session) -> dict[UUID, Policy]:
    return {row.id: read_policy(row.name, row.version, row.body) for row in session.scalars(select(PolicyVersion))}


# ── facts for a run ─────────────────────────────────────────────────────────────────────────────


class Due(NamedTuple):
    """An open invoice item a run may remind of, with what a decision needs of its customer."""

    id: UUID
    customer_id: UUID
    open: int
    gross: int
    email: str
    language: str
    policy: str
    segment: str
    cycle: int | None
    company_id: UUID
    policy_id: UUID | None
    currency: str
    due_on: date
    country: str
    is_insolvent: bool
    level: int | None
    last_sent_on: date | None
    is_under_way: bool
    has_postal_address: bool

    @property
    def facts(self) -> tuple[Any, ...]:
        """What a decision may rest on, beside amount, address and policy: equal for many items of a book."""
        return self[FIRST_FACT:]


FIRST_FACT = Due._fields.index("company_id")


def candidates(session: Session, due_by: date) -> Iterator[Due]:
    """Every open invoice item due by a day, with what a decision needs of its customer; by customer, streamed."""
    # One question inside the other: whatever the planner thinks, it begins with the few lines of an item.
    speaks = select(Notice.id).where(Notice.id == NoticeLine.notice_id, Notice.state.in_(UNDER_WAY)).exists()
    under_way = (
        select(NoticeLine.notice_id)
        .where(NoticeLine.open_item_id == OpenItem.id, NoticeLine.is_released == false(), speaks)
        .exists()
    )
    # Inside a call, so that the index of due days is left alone: by customer from the start, nothing large is sorted.
    due_on = func.coalesce(OpenItem.due_on, due_by)
    query = (
        select(
            OpenItem.id,
            type_coerce(OpenItem.customer_id, RepeatedKey()).label("customer_id"),
            OpenItem.open,
            OpenItem.gross,
            Customer.email,
            Customer.language,
            Customer.policy,
            Customer.segment,
            Reminder.cycle,
            type_coerce(OpenItem.company_id, RepeatedKey()).label("company_id"),
            type_coerce(Reminder.policy_id, RepeatedKey()).label("policy_id"),
            OpenItem.currency,
            OpenItem.due_on,
            Customer.country,
            Customer.is_insolvent,
            Reminder.level,
            Reminder.last_sent_on,
            under_way.label("is_under_way"),
            and_(Customer.street != "", Customer.city != "").label("has_postal_address"),
        )
        .join(Customer, Customer.id == OpenItem.customer_id)
        .outerjoin(Reminder, Reminder.open_item_id == OpenItem.id)
        .where(OpenItem.kind == "invoice", OpenItem.open > 0, due_on <= due_by)
        .order_by(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency, OpenItem.due_on, OpenItem.id)
    )
    return map(Due._make, session.execute(query.execution_options(yield_per=ROWS_AT_A_TIME)))


def contacts_without_own_address(session: Session) -> dict[UUID, frozenset[Purpose]]:
    """Customer without an e-mail address of its own → what it has people with one for."""
    found: dict[UUID, set[Purpose]] = defaultdict(set)
    query = (
        select(Contact.customer_id, Contact.purpose)
        .join(Customer, Customer.id == Contact.customer_id)
        .where(Customer.email == "", Contact.email != "")
    )
    for customer_id, purpose in session.execute(query):
        found[customer_id].add(cast(Purpose, purpose))
    return {customer_id: frozenset(purposes) for customer_id, purposes in found.items()}


def pauses(session: Session, customer_ids: Collection[UUID]) -> Sequence[Pause]:
    """The pause ledger of some customers, read anew."""
    return [
        pause
        for part in chunks(customer_ids)
        for pause in session.scalars(
            select(Pause).where(Pause.customer_id.in_(part)).execution_options(populate_existing=True)
        )
    ]


def pauses_of_open_items(session: Session) -> Sequence[AnyRow]:
    """The pause ledger of everything still open, and of whole customers."""
    query = select(
        Pause.open_item_id,
        Pause.customer_id,
        Pause.source,
        Pause.amount,
        Pause.from_on,
        Pause.expires_on,
        Pause.ended_on,
        Pause.ended_at,
    ).outerjoin(OpenItem, OpenItem.id == Pause.open_item_id)
    return session.execute(query.where(or_(Pause.open_item_id.is_(None), OpenItem.open > 0))).all()


def running_pauses(session: Session, source: str, source_id: UUID) -> Sequence[Pause]:
    return session.scalars(
        select(Pause).where(Pause.source == source, Pause.source_id == source_id, Pause.ended_at.is_(None))
    ).all()


def last_contacts(session: Session) -> dict[tuple[UUID, UUID], date]:
    """(customer, company) → the last day a notice went out."""
    query = select(Notice.customer_id, Notice.company_id, func.max(Notice.sent_on)).where(Notice.sent_on.is_not(None))
    rows = session.execute(query.group_by(Notice.customer_id, Notice.company_id))
    return {(customer_id, company_id): on for customer_id, company_id, on in rows if on is not None}


def is_another_near(session: Session, notice: Notice, after: date, since: datetime) -> bool:
    """Whether another run's notice to the same customer went out after a business day, is going out right now, or may
    have gone out since an instant (D7). Mail that waited for its server must not arrive as a heap.
    """
    near = or_(
        Notice.sent_on > after,
        Notice.state == "sending",
        and_(Notice.state == "unknown", Notice.gated_at > since),
    )
    query = select(Notice.id).where(
        Notice.customer_id == notice.customer_id, Notice.company_id == notice.company_id, Notice.run_id != notice.run_id
    )
    return session.scalar(query.where(near).limit(1)) is not None


def open_credits(session: Session) -> dict[tuple[UUID, UUID, str], int]:
    """(customer, company, currency) → credit notes not used up."""
    query = (
        select(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency, func.sum(OpenItem.open))
        .where(OpenItem.kind == "credit_note", OpenItem.open > 0)
        .group_by(OpenItem.customer_id, OpenItem.company_id, OpenItem.currency)
    )
    found: dict[tuple[UUID, UUID, str], int] = defaultdict(int)
    for customer_id, company_id, currency, total in session.execute(query):
        found[customer_id, company_id, currency] = int(total)
    return found


def open_credits_of(session: Session, customer_id: UUID, company_id: UUID, currency: str) -> int:
    """Credit notes of one customer not used up."""
    query = select(func.coalesce(func.sum(OpenItem.open), 0)).where(
        OpenItem.customer_id == customer_id,
        OpenItem.company_id == company_id,
        OpenItem.currency == currency,
        OpenItem.kind == "credit_note",
    )
    return int(session.scalar(query) or 0)


# ── runs and notices ────────────────────────────────────────────────────────────────────────────


def run(session: Session, run_id: UUID) -> DunningRun:
    found = session.get(DunningRun, run_id)
    if found is None:
        raise NoSuchRun
    return found


def run_of_day(session: Session, scope: str, on: date) -> DunningRun | None:
    return session.scalars(select(DunningRun).where(DunningRun.scope == scope, DunningRun.on == on)).first()


def run_by_number(session: Session, number: int) -> DunningRun:
    found = session.scalars(select(DunningRun).where(DunningRun.number == number)).first()
    if found is None:
        raise NoSuchRun
    return found


def notice_by_number(session: Session, number: int) -> Notice:
    found = session.scalars(select(Notice).where(Notice.number == number)).first()
    if found is None:
        raise NoSuchNotice
    return found


def notice(session: Session, notice_id: UUID) -> Notice:
    found = session.get(Notice, notice_id)
    if found is None:
        raise NoSuchNotice
    return found


def notices_of_run(session: Session, run_id: UUID) -> Sequence[AnyRow]:
    """(Notice, Customer) of a run, largest first."""
    return session.execute(
        select(Notice, Customer)
        .join(Customer, Customer.id == Notice.customer_id)
        .where(Notice.run_id == run_id)
        .order_by(Notice.level.desc(), Notice.total.desc())
    ).all()


def steps_of_run(session: Session, run_id: UUID) -> dict[Notice, set[tuple[UUID, int]]]:
    """Planned notice of a run → the (policy version, level) of the lines that stand at its level."""
    query = (
        select(Notice, NoticeLine.policy_id, NoticeLine.level)
        .join(NoticeLine, and_(NoticeLine.notice_id == Notice.id, NoticeLine.level == Notice.level))
        .where(Notice.run_id == run_id, Notice.state == "planned")
        .order_by(Notice.number)
        .distinct()
    )
    found: dict[Notice, set[tuple[UUID, int]]] = defaultdict(set)
    for notice, policy_id, level in session.execute(query):
        found[notice].add((policy_id, level))
    return found


def add_lines(session: Session, run_id: UUID) -> None:
    """Gives the notices of a run just planned their lines: one for each decision to remind."""
    reminded = (
        select(
            Notice.id,
            Decision.open_item_id,
            func.coalesce(Reminder.cycle, 1),
            Decision.level,
            Decision.policy_id,
            Decision.open,
            Decision.disputed,
            literal(0),
            false(),
        )
        .select_from(Decision)
        .join(OpenItem, OpenItem.id == Decision.open_item_id)
        .join(
            Notice,
            and_(
                Notice.customer_id == OpenItem.customer_id,
                Notice.company_id == OpenItem.company_id,
                Notice.currency == OpenItem.currency,
                Notice.run_id == run_id,
            ),
        )
        .outerjoin(Reminder, Reminder.open_item_id == Decision.open_item_id)
        .where(Decision.run_id == run_id, Decision.decision == "notice")
    )
    columns = ("notice_id", "open_item_id", "cycle", "level", "policy_id", "open", "disputed", "fee", "is_released")
    session.execute(insert(NoticeLine).from_select(columns, reminded))


def lines(session: Session, notice_id: UUID) -> Sequence[NoticeLine]:
    """The lines a notice still stands for."""
    return session.scalars(
        select(NoticeLine).where(NoticeLine.notice_id == notice_id, NoticeLine.is_released.is_(False))
    ).all()


def lines_with_items(session: Session, notice_id: UUID) -> Sequence[AnyRow]:
    """(NoticeLine, OpenItem, Invoice) a notice still stands for, oldest due first."""
    return session.execute(
        select(NoticeLine, OpenItem, Invoice)
        .join(OpenItem, OpenItem.id == NoticeLine.open_item_id)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(NoticeLine.notice_id == notice_id, NoticeLine.is_released.is_(False))
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
        .execution_options(populate_existing=True)
    ).all()


def reminders(session: Session, open_item_ids: Collection[UUID]) -> dict[UUID, Reminder]:
    found: dict[UUID, Reminder] = {}
    for part in chunks(open_item_ids):
        query = select(Reminder).where(Reminder.open_item_id.in_(part)).execution_options(populate_existing=True)
        found.update({reminder.open_item_id: reminder for reminder in session.scalars(query)})
    return found


def reminders_of_open_items(session: Session, customer_id: UUID) -> Sequence[Reminder]:
    """How far a customer's open items were reminded."""
    query = select(Reminder).join(OpenItem, OpenItem.id == Reminder.open_item_id)
    return session.scalars(query.where(OpenItem.customer_id == customer_id, OpenItem.open > 0)).all()


def company(session: Session, company_id: UUID) -> Company:
    return session.get_one(Company, company_id)


def sending_notices_about(session: Session, open_item_ids: Collection[UUID]) -> Sequence[Notice]:
    """Notices whose letter may be on its way right now and that name one of these items."""
    found: dict[UUID, Notice] = {}
    for part in chunks(open_item_ids):
        query = (
            select(Notice)
            .join(NoticeLine, NoticeLine.notice_id == Notice.id)
            .where(NoticeLine.open_item_id.in_(part), NoticeLine.is_released.is_(False))
            .where(Notice.state.in_(("sending", "unknown")))
        )
        found.update({notice.id: notice for notice in session.scalars(query)})
    return list(found.values())


def sending_notices_to(session: Session, customer_id: UUID) -> Sequence[Notice]:
    """Notices to a customer whose letter may be on its way right now."""
    return session.scalars(
        select(Notice).where(Notice.customer_id == customer_id, Notice.state.in_(("sending", "unknown")))
    ).all()


def running_on(pause: Pause, day: date) -> bool:
    """Whether a pause runs on a day, as far as is known now."""
    return pause.ended_at is None and (pause.expires_on is None or pause.expires_on >= day)
