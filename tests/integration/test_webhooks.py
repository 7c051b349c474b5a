"""Webhooks: what changed here reaches a real web server, signed, in order, and again until it is taken."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from config.settings import UnsafeSettings, load
from exchange.retries import GIVE_UP_AFTER
from exchange.sending import MOST_FAILURES
from exchange.tables import Delivery, Webhook
from payments import service as cash
from payments.service import Placing
from payments.tables import BankEntry
from reports.today import tasks
from runtime import access
from runtime.clock import SetClock
from runtime.tables import SENDING_SWITCH, AuditEntry, IdempotentCall, Switch
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice, money_in, the_item
from tests.conftest import settings_for
from tests.web_receivers import Got, Receiver, a_receiver


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    settings = settings_for(database_url, tmp_path).model_copy(update={"webhooks_private": True})
    built = main.build(settings, clock=clock)
    yield built
    built.house.database.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as running:
        yield running


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        an_invoice(work, amount="1000.00")
        return access.add_api_key(work, "tests", Role.ADMIN)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def added(api: TestClient, receiver: Receiver, **body: Any) -> dict[str, Any]:
    answer = api.post("/api/v1/webhooks", json={"url": receiver.url, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pay(system: System) -> None:
    """Pays a little over a euro of the invoice, each time another amount."""

    def do(work: Work) -> None:
        cents = 100 + work.session.query(BankEntry).count()
        entry = money_in(work, f"{cents / 100:.2f}")
        cash.apply_entry(work, entry, [Placing(the_item(work, "F-1001").id, cents)])

    system.house.write(do)


def is_signed(got: Got, secret: str) -> bool:
    """As docs/how-to/connect-an-erp.md tells receivers to check, written apart from the product."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    wanted = "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return wanted in got.headers["webhook-signature"].split(" ")


def standing(api: TestClient, webhook: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/v1/webhooks/{webhook['id']}").json()
    return found


def test_a_change_is_told_once_signed_with_what_the_feed_says(
    api: TestClient, system: System, receiver: Receiver, clock: SetClock
) -> None:
    webhook = added(api, receiver, note="the ERP")
    pay(system)
    assert system.teller.run() == {"delivered": 1, "put_off": 0, "given_up": 0}
    assert system.teller.run() == {"delivered": 0, "put_off": 0, "given_up": 0}
    (got,) = receiver.got
    told = orjson.loads(got.body)
    (change,) = api.get("/api/v1/changes", params={"kind": "payment.applied"}).json()["data"]
    assert (told["type"], told["seq"], told["data"]) == ("payment.applied", change["seq"], change["data"])
    assert got.headers["webhook-id"] == f"change_{change['seq']}"
    assert got.headers["webhook-timestamp"] == str(int(clock.at.timestamp()))
    assert is_signed(got, webhook["secret"])
    assert not is_signed(got, "whsec_" + base64.b64encode(b"x" * 32).decode())
    assert {name: standing(api, webhook)[name] for name in ("state", "waiting", "delivered", "failed")} == {
        "state": "active", "waiting": 0, "delivered": 1, "failed": 0,
    }  # fmt: skip


def test_a_webhook_hears_what_comes_after_it_in_order_and_only_the_kinds_it_asked_for(
    api: TestClient, system: System, receiver: Receiver
) -> None:
    pay(system)
    added(api, receiver, kinds=["payment.applied"])
    for _ in range(5):
        pay(system)
    system.house.write(lambda work: an_invoice(work, "F-1002"))
    assert system.teller.run()["delivered"] == 5
    told = [orjson.loads(got.body) for got in receiver.got]
    assert [each["type"] for each in told] == ["payment.applied"] * 5
    assert [each["seq"] for each in told] == sorted({each["seq"] for each in told})
    assert [each["data"]["open"] for each in told] == ["997.99", "996.97", "995.94", "994.90", "993.85"]


def test_what_is_not_taken_is_tried_again_later_under_the_same_id(
    api: TestClient, system: System, receiver: Receiver, clock: SetClock
) -> None:
    webhook = added(api, receiver)
    receiver.answers = [500, 302, 204]
    pay(system)
    assert system.teller.run()["put_off"] == 1
    assert system.teller.run() == {"delivered": 0, "put_off": 0, "given_up": 0}
    (delivery,) = api.get(f"/api/v1/webhooks/{webhook['id']}/deliveries").json()["data"]
    assert (delivery["state"], delivery["status"], delivery["detail"]) == ("queued", 500, "heard")
    clock.at += timedelta(minutes=1)
    assert system.teller.run()["put_off"] == 1
    clock.at += timedelta(minutes=5)
    assert system.teller.run()["delivered"] == 1
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 3
    assert all(is_signed(got, webhook["secret"]) for got in receiver.got)


def given_up_after(system: System, clock: SetClock) -> timedelta:
    began = clock.at
    while not system.teller.run()["given_up"]:
        clock.at += timedelta(hours=1)
        assert clock.at - began < timedelta(days=4)
    return clock.at - began


def test_after_three_days_it_is_given_up_with_an_alarm_and_goes_on_where_it_stopped(
    api: TestClient, system: System, receiver: Receiver, clock: SetClock
) -> None:
    webhook = added(api, receiver)
    receiver.answers = [503]
    pay(system)
    assert timedelta(days=2, hours=12) < given_up_after(system, clock) <= GIVE_UP_AFTER
    stands = standing(api, webhook)
    assert (stands["state"], stands["failed"]) == ("given_up", 1)
    assert stands["reason"] == "It took nothing for 3 days; the last answer was 503."
    (task,) = [each for each in system.house.read(tasks) if each.title == "Webhook given up"]
    assert receiver.url in task.why
    pay(system)
    came = len(receiver.got)
    assert system.teller.run() == {"delivered": 0, "put_off": 0, "given_up": 0}
    assert len(receiver.got) == came
    receiver.answers = [200]
    assert api.post(f"/api/v1/webhooks/{webhook['id']}/continue").json()["state"] == "active"
    assert system.teller.run()["delivered"] == 2
    assert [each for each in system.house.read(tasks) if each.title == "Webhook given up"] == []


def test_one_that_answers_gone_is_given_up_at_once(api: TestClient, system: System, receiver: Receiver) -> None:
    webhook = added(api, receiver)
    receiver.answers = [410]
    pay(system)
    pay(system)
    assert system.teller.run() == {"delivered": 0, "put_off": 0, "given_up": 1}
    assert "410" in standing(api, webhook)["reason"]


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    api: TestClient, system: System, receiver: Receiver, clock: SetClock
) -> None:
    webhook = added(api, receiver)
    new = api.post(f"/api/v1/webhooks/{webhook['id']}/secret").json()["secret"]
    assert new != webhook["secret"]
    pay(system)
    system.teller.run()
    assert is_signed(receiver.got[0], new)
    assert is_signed(receiver.got[0], webhook["secret"])
    clock.at += timedelta(days=1)
    pay(system)
    system.teller.run()
    assert is_signed(receiver.got[1], new)
    assert not is_signed(receiver.got[1], webhook["secret"])


def test_the_secret_stands_nowhere_in_the_database(api: TestClient, system: System, receiver: Receiver) -> None:
    body = {"url": receiver.url}
    secret = api.post("/api/v1/webhooks", json=body, headers={"Idempotency-Key": "once"}).json()["secret"]
    listed = api.get("/api/v1/webhooks").text

    def stored(work: Work) -> str:
        rows = [vars(each) for table in (Webhook, AuditEntry, IdempotentCall) for each in work.session.query(table)]
        return repr(rows)

    assert secret not in system.house.read(stored) + listed


def test_a_worker_that_dies_after_the_claim_leaves_a_message_another_takes_over(
    api: TestClient, system: System, receiver: Receiver, clock: SetClock
) -> None:
    added(api, receiver)
    receiver.answers = [500, 204]
    pay(system)
    system.teller.run()
    dead = update(Delivery).values(state="claimed", lease_until=clock.at + timedelta(minutes=2))
    system.house.write(lambda work: work.session.execute(dead))
    clock.at += timedelta(minutes=1)
    assert system.teller.run()["delivered"] == 0
    clock.at += timedelta(minutes=2)
    assert system.teller.run()["delivered"] == 1


def test_one_that_is_away_does_not_keep_the_others_waiting(api: TestClient, system: System, receiver: Receiver) -> None:
    with a_receiver() as gone:
        added(api, gone)
    added(api, receiver)
    for _ in range(MOST_FAILURES + 4):
        pay(system)
    tally = system.teller.run()
    assert (tally["delivered"], tally["put_off"]) == (MOST_FAILURES + 4, MOST_FAILURES)


def test_a_restored_copy_tells_nobody_until_sending_is_unlocked(
    api: TestClient, system: System, receiver: Receiver
) -> None:
    added(api, receiver)
    pay(system)
    lock = lambda work: work.session.add(Switch(name=SENDING_SWITCH, reason="restored", at=work.now))  # noqa: E731
    system.house.write(lock)
    assert system.teller.run()["delivered"] == 0
    assert receiver.connections == 0
    system.house.write(lambda work: work.session.delete(work.session.get_one(Switch, SENDING_SWITCH)))
    assert system.teller.run()["delivered"] == 1


def test_what_was_told_is_sent_again_when_a_person_asks(api: TestClient, system: System, receiver: Receiver) -> None:
    webhook = added(api, receiver)
    path = f"/api/v1/webhooks/{webhook['id']}"
    for _ in range(3):
        pay(system)
    system.teller.run()
    newest = api.get(f"{path}/deliveries").json()["data"][0]
    again = api.post(f"{path}/deliveries/{newest['id']}/send-again").json()
    assert (again["state"], again["seq"]) == ("queued", newest["seq"])
    assert system.teller.run()["delivered"] == 1
    assert receiver.got[3].headers["webhook-id"] == receiver.got[2].headers["webhook-id"]
    assert api.post(f"{path}/send-again", json={"after": newest["seq"] - 2}).json() == {"again": 2}
    assert system.teller.run()["delivered"] == 2


def test_a_receiver_may_have_what_came_before_it_was_added(api: TestClient, system: System, receiver: Receiver) -> None:
    pay(system)
    webhook = added(api, receiver, kinds=["payment.applied"])
    assert api.post(f"/api/v1/webhooks/{webhook['id']}/send-again", json={"after": 0}).json() == {"again": 0}
    assert system.teller.run()["delivered"] == 1


def test_one_that_is_stopped_hears_nothing_and_one_removed_is_forgotten(
    api: TestClient, system: System, receiver: Receiver
) -> None:
    webhook = added(api, receiver)
    path = f"/api/v1/webhooks/{webhook['id']}"
    assert api.post(f"{path}/stop").json()["state"] == "stopped"
    pay(system)
    assert system.teller.run()["delivered"] == 0
    assert api.post(f"{path}/continue").json()["state"] == "active"
    assert system.teller.run()["delivered"] == 1
    assert api.delete(path).json()["delivered"] == 1
    assert api.get(path).status_code == 404
    assert api.get("/api/v1/webhooks").json() == {"data": []}
    pay(system)
    assert system.teller.run()["delivered"] == 0


def test_a_webhook_wants_an_address_it_may_have_and_kinds_that_are_told(
    api: TestClient, system: System, receiver: Receiver
) -> None:
    for body in (
        {"url": "ftp://x.example/"},
        {"url": receiver.url, "kinds": ["nothing"]},
        {"url": "http://x@y.example/"},
    ):
        answer = api.post("/api/v1/webhooks", json=body)
        assert (answer.status_code, len(answer.json()["errors"])) == (422, 1), answer.text


def test_more_changes_than_are_read_at_once_are_all_told(
    api: TestClient, system: System, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.sending.A_READING", 4)
    added(api, receiver, kinds=["payment.applied"])
    for number in range(10):
        pay(system)
        system.house.write(lambda work, n=number: an_invoice(work, f"G-{n}"))  # type: ignore[misc]
    assert system.teller.run()["delivered"] == 10


def test_production_does_not_tell_private_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENV": "production", "SECRET_KEY": "k" * 32, "SMTP_URL": "smtp://mail.example", "BASE_URL": "https://x.example",
        "WEBHOOKS_PRIVATE": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"DUECOURSE_{name}", value)
    with pytest.raises(UnsafeSettings, match="WEBHOOKS_PRIVATE"):
        load({})


def test_the_job_tells_and_in_a_dry_run_only_counts(api: TestClient, system: System, receiver: Receiver) -> None:
    added(api, receiver)
    pay(system)
    job = {"on": "2026-11-20"}
    ran = api.post("/api/v1/jobs/webhooks/runs", json=job).json()["result"]
    assert ran == {"delivered": 1, "put_off": 0, "given_up": 0}
    assert api.post("/api/v1/jobs/webhooks/runs", json={**job, "dry_run": True}).json()["result"] == {"waiting": 0}


def test_the_page_shows_how_each_message_went_and_sends_again(system: System, receiver: Receiver) -> None:
    system.house.write(lambda work: access.add_user(work, "a@nordwind.example", Role.ADMIN, "a long password here"))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": "a@nordwind.example", "password": "a long password here"})
        said = desk.post("/webhooks", data={"url": receiver.url, "note": "the ERP"}).text
        assert "whsec_" in said
        assert "whsec_" not in desk.get("/webhooks").text
        system.house.write(lambda work: (a_company(work), a_customer(work)))
        receiver.answers = [500, 204]
        system.teller.run()
        webhook_id = system.house.read(lambda work: work.session.scalars(select(Webhook.id)).one())
        page = desk.get(f"/webhooks/{webhook_id}").text
        assert "customers.changed" in page
        assert "500" in page
        delivery_id = system.house.read(lambda work: work.session.scalars(select(Delivery.id)).one())
        sent = desk.post(f"/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again").text
        assert "goes out again" in sent
        system.teller.run()
        assert "delivered" in desk.get(f"/webhooks/{webhook_id}?state=delivered").text
