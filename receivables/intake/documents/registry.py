"""Every format of business documents we read, in one visible list. Order does not matter: one reader says yes."""

from typing import BinaryIO

from receivables.intake.documents.cii import CiiReader
from receivables.intake.documents.edifact import EdifactReader
from receivables.intake.documents.elements import HEAD_BYTES, refusal
from receivables.intake.documents.envelopes import EnvelopeReader
from receivables.intake.documents.facturae import FacturaeReader
from receivables.intake.documents.facturx import FacturxReader
from receivables.intake.documents.fatturapa import FatturaPaReader
from receivables.intake.documents.model import Document, DocumentReader
from receivables.intake.documents.ubl import UblReader

READERS: tuple[DocumentReader, ...] = (
    CiiReader(),
    EdifactReader(),
    EnvelopeReader(),
    FacturaeReader(),
    FacturxReader(),
    FatturaPaReader(),
    UblReader(),
)


def reader_for(head: bytes, filename: str) -> DocumentReader:
    """The one reader that recognises the file by its first `HEAD_BYTES`; `Unreadable` when none does."""
    for reader in READERS:
        if reader.recognises(head[:HEAD_BYTES], filename):
            return reader
    known = ", ".join(reader.title for reader in READERS)
    raise refusal("start of file", f"This is none of the document formats we read ({known}).")


def reader_named(name: str) -> DocumentReader:
    """The reader of a format name; `Unreadable` names the ones there are."""
    for reader in READERS:
        if reader.name == name:
            return reader
    names = ", ".join(reader.name for reader in READERS)
    raise refusal("--format", f"There is no document format “{name[:40]}”. Known: {names}.")


def documents_in(source: BinaryIO, filename: str) -> tuple[Document, ...]:
    """Every document of a file in any of the formats; `Unreadable` says why there is none."""
    source.seek(0)
    return reader_for(source.read(HEAD_BYTES), filename).read(source)
