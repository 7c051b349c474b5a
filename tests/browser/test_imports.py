"""Handing files in at the desk, in a real browser: ten files at once, good and bad, each with its own end."""

import io
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

import main
from commands.system import System
from commands.web import build_web
from runtime import access
from runtime.work import Role
from tests.builders import a_bank_account
from tests.conftest import settings_for
from tests.integration.test_intake import CUSTOMERS, OTHER_IBAN, WITH_FLAWS, _mt940, _zip
from tests.readers import document_files

EMAIL, PASSWORD = "desk@nordwind.example", "a password for tests only"

pytestmark = pytest.mark.browser


@pytest.fixture
def system(sqlite_template: Path, tmp_path: Path) -> Iterator[System]:
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    built = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path))
    built.house.write(a_bank_account)
    built.house.write(lambda work: access.add_user(work, EMAIL, Role.CONTROLLER, PASSWORD))
    yield built
    built.house.database.close()


@pytest.fixture
def address(system: System) -> Iterator[str]:
    """The whole application, its import queue at work, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(build_web(system, reads_imports=True), port=port, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 120
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def _opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Imports").click()
    return page


@pytest.fixture
def contexts(chromium: Browser) -> Iterator[dict[str, BrowserContext]]:
    opened = {"plain": chromium.new_context(), "without script": chromium.new_context(java_script_enabled=False)}
    yield opened
    for context in opened.values():
        context.close()


def _file(name: str, content: str | bytes) -> FilePayload:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": io.BytesIO(data).read()}


ORDERS = "order_number,customer_id,received_at,currency,amount\nO-1,C-1,2026-11-18T09:00:00Z,EUR,10.00\n"
INVOICES = "invoice_number,customer_id,issued_on,due_on,currency,amount\nF-1,C-1,2026-11-18,2026-12-18,EUR,10.00\n"
UNTOLD = "Dear all,\nthe figures follow tomorrow.\n"
TEN = {
    "customers.csv": (CUSTOMERS, "done"),
    "flaws.csv": (WITH_FLAWS, "done, rows rejected"),
    "orders.csv": (ORDERS, "done"),
    "invoices.csv": (INVOICES, "done"),
    "first.sta": (_mt940("ES9121000418450200051332"), "done"),
    "other.sta": (_mt940(OTHER_IBAN), "has a question"),
    "cut.sta": (_mt940(OTHER_IBAN, "7,00")[:-25], "refused"),
    "letter.txt": (UNTOLD, "has a question"),
    "order.xml": (document_files.UBL_INVOICE[:400], "refused"),
    "two.zip": (_zip(**{"a.csv": "customer_id,name,currency\nC-8,Eta,EUR\n", "b.csv": ORDERS}), "done"),
}


def _hand_in(page: Page, names: list[str]) -> None:
    page.locator("#field-files").set_input_files([_file(name, TEN[name][0]) for name in names])
    page.get_by_role("button", name="Import", exact=True).click()


def _state(page: Page, name: str, state: str) -> None:
    line = page.locator("tr[data-row]").filter(has=page.get_by_role("link", name=name, exact=True))
    expect(line.locator(".state")).to_have_text(state, timeout=30_000)


def test_ten_files_good_and_bad_each_come_to_their_own_end(contexts: dict[str, BrowserContext], address: str) -> None:
    page = _opened(contexts["plain"], address)
    _hand_in(page, list(TEN))
    expect(page.get_by_text("10 files were taken in.")).to_be_visible()
    for name, (_, state) in TEN.items():
        _state(page, name, state)
    expect(page.locator("#list")).not_to_have_attribute("hx-trigger", "every 1s")


def test_a_question_is_answered_with_a_button_and_the_file_is_read_while_one_looks(
    contexts: dict[str, BrowserContext], address: str
) -> None:
    page = _opened(contexts["plain"], address)
    _hand_in(page, ["other.sta"])
    _state(page, "other.sta", "has a question")
    page.get_by_role("link", name="other.sta").click()
    expect(page.get_by_text(OTHER_IBAN)).to_be_visible()
    page.get_by_role("button", name="Add the account to").click()
    new = page.locator(".figs > div").filter(has_text="New").locator("b")
    expect(new).to_have_text("1", timeout=30_000)


def test_rejected_rows_are_listed_by_line_and_field_and_can_be_downloaded(
    contexts: dict[str, BrowserContext], address: str
) -> None:
    page = _opened(contexts["plain"], address)
    _hand_in(page, ["flaws.csv"])
    _state(page, "flaws.csv", "done, rows rejected")
    page.get_by_role("link", name="flaws.csv").click()
    expect(page.get_by_role("row", name="line 4 currency")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download rejected rows").click()
    assert Path(download.value.path()).read_text("utf-8").splitlines()[0] == "customer_id;name;currency;error"


def test_without_javascript_files_are_handed_in_and_the_list_says_how_they_ended(
    contexts: dict[str, BrowserContext], address: str
) -> None:
    page = _opened(contexts["without script"], address)
    _hand_in(page, ["customers.csv", "orders.csv"])
    until = time.monotonic() + 120
    while page.locator(".state", has_text="done").count() < 2:
        assert time.monotonic() < until
        page.reload()
