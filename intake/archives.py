"""ZIP files of files: looked at before anything is unpacked, and never trusted about their own sizes.

Refused whole: more than `MOST_MEMBERS` files, more than `MOST_UNPACKED` bytes, a file more than `MOST_RATIO` times its
packed size, archives within archives, names that lead elsewhere, links, encryption, ZIP64 and methods other than
deflate. Folders and what a Mac adds for itself (`__MACOSX/`, names that begin with a dot) are passed over.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import BinaryIO

from core.errors import Invalid

MEGABYTE = 1024 * 1024
MOST_MEMBERS = 1_000
MOST_UNPACKED = 200 * MEGABYTE
"""Bytes of all files together."""
MOST_RATIO = 200
SMALL = MEGABYTE
"""A file that unpacks to no more than this may be packed as tightly as it likes."""

_FIRST = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_END = b"PK\x05\x06"
_ZIP64 = b"PK\x06\x07"
_LONGEST_END = 22 + 0xFFFF
_LARGEST_DIRECTORY = MOST_MEMBERS * 1_024
_ARCHIVE_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, RuntimeError, NotImplementedError)
_PIECE = 64 * 1024


def is_archive(source: BinaryIO) -> bool:
    """Whether this is a ZIP of files; workbooks and other documents that are ZIPs inside are none."""
    source.seek(0)
    start = source.read(64)
    source.seek(0)
    if not start.startswith((_FIRST, _EMPTY)):
        return False
    return not _is_document(start)


def _is_document(start: bytes) -> bool:
    """Office documents begin with these members: `[Content_Types].xml` or `_rels/` (OOXML), `mimetype` (ODF)."""
    return start[30:].startswith((b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype"))


def unpack(source: BinaryIO, folder: Path) -> list[tuple[str, Path]]:
    """Unpacks every file of the archive into the folder: (its name in the archive, where it lies now).

    `Invalid` says why the archive is refused; what was unpacked until then is the caller's to throw away.
    """
    _refuse_large_directory(source)
    try:
        with zipfile.ZipFile(source) as archive:
            members = [each for each in archive.infolist() if not _is_passed_over(each.filename)]
            _check(members)
            return list(_unpacked(archive, members, folder))
    except _DAMAGED as error:
        raise _refusal("whole file", f"The ZIP is damaged: {error}.") from error


def _refuse_large_directory(source: BinaryIO) -> None:
    """Looks at the end record alone: reading the directory of a million members would cost a gigabyte."""
    size = source.seek(0, 2)
    source.seek(max(size - _LONGEST_END, 0))
    tail = source.read()
    source.seek(0)
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 22:
        raise _refusal("end of file", "The ZIP is cut short: its directory is missing.")
    if tail[max(place - 20, 0) : place].startswith(_ZIP64):
        raise _refusal("end of file", "ZIP64 archives are not read.")
    entries, directory = struct.unpack("<HI", tail[place + 10 : place + 16])
    if entries > MOST_MEMBERS or directory > _LARGEST_DIRECTORY:
        raise _refusal("whole file", f"The ZIP holds more than {MOST_MEMBERS} files.")


def _is_passed_over(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name.endswith("/") or not parts or parts[0] == "__MACOSX" or (parts[-1] != ".." and parts[-1][0] == ".")


def _check(members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise _refusal("whole file", "The ZIP holds no file.")
    if len(members) > MOST_MEMBERS:
        raise _refusal("whole file", f"The ZIP holds more than {MOST_MEMBERS} files.")
    if sum(each.file_size for each in members) > MOST_UNPACKED:
        raise _refusal("whole file", f"The ZIP unpacks to more than {MOST_UNPACKED // MEGABYTE} MB.")
    seen: set[str] = set()
    for each in members:
        flaw = _flaw(each) or ("This name stands in the ZIP twice." if each.filename in seen else None)
        if flaw:
            raise _refusal(_shown(each.filename), flaw)
        seen.add(each.filename)


def _flaw(member: zipfile.ZipInfo) -> str | None:
    if _leads_elsewhere(member.filename):
        return "The name leads out of the archive or is no plain name."
    if S_ISLNK(member.external_attr >> 16):
        return "This is a link, not a file."
    if member.flag_bits & 0x1:
        return "The ZIP is encrypted. Unpack it and hand in what it holds."
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "This file is packed by a method we do not read."
    if member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1):
        return f"This file unpacks to more than {MOST_RATIO} times its packed size."
    return None


def _leads_elsewhere(name: str) -> bool:
    is_plain = name.isprintable() and "\\" not in name and ":" not in name
    return not is_plain or name.startswith("/") or ".." in PurePosixPath(name).parts


def _unpacked(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> Iterator[tuple[str, Path]]:
    left = MOST_UNPACKED
    for number, member in enumerate(members):
        target = folder / str(number)
        left -= _unpack_one(archive, member, target, left)
        yield member.filename, target


def _unpack_one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Bytes written; counted while they come, whatever the directory says."""
    written = 0
    with archive.open(member) as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            if not written and piece.startswith(_ARCHIVE_MARKS) and not _is_document(piece[:64]):
                raise _refusal(_shown(member.filename), "This is an archive within the archive. Unpack it first.")
            written += len(piece)
            if written > left or (written > SMALL and written > MOST_RATIO * max(member.compress_size, 1)):
                raise _refusal(_shown(member.filename), "This file unpacks to far more than it says.")
            file.write(piece)
    return written


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)[:120]


def _refusal(where: str, message: str) -> Invalid:
    return Invalid.because(where, message)
