"""Use cases of the tables of late-payment law: versions are added, never changed, each with its line in the audit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.errors import Invalid, NotFound
from dunning.regimes import Regimes, check_table, name_of
from dunning.tables import InterestTable
from receivables.imports import Handed, Imported, Tell
from runtime.house import House
from runtime.ids import new_id
from runtime.work import Actor, Right, Work

LARGEST_TABLE = 1024 * 1024
"""Bytes of a table's file."""


class NoSuchTable(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no interest table “{name[:60]}”.")


def put_table(work: Work, body: Mapping[str, Any]) -> tuple[InterestTable, bool]:
    """Stores a new version of a rate history or a country's rules, and whether it differs from the one in force."""
    work.need(Right.POLICY)
    check_table(body)
    before = _newest(work.session).get(name_of(body))
    if before is not None and before.body == body:
        return before, False
    table = InterestTable(
        id=new_id(),
        name=name_of(body),
        version=before.version + 1 if before else 1,
        body=dict(body),
        actor=str(work.actor),
        at=work.now,
    )
    work.session.add(table)
    work.session.flush()
    work.record("interest_table.stored", f"interest_table:{table.name}", {"version": table.version})
    return table, True


def seed(work: Work, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Gives a new database the shipped tables; one that is there already is left alone."""
    known = _newest(work.session).keys()
    for body in bodies:
        if name_of(body) not in known:
            put_table(work, body)


def regimes_in_force(session: Session) -> Regimes:
    """The newest version of every table. Versions never change, so one set of them is read only once."""
    versions = frozenset(session.scalars(_newest_of(InterestTable.id)))
    found = _READ.get(versions)
    if found is None:
        found = Regimes.of({name: (table.version, table.body) for name, table in _newest(session).items()})
        _READ.clear()
        _READ[versions] = found
    return found


_READ: dict[frozenset[UUID], Regimes] = {}
"""The set of versions read last."""


def tables_in_force(session: Session) -> Sequence[InterestTable]:
    return [table for _, table in sorted(_newest(session).items())]


def table(session: Session, name: str) -> InterestTable:
    found = _newest(session).get(name)
    if found is None:
        raise NoSuchTable(name)
    return found


def _newest(session: Session) -> dict[str, InterestTable]:
    return {table.name: table for table in session.scalars(_newest_of(InterestTable))}


def _newest_of(what: Any) -> Select[Any]:
    """`what` of the newest version of every table."""
    last = select(InterestTable.name, func.max(InterestTable.version).label("version")).group_by(InterestTable.name)
    newest = last.subquery()
    is_newest = (InterestTable.name == newest.c.name) & (InterestTable.version == newest.c.version)
    return select(what).join(newest, is_newest)


def import_rates(house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell) -> None:
    """A rate history or a country's rules, as JSON in the form of the shipped tables."""
    imported.format = "interest table"
    text = source.read(LARGEST_TABLE + 1)
    if len(text) > LARGEST_TABLE:
        raise Invalid.because("whole file", "An interest table is at most 1 MB.")
    try:
        body = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Invalid.because("whole file", f"The file is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise Invalid.because("whole file", "An interest table is a JSON object.")
    stored, is_new = house.write(lambda work: _number(work, body), actor=actor)
    imported.created += is_new and stored == 1
    imported.updated += is_new and stored > 1
    imported.unchanged += not is_new


def _number(work: Work, body: Mapping[str, Any]) -> tuple[int, bool]:
    stored, is_new = put_table(work, body)
    return stored.version, is_new
