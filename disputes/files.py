"""Files handed in on a case: photos, delivery notes, letters; they lie in the archive."""

from pathlib import PurePosixPath
from uuid import UUID

from core.errors import Invalid
from disputes import store
from disputes.service import note_step
from disputes.tables import Dispute, DisputeFile
from runtime.documents import Archive
from runtime.ids import new_id
from runtime.tables import Document
from runtime.work import Right, Work

LARGEST = 9 * 1024 * 1024
"""Bytes of the largest file a case takes: a request of at most 10 MB holds it."""


def attach(
    work: Work, archive: Archive, dispute: Dispute, content: bytes, name: str, *, is_public: bool = False
) -> tuple[DisputeFile, Document]:
    """Keeps a file with the case; for the desk only, unless it is public."""
    work.need(Right.DISPUTE)
    if not content:
        raise Invalid.because("/file", "The file is empty.", field="file")
    if len(content) > LARGEST:
        raise Invalid.because("/file", f"A file has at most {LARGEST // 1024 // 1024} MB.", field="file")
    document = archive.record(
        work, content, kind="dispute", name=_plain(name), media_type="application/octet-stream",
        subject=f"dispute:{dispute.number}",
    )  # fmt: skip
    kept = DisputeFile(
        id=new_id(), dispute_id=dispute.id, document_id=document.id, author=str(work.actor), is_public=is_public,
        at=work.now,
    )  # fmt: skip
    work.session.add(kept)
    note_step(work, dispute, "file_added", note=document.name)
    work.record("dispute.file_added", f"dispute:{dispute.number}", {"sha256": document.sha256, "public": is_public})
    return kept, document


def read(work: Work, archive: Archive, dispute: Dispute, file_id: UUID) -> tuple[Document, bytes]:
    """A file of the case, as it was handed in; `NotFound` when the case has none such."""
    _, document = store.file(work.session, dispute.id, file_id)
    return document, archive.content(document)


def _plain(name: str) -> str:
    """The file's own name, without folders and without what does not print."""
    own = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in own if character.isprintable())[:200] or "file"
