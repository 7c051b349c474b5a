"""A customer's master data changed on the desk."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from receivables.store import customer_by_external_id
from receivables.tables import Customer
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_company, a_customer

PASSWORD = "a password for tests only"


@pytest.fixture
def desk(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> None:
        a_company(work)
        a_customer(work)
        access.add_user(work, "ann@nordwind.example", Role.CONTROLLER, PASSWORD)

    system.house.write(stage)
    with TestClient(build_web(system), headers={"Origin": "http://testserver"}) as client:
        client.post("/login", data={"email": "ann@nordwind.example", "password": PASSWORD})
        yield client


def shown(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    fields = dict(re.findall(r'<input[^>]* name="([a-z_]+)" value="([^"]*)"', page))
    chosen = re.findall(r'<select[^>]* name="([a-z_]+)".*?</select>', page, re.DOTALL)
    picked = {
        name: (re.findall(rf'name="{name}".*?<option value="([^"]*)" selected', page, re.DOTALL) or [""])[0]
        for name in chosen
    }
    return {**fields, **picked}


def kept(system: System) -> Customer:
    def read(work: Work) -> Customer:
        found = customer_by_external_id(work.session, "ACME")
        work.session.expunge(found)
        return found

    return system.house.read(read)


def test_the_form_sent_as_it_stands_changes_nothing(system: System, desk: TestClient) -> None:
    before = kept(system).version
    answer = desk.post("/customers/ACME/edit", data=shown(desk.get("/customers/ACME/edit").text))
    assert "Saved" in answer.text
    assert kept(system).version == before


def test_what_is_typed_is_kept_and_the_version_goes_up(system: System, desk: TestClient) -> None:
    form = shown(desk.get("/customers/ACME/edit").text)
    new = {
        "email": "billing@acme.example",
        "city": "Lyon",
        "language": "fr",
        "payment_terms_days": "45",
        "group": "ACME",
    }
    desk.post("/customers/ACME/edit", data={**form, **new})
    found = kept(system)
    told = (found.email, found.city, found.language, found.payment_terms_days, found.group_name)
    assert told == ("billing@acme.example", "Lyon", "fr", 45, "ACME")
    assert found.version == int(form["version"]) + 1


def test_a_form_with_mistakes_comes_back_as_typed_with_what_is_wrong(system: System, desk: TestClient) -> None:
    form = shown(desk.get("/customers/ACME/edit").text)
    answer = desk.post("/customers/ACME/edit", data={**form, "email": "nobody", "iban": "DE00", "city": "Lyon"})
    assert answer.status_code == 422
    assert "which is not an e-mail address" in answer.text
    assert "not a valid IBAN" in answer.text
    assert shown(answer.text)["city"] == "Lyon"
    assert kept(system).city != "Lyon"
    assert desk.post("/customers/ACME/edit", data={**form, "name": " "}).status_code == 422


def test_a_form_somebody_else_overtook_changes_nothing(system: System, desk: TestClient) -> None:
    form = shown(desk.get("/customers/ACME/edit").text)
    desk.post("/customers/ACME/edit", data={**form, "city": "Lyon"})
    answer = desk.post("/customers/ACME/edit", data={**form, "city": "Paris"})
    assert "Somebody changed this customer meanwhile" in answer.text
    assert kept(system).city == "Lyon"
