"""SMTP servers on loopback for tests: one follows a script, one writes down what it takes before it says so."""

import contextlib
import os
import random
import re
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class ScriptedServer:
    """An SMTP server on loopback. `script` maps a step to what is answered there; `taken` is what it has accepted.

    Steps: banner, EHLO, MAIL, RCPT, DATA, and dot (after the final one). An answer is reply text, or one of: "hang"
    (silence), "drop" (reset), "drip" (a byte now and then, for ever), "endless" (continuation lines for ever).
    """

    script: dict[str, str | list[str]] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)
    connections: int = 0
    stop_reading_after: int | None = None
    patience: float = 5.0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, contextlib.suppress(OSError, EOFError):
                connection.settimeout(self.patience)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        self._answer(connection, "banner", "220 here")
        replies = {"EHLO": "250 here", "MAIL": "250 ok", "RCPT": "250 ok", "RSET": "250 ok", "DATA": "354 go on"}
        while line := stream.readline():
            self.commands.append(line)
            verb = line[:4].decode().upper()
            self._answer(connection, verb, replies.get(verb, "502 what?"))
            if verb == "DATA":
                self.taken.append(self._read_data(stream))
                self._answer(connection, "dot", "250 taken as 1")

    def _read_data(self, stream: object) -> bytes:
        lines: list[bytes] = []
        while (line := stream.readline()) != b".\r\n":  # type: ignore[attr-defined]
            lines.append(line)
            if not line or (self.stop_reading_after and sum(map(len, lines)) > self.stop_reading_after):
                raise EOFError
        return b"".join(lines)

    def _answer(self, connection: socket.socket, step: str, usual: str) -> None:
        self._closing.wait(self.delays.get(step, 0))
        answer = self.script.get(step, usual)
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else usual
        if answer == "drop":
            # Linger 0: the other side sees a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            raise EOFError
        if answer in ("hang", "drip", "endless"):
            self._torment(connection, answer)
        connection.sendall(answer.encode() + b"\r\n")

    def _torment(self, connection: socket.socket, how: str) -> None:
        while not self._closing.wait(0.02):
            if how != "hang":
                connection.sendall(b"2" if how == "drip" else b"250-and\r\n" * 500)
        raise EOFError


class Sink:
    """Takes every message, many connections at once, dawdling at random so that kills find every step.

    A message is in the journal, on the disk, before the answer to its final dot goes out: the journal is the truth
    about what the outside has.
    """

    def __init__(self, journal: Path, seed: int, dawdle: float = 0.01) -> None:
        self._journal, self._dawdle = journal, dawdle
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.called = threading.Event()
        """Set by every call that comes in."""
        journal.touch()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"

    def taken(self) -> Counter[str]:
        """Message-ID → how often it was taken."""
        return Counter(self._journal.read_text(encoding="ascii").split())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.called.set()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            stream = connection.makefile("rb")
            self._say(connection, b"220 here")
            while line := stream.readline():
                if line[:4].upper() != b"DATA":
                    self._say(connection, b"250 ok")
                    continue
                self._say(connection, b"354 go on")
                message = b"".join(iter(stream.readline, b".\r\n"))
                self._wait()
                self._write_down(message)
                self._say(connection, b"250 taken")

    def _say(self, connection: socket.socket, answer: bytes) -> None:
        self._wait()
        connection.sendall(answer + b"\r\n")

    def _wait(self) -> None:
        threading.Event().wait(self._chance.random() * self._dawdle)

    def _write_down(self, message: bytes) -> None:
        found = re.search(rb"(?im)^Message-ID:\s*(<[^>]+>)", message)
        assert found, "a message without a Message-ID"
        with self._lock, self._journal.open("ab") as journal:
            journal.write(found[1] + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
