"""Rows on their way to the survivor and back: what is moved is written down, and what is taken back is what was written
down, with what was recorded since about those very items."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, not_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from disputes.tables import DeductionProposal, Dispute
from dunning.contact_tables import CollectionCase
from dunning.tables import Pause, Promise, Reminder
from merging.moves import KEYED, MOVES, Keyed, Move
from merging.tables import CustomerMerge, MergeStep
from receivables.tables import Invoice, OpenItem
from runtime.bulk import write_rows

OF_ITEMS = ((Pause.customer_id, Pause.open_item_id), (Promise.customer_id, Promise.open_item_id),
            (Reminder.customer_id, Reminder.open_item_id))  # fmt: skip
OF_INVOICES = ((Dispute.customer_id, Dispute.invoice_id), (DeductionProposal.customer_id, DeductionProposal.invoice_id))
"""Whose, and about what: rows that follow their item or invoice wherever it goes."""

_STEP = ("merge_id", "position", "kind", "of_table", "of_column", "row_id", "values")


class Moving:
    """One merge's rows. The caller holds the locks of both customers."""

    def __init__(self, session: Session, made: CustomerMerge) -> None:
        self._session, self._made = session, made
        self._written: list[tuple[Any, ...]] = []

    # ── there ───────────────────────────────────────────────────────────────────────────────────

    @property
    def merged_at(self) -> datetime:
        return self._made.at

    def forth(self) -> dict[str, int]:
        """Moves everything and writes down what; says how many rows of each table."""
        self._keep_earliest_task()
        counts: dict[str, int] = {}
        for move in MOVES:
            if moved := self._move(move):
                counts[f"{move.table}.{move.column.key}"] = moved
        for keyed in KEYED:
            if moved := self._move_keyed(keyed):
                counts[f"{keyed.table}.{keyed.column.key}"] = moved
        write_rows(self._session, MergeStep, _STEP, self._written)
        return counts

    def _move(self, move: Move) -> int:
        which = going(move, self._made.survivor_id, self._made.merged_id)
        ids = self._session.scalars(select(move.key).where(which).order_by(move.key)).all()
        if ids:
            self._change(move.column, which, self._made.survivor_id)
        for row_id in ids:
            self._write("moved", move, row_id, {})
        return len(ids)

    def _move_keyed(self, keyed: Keyed) -> int:
        """Rows the survivor has its own of are put away first: two of them cannot be."""
        table = keyed.column.class_.__table__
        rows = self._session.execute(select(table).where(keyed.column == self._made.merged_id)).mappings().all()
        taken = {tuple(row) for row in self._session.execute(_others(keyed, self._made.survivor_id))}
        for row in rows:
            key = tuple(row[each.key] for each in keyed.others)
            this = and_(keyed.column == self._made.merged_id, _is(keyed, key))
            if key in taken:
                self._session.execute(delete(table).where(this))
                self._write("set_aside", keyed, None, {name: _said(value) for name, value in row.items()})
            else:
                self._change(keyed.column, this, self._made.survivor_id)
                values = {each.key: _said(value) for each, value in zip(keyed.others, key, strict=True)}
                self._write("moved", keyed, None, values)
        return len(rows)

    def _keep_earliest_task(self) -> None:
        """The day to get in touch is not lost where both have a case: the earlier one counts."""
        other = aliased(CollectionCase)
        query = (
            select(CollectionCase, other.next_on)
            .join(other, other.company_id == CollectionCase.company_id)
            .where(CollectionCase.customer_id == self._made.survivor_id, other.customer_id == self._made.merged_id)
        )
        for case, next_on in self._session.execute(query).all():
            if next_on is not None and (case.next_on is None or next_on < case.next_on):
                case.next_on = next_on
        self._session.flush()

    def _write(self, kind: str, what: Move | Keyed, row_id: UUID | None, values: dict[str, Any]) -> None:
        position = len(self._written) + 1
        self._written.append((self._made.id, position, kind, what.table, what.column.key, row_id, values))

    # ── back ────────────────────────────────────────────────────────────────────────────────────

    def rows(self, column: InstrumentedAttribute[Any]) -> Select[UUID | None]:
        """The keys of the rows of a table that were moved by a column."""
        return select(MergeStep.row_id).where(
            MergeStep.merge_id == self._made.id,
            MergeStep.kind == "moved",
            MergeStep.of_table == column.class_.__tablename__,
            MergeStep.of_column == column.key,
            MergeStep.row_id.is_not(None),
        )

    def back(self) -> None:
        """Takes back what was moved and still is the survivor's, and puts back what was put away."""
        survivor, merged = self._made.survivor_id, self._made.merged_id
        for move in MOVES:
            self._change(move.column, and_(move.column == survivor, move.key.in_(self.rows(move.column))), merged)
        for step in self._steps_with_values():
            keyed = next(each for each in KEYED if each.table == step.of_table)
            if step.kind == "set_aside":
                self._put_back(keyed, step.values)
            else:
                key = tuple(_meant(each, step.values[each.key]) for each in keyed.others)
                self._change(keyed.column, and_(keyed.column == survivor, _is(keyed, key)), merged)
        self._follow()

    def _steps_with_values(self) -> Iterator[MergeStep]:
        query = select(MergeStep).where(MergeStep.merge_id == self._made.id, MergeStep.row_id.is_(None))
        yield from self._session.scalars(query.order_by(MergeStep.position)).all()

    def _put_back(self, keyed: Keyed, values: dict[str, Any]) -> None:
        """Unless it is there anew: a program may have told it again meanwhile."""
        table = keyed.column.class_.__table__
        meant = {name: _meant(table.columns[name], value) for name, value in values.items()}
        key = tuple(meant[each.key] for each in keyed.others)
        is_there = select(exists().where(keyed.column == self._made.merged_id, _is(keyed, key)))
        if not self._session.scalar(is_there):
            self._session.execute(insert(table).values(meant))

    def _follow(self) -> None:
        """What was recorded since about items and invoices that went back goes with them."""
        survivor, merged = self._made.survivor_id, self._made.merged_id
        for owners, about in ((OF_ITEMS, OpenItem.customer_id), (OF_INVOICES, Invoice.customer_id)):
            for owner, subject in owners:
                self._change(owner, and_(owner == survivor, subject.in_(self.rows(about))), merged)

    def _change(self, column: InstrumentedAttribute[Any], which: ColumnElement[bool], to: UUID) -> None:
        self._session.execute(
            update(column.class_)
            .where(which)
            .values({column.key: to})
            .execution_options(synchronize_session=False)
        )  # fmt: skip


def going(move: Move, survivor: UUID, merged: UUID) -> ColumnElement[bool]:
    """Which rows a merge of these two moves."""
    which = move.column == merged
    return and_(which, not_(move.stays(survivor, merged))) if move.stays else which


def _others(keyed: Keyed, customer_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(*keyed.others).where(keyed.column == customer_id)


def _is(keyed: Keyed, key: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(each == value for each, value in zip(keyed.others, key, strict=True)))


def _said(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


def _meant(column: Any, said: Any) -> Any:
    """What JSON kept, as the column has it."""
    kind = column.type.python_type
    if said is None or kind not in (UUID, date, datetime):
        return said
    return UUID(said) if kind is UUID else kind.fromisoformat(said)
