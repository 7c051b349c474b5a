"""One invoice through the whole house, as its people see it: pushed, reminded, paid, disputed, resolved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import main
from commands.system import System
from payments.reconciliation import reconcile
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.browser.conftest import sign_in, without_complaints
from tests.builders import TODAY, a_company, a_customer, money_in
from tests.conftest import NOON, settings_for

pytestmark = pytest.mark.browser

PASSWORD = "a password for tests only"
NUMBER = "F-1001"


def _found(work: Work) -> str:
    """The company, a customer, the person at the desk; the key of the ERP."""
    a_company(work)
    a_customer(work)
    access.add_user(work, "desk@nordwind.example", Role.MANAGER, PASSWORD, name="Marta García", locale="en-GB")
    return access.add_api_key(work, "erp", Role.ERP)


def _push(address: str, key: str) -> None:
    due_on = TODAY - timedelta(days=10)
    invoice = {
        "invoice_number": NUMBER,
        "customer_id": "ACME",
        "issued_on": str(due_on - timedelta(days=30)),
        "due_on": str(due_on),
        "currency": "EUR",
        "amount": "1000.00",
    }
    answer = httpx.post(
        f"{address}/api/v1/invoices/batch",
        json={"invoices": [invoice]},
        headers={"Authorization": f"Bearer {key}"},
        timeout=30,
    )
    assert answer.status_code in (200, 207), answer.text


def _money_arrives(work: Work) -> None:
    """Less than was invoiced, and no number in the text: a person must look at it."""
    money_in(work, "850.00", "transfer from Acme", counterparty="Acme Ltd", on=TODAY)
    reconcile(work, a_company(work).id)


def _remind(page: Page, system: System) -> None:
    page.get_by_role("link", name="Dunning runs").click()
    page.get_by_role("button", name="Plan").first.click()
    page.locator("#list tr[data-row] a, main table a[href='/dunning-runs/1']").first.click()
    page.wait_for_url("**/dunning-runs/1")
    page.wait_for_load_state()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.locator(".notice")).to_contain_text("1 notices approved")
    assert system.dispatcher.run().sent == 1
    letter = page.context.request.get(f"{page.url.partition('/dunning')[0]}/notices/1/letter.pdf")
    assert letter.body().startswith(b"%PDF")


def _take_the_cash(page: Page) -> None:
    page.get_by_role("link", name="Bank entries").click()
    page.wait_for_url("**/bank-entries")
    page.wait_for_load_state()
    page.keyboard.press("f")
    page.keyboard.type(NUMBER)
    page.locator("#found button").click()
    expect(page.locator("#weighed")).to_contain_text("150.00")
    page.get_by_label("What is left of the invoices").select_option("short_payment")
    page.locator("[data-post]").click()
    expect(page.locator(".notice.paid")).to_contain_text("posted")


def _contest_the_rest(page: Page) -> None:
    page.get_by_role("link", name="Disputes").click()
    short = page.get_by_role("region", name="Short payments")
    expect(short).to_contain_text("150.00")
    with page.expect_navigation():
        short.get_by_role("button", name="Open a case").click()
    page.goto(page.url.partition("/disputes")[0] + "/customers/ACME")
    page.locator("details.because summary").click()
    expect(page.locator(".why")).to_contain_text("case 1")
    page.locator(".why a").click()
    page.wait_for_url("**/disputes/1")
    page.wait_for_load_state()


def _resolve(page: Page) -> None:
    page.keyboard.press("e")
    page.get_by_label("Outcome").select_option("rejected")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.locator(".notice")).to_contain_text("resolved")
    page.goto(page.url.partition("/disputes")[0] + "/customers/ACME")
    assert page.locator("details.because").count() == 0


def test_an_invoice_is_pushed_reminded_paid_short_disputed_and_resolved(
    chromium: Browser, tmp_path: Path, sqlite_template: Path, serve: Callable[[System], AbstractContextManager[str]]
) -> None:
    (tmp_path / "duecourse.db").write_bytes(sqlite_template.read_bytes())
    system = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=SetClock(NOON))
    key = system.house.write(_found)
    context = chromium.new_context(viewport={"width": 1440, "height": 860}, reduced_motion="reduce")
    with serve(system) as address:
        _push(address, key)
        page = sign_in(context, address, "desk@nordwind.example", PASSWORD)
        with without_complaints(page):
            _remind(page, system)
            system.house.write(_money_arrives)
            _take_the_cash(page)
            _contest_the_rest(page)
            _resolve(page)
    context.close()
    system.house.database.close()
