"""The archive: originals as received and letters as sent, under their SHA-256, with a row that says what they are."""

import hashlib
import os
import tempfile
from pathlib import Path

from core.errors import NotFound, Unavailable
from runtime.ids import new_id
from runtime.tables import Document
from runtime.work import Work


class Archive:
    """Files in a folder, named by their content. The same bytes are kept once; nothing is ever changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Writes the bytes durably and returns their SHA-256; they may be recorded later, or never."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            try:
                _write_durably(path, content)
            except OSError as error:
                raise Unavailable(f"The archive cannot be written: {error.strerror}.") from error
        return digest

    def record(
        self, work: Work, content: bytes, *, kind: str, name: str, media_type: str, subject: str | None = None
    ) -> Document:
        """Keeps the bytes and writes what they are, in this transaction."""
        document = Document(
            id=new_id(),
            sha256=self.keep(content),
            kind=kind,
            name=name,
            media_type=media_type,
            size=len(content),
            subject=subject,
            at=work.now,
        )
        work.session.add(document)
        work.session.flush()
        return document

    def content(self, document: Document) -> bytes:
        try:
            return self._path(document.sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"The archive has lost {document.name}; restore it from a backup.") from error

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _write_durably(path: Path, content: bytes) -> None:
    """Whole or not at all: written aside, synced, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
