"""Ways out of the house for tests: a mail server in memory that does what it is told, and letters that draw quickly."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from runtime.mail import Deferred, Outcome, Refused, Sent, Unknown


class QuickRenderer:
    """Letters are drawn for real elsewhere; here only what they say matters."""

    def render(self, html: str, assets: Mapping[str, bytes] = {}) -> bytes:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).encode()


OUTCOMES: Mapping[str, Outcome] = {
    "sent": Sent("250 taken"),
    "deferred": Deferred("451 later"),
    "refused": Refused("550 no", 550),
    "unknown but taken": Unknown("after the final dot: connection reset"),
    "unknown and lost": Unknown("after the final dot: connection reset"),
}


@dataclass
class Mailroom:
    """A mail server in memory. `taken` are the Message-IDs it has accepted: the outside's own truth.

    `coming` are the outcomes of the next messages, then all are sent. `is_away` refuses every connection.
    `watch` is called inside the dialogue, before the outcome. `letters` are the texts of what was accepted, with the
    recipients in front.
    """

    coming: list[str] = field(default_factory=list)
    is_away: bool = False
    watch: Callable[[str], None] = lambda _: None
    offered: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    connections: int = 0

    def ready(self) -> Deferred | None:
        self.connections += 1
        return Deferred("connection refused") if self.is_away else None

    def send(
        self, message: bytes, envelope_from: str, recipients: Sequence[str], *, within: float = math.inf
    ) -> Outcome:
        message_id = str(message_from_bytes(message, policy=default)["Message-ID"]).strip()
        self.offered.append(message_id)
        self.watch(message_id)
        outcome = self.coming.pop(0) if self.coming else "sent"
        if outcome in ("sent", "unknown but taken"):
            self.taken.append(message_id)
            self.letters[message_id] = f"{', '.join(recipients)}\n{_text_of(message)}"
        return OUTCOMES[outcome]

    def close(self) -> None:
        """Nothing is kept open."""


def _text_of(message: bytes) -> str:
    body = message_from_bytes(message, policy=default).get_body(("plain",))
    assert body is not None, "a letter without a text"
    return str(body.get_content())
