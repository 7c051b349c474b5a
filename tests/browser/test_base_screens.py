"""The base of every screen in a real browser: keys, palette, colours, filters, narrow, and without JavaScript."""

import shutil
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime.pages import Desk, NavGroup, NavLink, User, environment

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:"
TYPES = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
CUSTOMERS = ["Altaprint B.V.", "Ferromares S.L.", "Rheinlogistik GmbH", "Vegafoods SAS"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]

WORKLIST = """
{% extends "base.html" %}
{% from "macros.html" import page_head, panel, listing, row, row_link, filters, filter_search, filter_select, bulk,
   button, confirm with context %}
{% block title %}Worklist{% endblock %}
{% block main %}
{% call page_head('Worklist') %}
{{ button('Note', href='/note', key='n') }}{{ button('Drop', opens='sure') }}
{% endcall %}
{% call panel('Customers', id='list') %}
{% call filters('/', keep={'sort': sort}) %}{{ filter_search('q', 'Name', q) }}
{{ filter_select('kind', 'Kind', [('', 'All'), ('call', 'Calls')]) }}{% endcall %}
{% call bulk('/snooze') %}{{ button('Snooze') }}{% endcall %}
{% call listing([column('Customer', sort='name')], 'Customers', sort=sort, select=true) %}
{% for name in customers %}
{% call row(value=loop.index, label=name) %}
<td class="main">{{ row_link('/customers/' ~ loop.index, name) }}</td>
<td class="do">{{ button('Call', href='/call/' ~ loop.index, does_row=true) }}
<button class="btn" data-row-key="s" hx-post="/toast" hx-swap="none">Snooze</button></td>
{% endcall %}
{% endfor %}
{% endcall %}
{% endcall %}
{{ confirm('sure', 'Drop the list?', 'Nothing is sent.', '/drop', 'Drop it') }}
{% endblock %}
"""


class _Server(BaseHTTPRequestHandler):
    """The smallest server the base can live on: one list, one answer of /find, and the files."""

    pages = environment(ROOT / "templates")
    posted: list[str]

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.startswith("/static/"):
            file = ROOT / path[1:]
            self._answer(file.read_bytes(), TYPES[file.suffix])
        elif path == "/find":
            self._answer(b'<ul><li><a href="/customers/4"><b>Vegafoods SAS</b></a></li></ul>')
        elif path == "/":
            self._answer(self._worklist(query))
        else:
            self._answer(f"<title>{path}</title>".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.posted.append(f"{self.path} {body}".strip())
        said = {"HX-Trigger": '{"toast": {"text": "Snoozed.", "undo": "/undo"}}'} if self.path == "/toast" else {}
        self._answer(f"<title>{self.path}</title>".encode(), **said)

    def _worklist(self, query: dict[str, list[str]]) -> bytes:
        wanted = query.get("q", [""])[0]
        sleep(0.25 if wanted else 0)
        customers = [name for name in CUSTOMERS if wanted.lower() in name.lower()]
        sort = query.get("sort", ["name"])[0]
        desk = Desk(
            user=User("Marta García", "MG", "Controller"),
            nav=[NavGroup(None, [NavLink("Today", "/", 4, active=True)])],
            freshness="Bank read to Thu 19 Nov · complete",
            company_name="Nordwind Trading SL",
            company_currency="EUR",
            today=date(2026, 11, 20),
            url=self.path,
        )
        page = self.pages.from_string(WORKLIST)
        return page.render(desk=desk, q=wanted, sort=sort, customers=customers).encode()

    def _answer(self, body: bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Security-Policy": POLICY, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The test's own output is enough."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def posted() -> list[str]:
    _Server.posted = []
    return _Server.posted


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def worklist(context: BrowserContext, address: str, posted: list[str]) -> Iterator[Page]:
    """The list, open; afterwards the browser must have had nothing to complain of (our own policy included)."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    assert complaints == []


def current(page: Page) -> str:
    return page.locator("tr.sel a.q").inner_text()


def test_j_and_k_walk_the_rows_and_stop_at_both_ends(worklist: Page) -> None:
    walked = [current(worklist)]
    for key in "kjjjjk":
        worklist.keyboard.press(key)
        walked.append(current(worklist))
    assert [CUSTOMERS.index(name) for name in walked] == [0, 0, 1, 2, 3, 3, 2]


def test_enter_does_what_the_row_is_waiting_for(worklist: Page) -> None:
    worklist.keyboard.press("j")
    worklist.keyboard.press("Enter")
    worklist.wait_for_url("**/call/2")


def test_enter_on_a_link_follows_the_link(worklist: Page) -> None:
    worklist.get_by_role("link", name="Rheinlogistik GmbH").focus()
    worklist.keyboard.press("Enter")
    worklist.wait_for_url("**/customers/3")


def test_x_selects_and_the_bar_counts_and_posts_what_is_selected(worklist: Page, posted: list[str]) -> None:
    bar = worklist.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    worklist.keyboard.press("x")
    worklist.keyboard.press("j")
    worklist.keyboard.press("x")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Snooze").click()
    worklist.wait_for_url("**/snooze")
    assert posted == ["/snooze ids=1&ids=2"]


def test_shift_and_click_selects_all_rows_between(worklist: Page) -> None:
    boxes = worklist.locator("[data-check]")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(worklist.locator("[data-bulk]")).to_contain_text("3 selected")


def test_the_question_mark_lists_the_keys_of_this_page(worklist: Page) -> None:
    worklist.keyboard.press("?")
    lines = worklist.locator("#keys dl div").all_inner_texts()
    assert ["n", "Note"] in [line.split("\n") for line in lines]
    assert ["s", "Snooze"] in [line.split("\n") for line in lines]


def test_single_letters_can_be_switched_off(worklist: Page) -> None:
    worklist.keyboard.press("?")
    worklist.get_by_label("Use single-letter keys").uncheck()
    worklist.keyboard.press("Escape")
    worklist.keyboard.press("j")
    assert current(worklist) == CUSTOMERS[0]
    worklist.keyboard.press("Control+k")
    expect(worklist.locator("#palette")).to_be_visible()


def test_a_key_of_the_page_presses_its_button(worklist: Page) -> None:
    worklist.keyboard.press("n")
    worklist.wait_for_url("**/note")


def test_letters_typed_in_a_field_are_letters(worklist: Page) -> None:
    field = worklist.get_by_role("search", name="Filters").get_by_label("Name")
    field.click()
    worklist.keyboard.type("njx?")
    expect(field).to_have_value("njx?")
    expect(worklist.locator("#keys")).to_be_hidden()


def test_the_palette_finds_and_opens_without_the_mouse(worklist: Page) -> None:
    worklist.keyboard.press("Control+k")
    worklist.keyboard.type("vega")
    expect(worklist.locator("#palette-found a")).to_be_visible()
    worklist.keyboard.press("ArrowDown")
    worklist.keyboard.press("Enter")
    worklist.wait_for_url("**/customers/4")


def test_a_filter_replaces_the_list_keeps_the_cursor_and_shows_in_the_address(worklist: Page) -> None:
    field = worklist.get_by_role("search", name="Filters").get_by_label("Name")
    field.click()
    worklist.keyboard.type("vega")
    expect(worklist.locator("tr[data-row]")).to_have_count(1)
    expect(field).to_be_focused()
    expect(field).to_have_value("vega")
    assert urlsplit(worklist.url).query == "sort=name&q=vega", "nothing empty in the address"
    assert current(worklist) == "Vegafoods SAS"


def test_what_is_typed_while_the_list_is_on_its_way_is_not_lost(worklist: Page) -> None:
    field = worklist.get_by_role("search", name="Filters").get_by_label("Name")
    field.click()
    with worklist.expect_response("**/?*q=*"):
        worklist.keyboard.type("r")
        worklist.wait_for_timeout(350)  # the pause after which the filter asks; the answer takes another 250 ms
        worklist.keyboard.type("hein", delay=10)
    expect(worklist.locator("tr[data-row]")).to_have_count(1)
    expect(field).to_have_value("rhein")
    worklist.keyboard.type("x")
    expect(field).to_have_value("rheinx")


def test_the_server_can_say_something_and_offer_to_take_it_back(worklist: Page, posted: list[str]) -> None:
    worklist.keyboard.press("s")
    toast = worklist.locator("#toasts")
    expect(toast).to_contain_text("Snoozed.")
    toast.get_by_role("button", name="Undo").click()
    worklist.wait_for_url("**/undo")
    assert posted == ["/toast", "/undo"]


def test_the_chosen_colours_stay_and_stand_before_the_page_is_painted(worklist: Page) -> None:
    worklist.get_by_role("button", name="Marta García: account menu").click()
    worklist.get_by_role("button", name="Dark").click()
    worklist.goto(worklist.url, wait_until="commit")
    worklist.wait_for_selector("body", state="attached")
    assert worklist.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_a_dialog_asks_before_anything_is_sent(worklist: Page, posted: list[str]) -> None:
    worklist.get_by_role("button", name="Drop").click()
    dialog = worklist.get_by_role("dialog", name="Drop the list?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert posted == []
    worklist.get_by_role("button", name="Drop").click()
    dialog.get_by_role("button", name="Drop it").click()
    worklist.wait_for_url("**/drop")
    assert posted == ["/drop"]


def test_a_phone_shows_the_list_without_sideways_scrolling_and_the_screens_behind_a_button(worklist: Page) -> None:
    worklist.set_viewport_size({"width": 390, "height": 800})
    assert worklist.evaluate("document.documentElement.scrollWidth") == 390
    expect(worklist.get_by_role("link", name="Today")).to_be_hidden()
    worklist.get_by_role("button", name="Menu", exact=True).click()
    expect(worklist.get_by_role("link", name="Today")).to_be_visible()


def test_paper_gets_the_list_and_none_of_the_desk(worklist: Page) -> None:
    worklist.emulate_media(media="print")
    expect(worklist.get_by_text("Vegafoods SAS")).to_be_visible()
    expect(worklist.locator(".side")).to_be_hidden()
    expect(worklist.get_by_role("button", name="Snooze").first).to_be_hidden()


def test_without_javascript_filters_rows_and_dialogs_still_work(chromium: Browser, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("search", name="Filters").get_by_label("Name").fill("ferro")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_role("dialog", name="Drop the list?")).to_be_visible()
    context.close()
