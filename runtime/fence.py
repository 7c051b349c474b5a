"""A fence around readers of other people's files: a child process with little time, little memory and nothing to lose.

    for piece in fenced(LIMITS, read_statements, path): …

Children are forked from a clean helper process and not from ours, which has threads (whose locks a forked child would
wait for), open databases and secrets. The helper is started once per process, without our environment, and imports the
module of the function before it forks, so that a further child costs milliseconds. It ends when we do.
"""

import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar

from core.errors import Invalid

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 500
"""Items sent over at once."""
LARGEST_CALL = 64 * 1024
"""Bytes of the function's name and arguments: paths and settings, not data."""


class AsksTooMuch(Invalid):
    """The file would cost more time or memory than it may."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use. `patience_seconds` is the time on the clock to make a batch of items, however idle."""

    cpu_seconds: int = 120
    megabytes: int = 512
    patience_seconds: int = 60


LIMITS = Limits()


class _Call(NamedTuple):
    """What a child is to run: a function by its name, for a function itself would bring its module along."""

    limits: Limits
    module: str
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def fenced(limits: Limits, read: Callable[P, Iterator[T]], *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
    """The items of `read(…)`, a generator function of a module's top level, run in a child process.

    An exception of `read` is raised here as itself. A child that goes beyond `limits`, or dies, is an `AsksTooMuch`.
    Items and exceptions are pickled. Whoever stops asking ends the child: it dies of the closed pipe, or of its limits.
    """
    call = pickle.dumps(_Call(limits, read.__module__, read.__qualname__, args, kwargs))
    ours, theirs = os.pipe()
    answers = Connection(ours, writable=False)
    try:
        with os.fdopen(theirs, "wb"):
            _HELPER.ask(call, theirs)
        while batch := _next_batch(answers):
            yield from batch
    finally:
        answers.close()


def _next_batch(answers: Connection) -> list[Any]:
    """The next items; none when the reader came to its end."""
    try:
        answer = pickle.loads(answers.recv_bytes())
    except EOFError:
        answer = AsksTooMuch.because("whole file", "The file asks for more time or memory than it may have.")
    if isinstance(answer, BaseException):
        raise answer
    return list(answer)


class _Helper:
    """Our end of the helper process; made when first asked, once in every process that asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._door: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, call: bytes, answers: int) -> None:
        """Has `call` run in a child that writes to the pipe `answers`."""
        if len(call) > LARGEST_CALL:
            raise ValueError("A fenced function is handed names and settings, not data.")
        with self._lock:
            if self._door is None or self._owner != os.getpid():
                self._start()
            try:
                socket.send_fds(self._opened(), [call], [answers])
            except (BrokenPipeError, ConnectionError):  # somebody ended the helper
                self._start()
                socket.send_fds(self._opened(), [call], [answers])

    def _opened(self) -> socket.socket:
        assert self._door is not None
        return self._door

    def _start(self) -> None:
        if self._process and self._owner == os.getpid():
            self._opened().close()
            self._process.wait()
        door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"from runtime.fence import serve; serve({theirs.fileno()})"],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8"},
                start_new_session=True,
            )
        self._door, self._owner = door, os.getpid()


_HELPER = _Helper()


# ── the helper process and its children ─────────────────────────────────────────────────────────


def serve(door_number: int) -> None:
    """The helper's life: a child for every call, until the process that started it is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    door = socket.socket(fileno=door_number)
    while True:
        call, pipes, _, _ = socket.recv_fds(door, LARGEST_CALL, 1)
        if not call:
            return
        asked: _Call = pickle.loads(call)
        with suppress(Exception):  # the child will say so
            importlib.import_module(asked.module)
        if os.fork() == 0:
            door.close()
            _answer(Connection(pipes[0], readable=False), asked)
        os.close(pipes[0])


def _answer(answers: Connection, asked: _Call) -> NoReturn:
    """The child's life. It ends here: nothing of the helper's runs in it."""
    try:
        _fence_in(asked.limits)
        read = getattr(importlib.import_module(asked.module), asked.name)
        items = read(*asked.args, **asked.kwargs)
        while batch := _made(items, asked.limits):
            answers.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
        answers.send_bytes(pickle.dumps([]))
    except (MemoryError, RecursionError, BrokenPipeError):
        pass  # the pipe's end says what is to be said
    except BaseException as failure:
        with suppress(BaseException):
            answers.send_bytes(pickle.dumps(failure))
    finally:
        os._exit(0)


def _fence_in(limits: Limits) -> None:
    memory = limits.megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _made(items: Iterator[Any], limits: Limits) -> list[Any]:
    """The next items, made before the alarm strikes. Waiting for the parent to take them does not count."""
    signal.setitimer(signal.ITIMER_REAL, limits.patience_seconds)
    batch = list(islice(items, BATCH))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return batch
