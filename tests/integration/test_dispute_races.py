"""R11 in real time: a dispute is recorded while its letter is on the way, a thousand times in the full form.

Two threads, one letter after the other: the dispatcher sends it, the other opens a case about its invoice or its order
at a moment drawn by chance. Both are the product's own; only their times are written down.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

import main
from commands.system import System
from disputes.service import Contest, open_dispute
from dunning.delivery import NoticeKind
from dunning.run import approve, plan_run
from dunning.tables import Notice, NoticeLine
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime.clock import SetClock
from runtime.dispatch import Dispatcher, Prepared, Withdrawn
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice
from tests.conftest import settings_for
from tests.mailroom import Mailroom, QuickRenderer
from tests.property.form import IS_LONG

RACES = 1_000 if IS_LONG else 24
LATEST_AFTER_GATE, USUALLY_AFTER_GATE = 5.0, 1.0
"""Seconds from the gate to the first byte of the mail: at most, and of 99 in a hundred (on a machine that has time)."""


@dataclass
class Race:
    """One letter and its dispute, with the moments of both; infinite what never happened."""

    number: str
    gate_in: float = float("inf")
    gate_out: float = float("inf")
    handed: float = float("inf")
    finish_in: float = float("inf")
    finished: float = float("inf")
    begun: float = float("inf")
    committed: float = float("inf")

    def verdict(self, notice: tuple[str, bool], mails: int) -> str:
        """What came of it, and that it could not rightly have been anything else."""
        state, crossed = notice
        assert (state, mails) in {("sent", 1), ("cancelled", 0)}, (self, notice, mails)
        if state == "cancelled":
            assert self.begun < self.gate_out, f"{self}: withdrawn before there was a dispute"
            return "stopped"
        assert self.committed > self.gate_in, f"{self}: sent although the dispute was recorded before the gate"
        if self.committed < self.finish_in:
            assert crossed, f"{self}: late, and not flagged"
        if self.begun > self.finished:
            assert not crossed, f"{self}: flagged, although the letter was out"
        return "crossed" if crossed else "after it"


class Watched(NoticeKind):
    """The real notices, with their moments written down. `race` is the letter on its way since `begins` was set."""

    def __init__(self, system: System, races: dict[UUID, Race]) -> None:
        super().__init__(QuickRenderer(), system.archive)
        self._races = races
        self.begins = threading.Event()
        self.race = Race("none yet")

    def prepare(self, work: Work, subject_id: UUID) -> Prepared | Withdrawn:
        if self._races[subject_id] is not self.race:
            self.race = self._races[subject_id]
            self.begins.set()
        return super().prepare(work, subject_id)

    def gate(self, work: Work, subject_id: UUID, prepared: Prepared) -> bool | Withdrawn:
        race = self._races[subject_id]
        race.gate_in = time.monotonic()
        passed = super().gate(work, subject_id, prepared)
        race.gate_out = time.monotonic()
        return passed

    def finished(self, work: Work, subject_id: UUID, state: str, detail: str) -> None:
        self._races[subject_id].finish_in = time.monotonic()
        super().finished(work, subject_id, state, detail)


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, mail: Mailroom) -> Iterator[System]:
    built = main.build(settings_for(database_url, tmp_path), clock=clock, transport=mail, renderer=QuickRenderer())
    yield built
    built.house.database.close()


def staged(system: System) -> dict[UUID, Race]:
    """A letter a customer, queued; by the id of its notice."""

    def do(work: Work) -> dict[UUID, Race]:
        for place in range(RACES):
            a_customer(work, f"C{place}")
            an_invoice(work, f"F-{place}", f"C{place}", order_number=f"PO-{place}")
        approve(work, plan_run(work))
        work.session.flush()
        rows = work.session.query(Notice.id, Invoice.number).join(NoticeLine, NoticeLine.notice_id == Notice.id)
        items = rows.join(OpenItem, OpenItem.id == NoticeLine.open_item_id).join(Invoice)
        return {notice_id: Race(number) for notice_id, number in items}

    return system.house.write(do)


def test_a_dispute_recorded_while_its_letter_leaves_stops_it_or_is_flagged(system: System, mail: Mailroom) -> None:
    races = staged(system)
    kind, seed = Watched(system, races), time.time_ns() if IS_LONG else 11
    by_message = {f"<notice.{notice_id}": race for notice_id, race in races.items()}
    mail.watch = lambda message_id: setattr(by_message[message_id.partition("@")[0]], "handed", time.monotonic())
    dispatcher = Dispatcher(system.house, mail, {"notice": kind})
    chance, lasts = random.Random(seed), 0.02
    for _ in races:
        late_by, about_order = chance.uniform(0, 1.5 * lasts), chance.random() < 0.5
        other = threading.Thread(target=contest, args=(system, kind, late_by, about_order))
        other.start()
        began = time.monotonic()
        dispatcher.run(limit=1)
        kind.race.finished = time.monotonic()
        lasts = 0.9 * lasts + 0.1 * (kind.race.finished - began)
        other.join()
    compare(system, mail, races)


def contest(system: System, kind: Watched, late_by: float, about_order: bool) -> None:
    """Opens a case about the letter that is on its way, some time after it was begun."""
    kind.begins.wait()
    kind.begins.clear()
    race = kind.race
    time.sleep(late_by)
    subject = ("order", race.number.replace("F-", "PO-")) if about_order else ("invoice", race.number)
    race.begun = time.monotonic()
    system.house.write(
        lambda work: open_dispute(work, a_company(work), Contest(*subject, "price", TODAY, TODAY)) and None
    )
    race.committed = time.monotonic()


def compare(system: System, mail: Mailroom, races: dict[UUID, Race]) -> None:
    """Every letter with what it may rightly have come to; nothing left twice, and the book holds."""
    rows = system.house.read(lambda work: list(work.session.query(Notice.id, Notice.state, Notice.crossed)))
    mails = Counter(each.removeprefix("<notice.").partition("@")[0] for each in mail.taken)
    verdicts = Counter(races[each].verdict((state, crossed), mails[str(each)]) for each, state, crossed in rows)
    waits = sorted(race.handed - race.gate_out for race in races.values() if race.handed < float("inf"))
    assert sum(verdicts.values()) == RACES
    assert waits[-1] <= LATEST_AFTER_GATE
    if IS_LONG:
        assert all(verdicts[each] for each in ("stopped", "crossed", "after it")), f"chance struck one side: {verdicts}"
        usually = waits[len(waits) * 99 // 100]
        assert usually <= USUALLY_AFTER_GATE
        print(f"\n{dict(verdicts)}; gate to mail: 99 in 100 within {usually:.3f} s, all within {waits[-1]:.3f} s")
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []
