"""Code in every text an outsider can choose, shown by a real browser: on no page does any of it run.

The short form shows one payload on every page, `DUECOURSE_LONG=1` all of them.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from disputes.files import attach
from disputes.store import dispute_by_number
from dunning.mail_jobs import keep
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role
from tests.browser.conftest import sign_in
from tests.conftest import settings_for
from tests.integration.test_hostile_names import a_hostile_house, a_mail, every_page, own_words
from tests.property.form import IS_LONG

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "a@nordwind.example", "a password for tests only"
RUNS = "document.documentElement.dataset.ran=1"
PAYLOADS = (
    f"<script>{RUNS}</script><img src=x onerror={RUNS}>",
    f"\"'><svg onload={RUNS}><a href=javascript:{RUNS}>x</a>",
    f"</script></textarea></title><script>{RUNS}</script>${{{RUNS}}}{{{{7*7}}}}",
)


@pytest.fixture(params=range(len(PAYLOADS) if IS_LONG else 1))
def hostile(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path, clock: SetClock
) -> Iterator[tuple[System, list[str]]]:
    """A system in which every text of others is a payload, and the address of each of its pages."""
    text = PAYLOADS[request.param]
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    system = main.build(settings_for(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path), clock=clock)
    system.house.write(lambda work: a_hostile_house(work, text))
    system.house.write(own_words)
    keep(system.house, system.archive, a_mail(text))
    system.house.write(lambda work: attach(work, system.archive, dispute_by_number(work.session, 1), b"x", text))
    system.house.write(lambda work: access.add_user(work, EMAIL, Role.ADMIN, PASSWORD, name=text))
    with TestClient(build_web(system)) as client:
        pages = list(every_page(system, client))
    yield system, pages
    system.house.database.close()


def test_no_text_of_others_runs_in_a_browser(
    chromium: Browser, hostile: tuple[System, list[str]], serve: Callable[[System], AbstractContextManager[str]]
) -> None:
    system, pages = hostile
    ran: list[str] = []
    with serve(system) as address:
        context = chromium.new_context(base_url=address)
        page = sign_in(context, address, EMAIL, PASSWORD)
        page.on("dialog", lambda dialog: (ran.append(page.url), dialog.dismiss()))
        page.on("console", lambda said: ran.append(f"{page.url}: {said.text}") if _is_refused_code(said.text) else None)
        shown = sum(_shows_without_running(page, path, ran) for path in pages)
        context.close()
    assert ran == []
    assert shown > 20, "the pages did not show the payload, so nothing was tried"


def _is_refused_code(said: str) -> bool:
    """What Chromium says when our content policy stopped a script that should not have been there."""
    return "Content Security Policy" in said


def _shows_without_running(page: Page, path: str, ran: list[str]) -> bool:
    """Opens a page with everything that folds open; whether the payload stands on it."""
    answer = page.request.get(path)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    if page.evaluate("document.documentElement.dataset.ran"):
        ran.append(path)
    return "dataset.ran" in page.content()
