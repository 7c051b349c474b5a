"""Letters that go by post: the print file of a run, and what a person says was posted or called.

A letter is printed through the same gate as a mail: its facts are read again under the customer's lock, and what no
longer stands is withdrawn. Between printing and posting it is under way (`sending`); a payment that arrives meanwhile
marks it as crossed. A new print file takes up whatever was not posted yet, as the facts stand then.
"""

import io
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from pypdf import PdfReader, PdfWriter
from sqlalchemy import Select, select

from core.errors import Invalid
from dunning import store
from dunning.delivery import NoticeKind
from dunning.errors import NoPrintFile, NotByHand
from dunning.run import withdraw
from dunning.sent import business_day, mark_sent
from dunning.tables import DunningRun, Notice
from receivables import store as receivables
from runtime.dispatch import MOST_GATES, Withdrawn
from runtime.documents import Archive
from runtime.house import House
from runtime.tables import Document
from runtime.work import Actor, Right, Work

PRINTABLE = ("approved", "sending")
MOST_LETTERS = 200
"""Letters in one print file: what is drawn while somebody waits. The next file holds the following ones."""


class Printed(NamedTuple):
    """What a print file came to."""

    letters: int
    withdrawn: int
    left: int


class PrintRoom:
    """Draws letters and gathers them in one file."""

    def __init__(self, house: House, notices: NoticeKind, archive: Archive, actor: Actor) -> None:
        self._house, self._notices, self._archive, self._actor = house, notices, archive, actor

    def make_file(self, run_id: UUID) -> Printed:
        """One PDF of all letters of a run that are to be posted, in the order of their notices."""

        def waiting(work: Work) -> list[UUID]:
            work.need(Right.DUN)
            return [notice.id for notice in to_print(work, run_id)]

        ids = self._house.read(waiting, actor=self._actor)
        if not ids:
            raise NotByHand("No letter of this run waits to be printed.")
        stands = [self.print_one(notice_id) for notice_id in ids[:MOST_LETTERS]]
        printed = [notice_id for notice_id, has_stood in zip(ids, stands, strict=False) if has_stood]
        if printed:
            self._house.write(lambda work: self._keep(work, run_id, printed), actor=self._actor)
        return Printed(len(printed), len(stands) - len(printed), len(ids) - len(stands))

    def print_one(self, notice_id: UUID) -> bool:
        """Passes one letter through the gate; False when it stands no longer and is withdrawn."""
        for _ in range(MOST_GATES):
            drawn = self._house.read(lambda work: self._drawn(work, notice_id), actor=self._actor)
            passed = self._house.write(lambda work, d=drawn: self._gate(work, notice_id, d), actor=self._actor)  # type: ignore[misc]
            if passed is not None:
                return passed
        raise NotByHand("Its figures kept changing while it was written; print it again.")

    def _drawn(self, work: Work, notice_id: UUID) -> object:
        work.need(Right.DUN)
        return self._notices.on_paper(work, _printable(store.notice(work.session, notice_id)))

    def _gate(self, work: Work, notice_id: UUID, drawn: object) -> bool | None:
        """True: printed, False: withdrawn, None: it has to be written anew."""
        notice = _locked(work, notice_id)
        _printable(notice)
        answer = drawn if isinstance(drawn, Withdrawn) else self._notices.gate(work, notice_id, drawn)  # type: ignore[arg-type]
        if isinstance(answer, Withdrawn):
            withdraw(work, notice, answer.reason)
            work.record("notice.cancelled", f"notice:{notice.number}", reason=answer.reason)
            return False
        if answer:
            work.record("notice.printed", f"notice:{notice.number}", {"level": notice.level})
        return answer or None

    def _keep(self, work: Work, run_id: UUID, printed: Iterable[UUID]) -> None:
        run = store.run(work.session, run_id)
        letters = [
            content for each in printed for content in self._notices.contents_of(work, store.notice(work.session, each))
        ]
        self._archive.record(
            work, merged(letters), kind="print_file", name=f"letters-run-{run.number}.pdf",
            media_type="application/pdf", subject=f"run:{run.number}",
        )  # fmt: skip
        work.record("dunning_run.printed", f"run:{run.number}", {"letters": len(letters)})


def merged(letters: Iterable[bytes]) -> bytes:
    """Several PDFs as one, in order."""
    writer = PdfWriter()
    for each in letters:
        writer.append(PdfReader(io.BytesIO(each)), import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def to_print(work: Work, run_id: UUID) -> list[Notice]:
    """The letters of a run that are approved and not posted yet, by their number."""
    query = select(Notice).where(Notice.run_id == run_id, Notice.channel == "letter", Notice.state.in_(PRINTABLE))
    return list(work.session.scalars(query.order_by(Notice.number)))


def has_print_file(work: Work, run: DunningRun) -> bool:
    """Whether a print file of a run was ever made."""
    return work.session.scalars(_print_files(run).limit(1)).first() is not None


def _print_files(run: DunningRun) -> Select[Document]:
    query = select(Document).where(Document.kind == "print_file", Document.subject == f"run:{run.number}")
    return query.order_by(Document.at.desc(), Document.id.desc())


def print_file(work: Work, archive: Archive, run: DunningRun) -> bytes:
    """The newest print file of a run."""
    newest = work.session.scalars(_print_files(run).limit(1)).first()
    if newest is None:
        raise NoPrintFile
    return archive.content(newest)


def mark_posted(work: Work, run: DunningRun, on: date | None = None, chosen: Collection[UUID] | None = None) -> int:
    """Writes that the printed letters of a run, or those chosen, were posted on a day; returns how many."""
    work.need(Right.DUN)
    posted = [
        each for each in to_print(work, run.id) if each.state == "sending" and (chosen is None or each.id in chosen)
    ]
    if not posted or (chosen is not None and len(posted) != len(set(chosen))):
        raise NotByHand("Only letters that were printed and not posted yet can be marked as posted.")
    for notice in posted:
        _post(work, run, notice, on, "posted")
    return len(posted)


def mark_done(work: Work, notices: NoticeKind, notice_id: UUID, outcome: str, on: date | None = None) -> Notice:
    """Writes that a call was made or a registered letter posted, and what came of it. A call about what is settled by
    now counts for nothing and is only noted."""
    work.need(Right.DUN)
    if not outcome.strip():
        raise Invalid.because("/outcome", "Say what came of it.", field="outcome")
    notice = _locked(work, notice_id)
    run = store.run(work.session, notice.run_id)
    if notice.channel == "phone" and notice.state == "approved":
        told = notices.told(work, notice)
        if isinstance(told, Withdrawn):
            withdraw(work, notice, f"{outcome.strip()} · {told.reason}"[:200])
            work.record("notice.cancelled", f"notice:{notice.number}", reason=notice.state_reason)
            return notice
    elif notice.channel != "registered_letter" or notice.state != "sending":
        raise NotByHand(
            "Print the registered letter first." if notice.channel == "registered_letter" and notice.state == "approved"
            else "Only a call or a printed registered letter that waits can be marked as done."
        )  # fmt: skip
    _post(work, run, notice, on, outcome.strip())
    return notice


def _post(work: Work, run: DunningRun, notice: Notice, on: date | None, said: str) -> None:
    receivables.lock_customer(work.session, notice.customer_id)
    today = business_day(work, run)
    if on is not None and not run.on <= on <= today:
        said = f"The day lies between that of the run, {run.on}, and today, {today}."
        raise Invalid.because("/on", said, field="on")
    mark_sent(work, notice, on)
    notice.state_reason = said[:200]
    work.record("notice.sent", f"notice:{notice.number}", {"level": notice.level}, reason=said[:200])


def _locked(work: Work, notice_id: UUID) -> Notice:
    notice = store.notice(work.session, notice_id)
    receivables.lock_customer(work.session, notice.customer_id)
    work.session.refresh(notice)
    return notice


def _printable(notice: Notice) -> Notice:
    if notice.channel not in ("letter", "registered_letter") or notice.state not in PRINTABLE:
        raise NotByHand("Only an approved letter that was not posted yet can be printed.")
    return notice
