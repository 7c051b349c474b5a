"""Who works here, and which programs do: let in, given another role, shut out, and their passwords."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from runtime import access
from runtime.tables import AuditEntry
from runtime.work import Actor, Role, Work
from tests.builders import a_company

OMAR = Actor("user", "omar@nordwind.example", Role.ADMIN)
PASSWORD = "a password for tests only"


@pytest.fixture
def house(system: System) -> System:
    def stage(work: Work) -> None:
        a_company(work)
        access.add_user(work, OMAR.name, OMAR.role, PASSWORD)

    system.house.write(stage)
    return system


@pytest.fixture
def desk(house: System) -> Iterator[TestClient]:
    with TestClient(build_web(house), follow_redirects=True, headers={"Origin": "http://testserver"}) as client:
        client.post("/login", data={"email": OMAR.name, "password": PASSWORD})
        yield client


def signs_in(house: System, email: str, password: str) -> bool:
    def begin(work: Work) -> bool:
        return access.log_in(work.session, email, password, "127.0.0.1", work.now) is not None

    return house.house.write(begin)


def test_somebody_let_in_on_the_page_signs_in_with_the_password_it_showed(house: System, desk: TestClient) -> None:
    added = desk.post("/people", data={"email": "Ann@Nordwind.example", "name": "Ann", "role": "controller"})
    password = added.text.split("with the password ")[1].split(" ")[0]
    assert signs_in(house, "ann@nordwind.example", password)
    assert password not in desk.get("/people").text


def test_a_forgotten_password_is_made_anew_and_ends_every_session(house: System, desk: TestClient) -> None:
    desk.post("/people", data={"email": "ann@nordwind.example", "name": "Ann", "role": "viewer"})
    old = house.house.write(lambda work: access.new_password(work, "ann@nordwind.example"))
    with TestClient(build_web(house), headers={"Origin": "http://testserver"}) as ann:
        ann.post("/login", data={"email": "ann@nordwind.example", "password": old})
        assert ann.get("/invoices", follow_redirects=False).status_code == 200
        desk.post("/people/ann@nordwind.example/password")
        assert ann.get("/invoices", follow_redirects=False).status_code == 303
    assert not signs_in(house, "ann@nordwind.example", old)


def test_a_person_changes_the_own_password_knowing_the_present_one(house: System, desk: TestClient) -> None:
    new = "another long password"
    assert "is wrong" in desk.post("/password", data={"now": "guess", "wanted": new, "again": new}).text
    assert "differ" in desk.post("/password", data={"now": PASSWORD, "wanted": new, "again": "other"}).text
    assert "12 to" in desk.post("/password", data={"now": PASSWORD, "wanted": "short", "again": "short"}).text
    assert signs_in(house, OMAR.name, PASSWORD)
    desk.post("/password", data={"now": PASSWORD, "wanted": new, "again": new})
    assert signs_in(house, OMAR.name, new)
    assert not signs_in(house, OMAR.name, PASSWORD)


def test_the_last_administrator_can_neither_leave_nor_be_shut_out(house: System) -> None:
    for deed in (
        lambda work: access.set_role(work, OMAR.name, Role.VIEWER),
        lambda work: access.set_disabled(work, OMAR.name, True),
    ):
        with pytest.raises(Refused, match="last administrator"):
            house.house.write(deed, actor=OMAR)


def test_another_role_counts_at_once_and_stands_in_the_log(house: System, desk: TestClient) -> None:
    desk.post("/people", data={"email": "ann@nordwind.example", "name": "Ann", "role": "viewer"})
    desk.post("/people/ann@nordwind.example/role", data={"role": "manager"})

    def read(work: Work) -> tuple[str, int]:
        entries = work.session.query(AuditEntry).filter_by(action="user.role_changed").count()
        return access.user_named(work.session, "ann@nordwind.example").role, entries

    assert house.house.read(read) == ("manager", 1)


def test_a_key_made_on_the_page_calls_until_it_is_revoked(house: System, desk: TestClient) -> None:
    made = desk.post("/api-keys", data={"name": "our ERP", "role": "erp"})
    key = "dc_" + made.text.split("shown this once: dc_")[1].split("<")[0].strip()
    call = {"Authorization": f"Bearer {key}"}
    with TestClient(build_web(house)) as api:
        assert api.get("/api/v1/customers", headers=call).status_code == 200
        desk.post("/api-keys/revoke", data={"name": "our ERP"})
        assert api.get("/api/v1/customers", headers=call).status_code == 401


def test_programs_of_an_administrator_do_the_same_by_api(house: System) -> None:
    key = house.house.write(lambda work: access.add_api_key(work, "admin", Role.ADMIN))
    with TestClient(build_web(house), headers={"Authorization": f"Bearer {key}"}) as api:
        made = api.post("/api/v1/users", json={"email": "ann@nordwind.example", "role": "viewer"})
        assert signs_in(house, "ann@nordwind.example", made.json()["password"])
        changed = api.patch("/api/v1/users/ann@nordwind.example", json={"role": "controller", "is_disabled": True})
        assert changed.json()["role"] == "controller"
        assert changed.json()["disabled_at"]
        assert api.post("/api/v1/users/ann@nordwind.example/password").status_code == 200
        assert [each["email"] for each in api.get("/api/v1/users").json()["data"]] == [
            "ann@nordwind.example",
            OMAR.name,
        ]
        other = api.post("/api/v1/api-keys", json={"name": "other", "role": "erp"}).json()
        assert other["key"].startswith(other["prefix"])
        assert api.post("/api/v1/api-keys/other/revoke").json()["revoked_at"]
        assert api.post("/api/v1/api-keys/other/revoke").status_code == 404
        assert api.patch("/api/v1/users/nobody@nordwind.example", json={}).status_code == 404


def test_a_key_has_no_password_of_its_own_and_a_nameless_key_is_none(house: System) -> None:
    robot = Actor("key", "robot", Role.ADMIN)
    with pytest.raises(Refused):
        house.house.write(lambda work: access.change_own_password(work, "x", "y" * 12), actor=robot)
    with pytest.raises(Invalid):
        house.house.write(lambda work: access.add_api_key(work, "", Role.ERP))
