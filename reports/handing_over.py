"""Handing items over to an agency or a court: the evidence is gathered and kept, then the items change hands.

The pack is made before and outside the transaction that hands over, so drawing it holds nothing up; it is recorded in
that transaction, or not at all.
"""

import hashlib
import tempfile
from pathlib import Path
from uuid import UUID

from dunning import final_steps, final_store
from dunning.delivery import NoticeKind
from dunning.final_tables import FinalStep
from reports import evidence
from reports.evidence import Pack
from reports.evidence_summary import summary_html
from runtime.documents import Archive
from runtime.house import House
from runtime.tables import Document
from runtime.work import Actor, Right, Work


class HandingOver:
    """Hands proposals over, each with the evidence of that moment."""

    def __init__(self, house: House, notices: NoticeKind, archive: Archive, actor: Actor) -> None:
        self._house, self._notices, self._archive, self._actor = house, notices, archive, actor

    def hand_over(self, step_id: UUID, to: str, reason: str) -> UUID:
        """Makes the evidence pack and hands over what stands. Returns the step's id; refusals come before the pack."""
        self._house.read(lambda work: final_steps.may_be_handed_over(work, step_id, to), actor=self._actor)
        pack = self._house.write(lambda work: self._gathered(work, step_id), actor=self._actor)
        with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
            path = Path(folder) / "evidence.zip"
            digest = _written(path, pack, self._notices.printed(summary_html(pack)))
            self._archive.keep_file(path, digest)

            def do(work: Work) -> UUID:
                number = final_store.step(work.session, step_id).number
                document = self._archive.record_file(
                    work, path, digest, kind="evidence_pack", name=f"evidence-{pack.customer_id}-{number}.zip"
                )
                document.subject, document.media_type = f"final_step:{number}", "application/zip"
                work.session.flush()
                return final_steps.hand_over(work, step_id, to, reason, document.id).id

            return self._house.write(do, actor=self._actor)

    def _gathered(self, work: Work, step_id: UUID) -> Pack:
        work.need(Right.DUN)
        step = final_store.step(work.session, step_id)
        return evidence.gather(work, self._archive, final_store.customer_of(work.session, step))


def _written(path: Path, pack: Pack, summary: bytes) -> str:
    """Writes the pack into a file and returns its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in evidence.stream(pack, summary):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def evidence_of(work: Work, archive: Archive, step: FinalStep) -> bytes | None:
    """The evidence pack as it was handed over; None for a step that was not."""
    work.need(Right.EXPORT)
    if step.document_id is None:
        return None
    return archive.content(work.session.get_one(Document, step.document_id))
