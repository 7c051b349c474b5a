"""The limits of promises, plans and holds are read and changed on their page."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from dunning.agreements import terms_in_force
from dunning.terms import Terms
from runtime import access
from runtime.work import Role

PASSWORD = "a password for tests only"
FORM = {
    "clearing_business_days": "3", "tolerance": "EUR 2.00, gbp 1.50", "promise_horizon_days": "30",
    "promise_per_item": "2", "promise_open_per_customer": "9", "portal_pauses": "no", "portal_horizon_days": "7",
    "plan_horizon_days": "400", "plan_most_instalments": "12", "hold_horizon_days": "90", "hold_review_days": "20",
}  # fmt: skip


def desk_of(system: System, role: Role) -> Iterator[TestClient]:
    email = f"{role}@nordwind.example"
    system.house.write(lambda work: access.add_user(work, email, role, PASSWORD))
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as made:
        made.post("/login", data={"email": email, "password": PASSWORD})
        yield made


@pytest.fixture
def manager(system: System) -> Iterator[TestClient]:
    yield from desk_of(system, Role.MANAGER)


@pytest.fixture
def viewer(system: System) -> Iterator[TestClient]:
    yield from desk_of(system, Role.VIEWER)


def in_force(system: System) -> Terms:
    return system.house.read(lambda work: terms_in_force(work.session))


def test_a_manager_stores_the_next_version(system: System, manager: TestClient) -> None:
    assert 'value="60"' in manager.get("/agreement-terms").text
    assert "Version 2 is in force." in manager.post("/agreement-terms", data=FORM).text
    terms = in_force(system)
    assert (terms.version, terms.promise_horizon_days, terms.portal_pauses, terms.plan_most_instalments) == (
        2, 30, False, 12,
    )  # fmt: skip
    assert (terms.forgiven("EUR"), terms.forgiven("GBP"), terms.clearing_business_days) == (200, 150, 3)


def test_what_is_no_limit_is_refused_with_its_place(system: System, manager: TestClient) -> None:
    shown = manager.post("/agreement-terms", data={**FORM, "promise_per_item": "many"}).text
    assert "per_item is a whole number from 1 to 50." in shown
    assert in_force(system).version == 1


def test_who_may_only_look_sees_the_limits_without_a_form(viewer: TestClient) -> None:
    shown = viewer.get("/agreement-terms").text
    assert "60 days ahead, 3 of one item" in shown
    assert "Store as version" not in shown
