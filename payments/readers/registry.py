"""Every bank-file format we read, in one visible list. Order does not matter: exactly one reader says yes."""

from core.problems import Problem
from payments.readers.bai2 import Bai2Reader
from payments.readers.bank_csv import CSV, XLSX
from payments.readers.camt import CAMT_READERS
from payments.readers.cfonb120 import Cfonb120Reader
from payments.readers.cfonb240 import Cfonb240Reader
from payments.readers.coda import CodaReader
from payments.readers.model import Reader, Unreadable
from payments.readers.mt940 import MT940, MT942
from payments.readers.norma43 import Norma43Reader
from payments.readers.ofx import OfxReader
from payments.readers.qif import QifReader

READERS: tuple[Reader, ...] = (
    Bai2Reader(),
    *CAMT_READERS,
    Cfonb120Reader(),
    Cfonb240Reader(),
    CodaReader(),
    MT940,
    MT942,
    Norma43Reader(),
    OfxReader(),
    QifReader(),
    CSV,
    XLSX,
)

HEAD_BYTES = 16_384
"""How much of a file a reader sees to recognise it."""


def reader_for(head: bytes, filename: str) -> Reader:
    """The one reader that recognises the file by its first `HEAD_BYTES`; `Unreadable` when none does."""
    for reader in READERS:
        if reader.recognises(head, filename):
            return reader
    known = ", ".join(reader.title for reader in READERS)
    raise Unreadable([Problem("start of file", f"This is none of the bank-file formats we read ({known}).")])


def reader_named(name: str) -> Reader:
    """The reader of a format name; `Unreadable` names the ones there are."""
    for reader in READERS:
        if reader.name == name:
            return reader
    names = ", ".join(reader.name for reader in READERS)
    raise Unreadable([Problem("--format", f"There is no bank-file format “{name[:40]}”. Known: {names}.")])
