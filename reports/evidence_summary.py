"""The first page of an evidence pack: who owes what to whom, what the pack holds, and the fingerprint of every file."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.evidence import Pack, contents

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def summary_html(pack: Pack) -> str:
    """The summary as one page of HTML that names nothing outside; every value in it is data."""
    return _environment().get_template("reports/evidence.html").render(pack=pack, contents=contents(pack))
