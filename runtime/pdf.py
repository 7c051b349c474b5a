"""HTML in, PDF out: WeasyPrint behind one small door that opens on nothing outside.

A page may name pictures and fonts only as `asset:NAME`, and gets the bytes it was handed together with the page. Every
other address (file, http, data, …) refuses the whole document, loudly. Needs Pango from the system; without it this
module still imports and `PdfUnavailable` says which line mends it.
"""

import contextlib
import gc
import io
import logging
import multiprocessing
import re
import resource
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final, Protocol

from core.errors import Refused, Unavailable

APT_LINE: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
ASSET_SCHEME: Final = "asset:"
NEW_OBJECTS_A_COLLECTION: Final = 200_000
"""More made than thrown away before garbage is looked for; a letter of a page leaves 12,000 behind."""
_NO_ASSETS: Final[Mapping[str, bytes]] = {}
_SPACE_BEFORE_BOLD = re.compile(r"(?<!\s)\s+<b>")
_SPACE_BEFORE_END = re.compile(r"(?<!\s)\s+</p>")


class PdfUnavailable(Unavailable):
    """The libraries that draw letters are not on this machine."""

    def __init__(self) -> None:
        super().__init__(f"Letters cannot be drawn here: Pango is missing. As root: {APT_LINE}")


class PdfRefused(Refused):
    """This document is not drawn: it reaches outside, or costs more than a letter may."""


@dataclass(frozen=True, slots=True)
class PdfStyle:
    """What many documents share: one style sheet, and the fonts it names as `asset:NAME`."""

    css: str
    fonts: Mapping[str, bytes] = field(default_factory=dict)


class PdfRenderer(Protocol):
    """Draws documents. Equal input gives equal bytes on one machine, provided that it has HarfBuzz's subsetter.

    Without `libharfbuzz-subset0` fonts are cut by fontTools, which takes twice as long and stamps the time into them.
    """

    def render(self, html: str, assets: Mapping[str, bytes] = _NO_ASSETS) -> bytes:
        """The PDF of `html`; `assets` are the pictures it names. Raises `PdfRefused` or `PdfUnavailable`."""
        ...


class WeasyPrintRenderer:
    """Draws in this process, one document at a time; style sheet and fonts are read once. Tagged PDF/UA-1."""

    def __init__(self, style: PdfStyle) -> None:
        self._style = style
        self._press: _Press | None = None
        self._lock = threading.Lock()

    def render(self, html: str, assets: Mapping[str, bytes] = _NO_ASSETS) -> bytes:
        with self._lock:
            if self._press is None:
                self._press = _Press(self._style)
            return self._press.print(html, assets)


class _Press:
    """WeasyPrint, loaded and warmed up. Pango's font map serves one thread at a time."""

    def __init__(self, style: PdfStyle) -> None:
        self._weasyprint = _load_weasyprint()
        self._fetcher = _asset_fetcher_class()
        self._fonts = self._weasyprint.text.fonts.FontConfiguration()
        self._css = self._weasyprint.CSS(
            string=style.css, font_config=self._fonts, url_fetcher=self._fetcher(style.fonts)
        )

    def print(self, html: str, assets: Mapping[str, bytes]) -> bytes:
        html = _without_hanging_spaces(html)
        page = self._weasyprint.HTML(string=html, base_url=ASSET_SCHEME, url_fetcher=self._fetcher(assets))
        try:
            pdf: bytes = page.write_pdf(stylesheets=[self._css], font_config=self._fonts, pdf_variant="pdf/ua-1")
        except self._weasyprint.urls.FatalURLFetchingError as reaching_out:
            raise PdfRefused(f"{reaching_out}: documents are drawn from what they are handed only") from None
        return pdf


def _without_hanging_spaces(html: str) -> str:
    """WeasyPrint 70 cuts a line after its first word when nothing but the last space of a text hangs over the edge."""
    return _SPACE_BEFORE_END.sub("</p>", _SPACE_BEFORE_BOLD.sub("<b> ", html))


def _load_weasyprint() -> Any:
    """Imports WeasyPrint, whose first act is to look for Pango; its banner on the way out is not for our users."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import weasyprint.text.fonts
    except (ImportError, OSError) as missing:
        raise PdfUnavailable from missing
    for chatty in ("fontTools", "weasyprint.progress"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return weasyprint


def _asset_fetcher_class() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc]
        """Answers `asset:NAME` from memory and nothing else; the inherited fetching is never reached."""

        def __init__(self, assets: Mapping[str, bytes]) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
            self._assets = assets

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            scheme, _, name = url.partition(":")
            if f"{scheme}:" != ASSET_SCHEME or name not in self._assets:
                raise ValueError(url)
            return URLFetcherResponse(url, self._assets[name])

    return AssetFetcher


# ── the same, fenced in ──────────────────────────────────────────────────────────────────────────────────────────────


class FencedRenderer:
    """Draws in a warm child process that may use `cpu_seconds` a document and `megabytes` of memory.

    A document that costs more is refused with `PdfRefused`, and the next one meets a fresh child. One document at a
    time; `close` ends the child.
    """

    def __init__(self, style: PdfStyle, *, cpu_seconds: int = 20, megabytes: int = 512) -> None:
        self._arguments = (style, cpu_seconds, megabytes * 1024 * 1024)
        # The clock on the wall is the second fence: a child that waits instead of working burns no CPU.
        self._patience = 3.0 * cpu_seconds + 10
        self._lock = threading.Lock()
        self._child: tuple[BaseProcess, Connection] | None = None

    def render(self, html: str, assets: Mapping[str, bytes] = _NO_ASSETS) -> bytes:
        with self._lock:
            answer = self._ask(html, assets)
        if isinstance(answer, bytes):
            return answer
        raise answer

    def close(self) -> None:
        if self._child:
            process, connection = self._child
            self._child = None
            connection.close()
            process.kill()
            process.join()

    def _ask(self, html: str, assets: Mapping[str, bytes]) -> bytes | Exception:
        connection = self._warm_child()
        try:
            connection.send((html, dict(assets)))
            if connection.poll(self._patience):
                answer: bytes | Exception = connection.recv()
                return answer
        except (EOFError, OSError):
            pass
        self.close()
        return PdfRefused("This document costs more time or memory to draw than a letter may.")

    def _warm_child(self) -> Connection:
        if self._child is None or not self._child[0].is_alive():
            self.close()
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, *self._arguments), daemon=True)
            process.start()
            theirs.close()
            self._child = (process, ours)
        return self._child[1]


def _serve(connection: Connection, style: PdfStyle, cpu_seconds: int, memory: int) -> None:
    """The child's life: one document after the other until the parent hangs up or a limit kills it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    renderer = WeasyPrintRenderer(style)
    with contextlib.suppress(EOFError):
        _serve_one(connection, renderer, cpu_seconds)
        _collect_rarely()
        while True:
            _serve_one(connection, renderer, cpu_seconds)


def _serve_one(connection: Connection, renderer: PdfRenderer, cpu_seconds: int) -> None:
    html, assets = connection.recv()
    _allow_cpu(cpu_seconds)
    connection.send(_drawn(renderer, html, assets))


def _collect_rarely() -> None:
    """Spares each letter a tenth of its time: what was loaded stays for good and is not searched for garbage again, and
    what a letter leaves behind is looked for once it is much."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_A_COLLECTION, 10, 10)


def _drawn(renderer: PdfRenderer, html: str, assets: Mapping[str, bytes]) -> bytes | Exception:
    try:
        return renderer.render(html, assets)
    except PdfUnavailable:
        return PdfUnavailable()
    except (MemoryError, RecursionError):
        return PdfRefused("This document needs more memory to draw than a letter may.")
    except PdfRefused as refusal:
        return PdfRefused(str(refusal))
    except Exception as failure:
        # Whatever a strange page does to the layout engine is that page's failure, not the worker's.
        return PdfRefused(f"This document cannot be drawn: {failure!r}")


def _allow_cpu(seconds: int) -> None:
    """Moves the soft CPU limit so that it strikes `seconds` from now (the kernel ends the process with SIGXCPU)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
