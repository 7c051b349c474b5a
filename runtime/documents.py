"""The archive: originals as received and letters as sent, under their SHA-256, with a row that says what they are."""

import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

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
                _write_durably(path, io.BytesIO(content))
            except OSError as error:
                raise Unavailable(f"The archive cannot be written: {error.strerror}.") from error
        return digest

    def record(
        self, work: Work, content: bytes, *, kind: str, name: str, media_type: str, subject: str | None = None
    ) -> Document:
        """Keeps the bytes and writes what they are, in this transaction."""
        return _write_row(work, self.keep(content), len(content), kind, name, media_type, subject)

    def record_file(self, work: Work, path: Path, digest: str, *, kind: str, name: str) -> Document:
        """The same for a file of any size that lies on disk; `digest` is its SHA-256."""
        self.keep_file(path, digest)
        return _write_row(work, digest, path.stat().st_size, kind, name, "application/octet-stream", None)

    def keep_file(self, path: Path, digest: str) -> None:
        """Writes a file of any size durably: best before the transaction that records it, which it would hold up."""
        kept = self._path(digest)
        if kept.exists():
            return
        try:
            with path.open("rb") as source:
                _write_durably(kept, source)
        except OSError as error:
            raise Unavailable(f"The archive cannot be written: {error.strerror}.") from error

    def path_of(self, digest: str, name: str) -> Path:
        """Where the original lies, for reading; `NotFound` names it when it is gone."""
        path = self._path(digest)
        if not path.exists():
            raise _lost(name)
        return path

    def content(self, document: Document) -> bytes:
        try:
            return self._path(document.sha256).read_bytes()
        except FileNotFoundError as error:
            raise _lost(document.name) from error

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _lost(name: str) -> NotFound:
    return NotFound(f"The archive has lost {name}; restore it from a backup.")


def _write_row(
    work: Work, digest: str, size: int, kind: str, name: str, media_type: str, subject: str | None
) -> Document:
    document = Document(
        id=new_id(), sha256=digest, kind=kind, name=name, media_type=media_type, size=size, subject=subject, at=work.now
    )
    work.session.add(document)
    work.session.flush()
    return document


def _write_durably(path: Path, content: BinaryIO) -> None:
    """Whole or not at all: written aside, synced, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
