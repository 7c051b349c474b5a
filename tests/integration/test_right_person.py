"""S24: whatever is written and sent at the same moment, no letter tells one customer about another.

Every customer has words that stand nowhere else: its name, its street, its address, the numbers of its invoices. Four
dispatchers write and send with the real renderer; every mail and every page is read back."""

import io
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from pypdf import PdfReader

import main
from commands.system import System
from dunning.run import approve, plan_run
from receivables.service import add_company, put_invoices
from runtime.clock import SetClock
from runtime.mail import Deferred, Outcome, Sent
from runtime.work import Work
from tests.builders import OUR_IBAN, TODAY, a_customer, an_invoice_row
from tests.conftest import settings_for
from tests.property.form import IS_LONG

CUSTOMERS = 2_000 if IS_LONG else 24
DISPATCHERS = 4
LANGUAGES = ("en", "es", "fr", "de", "it", "nl", "pt")
THEIR_IBANS = {"NW": OUR_IBAN, "SW": "DE89370400440532013000"}
WORDS = tuple(f"zq{number:05d}zq" for number in range(CUSTOMERS))
"""One a customer; each is part of its name, street, mail address and invoice numbers."""


@dataclass
class Postbox:
    """Keeps what was handed over, whoever handed it over."""

    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def ready(self) -> Deferred | None:
        return None

    def send(self, message: bytes, envelope_from: str, recipients: Sequence[str], *, within: float = 0.0) -> Outcome:
        self.taken.append((", ".join(recipients), message))
        return Sent("250 taken")

    def close(self) -> None:
        """Nothing is kept open."""


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock, box: Postbox) -> Iterator[System]:
    built = main.build(settings_for(database_url, tmp_path), clock=clock, transport=box)
    yield built
    built.house.database.close()


def stage(work: Work) -> None:
    houses = [
        add_company(work, code, name=f"House {code}", country="ES", iban=iban, email=f"{code.lower()}@house.example")
        for code, iban in THEIR_IBANS.items()
    ]
    for number, word in enumerate(WORDS):
        a_customer(
            work, f"K{number}", name=f"Firma {word}", email=f"{word}@mail.example", street=f"Calle {word}",
            language=LANGUAGES[number % len(LANGUAGES)],
        )  # fmt: skip
        numbers = [f"R{word}-{each}" for each in range(2)]
        rows = [
            an_invoice_row(each, f"K{number}", f"{100 + number}.00", TODAY - timedelta(days=10)) for each in numbers
        ]
        assert put_invoices(work, houses[number % 2], rows).count("created") == 2
    approve(work, plan_run(work))


def text_of(mail: EmailMessage) -> str:
    """Everything a recipient can read: headers, both bodies, every page of the letter."""
    parts = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            parts.append(str(part.get_content()))
        elif part.get_content_type() == "application/pdf":
            reader = PdfReader(io.BytesIO(cast(bytes, part.get_payload(decode=True))))
            parts += [page.extract_text() for page in reader.pages]
            parts.append(str(reader.metadata))
    return "\n".join(parts)


def test_letters_written_at_the_same_moment_tell_nobody_about_another(system: System, box: Postbox) -> None:
    system.house.write(stage)
    workers = [threading.Thread(target=system.dispatcher.run) for _ in range(DISPATCHERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(box.taken) == CUSTOMERS
    for recipients, raw in box.taken:
        word = recipients.split("@")[0]
        text = text_of(message_from_bytes(raw, policy=default))
        pages = text.replace(" ", "").replace("\n", "")
        assert [each for each in WORDS if each in pages] == [word]
        assert pages.count(f"R{word}-0") >= 2, "in the mail and in the letter"
        ours, other = (THEIR_IBANS["NW"], THEIR_IBANS["SW"])[:: 1 if WORDS.index(word) % 2 == 0 else -1]
        assert ours in pages
        assert other not in pages
