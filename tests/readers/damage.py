"""Reading bytes with a reader, and damaging them: cut at every byte, mutated by a seeded hand."""

import io
import random
from collections.abc import Iterator

from core.problems import Problem
from payments.readers.model import Assumed, Entry, Piece, Reader, StatementFoot, StatementHead, Unreadable

NOBODY = Assumed()


def pieces_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> list[Piece]:
    return list(reader.read(io.BytesIO(data), assumed))


def entries_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> list[Entry]:
    return [piece for piece in pieces_of(reader, data, assumed) if isinstance(piece, Entry)]


def heads_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> list[StatementHead]:
    return [piece for piece in pieces_of(reader, data, assumed) if isinstance(piece, StatementHead)]


def feet_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> list[StatementFoot]:
    return [piece for piece in pieces_of(reader, data, assumed) if isinstance(piece, StatementFoot)]


def warnings_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> list[Problem]:
    return [piece for piece in pieces_of(reader, data, assumed) if isinstance(piece, Problem)]


def refusal_of(reader: Reader, data: bytes, assumed: Assumed = NOBODY) -> Problem:
    """The problem the file is refused for; fails when it is read."""
    try:
        pieces = pieces_of(reader, data, assumed)
    except Unreadable as refused:
        return refused.problems[0]
    raise AssertionError(f"was read: {pieces}")


def wrongly_read_cuts(reader: Reader, data: bytes, complete: list[list[Piece]]) -> list[int]:
    """The lengths at which a cut file is read, and as something else than one of the `complete` readings."""
    return [length for length in range(len(data)) if not _refused_or_complete(reader, data[:length], complete)]


def _refused_or_complete(reader: Reader, data: bytes, complete: list[list[Piece]]) -> bool:
    try:
        return pieces_of(reader, data) in complete
    except Unreadable:
        return True


def statement_prefixes(pieces: list[Piece]) -> list[list[Piece]]:
    """The readings of a file cut exactly behind one of its statements."""
    return [pieces[: at + 1] for at, piece in enumerate(pieces) if isinstance(piece, StatementFoot)]


def mutations(data: bytes, count: int) -> Iterator[bytes]:
    """The same `count` damaged versions of the data every time."""
    hand = random.Random(20260131)
    for _ in range(count):
        yield mutated(data, hand)


def mutated(original: bytes, hand: random.Random) -> bytes:
    """The data with one to four bytes or stretches changed, cut out, doubled or moved."""
    data = bytearray(original)
    for _ in range(hand.randint(1, 4)):
        start = hand.randrange(len(data))
        stop = min(len(data), start + hand.choice((1, 1, 2, 8, 80)))
        kind = hand.randrange(5)
        if kind == 0:
            data[start] = hand.choice((0, 10, 13, 32, 44, 45, 47, 48, 57, 65, 94, 123, 0xC3, 0xE9, 0xFF))
        elif kind == 1 and len(data) > 100:
            del data[start:stop]
        elif kind == 2:
            data[start:start] = data[start:stop]
        elif kind == 3:
            data[start:stop] = bytes(hand.randrange(256) for _ in range(stop - start))
        else:
            elsewhere = hand.randrange(len(data))
            data[start:stop] = data[elsewhere : elsewhere + stop - start]
    return bytes(data) or b"\n"


def read_cleanly(reader: Reader, data: bytes) -> bool:
    """True when the damaged file was refused, or read as statements one after the other. Any other error passes up."""
    try:
        pieces = [piece for piece in pieces_of(reader, data) if not isinstance(piece, Problem)]
    except Unreadable as refused:
        return bool(refused.problems[0].message)
    inside = False
    for piece in pieces:
        if inside == isinstance(piece, StatementHead):
            return False
        inside = not isinstance(piece, StatementFoot)
    return not inside
