"""A file of exchange rates comes in: rates not known yet are added, those known stay."""

from collections.abc import Sequence
from io import TextIOWrapper
from typing import BinaryIO

from sqlalchemy import select

from core.errors import Invalid
from payments.rate_files import SaidRate, read_rates
from payments.tables import ExchangeRate
from receivables.imports import Handed, Imported, Tell
from runtime.bulk import write_rows
from runtime.house import House
from runtime.ids import new_id
from runtime.work import Actor, Right, Work

SOURCE = "ECB reference rate"
RATES_A_TRANSACTION = 20_000
COLUMNS = ("id", "base", "quote", "on", "rate", "source", "actor", "at")


def import_exchange_rates(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """The rates of a file, in parts; a row that cannot be read keeps no other out."""
    imported.format = "exchange rates"
    waiting: list[SaidRate] = []

    def put() -> None:
        if waiting:
            created = house.write(lambda work: _put(work, waiting, handed.name), actor=actor)
            imported.created += created
            imported.unchanged += len(waiting) - created
            waiting.clear()
            tell(imported)

    try:
        for rate in read_rates(TextIOWrapper(source, "utf-8-sig", newline=""), imported.problems):
            waiting.append(rate)
            if len(waiting) == RATES_A_TRANSACTION:
                put()
    except UnicodeDecodeError as error:
        raise Invalid.because("whole file", "A file of rates is text in UTF-8.") from error
    put()
    imported.rejected = len(imported.problems)


def _put(work: Work, rates: Sequence[SaidRate], name: str) -> int:
    """How many were new."""
    work.need(Right.CASH)
    days = [rate.on for rate in rates]
    query = select(ExchangeRate.base, ExchangeRate.quote, ExchangeRate.on, ExchangeRate.rate)
    query = query.where(ExchangeRate.source == SOURCE, ExchangeRate.on.between(min(days), max(days)))
    known = {SaidRate(*row) for row in work.session.execute(query)}
    new = [rate for rate in dict.fromkeys(rates) if rate not in known]
    rows = [(new_id(), rate.base, rate.quote, rate.on, rate.rate, SOURCE, str(work.actor), work.now) for rate in new]
    write_rows(work.session, ExchangeRate, COLUMNS, rows)
    if new:
        facts = {"rates": len(new), "from": str(min(days)), "to": str(max(days)), "source": SOURCE}
        work.record("exchange_rates.imported", f"file:{name}", facts)
    return len(new)
