"""Two years of a real receivables book, replayed day by day through the public doors.

Each invoice of the book arrives on its issue date, each payment in an OFX statement on its settlement date, each
disputed invoice has a case from five days after its due date until it is settled. Every Monday: reconcile, dun, send.
The book (IBM's late-payment data, 1,412 invoices of 57 customers) lies beside the project, not in it.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import main
from commands.system import System
from core.money import decimal_text, parse_minor
from disputes.service import Contest, open_dispute
from dunning.run import approve, plan_run
from dunning.tables import Notice, NoticeLine
from intake.service import import_file
from payments.reconciliation import reconcile
from payments.tables import BankEntry
from receivables.imports import Handed
from receivables.store import company_by_code
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime.clock import SetClock
from runtime.work import Work
from tests.conftest import settings_for

BOOK = Path(__file__).parents[3] / "shared" / "corpus" / "6_ar" / "ibm" / "ar_dev.csv"
ACCOUNT = "US-OPERATING-1"

pytestmark = [pytest.mark.long, pytest.mark.skipif(not BOOK.exists(), reason="the real book is not beside the project")]


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice of the book."""

    number: str
    customer: str
    issued_on: date
    due_on: date
    amount: int
    is_disputed: bool
    settled_on: date

    @property
    def disputed_on(self) -> date | None:
        """When its case opens; never, when it was settled before that."""
        day = self.due_on + timedelta(days=5)
        return day if self.is_disputed and day < self.settled_on else None


def the_book() -> list[Line]:
    with BOOK.open(encoding="utf-8") as file:
        return [_line(row) for row in csv.DictReader(file)]


def _line(row: Mapping[str, str]) -> Line:
    return Line(
        row["invoiceNumber"],
        row["customerID"],
        _day(row["InvoiceDate"]),
        _day(row["DueDate"]),
        parse_minor(row["InvoiceAmount"], "USD"),
        row["Disputed"] == "Yes",
        _day(row["SettledDate"]),
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a date has no zone


# ── the calculation to compare with: nothing of the product in it but the policy's figures ──────


LEVELS = {1: (5, 0), 2: (15, 5), 3: (30, 7)}
"""Level → (days after the due date, business days since the level before), as in the shipped policy."""


def expected_reminders(book: list[Line], mondays: list[date]) -> Counter[int]:
    """How many invoices are reminded at each level, from the book alone."""
    counts: Counter[int] = Counter()
    sent: dict[str, tuple[int, date]] = {}
    by_customer: dict[str, list[Line]] = defaultdict(list)
    for line in book:
        by_customer[line.customer].append(line)
    for monday in mondays:
        for lines in by_customer.values():
            steps = {line: step for line in lines if (step := _step(line, monday, sent.get(line.number))) is not None}
            has_reminder = any(step > 0 for step in steps.values())
            for line, step in steps.items():
                if step > 0 or not has_reminder:
                    counts[step] += 1
                    sent[line.number] = (step, monday)
    return counts


def _step(line: Line, today: date, before: tuple[int, date] | None) -> int | None:
    if not line.issued_on <= today < line.settled_on:
        return None
    if line.disputed_on and line.disputed_on <= today:
        return None
    if today <= line.due_on:
        return 0 if before is None and (line.due_on - today).days <= 3 else None
    level = (before[0] if before else 0) + 1
    if level not in LEVELS or (today - line.due_on).days < LEVELS[level][0]:
        return None
    weeks = (today - before[1]).days // 7 if before else 0
    return level if level == 1 or weeks * 5 >= LEVELS[level][1] else None


# ── the replay ──────────────────────────────────────────────────────────────────────────────────


class QuickRenderer:
    """Letters are drawn for real elsewhere; here only what they name matters."""

    def render(self, html: str, assets: Mapping[str, bytes] = {}) -> bytes:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).encode()


@pytest.fixture
def replayed(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path)
    built = main.build(settings, clock=clock, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def test_a_real_book_is_collected_to_the_cent_and_nobody_is_reminded_wrongly(replayed: System, tmp_path: Path) -> None:
    book = the_book()
    first, last = min(line.issued_on for line in book), max(line.settled_on for line in book)
    mondays = [day for day in _days(first, last + timedelta(days=7)) if day.weekday() == 0]
    replay = Replay(replayed, book, tmp_path)
    for day in _days(first, mondays[-1]):
        replay.live(day)

    def judge(work: Work) -> None:
        assert work.session.query(OpenItem).filter(OpenItem.open > 0).count() == 0
        assert work.session.query(BankEntry).filter(BankEntry.state != "applied").count() == 0
        assert sum(entry.amount for entry in work.session.query(BankEntry)) == sum(line.amount for line in book)
        assert work.session.query(Notice).filter(Notice.state.not_in(("sent", "cancelled"))).count() == 0
        assert _reminded_wrongly(work, book) == []
        assert _reminders(work) == expected_reminders(book, mondays)

    replayed.house.read(judge)
    assert replayed.house.read(lambda work: list(violations(work.session, dict(replayed.audit_keys)))) == []
    letters = len(list((tmp_path / "outbox").glob("*.eml")))
    reminders = replayed.house.read(_reminders)
    print(f"\n{len(book)} invoices, {letters} letters, reminders by level {dict(sorted(reminders.items()))}")


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _reminders(work: Work) -> Counter[int]:
    query = work.session.query(NoticeLine.level).join(Notice, Notice.id == NoticeLine.notice_id)
    return Counter(level for (level,) in query.filter(Notice.state == "sent", NoticeLine.is_released.is_(False)))


def _reminded_wrongly(work: Work, book: list[Line]) -> list[str]:
    """Sent reminders that name an invoice disputed or paid on that day, by the book."""
    lines = {line.number: line for line in book}
    query = (
        work.session.query(Invoice.number, Notice.sent_on)
        .join(OpenItem, OpenItem.invoice_id == Invoice.id)
        .join(NoticeLine, NoticeLine.open_item_id == OpenItem.id)
        .join(Notice, Notice.id == NoticeLine.notice_id)
        .filter(Notice.state == "sent", NoticeLine.is_released.is_(False))
    )
    return [
        f"{number} on {sent_on}"
        for number, sent_on in query
        if sent_on >= lines[number].settled_on
        or (lines[number].disputed_on is not None and sent_on >= lines[number].disputed_on)
    ]


class Replay:
    """Lives the book's days: what arrives, what is contested, and the Monday's work."""

    def __init__(self, system: System, book: list[Line], folder: Path) -> None:
        self._system, self._folder = system, folder
        self._issued, self._settled, self._disputed = (defaultdict(list) for _ in range(3))
        for line in book:
            self._issued[line.issued_on].append(line)
            self._settled[line.settled_on].append(line)
            if line.disputed_on:
                self._disputed[line.disputed_on].append(line)
        self._hand_in("customers", "customers.csv", _customers(book))

    def live(self, day: date) -> None:
        clock = self._system.house.clock
        assert isinstance(clock, SetClock)
        clock.at = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
        if self._issued[day]:
            self._hand_in("invoices", f"invoices-{day}.csv", _invoices(self._issued[day]))
        if self._settled[day]:
            self._hand_in("statement", f"statement-{day}.ofx", _ofx(day, self._settled[day]))
        for line in self._disputed[day]:
            self._system.house.write(lambda work, line=line: self._contest(work, line))  # type: ignore[misc]
        if day.weekday() == 0:
            self._system.house.write(lambda work: reconcile(work, company_by_code(work.session, None).id))
            self._system.house.write(lambda work: approve(work, plan_run(work)))
            self._system.dispatcher.run()

    def _hand_in(self, kind: str, name: str, content: str) -> None:
        path = self._folder / name
        path.write_text(content, encoding="utf-8")
        imported = import_file(self._system.door, Handed(kind, path, name))
        assert (imported.state, imported.rejected) == ("done", 0), imported.problems

    @staticmethod
    def _contest(work: Work, line: Line) -> None:
        assert line.disputed_on is not None
        contest = Contest("invoice", line.number, "other", line.disputed_on, line.disputed_on)
        open_dispute(work, company_by_code(work.session, None), contest)


def _customers(book: list[Line]) -> str:
    rows = (
        f"{name},Customer {name},ap@{name.lower()}.example,en,USD" for name in sorted({line.customer for line in book})
    )
    return "\n".join(("customer_id,name,email,language,currency", *rows))


def _invoices(lines: list[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("invoice_number", "customer_id", "issued_on", "due_on", "currency", "amount"))
    for line in lines:
        writer.writerow(
            (line.number, line.customer, line.issued_on, line.due_on, "USD", decimal_text(line.amount, "USD"))
        )
    return out.getvalue()


SHAPES = (
    "{}",
    "Invoice {}",
    "inv. {} thank you",
    "PAYMENT REF {}/A",
    "re {} your letter",
    "INV-{}",
)
"""How payers name an invoice."""


def _ofx(day: date, lines: list[Line]) -> str:
    """A bank statement of one day; a customer who pays several invoices that day pays them in one sum."""
    by_customer: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_customer[line.customer].append(line)
    transactions = "".join(_transaction(day, name, paid) for name, paid in by_customer.items())
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<DTSERVER>{day:%Y%m%d}<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0"
        f"<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>{ACCOUNT}<ACCTTYPE>CHECKING"
        f"</BANKACCTFROM><BANKTRANLIST><DTSTART>{day:%Y%m%d}<DTEND>{day:%Y%m%d}{transactions}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>0.00<DTASOF>{day:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def _transaction(day: date, customer: str, paid: list[Line]) -> str:
    numbers = " + ".join(line.number for line in paid)
    shape = SHAPES[int(paid[0].number) % len(SHAPES)]
    amount = decimal_text(sum(line.amount for line in paid), "USD")
    return (
        f"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day:%Y%m%d}<TRNAMT>{amount}<FITID>{day:%Y%m%d}{paid[0].number}"
        f"<NAME>Customer {customer}<MEMO>{shape.format(numbers)}</STMTTRN>"
    )
