"""The mailboxes orders arrive in, on the clock: every mail comes in through the import door, once.

A mail is written down together with the run of its import, before the mailbox is told that it was read. Whatever
happens in between, the next pass meets the mail again, knows it, and only marks it.
"""

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from core.errors import CollectionsError, Invalid, Unavailable
from intake.door import Door
from intake.service import import_file, take_up
from orders import envelopes, inbox
from orders.envelopes import Envelope, Unread
from receivables import store as receivables
from receivables.imports import Handed
from runtime.fence import Limits, fenced
from runtime.jobs import Job, JobCall, Result
from runtime.mailbox import Arrived, read_mailbox, unread_count
from runtime.work import Actor, Work

log = structlog.get_logger("order_mail")

READING: Final = Limits(cpu_seconds=10, megabytes=512, patience_seconds=30)
EVERY_MINUTES: Final = 5
_ADDRESS = re.compile(r"(?:(?P<code>[^\s=:/@]+)=)?(?P<url>imaps?://\S+)")
_UNFIT_IN_NAMES = re.compile(r"[^\w .,+()#-]+")


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox and the company its orders are for; no code: the first company."""

    code: str
    url: str = field(repr=False)


def boxes_of(said: str) -> list[Box]:
    """The mailboxes of the setting; `Invalid` where it is no list of them. The addresses hold passwords and are never
    repeated."""
    found = [_ADDRESS.fullmatch(each) for each in said.split()]
    boxes = [Box(each["code"] or "", each["url"]) for each in found if each]
    if len(boxes) != len(found) or len({each.code for each in boxes}) != len(boxes):
        message = "DUECOURSE_ORDERS_IMAP is a list of CODE=imaps://user:pass@host/Folder, each company's code once."
        raise Invalid.because("DUECOURSE_ORDERS_IMAP", message)
    return boxes


@dataclass(slots=True)
class Tally:
    """What a pass did."""

    taken: int = 0
    known: int = 0
    passed: int = 0
    quarantined: int = 0
    failed: int = 0
    away: list[str] = field(default_factory=list)


def read_orders(door: Door, said: str) -> Job:
    """The job that takes in what arrived in the mailboxes for orders."""

    def run(call: JobCall) -> Result:
        boxes = boxes_of(said)
        if call.dry_run:
            return {"unread": sum(unread_count(each.url) for each in boxes)}
        tally = Tally()
        for box in boxes:
            _read(door, box, call.actor, tally)
        if tally.away:
            raise Unavailable(" ".join(tally.away))
        return {name: getattr(tally, name) for name in ("taken", "known", "passed", "quarantined", "failed")}

    return Job("read-orders", "Read orders that came by mail", "every 5 minutes", "*", run, every_minutes=EVERY_MINUTES)


def _read(door: Door, box: Box, actor: Actor, tally: Tally) -> None:
    """Reads one mailbox; one that is away keeps none of the others from being read."""
    try:
        company_id = door.house.read(lambda work: receivables.company_by_code(work.session, box.code or None).id)
        done = read_mailbox(box.url, lambda arrived: _count(tally, keep(door, box.code, company_id, arrived, actor)))
        tally.failed += done.failed
    except CollectionsError as error:
        tally.away.append(f"{box.code}: {error}" if box.code else str(error))


def _count(tally: Tally, became: str) -> None:
    setattr(tally, became, getattr(tally, became) + 1)


def keep(door: Door, code: str, company_id: UUID, arrived: Arrived, actor: Actor) -> str:
    """Takes one mail in and says what became of it: `taken`, `known`, `passed` or `quarantined`.

    Raises only what has nothing to do with the mail: the database or the archive is away.
    """
    mark = envelopes.fingerprint(arrived.content)
    if door.house.read(lambda work: inbox.known(work.session, company_id, mark) is not None):
        _end_what_was_begun(door, company_id, mark)
        return "known"
    envelope, why = _looked_at(door, arrived)
    try:
        if why:
            return _set_aside(door, company_id, mark, envelope, why, arrived.content, actor)
        return _take(door, code, company_id, mark, envelope, arrived.content, actor)
    except inbox.TakenBefore:
        return "known"


def _end_what_was_begun(door: Door, company_id: UUID, mark: str) -> None:
    """The process that began to read the mail may have died over it."""

    def its_import(work: Work) -> UUID | None:
        found = inbox.known(work.session, company_id, mark)
        return found.import_id if found else None

    import_id = door.house.read(its_import)
    if import_id is not None:
        take_up(door, import_id)


def _looked_at(door: Door, arrived: Arrived) -> tuple[Envelope, Unread | None]:
    """What the mail is, and why nothing of it shall be taken."""
    if not arrived.content.strip():
        return Envelope("reply", "", "", has_files=False), Unread("There is nothing in it.", True)
    path = door.archive.path_of(door.archive.keep(arrived.content), "the mail")
    try:
        envelope: Envelope = next(iter(fenced(READING, envelopes.read_envelope, str(path))))
    except Unavailable:
        raise
    except Exception as error:
        log.warning("a mail for the order desk cannot be read", exc_info=error)
        said = str(error) if isinstance(error, CollectionsError) else "It is not built as mail is."
        return Envelope("reply", "", "", has_files=False), Unread(f"It cannot be read. {said}", True)
    return envelope, envelopes.why_unread(envelope, is_whole=arrived.is_whole)


def _set_aside(
    door: Door, company_id: UUID, mark: str, envelope: Envelope, why: Unread, content: bytes, actor: Actor
) -> str:
    def write(work: Work) -> None:
        name = _name_of(envelope)
        original = door.archive.record(work, content, kind="orders", name=name, media_type="message/rfc822")
        inbox.note_unread(work, company_id, mark, envelope, why, original.id)

    door.house.write(write, actor=actor)
    return "quarantined" if why.is_waiting else "passed"


def _take(door: Door, code: str, company_id: UUID, mark: str, envelope: Envelope, content: bytes, actor: Actor) -> str:
    path = door.archive.path_of(door.archive.keep(content), "the mail")
    handed = Handed("orders", path, _name_of(envelope), code or None)
    note = partial(_note_read, company_id=company_id, mark=mark, envelope=envelope)
    imported = import_file(door, handed, actor=actor, note=note)
    return "taken" if imported.state == "done" and not imported.rejected else "quarantined"


def _note_read(work: Work, import_id: UUID, *, company_id: UUID, mark: str, envelope: Envelope) -> None:
    inbox.note_read(work, company_id, mark, envelope, import_id)


def _name_of(envelope: Envelope) -> str:
    """A name people know the mail by; `.eml`, so that it is read as one however it begins."""
    words = " ".join(_UNFIT_IN_NAMES.sub(" ", envelope.subject).split())
    return f"{words[:80].strip('. ') or 'mail'}.eml"
