"""Every page of the desk with the demo's data: nothing to complain of, readable, labelled, no wider than a phone."""

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
"""What a page must keep, asked of the page as it is painted; its answer is a list of sentences."""

PAGES = (
    "/",
    "/customers",
    "/invoices",
    "/invoices?state=overdue",
    "/bank-entries",
    "/bank-entries?state=applied",
    "/bank-entries?state=ignored",
    "/unapplied",
    "/statements",
    "/bank-accounts",
    "/customers/K10412/edit",
    "/companies",
    "/people",
    "/password",
    "/companies/nordwind",
    "/webhooks",
    "/final-steps",
    "/agreement-terms",
    "/imports",
    "/dunning-runs",
    "/dunning-runs/1",
    "/notices",
    "/notices?state=in_doubt",
    "/worklist",
    "/worklist/K10403",
    "/payment-plans",
    "/payment-plans/1",
    "/payment-plans/new?customer=K10403",
    "/promises/calendar",
    "/promises",
    "/promises?state=all",
    "/holds",
    "/disputes",
    "/disputes/1",
    "/credit",
    "/credit/rules",
    "/credit/customers/K10401",
    "/orders",
    "/orders/W-5117",
    "/order-mails",
    "/order-rules",
    "/captures",
    "/cash-history",
    "/payers",
    "/duplicates",
    "/merges/new?survivor=K10403&merged=K10412",
    "/letters",
    "/audit?check=true",
    "/jobs",
    "/find?q=vega",
    "/customers/K10412",
)


def wrong(page: Page) -> list[str]:
    found: Any = page.evaluate(LOOK)
    return [str(each) for each in found]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_in_light_in_the_dark_and_on_a_phone(desk: Page, path: str) -> None:
    is_whole(desk, path)


def is_whole(desk: Page, path: str) -> None:
    desk.emulate_media(color_scheme="light")
    response = desk.goto(path)
    assert response is not None
    assert response.status == 200, desk.inner_text("body")
    assert wrong(desk) == []
    desk.emulate_media(color_scheme="dark")
    desk.locator("html[data-bs-theme=dark]").wait_for(state="attached")
    assert wrong(desk) == []
    desk.set_viewport_size({"width": 390, "height": 860})
    assert desk.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("place", [0, 1])
def test_the_capture_screen_is_whole_with_a_fax_and_with_a_mail_beside_it(desk: Page, place: int) -> None:
    desk.goto("/captures")
    desk.locator("td.main a").nth(place).click()
    desk.wait_for_url("**/captures/*")
    is_whole(desk, desk.url.removeprefix(desk.url.split("/captures")[0]))


def test_the_page_a_customer_confirms_an_order_on_is_whole_and_says_so_when_it_is_used(
    desk: Page, demo_folder: Path
) -> None:
    mails = (message_from_bytes(each.read_bytes(), policy=default) for each in (demo_folder / "outbox").glob("*.eml"))
    texts = [str(body.get_content()) for mail in mails if (body := mail.get_body(("plain",)))]
    [token] = {found[1] for text in texts if (found := re.search(r"order-confirmations\?t=([\w-]+)", text))}
    is_whole(desk, f"/order-confirmations?t={token}")
    assert desk.locator("html").get_attribute("lang") == "es"
    expect(desk.locator(".brand")).to_have_text("Nordwind Trading")


def test_every_screen_of_the_navigation_is_there(desk: Page) -> None:
    desk.goto("/")
    for path in desk.eval_on_selector_all(".side li a", "links => links.map(link => link.getAttribute('href'))"):
        response = desk.goto(path)
        assert response is not None
        assert response.status == 200, path
        if path not in PAGES:
            assert wrong(desk) == [], path


def test_a_paused_invoice_says_why_in_one_click_and_leads_to_its_case(desk: Page) -> None:
    desk.goto("/disputes/1")
    desk.locator("main a[href^='/customers/']").first.click()
    cause = desk.locator("details.because").first
    cause.locator("summary").click()
    said = cause.locator(".why")
    assert "Why is it not reminded?" in said.inner_text()
    said.locator("a").first.click()
    desk.wait_for_url("**/disputes/*")


def test_a_view_is_kept_under_a_name_and_found_again(desk: Page) -> None:
    desk.goto("/bank-entries?state=applied&q=vega")
    desk.get_by_text("Save this view").click()
    desk.get_by_label("Name of the view").fill("Vegafoods")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    desk.goto("/bank-entries")
    desk.get_by_role("link", name="Vegafoods", exact=True).click()
    desk.wait_for_url("**q=vega**")
    with desk.expect_navigation():
        desk.get_by_role("button", name="Remove the view Vegafoods").click()
    expect(desk.get_by_role("link", name="Vegafoods", exact=True)).to_have_count(0)
