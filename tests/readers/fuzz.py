"""Damages the golden files of the bank formats without end and reads the result; what is no refusal is printed.

    python -m tests.readers.fuzz --format camt053 --seconds 60
    make fuzz                                    # a million damaged files of every format

A damaged file must be read or refused with `Unreadable`, in less than two seconds and without the process growing.
The same seed damages the same way, so that a finding can be repeated: `--seed 7 --skip 1234 --count 1`.
"""

import argparse
import io
import random
import resource
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from itertools import count, islice

from payments.readers.model import Reader
from payments.readers.registry import READERS, reader_named
from tests.readers.damage import mutated, read_cleanly
from tests.readers.goldens import GOLDENS

SLOWEST = 2.0
"""Seconds one damaged file may take."""
MOST_GROWTH = 300
"""Megabytes the process may grow over a whole run."""

WORDS = (
    b"", b"0", b"-", b"-0", b"9" * 18, b"9" * 40, b"1e9", b"NaN", b"1_000", b"0x1F", "１２".encode(), b"99999999",
    b"00000000", b"20260230", b"EUR", b"XXX", b"JPY", b"KWD", b"\0", b"\r", b"\n", b"\r\n", b"\x1a", b"\xff\xfe",
    b"\xef\xbb\xbf", b"<", b">", b"</", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&amp;", b"&#0;", b"&b;", b"]]>",
    b"<![CDATA[", b"<!--", b":", b":61:", b":86:", b"-}", b"{4:",
    b"^", b"!Type:Bank", b"/", b"88,", b'"', b'""', b";", b",", b"\t", b"|",
    b" " * 300, b"A" * 20_000, b"+++", b"RF18", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\xc3\x28",
)  # fmt: skip


def damaged(name: str, seed: int) -> Iterator[bytes]:
    """Damaged files of a format, the same ones for the same seed."""
    files = list(GOLDENS[name].values())
    hand = random.Random(seed)
    while True:
        data = hand.choice(files)
        yield _in_package(data, hand) if name == "xlsx" else _damaged(data, files, hand)


def _damaged(data: bytes, files: Sequence[bytes], hand: random.Random) -> bytes:
    kind = hand.randrange(8)
    at = hand.randrange(len(data) + 1)
    if kind == 0:
        return data[:at] or b"\n"
    if kind == 1:
        return data[:at] + hand.choice(WORDS) + data[at:]
    if kind == 2:
        return data[:at] + hand.choice(WORDS) + data[min(len(data), at + hand.randint(1, 12)) :]
    if kind == 3:
        other = hand.choice(files)
        return data[:at] + other[hand.randrange(len(other)) :]
    if kind == 4:
        lines = data.splitlines(keepends=True)
        moved = lines.pop(hand.randrange(len(lines)))
        place = hand.randrange(len(lines) + 1)
        return b"".join([*lines[:place], *[moved] * hand.randint(0, 3), *lines[place:]]) or b"\n"
    return mutated(data, hand)


def _in_package(data: bytes, hand: random.Random) -> bytes:
    """Some of the damage is to the package, most to one of its parts, packed soundly again."""
    if hand.random() < 0.2:
        return _damaged(data, [data], hand)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(stream, "w") as after:
        chosen = hand.choice(before.namelist())
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, _damaged(content, [content], hand) if name == chosen else content)
    return stream.getvalue()


def survives(reader: Reader, data: bytes) -> str | None:
    """None when the reader does what it promises with these bytes, else what it did instead.

    A file that seems slow is read twice: in a large process a collection of garbage may have fallen into the first
    reading, which is no fault of the file's.
    """
    for _ in range(2):
        began = time.process_time()
        try:
            if not read_cleanly(reader, data):
                return "pieces out of order"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        took = time.process_time() - began
        if took <= SLOWEST:
            return None
    return f"{took:.1f} s"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    found = 0
    for reader in [reader_named(options.format)] if options.format else READERS:
        found += _fuzz(reader, options)
    return 1 if found else 0


def _fuzz(reader: Reader, options: argparse.Namespace) -> int:
    began, before, found, done = time.monotonic(), _megabytes(), 0, 0
    files = islice(damaged(reader.name, options.seed), options.skip, None)
    for number, data in zip(count(options.skip), files, strict=False):
        if done >= options.count or time.monotonic() - began > options.seconds:
            break
        done += 1
        if flaw := survives(reader, data):
            found += 1
            print(f"{reader.name} --seed {options.seed} --skip {number} --count 1: {flaw}", flush=True)
    grown = _megabytes() - before
    took = time.monotonic() - began
    print(f"{reader.name}: {done} damaged files, {found} findings, {took:.0f} s, {grown:+} MB")
    return found + (grown > MOST_GROWTH)


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=[reader.name for reader in READERS], help="one format; all without")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop each format after so long")
    parser.add_argument("--count", type=int, default=1_000_000, help="damaged files of each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="damaged files to pass over first")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
