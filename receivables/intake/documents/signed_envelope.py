"""The file inside a CMS signature (`.p7m`, RFC 5652, as CAdES uses it). Pure. The signature itself is not checked.

Only the way to the content is walked: ContentInfo → SignedData → EncapsulatedContentInfo → OCTET STRING. Italian
signing programs write BER of indefinite length as well as DER, which Python's cryptography does not take; some wrap
the whole in Base64, and some sign twice.
"""

import base64
import binascii
from typing import NamedTuple, NoReturn

from receivables.intake.documents.elements import refusal

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OBJECT_IDENTIFIER, _OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x24, 0x30, 0xA0
_INDEFINITE, _CONSTRUCTED, _LONG_TAG = 0x80, 0x20, 0x1F
_END = b"\0\0"
_MOST_SIGNATURES = 3
_MOST_VALUES = 100_000
_DEEPEST = 24


def is_signed(head: bytes) -> bool:
    """Whether a file begins as signed data, plain or in Base64."""
    return _SIGNED_DATA in _unarmoured(head[:80])[:40]


def content_of(data: bytes) -> bytes:
    """What was signed; `Unreadable` when the envelope is damaged or holds no content."""
    for _ in range(_MOST_SIGNATURES):
        data = _Envelope(_unarmoured(data)).content()
        if not is_signed(data):
            return data
    _refuse(f"The file is signed more than {_MOST_SIGNATURES} times over.")


def _unarmoured(data: bytes) -> bytes:
    if data[:2] != b"MI":
        return data
    compact = b"".join(data.split())
    try:
        return base64.b64decode(compact[: len(compact) // 4 * 4], validate=True)
    except binascii.Error:
        return data


def _refuse(message: str) -> NoReturn:
    raise refusal("the signature", message)


class _Value(NamedTuple):
    """One BER value: its content is `data[start:stop]`, and the next value begins at `after`."""

    tag: int
    start: int
    stop: int
    after: int


class _Envelope:
    """The bytes of one signature envelope, walked with a limit on depth and number of values."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.values = 0

    def content(self) -> bytes:
        info = self.children(self.value(0, len(self.data), 0))
        if len(info) < 2 or self.bytes_of(info[0]) != _SIGNED_DATA:
            _refuse("The file is no signed data.")
        signed = self.children(self.only_child(info[1]))
        encapsulated = [each for each in signed if each.tag == _SEQUENCE]
        inside = self.children(encapsulated[0]) if encapsulated else []
        if len(inside) < 2 or inside[1].tag != _CONTENT:
            _refuse("The signature holds no content: the file it signs is kept elsewhere.")
        return self.octets(self.only_child(inside[1]), 0)

    def octets(self, value: _Value, depth: int) -> bytes:
        if value.tag == _OCTETS:
            return self.bytes_of(value)
        if value.tag != _OCTETS_IN_PIECES or depth > _DEEPEST:
            _refuse("The content of the signature is no octet string.")
        return b"".join(self.octets(piece, depth + 1) for piece in self.children(value))

    def only_child(self, value: _Value) -> _Value:
        found = self.children(value)
        if len(found) != 1:
            _refuse("The signature envelope is damaged.")
        return found[0]

    def children(self, parent: _Value) -> list[_Value]:
        if not parent.tag & _CONSTRUCTED:
            _refuse("The signature envelope is damaged.")
        found = []
        at = parent.start
        while at < parent.stop:
            found.append(self.value(at, parent.stop, 0))
            at = found[-1].after
        return found

    def value(self, at: int, limit: int, depth: int) -> _Value:
        """The value that begins at `at` and ends before `limit`."""
        self.values += 1
        if self.values > _MOST_VALUES or depth > _DEEPEST:
            _refuse("The signature envelope has too many parts.")
        if at + 2 > limit or self.data[at] & _LONG_TAG == _LONG_TAG:
            _refuse("The signature envelope is damaged or cut short.")
        tag, length = self.data[at], self.data[at + 1]
        if length == _INDEFINITE:
            return self.indefinite(tag, at + 2, limit, depth)
        start = at + 2
        if length > _INDEFINITE:
            start += length - _INDEFINITE
            length = int.from_bytes(self.data[at + 2 : start][:9], "big")
        if start + length > limit:
            _refuse("The signature envelope is damaged or cut short.")
        return _Value(tag, start, start + length, start + length)

    def indefinite(self, tag: int, start: int, limit: int, depth: int) -> _Value:
        """A value that ends where two zero bytes stand instead of another value."""
        at = start
        while self.data[at : at + 2] != _END:
            at = self.value(at, limit, depth + 1).after
        return _Value(tag, start, at, at + 2)

    def bytes_of(self, value: _Value) -> bytes:
        return self.data[value.start : value.stop]
