"""Letters as real PDFs: drawn by WeasyPrint, read back by pypdf."""

import contextlib
import ctypes.util
import http.server
import io
import re
import subprocess
import sys
import textwrap
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from core.errors import Refused, Unavailable
from dunning.letter import LANGUAGES, Language, Letter, LetterRow, Recipient, Sender
from dunning.rendering import letter_style, render_letter_html, render_letter_pdf
from runtime.pdf import APT_LINE, FencedRenderer, PdfRefused, PdfStyle, PdfUnavailable, WeasyPrintRenderer

ROOT = Path(__file__).resolve().parents[2]
ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def renderer() -> WeasyPrintRenderer:
    made = WeasyPrintRenderer(letter_style())
    try:
        made.render("<p>warm-up</p>")
    except PdfUnavailable as missing:
        pytest.skip(str(missing))
    return made


def rows(count: int) -> tuple[LetterRow, ...]:
    due = [ON - timedelta(days=80 - index % 60) for index in range(count)]
    return tuple(
        LetterRow(
            number=f"F26/{1700 + index:05d}",
            issued_on=on - timedelta(days=30),
            due_on=on,
            days_overdue=(ON - on).days,
            level=1 + index % 2,
            open_minor=100_000 + 137 * index,
            disputed_minor=40_000 if index == 1 else 0,
        )
        for index, on in enumerate(due)
    )


def a_letter(language: Language = "es", level: int = 2, count: int = 3, **changes: object) -> Letter:
    values: dict[str, object] = {
        "number": "N-2026-04471",
        "level": level,
        "language": language,
        "on": ON,
        "currency": "EUR",
        "sender": Sender(
            name="Nordwind Trading",
            legal_name="Nordwind Trading SL",
            address=("Carrer de la Marina 12", "08005 Barcelona"),
            email="cobros@nordwind.example",
            country="ES",
            iban="ES9121000418450200051332",
        ),
        "recipient": Recipient(name="Vegafoods Ibérica S.L.", customer_id="K10412", address=("28028 Madrid",)),
        "rows": rows(count),
        "pay_by": date(2026, 11, 27),
        "credits_minor": 5_000,
        "fee_minor": 4_000 if level else 0,
        "payment_reference": "RF18539007547034",
        "previous_on": date(2026, 11, 3) if level > 1 else None,
    }
    return Letter(**{**values, **changes})  # type: ignore[arg-type]


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def catalog(pdf: bytes) -> DictionaryObject:
    found = read(pdf).trailer["/Root"].get_object()
    assert isinstance(found, DictionaryObject)
    return found


def words(pdf: bytes) -> str:
    """The text of all pages, with single plain spaces."""
    text = " ".join(page.extract_text() for page in read(pdf).pages)
    return " ".join(unicodedata.normalize("NFKC", text).split())


# ── every letter ─────────────────────────────────────────────────────────────────────────────────────────────────────

TITLES = {
    "en": ("Upcoming payment", "Payment reminder", "Second payment reminder", "Final payment reminder"),
    "es": ("Aviso de próximo vencimiento", "Recordatorio de pago", "Segundo recordatorio", "Último recordatorio"),
    "fr": ("Échéance à venir", "Rappel de paiement", "Deuxième rappel", "Dernier rappel"),
    "de": ("Hinweis auf bevorstehende Fälligkeit", "Zahlungserinnerung", "Mahnung", "Letzte Mahnung"),
    "it": ("Avviso di prossima scadenza", "Sollecito di pagamento", "Secondo sollecito", "Ultimo sollecito"),
    "nl": ("Binnenkort te betalen", "Betalingsherinnering", "Tweede betalingsherinnering", "Laatste"),
    "pt": ("Aviso de vencimento próximo", "Aviso de pagamento", "Segundo aviso", "Último aviso"),
}
TO_PAY = {"en": "2,924.11", "fr": "2 924,11", "pt": "2 924,11"}
TO_PAY_IN_COURTESY = {"en": "2,884.11", "fr": "2 884,11", "pt": "2 884,11"}
"""Where it is not written the way the other languages write it."""


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_and_language_is_drawn_with_its_figures(
    renderer: WeasyPrintRenderer, language: Language, level: int
) -> None:
    # 333411 open, 40000 of it disputed, 5000 credits, and from the first reminder on a fee of 4000.
    three = tuple(replace(row, open_minor=100_000 + 11_137 * index) for index, row in enumerate(rows(3)))
    pdf = render_letter_pdf(a_letter(language, level, rows=three), renderer)
    text = words(pdf)
    to_pay = TO_PAY.get(language, "2.924,11") if level else TO_PAY_IN_COURTESY.get(language, "2.884,11")
    assert TITLES[language][level] in text
    assert text.count(to_pay) == 3
    for figure in ("F26/01700", "F26/01702", "ES91 2100 0418 4502 0005 1332", "RF18 5390 0754 7034", "N-2026-04471"):
        assert figure in text
    assert len(read(pdf).pages) == 1


@pytest.mark.parametrize(("count", "pages"), [(12, 2), (60, 3)])
def test_every_invoice_of_a_long_letter_is_there_once_under_a_running_header(
    renderer: WeasyPrintRenderer, count: int, pages: int
) -> None:
    pdf = render_letter_pdf(a_letter(count=count), renderer)
    text = words(pdf)
    assert [text.count(row.number) for row in rows(count)] == [1] * count
    assert len(read(pdf).pages) == pages
    with_rows = [page for page in read(pdf).pages if "F26/" in page.extract_text()]
    assert all("Vencimiento" in page.extract_text() for page in with_rows)
    assert f"Página 1 de {pages}" in text
    assert f"Página {pages} de {pages}" in text


def test_a_letter_says_its_language_and_title_and_is_tagged(renderer: WeasyPrintRenderer) -> None:
    pdf = render_letter_pdf(a_letter("fr", 1), renderer)
    assert str(catalog(pdf)["/Lang"]) == "fr"
    assert "/StructTreeRoot" in catalog(pdf)
    xmp = catalog(pdf)["/Metadata"].get_object()
    assert isinstance(xmp, StreamObject)
    assert b"pdfuaid" in xmp.get_data()
    about = read(pdf).metadata
    assert about is not None
    assert about.title == "Rappel de paiement N-2026-04471"
    assert about.creation_date is not None
    assert about.creation_date.date() == ON


def test_equal_letters_give_equal_bytes() -> None:
    if not ctypes.util.find_library("harfbuzz-subset"):
        pytest.skip("without libharfbuzz-subset0 fonts carry the time of the rendering")
    first, second = (render_letter_pdf(a_letter(), WeasyPrintRenderer(letter_style())) for _ in range(2))
    assert first == second


def test_lines_break_at_the_edge_though_an_amount_follows(renderer: WeasyPrintRenderer) -> None:
    """The very letter on which WeasyPrint 70 once broke the line after its first word."""
    row = replace(rows(1)[0], number="F26/01702", due_on=date(2026, 11, 27), open_minor=115_000)
    letter = a_letter("en", 0, rows=(row,), credits_minor=0)
    text = read(render_letter_pdf(letter, renderer)).pages[0].extract_text()
    assert "Just a friendly note: invoice F26/01702 falls due on 27 November 2026." in text


def test_names_of_all_alphabets_keep_their_letters(renderer: WeasyPrintRenderer) -> None:
    name = "Ελληνικά Τρόφιμα · Хранителни стоки · Việt Nam · Łódź · Şirketi · Ğ"
    letter = a_letter(recipient=Recipient(name=name, customer_id="K1"))
    assert unicodedata.normalize("NFKC", name) in words(render_letter_pdf(letter, renderer))


def test_long_names_and_numbers_stay_on_the_paper(renderer: WeasyPrintRenderer) -> None:
    long = "Großhandelslogistikgesellschaft" * 12
    row = replace(rows(1)[0], number="R" * 300)
    letter = a_letter(
        rows=(row,), recipient=Recipient(name=long, customer_id=long, address=(long, "\u00a0".join("abc" * 60)))
    )
    text = "".join(words(render_letter_pdf(letter, renderer)).split())
    assert text.count(long) == 3
    assert "R" * 300 in text


# ── hostile data, and nothing from outside ───────────────────────────────────────────────────────────────────────────

CANARY = "root:x:0:0"


@pytest.mark.parametrize(
    "payload",
    [
        "{{7*7}}",
        "<img src=file:///etc/passwd>",
        "<link rel=attachment href=file:///etc/passwd>",
        "<style>@import 'file:///etc/passwd'</style>",
        "<object data=file:///etc/passwd></object>",
        "<svg><use href=file:///etc/passwd#a /></svg>",
        "</h1></main><h1>PAID</h1>",
        "&lt;b&gt; &amp; &#0;",
    ],
)
def test_hostile_data_is_printed_as_text(renderer: WeasyPrintRenderer, payload: str) -> None:
    hostile = Recipient(name=payload, customer_id=payload, attention=payload, address=(payload,))
    pdf = render_letter_pdf(a_letter(recipient=hostile, rows=(replace(rows(1)[0], number=payload),)), renderer)
    printed = "".join(words(pdf).split())
    assert printed.count("".join(payload.split())) >= 4
    assert CANARY not in printed
    assert b"/EmbeddedFile" not in pdf


class Canary(http.server.BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def canary() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _reaching_out(url: str) -> list[str]:
    return [
        f'<img src="{url}">',
        f'<link rel="stylesheet" href="{url}">',
        f'<link rel="attachment" href="{url}">',
        f'<a rel="attachment" href="{url}">x</a>',
        f'<style>@import url("{url}");</style>',
        f'<style>@font-face {{ font-family: x; src: url("{url}") }} p {{ font-family: x }}</style><p>x</p>',
        f'<p style="background: url({url})">x</p>',
        f'<p style="list-style-image: url({url}); display: list-item">x</p>',
        f'<style>p::before {{ content: url("{url}") }}</style><p>x</p>',
        f'<object data="{url}"></object>',
        f'<embed src="{url}">',
        f'<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
        f'<base href="{url}"><img src="a.png">',
    ]


FOREIGN = ["http://canary", "file:///etc/passwd", "data:image/png;base64,AAAA", "ftp://127.0.0.1/x", "asset:other"]


@pytest.mark.parametrize("form", range(len(_reaching_out(""))))
@pytest.mark.parametrize(
    "url", ["http://canary", "file:///etc/passwd", "data:image/png;base64,AAAA", "ftp://127.0.0.1/x", "asset:other"]
)
def test_a_page_that_reaches_outside_fetches_nothing(
    renderer: WeasyPrintRenderer, canary: str, url: str, form: int
) -> None:
    address = url.replace("http://canary", f"{canary}/{form}")
    Canary.seen.clear()
    try:
        pdf = renderer.render(f"<html><title>x</title><body>{_reaching_out(address)[form]}")
    except PdfRefused:
        pdf = b""
    assert Canary.seen == []
    if pdf:
        assert CANARY not in words(pdf)
        assert b"/EmbeddedFile" not in pdf


def test_a_picture_from_outside_refuses_the_document(renderer: WeasyPrintRenderer) -> None:
    with pytest.raises(Refused, match="file:///etc/passwd"):
        renderer.render('<img src="file:///etc/passwd">')


# ── the fence ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def fenced(renderer: WeasyPrintRenderer) -> Iterator[FencedRenderer]:
    made = FencedRenderer(letter_style(), cpu_seconds=3)
    yield made
    made.close()


def test_the_fenced_renderer_draws_the_same_letter(renderer: WeasyPrintRenderer, fenced: FencedRenderer) -> None:
    assert words(render_letter_pdf(a_letter(), fenced)) == words(render_letter_pdf(a_letter(), renderer))


@pytest.mark.parametrize(
    "monster",
    [
        "<table>" + "<tr><td>x</td></tr>" * 20_000,
        '<style>@page { size: 1000000000px 1000000000px }</style><div style="columns: 9999; height: 1e9px">x',
        "<table><tr>" + "".join(f"<td colspan=65534>{n}</td>" for n in range(200)),
        "<div style='display:table'>" * 400 + "x",
    ],
    ids=["rows", "page", "colspan", "nesting"],
)
def test_a_document_that_costs_too_much_ends_and_the_next_one_is_drawn(fenced: FencedRenderer, monster: str) -> None:
    with contextlib.suppress(PdfRefused):
        assert fenced.render(f"<html><title>x</title>{monster}").startswith(b"%PDF")
    assert "N-2026-04471" in words(render_letter_pdf(a_letter(), fenced))


def test_the_fence_strikes(renderer: WeasyPrintRenderer) -> None:
    short = FencedRenderer(PdfStyle(""), cpu_seconds=1)
    try:
        with pytest.raises(PdfRefused, match="more time or memory"):
            short.render("<table>" + "<tr><td>x</td></tr>" * 20_000)
        assert short.render("<html><title>x</title><p>small").startswith(b"%PDF")
    finally:
        short.close()


def test_a_refusal_passes_the_fence(fenced: FencedRenderer) -> None:
    with pytest.raises(PdfRefused, match="file:///etc/passwd"):
        fenced.render('<img src="file:///etc/passwd">')


# ── a machine without Pango ──────────────────────────────────────────────────────────────────────────────────────────

WITHOUT_PANGO = """
import cffi

open_library = cffi.FFI.dlopen
def no_pango(self, name, *flags):
    if name and "pango" in name:
        raise OSError(name)
    return open_library(self, name, *flags)
cffi.FFI.dlopen = no_pango

from runtime.pdf import PdfStyle, PdfUnavailable, WeasyPrintRenderer
renderer = WeasyPrintRenderer(PdfStyle(""))
try:
    renderer.render("<p>x</p>")
except PdfUnavailable as missing:
    print(missing)
"""


def test_without_pango_the_module_imports_and_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WITHOUT_PANGO)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{PdfUnavailable()}\n"
    assert APT_LINE in done.stdout
    assert re.search(r"libpango-1\.0-0 libpangoft2-1\.0-0", APT_LINE)
    assert issubclass(PdfUnavailable, Unavailable)


def test_the_page_is_complete_before_it_is_drawn() -> None:
    """Nothing in the HTML names a file or a host; pictures are named by asset only."""
    page = render_letter_html(a_letter())
    assert set(re.findall(r'(?:src|href)="(\w+:)', page)) == {"asset:"}
