"""One customer over the API: changed by those who read it, and told what happened with it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from disputes.service import Contest, open_dispute
from dunning import pauses
from receivables import service
from receivables.store import contacts_of_customer, customer_by_external_id
from runtime import access
from runtime.work import Role, Work
from tests.builders import TODAY, a_company, a_customer, an_invoice

ACME = "/api/v1/customers/ACME"


@pytest.fixture
def api(system: System) -> Iterator[TestClient]:
    def stage(work: Work) -> str:
        a_company(work)
        a_customer(work)
        a_customer(work, "BOREALIS")
        return access.add_api_key(work, "tests", Role.MANAGER)

    key = system.house.write(stage)
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def changed(api: TestClient, etag: str | None = None, **members: Any) -> Response:
    """The change of what was read just now, or under another ETag."""
    etag = etag or api.get(ACME).headers["ETag"]
    return api.patch(ACME, json=members, headers={"If-Match": etag})


def test_a_change_needs_the_version_that_was_read(api: TestClient) -> None:
    etag = api.get(ACME).headers["ETag"]
    assert api.patch(ACME, json={"segment": "retail"}).status_code == 428
    first = changed(api, etag, segment="retail")
    assert (first.status_code, first.json()["segment"]) == (200, "retail")
    assert first.headers["ETag"] == api.get(ACME).headers["ETag"] != etag
    stale = changed(api, etag, segment="wholesale")
    assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")
    assert api.get(ACME).json()["segment"] == "retail"


@pytest.mark.parametrize("etag", ["*", "1", '"x"', '""', 'W/"99"', "'1'", '"' + "9" * 400 + '"', '"1", "2"'])
def test_an_if_match_that_names_no_version_of_it_is_stale(api: TestClient, etag: str) -> None:
    answer = changed(api, etag, segment="x")
    assert (answer.status_code, api.get(ACME).json()["segment"]) == ((200, "x") if etag == "1" else (412, ""))


def test_only_what_is_named_changes_and_nothing_named_changes_nothing(api: TestClient) -> None:
    before = api.get(ACME).json()
    after = changed(api, payment_terms_days=45, parent_id="BOREALIS").json()
    assert {name for name in before if before[name] != after[name]} == {"payment_terms_days", "parent_id", "version"}
    same = changed(api, payment_terms_days=45).json()
    assert same == after
    assert changed(api, payment_terms_days=None, parent_id=None).json()["parent_id"] is None


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("email", "nobody"),
        ("email", "a@b.example\nBcc: x@y.example"),
        ("country", "Spain"),
        ("currency", "XXY"),
        ("iban", "ES00"),
        ("payment_terms_days", -1),
        ("payment_terms_days", 366),
        ("parent_id", "NOBODY"),
        ("parent_id", "ACME"),
        ("debtor_type", "friend"),
        ("is_insolvent", True),
        ("customer_id", "OTHER"),
        ("id", "x"),
        ("version", 9),
        ("credit_limit", "1.00"),
        ("name", "x" * 201),
    ],
)
def test_a_wrong_or_foreign_member_is_refused_at_its_place(api: TestClient, member: str, value: Any) -> None:
    before = api.get(ACME).json()
    answer = changed(api, **{member: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{member}")
    assert api.get(ACME).json() == before


def test_nobody_is_above_itself_over_others(api: TestClient) -> None:
    other = api.get("/api/v1/customers/BOREALIS")
    headers = {"If-Match": other.headers["ETag"]}
    assert api.patch("/api/v1/customers/BOREALIS", json={"parent_id": "ACME"}, headers=headers).status_code == 200
    assert changed(api, parent_id="BOREALIS").status_code == 422


def test_the_history_has_what_every_part_of_the_house_did(api: TestClient, system: System) -> None:
    def stage(work: Work) -> None:
        company, customer = a_company(work), customer_by_external_id(work.session, "ACME")
        contested, promised = an_invoice(work, "F-1001"), an_invoice(work, "F-1002")
        service.add_note(work, customer, "call", "They will look into it.")
        open_dispute(work, company, Contest("invoice", contested.number, "price", TODAY, TODAY, currency="EUR"))
        pauses.promise(work, promised, None, date(2026, 11, 27))
        pauses.hold(work, customer, None, "moving house", date(2026, 11, 30))

    system.house.write(stage)
    happened = api.get(f"{ACME}/timeline").json()["data"]
    kinds = sorted(each["kind"] for each in happened)
    assert kinds == ["call", "dispute_opened", "hold", "promise"]
    promise = next(each for each in happened if each["kind"] == "promise")
    assert (promise["reference"], promise["amount"], promise["currency"]) == ("F-1002", "100.00", "EUR")
    paged = walked(api, f"{ACME}/timeline")
    assert paged == happened
    assert api.get("/api/v1/customers/NOBODY/timeline").status_code == 404


def walked(api: TestClient, path: str) -> list[dict[str, Any]]:
    """A whole list, one row at a time."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = api.get(path, params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        found += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return found


def test_a_list_goes_on_in_its_place_while_others_add_to_it(api: TestClient, system: System) -> None:
    """Rows that were there are seen once each, whatever comes in between; what sorts later is seen too."""
    for name in ("C-1", "C-3", "C-5"):
        system.house.write(lambda work, name=name: a_customer(work, name))  # type: ignore[misc]
    page = api.get("/api/v1/customers", params={"limit": 4}).json()
    assert [each["customer_id"] for each in page["data"]] == ["ACME", "BOREALIS", "C-1", "C-3"]
    for name in ("AAA", "C-2", "C-4"):
        system.house.write(lambda work, name=name: a_customer(work, name))  # type: ignore[misc]
    rest = api.get("/api/v1/customers", params={"limit": 4, "cursor": page["next_cursor"]}).json()
    assert [each["customer_id"] for each in rest["data"]] == ["C-4", "C-5"]


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "W10", "WzEuNV0", "WyJhIiwiYiJd", "bnVsbA", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd", "é"]
)
def test_a_cursor_that_is_not_ours_is_refused(api: TestClient, cursor: str) -> None:
    for path in ("/api/v1/customers", "/api/v1/disputes", f"{ACME}/timeline", "/api/v1/audit"):
        assert api.get(path, params={"cursor": cursor}).status_code == 422, path


def test_an_invoice_is_cancelled_by_who_read_it_last(api: TestClient, system: System) -> None:
    system.house.write(lambda work: an_invoice(work, "F/1001"))
    path = "/api/v1/invoices/F/1001"
    etag = api.get(path).headers["ETag"]
    assert api.post(f"{path}/cancel", json={"reason": "twice"}).status_code == 428
    assert api.post(f"{path}/cancel", json={"reason": " "}, headers={"If-Match": etag}).status_code == 422
    assert api.post(f"{path}/cancel", json={"reason": "x"}, headers={"If-Match": '"99"'}).status_code == 412
    done = api.post(f"{path}/cancel", json={"reason": "twice"}, headers={"If-Match": etag})
    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    again = api.post(f"{path}/cancel", json={"reason": "twice"}, headers={"If-Match": done.headers["ETag"]})
    assert (again.status_code, api.get(path).json()["open"]) == (409, "0.00")


def test_contacts_and_accounts_are_changed_as_whole_lists(api: TestClient, system: System) -> None:
    contact = {"purpose": "legal", "name": "Law", "email": "law@acme.example", "language": "de"}
    ibans = ["DE02120300000000202051", "DE02500105170137075030"]
    after = changed(api, contacts=[contact], ibans=ibans, owner="nora", group="ACME GROUP").json()
    assert (after["contacts"], after["ibans"], after["owner"]) == ([contact], ibans, "nora")
    same = changed(api, contacts=[contact], ibans=ibans).json()
    assert same["version"] == after["version"]
    assert changed(api, segment="retail").json()["contacts"] == [contact]
    assert changed(api, contacts=[]).json()["contacts"] == []
    assert changed(api, contacts=[{**contact, "email": "nobody"}]).status_code == 422
    assert changed(api, contacts=[{**contact, "purpose": "lunch"}]).status_code == 422


def test_a_contact_is_added_and_taken_away_on_the_page_of_the_customer(system: System, api: TestClient) -> None:
    system.house.write(
        lambda work: access.add_user(work, "a@nordwind.example", Role.CONTROLLER, "a long password here")
    )
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as desk:
        desk.post("/login", data={"email": "a@nordwind.example", "password": "a long password here"})
        form = {"purpose": "escalation", "name": "The CFO", "email": "cfo@acme.example", "language": "en"}
        assert "cfo@acme.example" in desk.post("/customers/ACME/contacts", data=form).text
        assert api.get(ACME).json()["contacts"] == [form]
        wrong = desk.post("/customers/ACME/contacts", data={**form, "email": "nobody"}).text
        assert "nobody" in wrong
        assert api.get(ACME).json()["contacts"] == [form]
        contact_id = system.house.read(
            lambda work: contacts_of_customer(work.session, customer_by_external_id(work.session, "ACME").id)[0].id
        )
        gone = desk.post(f"/customers/ACME/contacts/{contact_id}/remove").text
        assert "cfo@acme.example" not in gone
        assert api.get(ACME).json()["contacts"] == []
