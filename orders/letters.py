"""Orders in mails and on scans. What a program can read in a mail is taken; everything else waits for a person.

Nothing of a mail is believed beyond what it looks like: the order is checked, screened and confirmed like any other.
"""

from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from core.errors import CollectionsError
from core.problems import Problem
from orders import captures
from orders.documents import import_documents
from orders.reading import LARGEST, Attached, Letter, has_attachments, read_letter
from receivables.e_invoices import is_document
from receivables.imports import Handed, Held, Imported
from receivables.push import Intake
from receivables.tables import ImportRun
from runtime.fence import LIMITS, fenced
from runtime.house import House
from runtime.work import Actor, Work


def import_letter(house: House, actor: Actor, handed: Handed, imported: Imported) -> None:
    """A mail, or a scan of a fax or of paper. The same bytes wait only once."""
    if handed.path.stat().st_size > LARGEST:
        imported.problems.append(Problem("whole file", f"Only {LARGEST // 1024 // 1024} MB of it are read."))
    [letter] = list(fenced(LIMITS, read_letter, str(handed.path), handed.name))
    imported.format = "mail" if letter.media_type == "message/rfc822" else "scan"
    taken = sum(_take_document(house, actor, handed, imported, each) for each in letter.attached)
    house.write(lambda work: _keep_text(work, imported.id, letter), actor=actor)
    if not taken:
        imported.add(house.write(lambda work: _wait(work, imported.id, letter, handed), actor=actor))


def is_plain_pdf(source: BinaryIO, handed: Handed) -> bool:
    """Whether it is a PDF with nothing for programs in it: a scan, or a letter."""
    source.seek(0)
    is_pdf = source.read(1024).lstrip().startswith(b"%PDF-")
    source.seek(0)
    return is_pdf and not handed.format and not next(iter(fenced(LIMITS, has_attachments, str(handed.path))))


def _take_document(house: House, actor: Actor, handed: Handed, imported: Imported, attached: Attached) -> bool:
    """Whether an attachment is an order a program can read; then it was taken, and what is wrong with it was said."""
    path = captures.beside(attached.content, attached.name)
    try:
        inner = Handed("orders", path, attached.name, handed.company)
        with path.open("rb") as source:
            if not is_document(source, inner) or is_plain_pdf(source, inner):
                return False
        import_documents(house, actor, inner, imported, channel="email")
        return True
    except Held:
        raise
    except CollectionsError as error:
        imported.problems.append(Problem(attached.name[:80], str(error), severity="warning"))
        return False
    finally:
        Path(path).unlink(missing_ok=True)


def _document_of(work: Work, import_id: UUID) -> UUID | None:
    run = work.session.get(ImportRun, import_id)
    return run.document_id if run else None


def _keep_text(work: Work, import_id: UUID, letter: Letter) -> None:
    document_id = _document_of(work, import_id)
    if document_id is not None:
        names = " ".join(each.name for each in letter.attached)
        captures.keep_text(work, document_id, f"{letter.subject}\n{letter.sender}\n{letter.text}\n{names}")


def _wait(work: Work, import_id: UUID, letter: Letter, handed: Handed) -> Intake:
    """The document waits for somebody to type the order in."""
    intake, document_id, name = Intake(), _document_of(work, import_id), handed.name
    if document_id is None:
        intake.reject(name, Problem("whole file", "The original was not kept; hand it in through the import door."))
        return intake
    channel = "email" if letter.media_type == "message/rfc822" else "fax"
    said = {"sender": letter.sender, "subject": letter.subject, "text": letter.text[:20_000]}
    customer = captures.customer_writing(work.session, letter.sender)
    said = {
        key: value for key, value in {**said, "customer_id": customer, "company": handed.company or ""}.items() if value
    }
    received_at = captures.believable(letter.sent_at, work.now)
    is_new = captures.receive(work, document_id, channel, said, received_at)
    intake.note(name, "created" if is_new else "unchanged")
    return intake
