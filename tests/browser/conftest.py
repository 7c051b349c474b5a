"""A real server on a free port, a real browser in front of it, and a page that must have nothing to complain of."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import main
from commands import demo
from commands.system import System
from commands.web import build_web
from tests.conftest import settings_for

CHROMIUM = shutil.which("chromium")

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests, closed before others begin: while it is open its event loop is in their way."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@contextmanager
def served(system: System) -> Iterator[str]:
    """The address of a running server over a system."""
    server = uvicorn.Server(uvicorn.Config(build_web(system), port=0, log_config=None, lifespan="off"))  # type: ignore[arg-type]
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="package")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo's company lies; its mails are in `outbox/`."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="package")
def demo_address(demo_folder: Path) -> Iterator[str]:
    """The demo's company, told to its end."""
    system = main.build(settings_for(f"sqlite:///{demo_folder / 'duecourse.db'}", demo_folder))
    demo.demo(system, serving=False)
    with served(system) as address:
        yield address
    system.house.database.close()


def sign_in(context: BrowserContext, address: str, email: str, password: str) -> Page:
    """A page at the desk that remembers in `complaints` what the browser complained of."""
    page = context.new_page()
    page.goto(f"{address}/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main button")
    page.wait_for_url(f"{address}/")
    return page


@contextmanager
def without_complaints(page: Page) -> Iterator[Page]:
    """Errors on the console, in scripts and against our own policy fail the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture(scope="package")
def demo_session(chromium: Browser, demo_address: str) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1440, "height": 860}, base_url=demo_address, reduced_motion="reduce"
    )
    sign_in(context, demo_address, demo.EMAIL, demo.PASSWORD).close()
    yield context
    context.close()


@pytest.fixture
def desk(demo_session: BrowserContext) -> Iterator[Page]:
    """A fresh page at the demo's desk."""
    page = demo_session.new_page()
    with without_complaints(page):
        yield page
    page.close()


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[System], AbstractContextManager[str]]:
    return served
