"""Once only: the same movements through files of several formats and overlapping periods are each stored once (M1–M6).

A bank's truth is made up, then told in files the way each format tells it: camt with everything, MT940 with or without
references and end-to-end references, OFX with a name and a text only. Every file tells whole days.
"""

from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import statements
from payments.identity import Seen, unite
from payments.readers.model import Account, Entry, StatementFoot, StatementHead
from payments.statements import StatementIntake
from payments.tables import BankEntry
from receivables.tables import ImportRun
from runtime.house import House
from runtime.ids import new_id
from runtime.work import Work
from tests import builders as a

FIRST = date(2026, 3, 1)
DAYS = 5


class Movement(NamedTuple):
    """What truly happened. Two of them may be equal in everything but their place in the bank's book."""

    day: int
    amount: int
    payer: int
    has_reference: bool
    invoice: int


class File(NamedTuple):
    """How one download tells a period: the format, whether it carries references, from which day to which."""

    format: str
    has_references: bool
    first: int
    last: int
    seed: int


MOVEMENTS = st.lists(
    st.builds(Movement, st.integers(0, DAYS - 1), st.sampled_from([500, 999, -999]), st.integers(0, 2), st.booleans(),
              st.integers(0, 3)),
    max_size=14,
)  # fmt: skip
FILES = st.lists(
    st.builds(
        lambda format_name, refs, days, seed: File(format_name, refs, min(days), max(days), seed),
        st.sampled_from(["camt053", "mt940", "ofx"]),
        st.booleans(),
        st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1)),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=6,
)


def told(place: int, movement: Movement, file: File) -> Entry:
    """A movement as a format tells it. Nothing that a format says contradicts what another one says."""
    on = FIRST + timedelta(days=movement.day)
    name, invoice = f"PAYER{movement.payer:04d}", f"RE2026{movement.invoice:04d}"
    account = f"DE{movement.payer:020d}"
    end_to_end = f"E2E{movement.payer}{movement.invoice}" if movement.has_reference else None
    entry = Entry(on, on, movement.amount, "EUR", "test", remittance=f"{invoice} {name}")
    if file.format == "camt053":
        return entry._replace(entry_ref=f"C{place}", end_to_end=end_to_end, counterparty_account=account)
    if file.format == "mt940":
        reference = f"M{place}" if file.has_references else None
        known = end_to_end if file.has_references else None
        return entry._replace(
            entry_ref=reference, end_to_end=known, remittance=f"SVWZ {invoice}  {name.lower()} THANKS"
        )
    return entry._replace(entry_ref=f"F{place}", remittance=name if file.has_references else f"{name} {invoice}")


def entries_of(movements: list[Movement], file: File) -> list[Entry]:
    """The file's entries: newest first for an odd seed, and each day's in an order of the format's own."""
    period = [(n, each) for n, each in enumerate(movements) if file.first <= each.day <= file.last]
    period.sort(key=lambda each: (each[1].day, hash((each[0], file.seed))), reverse=bool(file.seed % 2))
    return [told(n, each, file) for n, each in period]


def take(work: Work, account_number: str, file: File, entries: list[Entry]) -> StatementIntake:
    company = a.a_company(work)
    found = a.store.bank_account(work.session, account_number, "EUR")
    account = found[0] if found else statements.add_bank_account(work, company.id, account_number, "EUR")
    run = ImportRun(
        id=new_id(), kind="statement", file_name="f", sha256=str(new_id()), state="done", actor="test",
        started_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    pieces = [StatementHead(Account(account_number), "EUR"), *entries, StatementFoot()]
    return statements.store_statements(work, file.format, pieces, run.id, lambda *_: account)


def stored(work: Work, account_number: str) -> Counter[tuple[date, int]]:
    (account,) = a.store.bank_account(work.session, account_number, "EUR")
    rows = work.session.query(BankEntry.booked_on, BankEntry.amount).filter_by(bank_account_id=account.id)
    return Counter((booked_on, amount) for booked_on, amount in rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVEMENTS, FILES)
def test_whatever_files_tell_it_every_movement_is_stored_once(
    house: House, movements: list[Movement], files: list[File]
) -> None:
    account_number = str(new_id())
    for file in files:
        house.write(lambda work, file=file: take(work, account_number, file, entries_of(movements, file)))  # type: ignore[misc]
    days = {day for file in files for day in range(file.first, file.last + 1)}
    truth = Counter((FIRST + timedelta(days=each.day), each.amount) for each in movements if each.day in days)
    assert house.read(lambda work: stored(work, account_number)) == truth


def as_seen(entry: Entry, format_name: str) -> Seen:
    return Seen(
        format_name, entry.entry_ref or "", entry.counterparty_account or "", entry.end_to_end or "", entry.remittance
    )


@settings(max_examples=1_000, deadline=None)
@given(MOVEMENTS, FILES)
def test_a_bucket_told_twice_is_one_bucket(movements: list[Movement], files: list[File]) -> None:
    """The same without a database: all movements of equal day and amount, told by two formats in any order."""
    equal = [each._replace(day=0, amount=999) for each in movements]
    whole = [file._replace(first=0, last=0) for file in (files * 2)[:2]]
    known, incoming = ([as_seen(each, file.format) for each in entries_of(equal, file)] for file in whole)
    assert None not in unite(known, incoming)
