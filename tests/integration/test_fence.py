"""Readers of other people's files run in a child that may cost so much and no more, and leaves nothing behind."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from payments.readers.model import Unreadable
from runtime.fence import BATCH, LIMITS, AsksTooMuch, Limits, fenced
from tests import fenced_readers as readers

SMALL = Limits(cpu_seconds=1, megabytes=256, patience_seconds=1)
TOO_MUCH = "more time or memory than it may have"


def is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_gone_soon(process: int) -> bool:
    deadline = time.monotonic() + 20
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(process)


@pytest.mark.parametrize("items", [0, 1, BATCH - 1, BATCH, BATCH + 1, 10 * BATCH])
def test_the_items_come_through_in_order_and_all_of_them(items: int) -> None:
    assert list(fenced(LIMITS, readers.count_to, items)) == list(range(1, items + 1))


def test_a_readers_refusal_comes_through_with_its_problems() -> None:
    with pytest.raises(Unreadable, match="line 7") as refused:
        list(fenced(LIMITS, readers.refuse_after, 3))
    assert [(each.where, each.field) for each in refused.value.problems] == [("line 7", "amount")]


def test_items_before_a_refusal_were_handed_over_batch_by_batch() -> None:
    items = fenced(LIMITS, readers.refuse_after, 2 * BATCH)
    assert [next(items) for _ in range(2 * BATCH)] == list(range(2 * BATCH))
    with pytest.raises(Unreadable):
        next(items)


def test_a_mistake_of_ours_is_not_taken_for_the_files() -> None:
    with pytest.raises(KeyError, match="missing"):
        list(fenced(LIMITS, readers.stumble))


@pytest.mark.parametrize(
    ("reader", "arguments"),
    [(readers.spin, ()), (readers.doze, ()), (readers.hoard, (400,)), (readers.die_after, (10 * BATCH,))],
    ids=["spins", "sleeps", "takes memory", "dies"],
)
def test_a_reader_that_goes_too_far_is_one_refusal(reader: Any, arguments: tuple[int, ...]) -> None:
    began = time.monotonic()
    with pytest.raises(AsksTooMuch, match=TOO_MUCH):
        list(fenced(SMALL, reader, *arguments))
    assert time.monotonic() - began < 30


def test_within_its_memory_a_reader_is_let_be() -> None:
    assert list(fenced(LIMITS, readers.hoard, 100)) == [100]


def test_a_slow_taker_is_not_the_readers_fault() -> None:
    items = fenced(Limits(patience_seconds=1), readers.count_to, 100_000)
    first = next(items)
    time.sleep(1.5)
    assert first + sum(items) == 100_000 * 100_001 // 2


def test_who_stops_asking_leaves_no_process_behind() -> None:
    items = fenced(LIMITS, readers.run_on)
    process = next(items)
    assert is_running(process)
    items.close()
    assert is_gone_soon(process)


def test_a_child_that_came_to_its_end_is_gone() -> None:
    process, *_ = fenced(LIMITS, readers.say_who_i_am)
    assert is_gone_soon(process)


def test_the_child_knows_none_of_our_secrets_and_holds_none_of_our_files(tmp_path: Any) -> None:
    os.environ["DUECOURSE_SECRET_KEY"] = "not for readers"
    try:
        with (tmp_path / "open").open("w") as ours:
            os.set_inheritable(ours.fileno(), True)
            _, environment, files = fenced(LIMITS, readers.say_who_i_am)
    finally:
        del os.environ["DUECOURSE_SECRET_KEY"]
    assert set(environment) <= {"PYTHONPATH", "LANG", "LC_CTYPE"}
    assert len(files) <= 5, "three standard streams, the pipe, and the folder it was asked to list"


def test_many_threads_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: sum(fenced(LIMITS, readers.count_to, n)), range(40)))
    assert found == [n * (n + 1) // 2 for n in range(40)]


def test_another_helper_takes_the_place_of_one_that_was_killed() -> None:
    (helper,) = fenced(LIMITS, readers.name_my_parent)
    os.kill(helper, 9)
    assert is_gone_soon(helper)
    assert list(fenced(LIMITS, readers.count_to, 3)) == [1, 2, 3]


def test_arguments_are_names_and_not_data() -> None:
    with pytest.raises(ValueError, match="not data"):
        list(fenced(LIMITS, readers.count_to, "x" * 100_000))  # type: ignore[arg-type]
