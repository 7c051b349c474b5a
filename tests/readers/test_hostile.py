"""Every reader against hostile files: refused or read, soon, and without memory growing with the file.

Whatever the bytes, nothing but `Unreadable` may come out of a reader. The longer form is `make fuzz`.
"""

import io
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from payments.readers.model import Assumed, Reader, Unreadable
from payments.readers.registry import HEAD_BYTES, READERS
from tests.readers.damage import read_cleanly
from tests.readers.fuzz import SLOWEST, damaged, survives
from tests.readers.goldens import GOLDENS

MUTATIONS = 10_000
GIGABYTE = 1 << 30
MOST_MEMORY = 96 << 20
"""Bytes a reader may hold while it refuses; lines and elements have limits of a few megabytes at most."""

FORMATS = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
FILES = [
    pytest.param(reader, data, id=f"{reader.name}-{name}")
    for reader in READERS
    for name, data in GOLDENS[reader.name].items()
]


class Endless(io.RawIOBase):
    """A file of `filling`, again and again, up to `size` bytes, of which none are stored."""

    def __init__(self, filling: bytes, size: int = GIGABYTE) -> None:
        self._size, self._at = size, 0
        self._block = filling * ((1 << 20) // len(filling))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, target: "bytearray | memoryview") -> int:  # type: ignore[override]
        piece = self._block[: max(0, self._size - self._at)]
        count = min(len(target), len(piece))
        target[:count] = piece[:count]
        self._at += count
        return count


def refuses(reader: Reader, source: io.BufferedIOBase) -> None:
    """Fails unless the file is refused within memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            list(reader.read(source, Assumed()))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


# ── goldens and their damage ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("reader", "data"), FILES)
def test_exactly_one_reader_says_yes_to_a_golden(reader: Reader, data: bytes) -> None:
    for name in ("file", "file.csv", "file.txt", "file.xml"):
        assert [each for each in READERS if each.recognises(data[:HEAD_BYTES], name)] == [reader]


@pytest.mark.parametrize(("reader", "data"), FILES)
def test_a_golden_cut_at_any_byte_is_refused_or_read_in_order(reader: Reader, data: bytes) -> None:
    step = 1 if reader.name != "xlsx" else 7
    assert all(read_cleanly(reader, data[:length]) for length in range(0, len(data), step))


@FORMATS
def test_ten_thousand_damaged_files_are_refused_or_read_in_order(reader: Reader) -> None:
    files = damaged(reader.name, seed=20260131)
    flaws = (survives(reader, next(files)) for _ in range(MUTATIONS))
    assert [flaw for flaw in flaws if flaw] == []


# ── files made to hurt ──────────────────────────────────────────────────────────────────────────


def _fillings() -> Iterator[tuple[str, bytes]]:
    yield "zeros", b"\0"
    yield "one long line", b"A"
    yield "open elements", b"<a>"


@pytest.mark.parametrize("filling", [filling for _, filling in _fillings()], ids=[name for name, _ in _fillings()])
@FORMATS
def test_a_gigabyte_of_nothing_is_refused(reader: Reader, filling: bytes) -> None:
    began = time.process_time()
    refuses(reader, io.BufferedReader(Endless(filling)))
    assert time.process_time() - began < SLOWEST


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda data: b"",
    "blanks": lambda data: b" \r\n" * 1000,
    "zeros behind": lambda data: data + b"\0" * 1_000_000,
    "zeros before": lambda data: b"\0" * 1_000_000 + data,
    "a document type": lambda data: (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + data
    ),
    "a document type in UTF-16": lambda data: ('<!DOCTYPE a [<!ENTITY b "c">]>' + data.decode("latin-1")).encode(
        "utf-16"
    ),
    "entities of entities": lambda data: b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>' + data,
    "deep nesting": lambda data: b"<a>" * 200_000 + data,
    "nesting inside": lambda data: data[: len(data) // 2] + b"<a>" * 200_000 + data[len(data) // 2 :],
    "brackets": lambda data: data + b"({[" * 200_000,
    "a long line": lambda data: data + b"x" * 5_000_000,
    "a long line inside": lambda data: data[: len(data) // 2] + b"x" * 5_000_000 + data[len(data) // 2 :],
    "long digits": lambda data: data.replace(b"1", b"1" * 100_000, 1),
    "many lines": lambda data: data + b"\n" * 1_000_000,
    "many commas": lambda data: data + b"," * 1_000_000 + b"\n",
    "many quotes": lambda data: data + b'"' * 1_000_000 + b"\n",
    "many fields": lambda data: data + b"a;" * 200_000 + b"\n",
    "the other byte order": lambda data: b"\xfe\xff" + data,
    "broken unicode": lambda data: b"\xef\xbb\xbf\xff\xfe\xed\xa0\x80" + data,
    "itself, often": lambda data: data * 200,
    "a program": lambda data: b"\x7fELF" + bytes(range(256)) * 100,
    "a picture": lambda data: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(("reader", "data"), FILES)
def test_hostile_bytes_are_refused_or_read_soon(reader: Reader, data: bytes, kind: str) -> None:
    assert survives(reader, HOSTILE[kind](data)) is None


XML = [each for each in FILES if b"<" in each.values[1] and each.values[0].name != "xlsx"]  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["a document type", "a document type in UTF-16", "entities of entities"])
@pytest.mark.parametrize(("reader", "data"), XML)
def test_no_xml_with_a_document_type_is_read(reader: Reader, data: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        list(reader.read(io.BytesIO(HOSTILE[kind](data)), Assumed()))
