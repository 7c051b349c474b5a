"""The base of every screen: each part drawn with lifelike data, and the promises the base makes to all pages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from lxml import html

from core.problems import Problem
from runtime.pages import Desk, Message, NavGroup, NavLink, Pages, User, changed_url, environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = environment(ROOT / "templates")
MACROS = sorted(name for name in PAGES.get_template("macros.html").module.__dict__ if re.match(r"[a-z]", name))

DESK = Desk(
    user=User("Marta García", "MG", "Controller"),
    nav=[
        NavGroup(None, [NavLink("Today", "/", 42, active=True), NavLink("Customers", "/customers")]),
        NavGroup("Cash", [NavLink("Bank entries", "/bank", 1037)]),
    ],
    freshness="Bank read to Thu 19 Nov · complete",
    company_name="Nordwind Trading SL",
    company_currency="EUR",
    today=date(2026, 11, 20),
    url="/invoices?state=overdue&after=F26",
    locale="es",
    timezone="Europe/Madrid",
)

EXAMPLES = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", (HERE / "parts.jinja").read_text("utf-8"), re.S | re.M))

CONTEXT: dict[str, Any] = {
    "desk": DESK,
    "today": DESK.today,
    "at": datetime(2026, 11, 19, 8, 2, tzinfo=UTC),
    "links": [NavLink("To do", "/bank", 37, active=True), NavLink("Posted", "/bank?posted=1")],
    "buckets": [
        {"label": "Not due", "minor": 7500, "href": "/a"},
        {"label": "1–30", "minor": -600, "href": "/b"},
        {"label": "over 30", "minor": 2500, "href": "/c"},
    ],
    "problems": [
        Problem("line 7", "“12.3.4” is not an amount.", field="amount", file="invoices.csv"),
        Problem("line 9", "Due before its own date; kept.", severity="warning"),
    ],
    "found_groups": [
        {"label": "Customers", "hits": [{"text": "Vegafoods SAS", "href": "/customers/1", "sub": "K10412"}]}
    ],
}


def drawn(source: str, **context: Any) -> html.HtmlElement:
    """A piece of template that may use every macro, as a parsed tree."""
    text = f"{{% from 'macros.html' import {', '.join(MACROS)} with context %}}{source}"
    return html.fromstring(f"<div>{PAGES.from_string(text).render({**CONTEXT, **context})}</div>")


def words(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def only(tree: html.HtmlElement, path: str) -> html.HtmlElement:
    (found,) = tree.xpath(path)
    assert isinstance(found, html.HtmlElement)
    return found


def whole_page(desk: Desk = DESK, main: str = "") -> html.HtmlElement:
    source = "{% extends 'base.html' %}{% block title %}Today{% endblock %}{% block main %}" + main + "{% endblock %}"
    return html.document_fromstring(PAGES.from_string(source).render(desk=desk))


# ── The parts ───────────────────────────────────────────────────────────────────────────────────


def test_every_part_has_an_example_here_and_a_line_in_the_manual() -> None:
    manual = (ROOT / "docs/how-to/write-a-page.md").read_text("utf-8")
    assert sorted(EXAMPLES) == MACROS
    assert [name for name in MACROS if not re.search(rf"`{name}\b", manual)] == []


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_part_draws_something_readable(name: str) -> None:
    tree = drawn(EXAMPLES[name])
    assert words(tree) or tree.xpath(".//*[@aria-label]")
    assert "None" not in html.tostring(tree, encoding="unicode")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_everything_a_person_can_fill_in_has_a_name(name: str) -> None:
    tree = drawn(EXAMPLES[name])
    for control in tree.xpath(".//input[not(@type='hidden')] | .//select | .//textarea"):
        labels = tree.xpath(f".//label[@for='{control.get('id')}']") or list(control.iterancestors("label"))
        assert control.get("aria-label") or words(labels[0])


def test_a_colour_without_a_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="“urgent” is no state"):
        drawn("{{ state('urgent', 'now') }}")


def test_a_name_the_page_was_not_given_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError, match="customer"):
        drawn("{{ customer.name }}")


def test_what_people_wrote_is_never_markup() -> None:
    tree = drawn("{{ row_link('/c', name, name) }}{{ state('quiet', name) }}", name="<script>alert(1)</script>")
    assert tree.xpath(".//script") == []
    assert words(tree).count("<script>alert(1)</script>") == 3


def test_a_column_head_sorts_keeps_the_filters_and_forgets_the_place_in_the_list() -> None:
    due, amount, state = drawn(EXAMPLES["listing"]).xpath(".//th[@scope]")
    assert due.get("aria-sort") == "ascending"
    assert due.find("a").get("href") == "/invoices?state=overdue&sort=-due_on"
    assert amount.find("a").get("href") == "/invoices?state=overdue&sort=-open", "figures sort largest first"
    assert (amount.get("aria-sort"), state.find("a")) == (None, None)


def test_sorting_downwards_turns_upwards_at_the_next_press() -> None:
    due = drawn(EXAMPLES["listing"].replace("sort='due_on', select", "sort='-due_on', select")).xpath(".//th[@scope]")[
        0
    ]
    assert due.get("aria-sort") == "descending"
    assert due.find("a").get("href").endswith("sort=due_on")


def test_an_error_is_tied_to_its_field() -> None:
    tree = drawn(EXAMPLES["field"])
    box = only(tree, ".//input[@required]")
    said = [words(tree.get_element_by_id(one)) for one in box.attrib["aria-describedby"].split()]
    assert said == ["Where reminders go.", "There is no @ in it."]
    assert box.get("aria-invalid") == "true"


def test_an_unreadable_day_is_given_back_as_it_was_typed() -> None:
    assert drawn(EXAMPLES["day_field"]).xpath(".//input/@value") == ["2026-11-20", "31.11."]


def test_text_given_back_in_a_field_keeps_its_signs() -> None:
    assert only(drawn(EXAMPLES["textarea_field"]), ".//textarea").text == "Called <twice>."


def test_a_selected_row_sends_its_value_with_the_form_of_the_bar() -> None:
    box = only(drawn(EXAMPLES["row"]), ".//input")
    form = only(drawn(EXAMPLES["bulk"]), ".//form")
    assert (box.get("form"), box.get("name"), box.get("value")) == (form.get("id"), "ids", "7")


def test_filters_keep_the_sorting_and_leave_out_what_is_empty() -> None:
    hidden = drawn(EXAMPLES["filters"]).xpath(".//input[@type='hidden']")
    assert [(one.get("name"), one.get("value")) for one in hidden] == [("sort", "-due_on")]


def test_the_parts_of_the_aging_bar_fill_it_and_credits_take_no_room() -> None:
    tree = drawn(EXAMPLES["aging_bar"])
    parts = [(one.get("class"), one.get("style")) for one in tree.xpath(".//div[@class='bar']/i")]
    assert parts == [("b0", "width:75.000%"), ("b2", "width:25.000%")]
    assert [words(one) for one in tree.xpath(".//li")] == ["Not due 75", "1–30 −6", "over 30 25"]


def test_an_aging_bar_of_nothing_is_drawn_empty() -> None:
    tree = drawn("{{ aging_bar([{'label': 'Not due', 'minor': 0, 'href': '/'}], 'EUR') }}")
    assert tree.xpath(".//div[@class='bar']/i") == []


@pytest.mark.parametrize(("used", "more", "over"), [(80, 20, False), (80, 21, True), (0, 0, False)])
def test_exposure_turns_red_only_beyond_the_limit(used: int, more: int, over: bool) -> None:
    bar = only(drawn(f"{{{{ usage({used}, {more}, 100, 'Exposure') }}}}"), ".//div")
    assert ("is-over" in bar.attrib["class"]) is over


def test_a_dialog_posts_only_by_its_own_button() -> None:
    cancel, delete = drawn(EXAMPLES["confirm"]).xpath(".//dialog//button")
    assert (cancel.get("type"), cancel.get("command"), words(cancel)) == ("button", "close", "Cancel")
    assert (delete.get("type"), words(delete)) == (None, "Delete")


def test_problems_say_file_place_field_and_effect() -> None:
    rows = [words(one) for one in drawn(EXAMPLES["problem_list"]).xpath(".//tbody/tr")]
    assert rows == [
        "invoices.csv line 7 amount “12.3.4” is not an amount. kept out",
        "— line 9 — Due before its own date; kept. let in, look at it",
    ]


def test_nothing_found_says_what_to_try() -> None:
    assert "Nothing found for “zzz”" in words(drawn("{{ found([], 'zzz') }}"))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 1234|number }} {{ 46.2|number(digits=1) }}", "1.234 46,2"),
        ("{{ -345000|with_symbol('EUR') }}", "−3.450,00 €"),
        ("{{ today|day_full }} {{ today|weekday }}", "viernes, 20 de noviembre de 2026 vie, 20 nov"),
        ("{{ today|day_long }}", "20 de noviembre de 2026"),
        ("{{ today|day_numeric }}", "20/11/2026"),
        ("{{ today|relative }}", "today"),
        ("{{ at|instant }}", "19 nov 09:02"),
    ],
)
def test_formatting_takes_the_locale_and_the_zone_of_the_desk(template: str, text: str) -> None:
    assert words(drawn(template)) == text


def test_a_page_without_a_desk_formats_by_the_locale_it_names() -> None:
    page = PAGES.from_string("{{ 345000|money('EUR') }} {{ on|day_long }} {{ on|day }}")
    assert page.render(locale="de", on=date(2025, 1, 2)) == "3.450,00 2. Januar 2025 2. Jan."


# ── The shell ───────────────────────────────────────────────────────────────────────────────────


def test_the_shell_lists_the_screens_it_is_given_marks_the_one_shown_and_counts_what_waits() -> None:
    links = whole_page().xpath("//nav[@id='side']//li/a")
    assert [words(one) for one in links] == ["Today 42", "Customers", "Bank entries 1.037"]
    assert [one.get("aria-current") for one in links] == ["page", None, None]


def test_the_shell_always_says_how_fresh_the_bank_is() -> None:
    fresh, stale = (whole_page(replace(DESK, is_stale=old)).find_class("freshness")[0] for old in (False, True))
    assert words(fresh) == words(stale) == DESK.freshness
    assert ["is-stale" in one.attrib["class"] for one in (fresh, stale)] == [False, True]


def test_a_message_can_be_taken_back() -> None:
    page = whole_page(replace(DESK, messages=[Message("Promise saved.", "paid", "/undo/1"), Message("Noted.")]))
    assert [words(one) for one in page.find_class("notice")] == ["Promise saved. Undo", "Noted."]
    assert page.xpath("//main//form/@action") == ["/undo/1"]


def test_logging_out_is_a_post() -> None:
    (form,) = whole_page().xpath("//form[@action='/logout']")
    assert form.get("method") == "post"


def test_every_file_the_shell_names_exists_and_none_is_from_elsewhere() -> None:
    addresses = whole_page().xpath("//head//@src | //head/link/@href")
    ours = [one.split("?")[0] for one in addresses if one != "data:,"]
    assert all(one.startswith("/static/") and (ROOT / one[1:]).is_file() for one in ours)
    assert re.findall(r"url\((?!data:|\"data:)([^)]+)\)", (ROOT / "static/desk.css").read_text("utf-8")) == [
        "inter/InterVariable.woff2"
    ]


def test_a_file_keeps_its_address_while_it_stays_the_same() -> None:
    first, again = (PAGES.from_string("{{ static('desk.css') }}").render() for _ in range(2))
    assert first == again
    assert re.fullmatch(r"/static/desk\.css\?v=[0-9a-f]{10}", first)


def test_the_log_in_page_puts_the_cursor_where_something_is_missing() -> None:
    pages = Pages(PAGES)
    fresh = html.document_fromstring(pages.render("access/login.html", error=None, email="", next="/"))
    again = html.document_fromstring(
        pages.render("access/login.html", error="No.", email="m@nordwind.example", next="/")
    )
    assert [page.xpath("//input[@autofocus]/@name") for page in (fresh, again)] == [["email"], ["password"]]
    assert "No." in words(again)


@pytest.mark.parametrize("status", [403, 404, 409, 412, 418, 422, 500, 503])
def test_an_error_page_is_a_plain_sentence_with_a_way_on(status: int) -> None:
    page = html.document_fromstring(Pages(PAGES).render_error(status, None, reference="0192f7"))
    assert words(only(page, "//main/p[2]")).endswith(".")
    assert page.xpath("//main//a/@href") == ["/"]
    assert "reference 0192f7" in words(page)


def test_an_error_page_says_what_was_refused_and_where() -> None:
    page = html.document_fromstring(Pages(PAGES).render_error(422, "Two rows are wrong.", problems=CONTEXT["problems"]))
    assert "Two rows are wrong." in words(page)
    assert len(page.xpath("//tbody/tr")) == 2


# ── Promises to all pages ───────────────────────────────────────────────────────────────────────


def _page_templates() -> Iterator[Path]:
    for path in (ROOT / "templates").rglob("*.html"):
        if "letters" not in path.parts:
            yield path


def test_no_page_carries_a_script_or_a_handler_of_its_own() -> None:
    forbidden = re.compile(
        r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|hx-on|javascript:|https?://(?!www\.w3\.org)", re.I
    )
    found = {path.name: forbidden.findall(path.read_text("utf-8")) for path in _page_templates()}
    assert {name: places for name, places in found.items() if places} == {}


def test_every_page_compiles() -> None:
    for path in _page_templates():
        PAGES.get_template(path.relative_to(ROOT / "templates").as_posix())


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({"state": "paid"}, "/invoices?state=paid"),
        ({"state": None}, "/invoices"),
        ({"state": ""}, "/invoices"),
        ({"q": "Müller & Co"}, "/invoices?state=overdue&q=M%C3%BCller+%26+Co"),
        ({"after": "F27"}, "/invoices?state=overdue&after=F27"),
    ],
)
def test_changing_one_filter_keeps_the_others(changes: dict[str, object], url: str) -> None:
    assert changed_url(DESK.url, changes) == url


def _inks(theme: str) -> dict[str, tuple[float, float, float]]:
    """The named colours of one theme in desk.css, as linear light."""
    css = (ROOT / "static/desk.css").read_text("utf-8")
    block = re.search(rf"^{re.escape(theme)} \{{(.*?)\}}", css, re.S | re.M)
    assert block is not None
    return {name: _linear(value) for name, value in re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})\b", block[1])}


def _linear(colour: str) -> tuple[float, float, float]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return _lighten(red), _lighten(green), _lighten(blue)


def _lighten(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """WCAG 2.2, “contrast ratio”."""
    dark, light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other))
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [(ink, on) for ink in ("ink", "ink-2") for on in ("paper", "ground", "quiet-bg", "chosen")]
STATE_ON = [
    (state, on) for state in ("overdue", "disputed", "paused", "promised", "paid") for on in (f"{state}-bg", "paper")
]
LEAST = [
    *((*pair, 4.5) for pair in [*TEXT_ON, *STATE_ON, ("quiet", "quiet-bg"), ("accent-ink", "accent")]),
    *((*pair, 3.0) for pair in [("field-line", "paper"), ("accent", "paper"), ("accent", "chosen")]),
]


@pytest.mark.parametrize("theme", [":root", "[data-bs-theme=dark]"])
@pytest.mark.parametrize(("ink", "on", "least"), LEAST)
def test_every_ink_can_be_read_on_its_paper(theme: str, ink: str, on: str, least: float) -> None:
    inks = _inks(theme)
    assert _contrast(inks[ink], inks[on]) >= least
