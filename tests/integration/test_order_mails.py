"""Mails about orders through the outbox, and the link that confirms an unusual one: it works once, and only by POST."""

import hashlib
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from dunning.letter import LANGUAGES
from orders import mails, store
from orders.intake import read_order
from orders.service import Told, put_orders, tell
from orders.tables import Order, OrderConfirmation, OrderMail
from receivables.intake.rows import Row
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer
from tests.conftest import NOON, settings_for


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Mails go into the folder `outbox`; ACME reads German."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock)

    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work, language="de")

    built.house.write(stage)
    yield built
    built.house.database.close()


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        yield client


def an_order(work: Work, number: str, amount: str = "100.00", **more: str) -> Order:
    row = {"order_number": number, "customer_id": "ACME", "currency": "EUR", "received_at": NOON.isoformat(), **more}
    order, problems = read_order(Row("test", {**row, "amount": amount}))
    assert order is not None, problems
    assert put_orders(work, a_company(work), [order]).problems == []
    found: Order = store.order_named(work.session, number).Order
    return found


def an_unusual_order(work: Work) -> Order:
    for place in range(5):
        an_order(work, f"USUAL-{place}", str(100 + place))
    order = an_order(work, "BIG", "5000.00")
    assert order.unusual
    return order


def switched(work: Work, *states: str) -> None:
    for state in states:
        mails.switch(work, state, is_on=True)


def sent(system: System, tmp_path: Path) -> list[Any]:
    """The mails in the outbox folder, after a pass of the dispatcher, the first first."""
    system.dispatcher.run()
    paths = sorted((tmp_path / "outbox").glob("*.eml"), key=lambda each: each.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def words(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def token_in(mail: Any) -> str:
    found = re.search(r"order-confirmations\?t=([A-Za-z0-9_-]+)", words(mail))
    assert found
    return found[1]


# ── telling ─────────────────────────────────────────────────────────────────────────────────────


def test_nobody_is_written_to_until_that_is_switched_on(system: System, tmp_path: Path) -> None:
    system.house.write(lambda work: an_order(work, "PO-1") and None)
    assert sent(system, tmp_path) == []


def test_a_customer_is_told_of_each_state_in_its_language_once(system: System, tmp_path: Path) -> None:
    def live(work: Work) -> None:
        switched(work, "received", "confirmed", "delivered")
        order = an_order(work, "PO-1")
        tell(work, order, Told("confirmed", work.now))
        tell(work, order, Told("confirmed", work.now))

    system.house.write(live)
    subjects = [str(mail["Subject"]) for mail in sent(system, tmp_path)]
    assert sorted(subjects) == [
        "Ihre Bestellung PO-1 ist bestätigt",
        "Wir haben Ihre Bestellung PO-1 erhalten",
    ]
    assert "100,00" in words(sent(system, tmp_path)[0])
    assert len(sent(system, tmp_path)) == 2


def test_a_push_that_changes_the_amount_or_the_status_is_told_and_old_orders_are_not(
    system: System, tmp_path: Path
) -> None:
    def live(work: Work) -> None:
        switched(work, "received", "changed", "cancelled")
        an_order(work, "OLD", received_at=(NOON - timedelta(days=3)).isoformat())
        an_order(work, "PO-1")
        an_order(work, "PO-1", "90.00")

    system.house.write(live)
    assert len(sent(system, tmp_path)) == 2, "received and changed, and nothing of the old one"
    system.house.write(lambda work: an_order(work, "PO-1", "90.00", status="cancelled") and None)
    assert "storniert" in str(sent(system, tmp_path)[-1]["Subject"])


def test_a_mail_about_an_order_that_is_cancelled_before_it_leaves_is_withdrawn(system: System, tmp_path: Path) -> None:
    def live(work: Work) -> None:
        switched(work, "received")
        order = an_order(work, "PO-1")
        tell(work, order, Told("cancelled", work.now))

    system.house.write(live)
    assert sent(system, tmp_path) == []
    assert system.house.read(lambda work: work.session.query(OrderMail).one().outcome) == "cancelled"


def test_every_language_of_our_letters_has_the_same_words_and_no_other_blanks() -> None:
    blanks = {"number", "amount", "link", "company"}
    assert set(mails.texts()) == set(LANGUAGES)
    for language, said in mails.texts().items():
        assert set(said["page"]) == set(mails.texts()["en"]["page"]), language
        assert set(re.findall(r"{(\w*)}", said["page"]["text"])) == {"number", "amount", "company"}, language
        assert set(re.findall(r"{(\w*)}", said["page"]["reference"])) == {"reference"}, language
        for state in mails.STATES:
            text = said[state]["subject"] + said[state]["text"]
            assert set(re.findall(r"{(\w*)}", text)) <= blanks, (language, state)
            assert ("{link}" in text) == (state == "ask"), (language, state)


# ── the link ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def token(system: System, tmp_path: Path) -> str:
    def live(work: Work) -> None:
        switched(work, "ask")
        an_unusual_order(work)

    system.house.write(live)
    [mail] = sent(system, tmp_path)
    return token_in(mail)


@pytest.mark.parametrize(
    ("language", "asks", "thanks", "gone"),
    [
        ("it", "È il Suo ordine?", "L’ordine prosegue", "non è più valido"),
        ("nl", "Is dit uw bestelling?", "De bestelling gaat verder", "werkt niet meer"),
        ("pt", "Esta encomenda é sua?", "A encomenda segue", "já não funciona"),
    ],
)
def test_the_customer_is_asked_thanked_and_refused_in_his_language(
    system: System, web: TestClient, tmp_path: Path, language: str, asks: str, thanks: str, gone: str
) -> None:
    def live(work: Work) -> None:
        a_customer(work, language=language)
        switched(work, "ask")
        an_unusual_order(work)

    system.house.write(live)
    token = token_in(sent(system, tmp_path)[0])
    assert asks in web.get("/order-confirmations", params={"t": token}).text
    assert thanks in web.post("/order-confirmations", data={"t": token, "is_ours": "yes"}).text
    refused = web.get("/order-confirmations", params={"t": token}, headers={"Accept-Language": f"{language}-XX,en"})
    assert gone in refused.text


def state(system: System) -> str:
    return system.house.read(lambda work: store.state_of(store.order_named(work.session, "BIG").Order))


def test_opening_the_link_as_scanners_do_changes_nothing(system: System, web: TestClient, token: str) -> None:
    for _ in range(50):
        page = web.get("/order-confirmations", params={"t": token})
        web.head("/order-confirmations", params={"t": token})
    assert page.status_code == 200
    assert "Ist das Ihre Bestellung?" in page.text, "in the language of the mail"
    assert "5.000,00" in page.text
    assert '<html lang="de"' in page.text
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert state(system) == "awaiting_validation"


def test_the_answer_counts_once_of_many_sent_at_once(system: System, web: TestClient, token: str) -> None:
    answers: list[int] = []
    gate = threading.Barrier(8)

    def post() -> None:
        gate.wait()
        answers.append(web.post("/order-confirmations", data={"t": token, "is_ours": "yes"}).status_code)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200] + [404] * 7
    assert state(system) == "received"

    def told(work: Work) -> list[tuple[str, str]]:
        order = store.order_named(work.session, "BIG").Order
        return [(each.kind, each.author) for each in store.events_of(work.session, order.id)]

    assert system.house.read(told) == [("validated", "customer:ACME")]
    assert web.get("/order-confirmations", params={"t": token}).status_code == 404


def test_a_no_leaves_the_order_to_a_person_and_says_why(system: System, web: TestClient, token: str) -> None:
    assert "rufen Sie" in web.post("/order-confirmations", data={"t": token, "is_ours": "no"}).text
    assert state(system) == "awaiting_validation"
    assert web.post("/order-confirmations", data={"t": token, "is_ours": "yes"}).status_code == 404

    def why(work: Work) -> str:
        order: Order = store.order_named(work.session, "BIG").Order
        return order.unusual

    assert "not their order" in system.house.read(why)


def test_a_link_is_void_when_too_old_guessed_or_replaced_and_only_its_hash_is_kept(
    system: System, web: TestClient, token: str, clock: SetClock, tmp_path: Path
) -> None:
    kept = system.house.read(lambda work: [each.token_hash for each in work.session.query(OrderConfirmation)])
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]
    assert len(token) >= 43, "256 bits"
    for guess in ("", token[:-1], token + "x", token.swapcase(), "a" * 200):
        assert web.post("/order-confirmations", data={"t": guess, "is_ours": "yes"}).status_code == 404
    system.house.write(lambda work: mails.ask_customer(work, store.order_named(work.session, "BIG").Order) and None)
    second = token_in(sent(system, tmp_path)[-1])
    assert second != token
    assert web.get("/order-confirmations", params={"t": token}).status_code == 404
    clock.at += timedelta(days=14)
    assert web.post("/order-confirmations", data={"t": second, "is_ours": "yes"}).status_code == 404
    assert state(system) == "awaiting_validation"


def test_the_desk_asks_by_a_button_and_the_switches_are_a_page(system: System, web: TestClient, tmp_path: Path) -> None:
    email, password = "clara@nordwind.example", "a password for tests only"
    system.house.write(lambda work: access.add_user(work, email, Role.MANAGER, password))
    system.house.write(lambda work: an_unusual_order(work) and None)
    web.post("/login", data={"email": email, "password": password})
    assert "Ask the customer by mail" in web.get("/orders/BIG").text
    assert "asked by mail" in web.post("/order-questions", data={"number": "BIG"}).text
    assert len(sent(system, tmp_path)) == 1
    assert "A link was sent" in web.get("/orders/BIG").text
    assert "told of 2 states" in web.post("/order-mails", data={"on": ["ask", "confirmed"]}).text
    assert system.house.read(lambda work: mails.switched_on(work.session)) == {"ask", "confirmed"}
