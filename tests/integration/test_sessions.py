"""Signing in and out, keys and their end: what a stolen, old or guessed secret is worth."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.clock import SetClock
from runtime.tables import ApiKey, LoginSession
from runtime.work import Role
from tests.conftest import settings_for

EMAIL, PASSWORD = "marta@nordwind.example", "a password for tests only"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """Sessions are the same on either database; SQLite is enough."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)
    built.house.write(lambda work: access.add_user(work, EMAIL, Role.ADMIN, PASSWORD))
    yield built
    built.house.database.close()


@pytest.fixture
def both(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """The same on each of the databases, where they might differ."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock)
    built.house.write(lambda work: access.add_user(work, EMAIL, Role.ADMIN, PASSWORD))
    yield built
    built.house.database.close()


def browser(system: System, base: str = "http://testserver") -> TestClient:
    return TestClient(build_web(system), base_url=base, headers=OURS, follow_redirects=False)


def sign_in(client: TestClient, password: str = PASSWORD, **fields: str) -> int:
    return client.post("/login", data={"email": EMAIL, "password": password, **fields}).status_code


def is_in(client: TestClient) -> bool:
    return client.get("/customers").status_code == 200


def test_a_session_planted_before_the_login_is_worth_nothing_after_it(system: System) -> None:
    client = browser(system)
    client.cookies.set("duecourse", "planted-by-somebody")
    assert sign_in(client) == 303
    assert is_in(client)
    intruder = browser(system)
    intruder.cookies.set("duecourse", "planted-by-somebody")
    assert not is_in(intruder)


def test_a_new_login_ends_the_session_before_it(system: System) -> None:
    client, thief = browser(system), browser(system)
    sign_in(client)
    thief.cookies.update(client.cookies)
    assert is_in(thief)
    sign_in(client)
    assert (is_in(client), is_in(thief)) == (True, False)


def test_signing_out_ends_the_session_wherever_it_was_copied_to(system: System) -> None:
    client, thief = browser(system), browser(system)
    sign_in(client)
    thief.cookies.update(client.cookies)
    assert client.post("/logout").status_code == 303
    assert (is_in(client), is_in(thief)) == (False, False)


def test_a_session_ends_by_itself_and_when_its_user_is_shut_out(system: System, clock: SetClock) -> None:
    client = browser(system)
    sign_in(client)
    system.house.write(lambda work: access.add_user(work, "other@nordwind.example", Role.ADMIN, PASSWORD))
    system.house.write(lambda work: access.set_disabled(work, EMAIL, True))
    assert not is_in(client)
    system.house.write(lambda work: access.set_disabled(work, EMAIL, False))
    sign_in(client)
    clock.at += access.SESSION_LIFE + timedelta(seconds=1)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("base", "name"), [("https://testserver", "__Host-duecourse"), ("http://testserver", "duecourse")]
)
def test_the_cookie_is_for_the_browser_and_this_host_alone(system: System, base: str, name: str) -> None:
    answer = browser(system, base).post("/login", data={"email": EMAIL, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=")
    assert ("Secure" in cookie) == base.startswith("https")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_only_a_hash_of_the_secret_is_kept(system: System) -> None:
    client = browser(system)
    sign_in(client)
    token = client.cookies["duecourse"]
    key = system.house.write(lambda work: access.add_api_key(work, "erp", Role.ERP))
    kept = system.house.read(
        lambda work: (work.session.query(LoginSession).one().token_hash, work.session.query(ApiKey).one().secret_hash)
    )
    assert token not in kept
    assert key not in kept


def test_ten_wrong_passwords_in_a_minute_shut_the_account_for_a_minute(system: System, clock: SetClock) -> None:
    client = browser(system)
    answers = [sign_in(client, f"wrong password {number}") for number in range(access.ATTEMPTS_PER_ACCOUNT)]
    assert set(answers) == {401}
    assert sign_in(client) == 429
    clock.at += access.ATTEMPT_WINDOW + timedelta(seconds=1)
    assert sign_in(client) == 303


def test_who_took_over_a_session_guesses_the_password_no_faster(system: System, clock: SetClock) -> None:
    client = browser(system)
    sign_in(client)

    def change(now: str) -> str:
        wanted = {"now": now, "wanted": "another password", "again": "another password"}
        client.post("/password", data=wanted)
        return client.get("/password").text

    for number in range(access.ATTEMPTS_PER_ACCOUNT):
        assert "The present password is wrong" in change(f"wrong password {number}")
    assert "Too many wrong passwords" in change(PASSWORD)
    clock.at += access.ATTEMPT_WINDOW + timedelta(seconds=1)
    change(PASSWORD)
    assert not is_in(client)
    assert sign_in(client, "another password") == 303


def test_passwords_tried_at_the_same_moment_are_counted_one_by_one(both: System) -> None:
    tries = 3 * access.ATTEMPTS_PER_ACCOUNT
    with ThreadPoolExecutor(tries) as at_once:
        answers = list(at_once.map(lambda number: sign_in(browser(both), f"wrong password {number}"), range(tries)))
    assert answers.count(401) <= access.ATTEMPTS_PER_ACCOUNT
    assert set(answers) == {401, 429}


def test_a_revoked_key_is_dead_at_once_and_its_end_is_audited(system: System) -> None:
    key = system.house.write(lambda work: access.add_api_key(work, "erp", Role.ERP))
    client = TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})
    assert client.get("/api/v1/customers").status_code == 200
    system.house.write(lambda work: access.revoke_api_key(work, "erp"))
    assert client.get("/api/v1/customers").status_code == 401
    admin = browser(system)
    sign_in(admin)
    newest = admin.get("/api/v1/audit", params={"limit": 1}).json()["data"][0]
    assert (newest["action"], newest["subject"]) == ("apikey.revoked", "apikey:erp")


@pytest.mark.parametrize("given", ["Basic YTpi", "Bearer", "Bearer ", "bearer x", "Token x", "Bearer a b", "dc_x"])
def test_an_authorization_that_is_no_key_of_ours_is_refused_even_beside_a_session(system: System, given: str) -> None:
    client = browser(system)
    sign_in(client)
    assert client.get("/api/v1/customers", headers={"Authorization": given}).status_code == 401


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "javascript:x", "/%09/evil.example", "///evil.example", "", "evil.example", "/\r\nSet-Cookie: a=b"],
)  # fmt: skip
def test_a_login_leads_only_to_our_own_pages(system: System, target: str) -> None:
    answer = browser(system).post("/login", data={"email": EMAIL, "password": PASSWORD, "next": target})
    location = answer.headers["Location"]
    assert answer.status_code == 303
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/\t"))
    assert "a=b" not in answer.headers["Set-Cookie"]


def test_a_job_run_by_a_person_is_audited_with_that_person(system: System) -> None:
    client = browser(system)
    sign_in(client)
    client.post("/jobs/dun/run", data={"on": "2026-11-20"})
    answer = client.post("/api/v1/jobs/promises/runs", json={"on": "2026-11-20"})
    assert answer.status_code == 201, answer.text
    entries = client.get("/api/v1/audit", params={"limit": 10}).json()["data"]
    by = {each["action"]: each["actor"] for each in entries if each["subject"].startswith(("job:", "run:"))}
    assert by["job.done"] == f"user:{EMAIL}"
    assert set(by.values()) == {f"user:{EMAIL}"}
