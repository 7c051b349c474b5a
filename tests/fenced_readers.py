"""What the tests run behind the fence: readers that behave, fail, hang, hoard and die."""

import os
import time
from collections.abc import Iterator

from core.problems import Problem
from payments.readers.model import Unreadable


def count_to(last: int) -> Iterator[int]:
    yield from range(1, last + 1)


def refuse_after(items: int) -> Iterator[int]:
    yield from range(items)
    raise Unreadable([Problem("line 7", "The amount is no number.", field="amount")], "line 7")


def stumble() -> Iterator[int]:
    yield {}["missing"]


def die_after(items: int) -> Iterator[int]:
    yield from range(items)
    os.kill(os.getpid(), 9)


def spin() -> Iterator[int]:
    while True:
        pass
    yield 0


def doze() -> Iterator[int]:
    time.sleep(60)
    yield 0


def hoard(megabytes: int) -> Iterator[int]:
    hoard = [bytearray(1024 * 1024) for _ in range(megabytes)]
    yield len(hoard)


def say_who_i_am() -> Iterator[object]:
    yield os.getpid()
    yield dict(os.environ)
    yield sorted(os.listdir("/proc/self/fd"))


def name_my_parent() -> Iterator[int]:
    yield os.getppid()


def run_on() -> Iterator[int]:
    while True:
        yield os.getpid()
