"""Pages: what every screen is handed (`Desk`), and the one environment that compiles and renders the templates.

How to write a page on top of this: `docs/how-to/write-a-page.md`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from core.problems import Problem
from runtime import formats

Theme = Literal["auto", "light", "dark"]
STATES = ("overdue", "disputed", "paused", "promised", "paid", "quiet")
"""The only meanings a colour may have. `quiet` is everything else: ink on paper."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """One screen in the side bar. `count` is what waits there; `active` marks the screen being shown."""

    label: str
    href: str
    count: int | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Screens that belong together, under a heading or under none."""

    label: str | None
    links: Sequence[NavLink]


@dataclass(frozen=True, slots=True)
class User:
    """The person at the desk."""

    name: str
    initials: str
    role: str


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence about what just happened. `undo` is a path that takes it back by POST."""

    text: str
    state: str = "quiet"
    undo: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the shell around every page shows, and what formatting needs.

    `freshness` says in a sentence to which day the bank was read; `is_stale` marks it when figures may mislead.
    `url` is the path with its query as requested, so that links can change one filter and keep the others.
    """

    user: User
    nav: Sequence[NavGroup]
    freshness: str
    company_name: str
    company_currency: str
    today: date
    url: str
    locale: str = "en"
    theme: Theme = "auto"
    timezone: str = "UTC"
    is_stale: bool = False
    messages: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `sort` is the name the URL sorts by (`?sort=due_on`, `?sort=-due_on`); None: not sortable."""

    label: str
    sort: str | None = None
    is_number: bool = False
    css: str = ""


def environment(templates_dir: Path, *, static_dir: Path | None = None, reload: bool = False) -> Environment:
    """The environment that compiles each template once and keeps it.

    An unknown name in a template is an error (`StrictUndefined`), never a blank. HTML, XML and SVG are escaped, text is
    not. `static_dir` defaults to `static` beside the templates; `reload` looks for changed templates (development).
    """
    made = Environment(
        loader=FileSystemLoader(templates_dir),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html", "xml", "svg"), default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
    )
    made.filters.update(_FILTERS)
    made.globals["here"] = here
    made.globals["static"] = _static_paths(static_dir or templates_dir.parent / "static")
    made.globals["column"] = Column
    return made


class Pages:
    """The templates of this installation, compiled once: what the web edge draws pages with."""

    def __init__(self, made: Environment) -> None:
        self._environment = made

    def render(self, name: str, **context: Any) -> str:
        """One page; `context` must hold `desk` when it extends `base.html`."""
        return render(self._environment, name, context)

    def render_error(
        self, status: int, message: str | None, *, reference: str | None = None, problems: Sequence[Problem] = ()
    ) -> str:
        """The page for a refusal. `message` None: the plain sentence of its HTTP status."""
        return self.render("error.html", status=status, message=message, reference=reference, problems=problems)


def render(made: Environment, name: str, context: Mapping[str, Any]) -> str:
    """The finished text of one template, e.g. `render(made, "disputes/list.html", {"desk": desk, "cases": cases})`."""
    return made.get_template(name).render(context)


def changed_url(url: str, changes: Mapping[str, object]) -> str:
    """The same path with some query values changed; None or an empty text takes one away.

    Every change forgets the place in a cursor list (`after`) unless it names one, because the old place means nothing
    in a list that is sorted or filtered differently.
    """
    parts = urlsplit(url)
    changes = {"after": None, **changes}
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in changes]
    new = [(name, str(value)) for name, value in changes.items() if value is not None and value != ""]
    query = urlencode(kept + new)
    return f"{parts.path}?{query}" if query else parts.path


@pass_context
def here(context: Context, **changes: object) -> str:
    """In a template: this page with `changes` to its query, `here(sort="-due_on")`, `here(state=None)`."""
    return changed_url(context["desk"].url, changes)


def _static_paths(static_dir: Path) -> Callable[[str], str]:
    """`static("desk.css")` → `/static/desk.css?v=…`, the first digits of the file's hash, so it may be kept forever."""
    known: dict[str, str] = {}

    def static(name: str) -> str:
        if name not in known:
            digest = hashlib.sha256((static_dir / name).read_bytes()).hexdigest()[:10]
            known[name] = f"/static/{name}?v={digest}"
        return known[name]

    return static


def _locale(context: Context) -> str:
    """Pages without a desk (login, errors, the portal) pass `locale` by itself."""
    return str(context["locale"] if "locale" in context else context["desk"].locale)


def _state(kind: str) -> str:
    if kind not in STATES:
        raise ValueError(f"“{kind}” is no state; colours mean one of {', '.join(STATES)}")
    return kind


def _localised(write: Callable[..., str]) -> Callable[..., str]:
    """A formatter as a filter that takes its locale from the page: `{{ minor|money("EUR") }}`."""

    @pass_context
    def written(context: Context, value: object, *args: object, **options: object) -> str:
        return write(value, *args, locale=_locale(context), **options)

    return written


@pass_context
def _day(context: Context, day: date) -> str:
    """Short, with the year when it is not this year's."""
    return formats.day_short(day, _locale(context), context["desk"].today if "desk" in context else None)


@pass_context
def _instant(context: Context, at: datetime) -> str:
    return formats.instant(at, _locale(context), context["desk"].timezone, context["desk"].today)


@pass_context
def _relative(context: Context, day: date) -> str:
    return formats.relative_days(day, context["desk"].today)


_FILTERS: dict[str, Callable[..., str]] = {
    "money": _localised(formats.money),
    "whole": _localised(formats.whole_money),
    "with_code": _localised(formats.money_with_code),
    "with_symbol": _localised(formats.money_with_symbol),
    "number": _localised(formats.number),
    "percent": _localised(formats.percent),
    "day": _day,
    "weekday": _localised(formats.day_with_weekday),
    "day_long": _localised(formats.day_long),
    "day_full": _localised(formats.day_full),
    "day_numeric": _localised(formats.day_numeric),
    "instant": _instant,
    "relative": _relative,
    "state": _state,
}
