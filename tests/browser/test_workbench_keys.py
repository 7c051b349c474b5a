"""The cash workbench from the keyboard alone: move, choose, split, find, ignore, post, undo."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import main
from commands.system import System
from payments.reconciliation import reconcile
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.browser.conftest import sign_in, without_complaints
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in
from tests.conftest import NOON, settings_for

pytestmark = pytest.mark.browser

PASSWORD = "a password for tests only"
ACCOUNT = "FR7630006000011234567890189"


def _stage(work: Work) -> None:
    """Three entries, the newest first: two equal answers, nothing found, nothing found."""
    a_customer(work, iban=ACCOUNT)
    a_customer(work, "BOREALIS")
    an_invoice(work, "F-1001", amount="100.00")
    an_invoice(work, "F-1002", amount="100.00")
    an_invoice(work, "F-2001", "BOREALIS", amount="1500.00")
    money_in(work, "100.00", "transfer", counterparty="Acme", counterparty_account=ACCOUNT, on=TODAY)
    money_in(work, "1450.00", "thanks", counterparty="Unknown One", on=TODAY - timedelta(days=1))
    money_in(work, "3.21", "interest", counterparty="Our bank", on=TODAY - timedelta(days=2))
    reconcile(work, a_company(work).id)
    access.add_user(work, "desk@nordwind.example", Role.CONTROLLER, PASSWORD, name="Marta García", locale="de-DE")


@pytest.fixture
def bench(
    chromium: Browser, tmp_path: Path, sqlite_template: Path, serve: Callable[[System], AbstractContextManager[str]]
) -> Iterator[Page]:
    """The workbench of a person who writes numbers the German way."""
    (tmp_path / "duecourse.db").write_bytes(sqlite_template.read_bytes())
    system = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=SetClock(NOON))
    system.house.write(_stage)
    context = chromium.new_context(viewport={"width": 1440, "height": 860}, reduced_motion="reduce")
    with serve(system) as address:
        page = sign_in(context, address, "desk@nordwind.example", PASSWORD)
        with without_complaints(page):
            page.goto(f"{address}/bank-entries")
            yield page
    context.close()
    system.house.database.close()


def chosen(page: Page) -> str:
    return page.locator("tr.sel td.main a").inner_text()


def shows(page: Page, payer: str) -> None:
    expect(page.locator("#pane h2").first).to_contain_text(payer)


def test_arrows_walk_the_entries_and_their_answers(bench: Page) -> None:
    shows(bench, "Acme")
    expect(bench.get_by_label("Invoice", exact=True)).to_have_value("F-1001")
    bench.keyboard.press("ArrowRight")
    expect(bench.get_by_label("Invoice", exact=True)).to_have_value("F-1002")
    bench.keyboard.press("ArrowDown")
    shows(bench, "Unknown One")
    bench.keyboard.press("ArrowDown")
    shows(bench, "Our bank")
    bench.keyboard.press("ArrowUp")
    shows(bench, "Unknown One")


def test_enter_posts_what_the_tray_holds_and_u_takes_it_back(bench: Page) -> None:
    bench.keyboard.press("ArrowRight")
    expect(bench.get_by_label("Invoice", exact=True)).to_have_value("F-1002")
    bench.keyboard.press("Enter")
    expect(bench.locator(".notice.paid")).to_contain_text("posted")
    shows(bench, "Unknown One")
    assert bench.locator("tr[data-row]").count() == 2
    bench.keyboard.press("u")
    expect(bench.locator("tr[data-row]")).to_have_count(3)
    shows(bench, "Acme")


def test_an_entry_is_found_split_and_its_remainder_follows_every_key(bench: Page) -> None:
    bench.keyboard.press("ArrowDown")
    shows(bench, "Unknown One")
    bench.keyboard.press("f")
    expect(bench.get_by_label("Find an invoice")).to_be_focused()
    bench.keyboard.type("boreal")
    expect(bench.locator("#found button")).to_be_visible()
    bench.keyboard.press("Enter")
    amount = bench.get_by_label("Amount", exact=True)
    expect(amount).to_have_value("1.450,00")
    remaining = bench.locator("#weighed .num b")
    expect(remaining).to_have_text("0,00")
    amount.fill("1.400,00")
    expect(remaining).to_have_text("50,00")
    amount.fill("1.500,01")
    expect(bench.locator("#weighed")).to_contain_text("More than is open")
    amount.fill("1450")
    expect(remaining).to_have_text("0,00")
    expect(bench.locator("#weighed")).to_contain_text("50,00")
    bench.get_by_role("button", name="bank charge").click()
    expect(bench.locator("#after-1")).to_have_text("0,00")
    bench.keyboard.press("Escape")
    bench.keyboard.press("s")
    assert bench.locator("[data-line]").count() == 3
    bench.keyboard.press("Escape")
    bench.keyboard.press("Enter")
    expect(bench.locator(".notice.paid")).to_contain_text("Unknown One")


def test_an_entry_is_ignored_with_a_reason(bench: Page) -> None:
    bench.keyboard.press("ArrowUp")
    bench.keyboard.press("i")
    bench.keyboard.type("A transfer of our own")
    bench.keyboard.press("Enter")
    expect(bench.locator(".notice.paid")).to_contain_text("A transfer of our own")


def test_the_keys_are_listed_and_several_are_selected(bench: Page) -> None:
    bench.keyboard.press("?")
    listed = [line.split("\n")[0] for line in bench.locator("#keys dl div").all_inner_texts()]
    assert {"s", "f", "i", "Enter", "x"} <= set(listed)
    bench.keyboard.press("Escape")
    bench.keyboard.press("x")
    bench.keyboard.press("ArrowDown")
    bench.keyboard.press("x")
    expect(bench.locator("[data-bulk]")).to_contain_text("2 selected")
    bench.get_by_role("button", name="Post their best answers").click()
    expect(bench.locator(".notice").first).to_contain_text("0 posted, 2 left for you")


def test_enter_on_a_tray_that_cannot_be_posted_goes_to_the_invoice_and_leaves_the_entry_chosen(bench: Page) -> None:
    bench.keyboard.press("ArrowDown")
    expect(bench.locator("tr.sel td.main a")).to_have_text("Unknown One")
    expect(bench.locator("#tray .weighed[data-refused]")).to_be_visible()
    bench.keyboard.press("Enter")
    expect(bench.locator("#tray [name=invoice]").first).to_be_focused()
    assert chosen(bench) == "Unknown One"
    assert "done=" not in bench.url
