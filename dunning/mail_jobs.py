"""The mailbox on the clock: what arrived is read in a fenced child and stored, every few minutes."""

from dunning.incoming import known_mail, take_in
from runtime.documents import Archive
from runtime.fence import Limits, fenced
from runtime.house import House
from runtime.inbound import Inbound, read_file
from runtime.jobs import Job, JobCall, Result
from runtime.mailbox import Arrived, read_mailbox, unread_count
from runtime.work import HOUSE, Actor, Work

READING = Limits(cpu_seconds=10, megabytes=512, patience_seconds=30)
EVERY_MINUTES = 5


def read_mail(url: str, archive: Archive) -> Job:
    """The job that reads the mailbox at `url`."""

    def run(call: JobCall) -> Result:
        if call.dry_run:
            return {"unread": unread_count(url)}
        kinds = {"bounce": 0, "automatic": 0, "reply": 0}

        def take(arrived: Arrived) -> None:
            kinds[keep(call.house, archive, arrived.content, call.actor)] += 1

        done = read_mailbox(url, take)
        return {**kinds, "failed": done.failed}

    return Job("read-mail", "Read bounces and replies", "every 5 minutes", "*", run, every_minutes=EVERY_MINUTES)


def keep(house: House, archive: Archive, content: bytes, actor: Actor = HOUSE) -> str:
    """Stores one message as it came, and what it is; returns its kind. The same message is stored once."""
    digest = archive.keep(content)
    arrived: Inbound = next(iter(fenced(READING, read_file, str(archive.path_of(digest, "the mail")))))

    def store(work: Work) -> str:
        if known := known_mail(work.session, digest):
            return known.kind
        original = archive.record(work, content, kind="mail", name=f"{digest[:12]}.eml", media_type="message/rfc822")
        return take_in(work, arrived, original).kind

    return house.write(store, actor=actor)
