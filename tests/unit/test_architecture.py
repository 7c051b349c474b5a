"""The house rules a machine can check: what is pure, who reads the clock, how long things are, what they are called.

Which package may import which is import-linter's (pyproject.toml, run by `make lint`).
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PURE = (
    "core/*.py",
    "payments/readers/**/*.py",
    "payments/matching/*.py",
    "payments/allocation.py",
    "credit/exposure.py",
    "disputes/resolution.py",
    "dunning/escalation.py",
    "dunning/promises.py",
    "dunning/interest.py",
    "reports/aging.py",
)
"""Decisions and readers: facts in, values out. A module whose docstring says “Pure” is held to its word as well."""

OUTSIDE = {"tests", "migrations", "benchmarks"}
"""Folders of Python that are no packages of the stack, and are not held to its sizes."""

THE_CLOCK = "runtime/clock.py"
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}

CLOCK_READS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.asctime",
}
IMPURE_MODULES = {
    *("runtime", "config", "sqlalchemy", "sqlite3", "psycopg", "alembic"),
    *("os", "shutil", "subprocess", "tempfile", "pathlib.Path", "logging", "structlog"),
    *("socket", "ssl", "smtplib", "urllib.request", "http", "fastapi", "starlette", "asyncio", "threading"),
    *("time", "random", "secrets"),
}
IMPURE_FILES = {"tables", "store", "service", "handlers", "jobs", "routes", "pages"}
IMPURE_CALLS = {"open", "print", "input"}


def _packages() -> list[Path]:
    return sorted(init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name not in OUTSIDE)


def _sources(*extra: str) -> Iterator[Path]:
    """Our own code: `main.py` and every package, and the folders named in `extra`."""
    yield from ROOT.glob("main.py")
    for folder in [*_packages(), *(ROOT / name for name in extra)]:
        yield from sorted(folder.rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), _name(path))


def _says_it_is_pure(tree: ast.Module) -> bool:
    return re.search(r"\bPure\b[.:]", ast.get_docstring(tree) or "") is not None


def _pure_sources() -> list[Path]:
    listed = {path for pattern in PURE for path in ROOT.glob(pattern)}
    return sorted(listed | {path for path in _sources() if _says_it_is_pure(_tree(path))})


def _bindings(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(local name, what it stands for, the dotted name imported), wherever in the module the import is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name, alias in ((each.name, each.asname) for each in node.names):
                top = name.partition(".")[0]
                yield (alias, name, name) if alias else (top, top, name)
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                dotted = f"{node.module or ''}.{each.name}"
                yield each.asname or each.name, dotted, dotted


def _dotted(node: ast.expr, imports: dict[str, str]) -> str | None:
    """`dt.datetime.now` after `import datetime as dt` is `datetime.datetime.now`."""
    if isinstance(node, ast.Name):
        return imports.get(node.id)
    if isinstance(node, ast.Attribute):
        left = _dotted(node.value, imports)
        return left and f"{left}.{node.attr}"
    return None


def clock_reads(tree: ast.Module) -> list[str]:
    """Every mention of a function that reads the clock, called or handed on."""
    imports = {local: meaning for local, meaning, _ in _bindings(tree)}
    names = ((node, _dotted(node, imports)) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    return [f"line {node.lineno}: {name}" for node, name in names if name in CLOCK_READS]


def impurities(tree: ast.Module) -> list[str]:
    """What a pure module must not import or call."""
    imported = [
        name
        for _, _, name in _bindings(tree)
        if any(f"{name}.".startswith(f"{banned}.") for banned in IMPURE_MODULES)
        or IMPURE_FILES & set(name.split(".")[1:])
    ]
    called = [
        f"line {node.lineno}: {node.func.id}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS
    ]
    return imported + called


def long_functions(tree: ast.Module) -> list[str]:
    """Functions past `LONGEST_FUNCTION` lines, from `def` to the last line."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = ((node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions)
    return [f"{name} has {length} lines" for name, length in lengths if length > LONGEST_FUNCTION]


def test_decisions_and_readers_are_pure() -> None:
    assert {_name(path): found for path in _pure_sources() if (found := impurities(_tree(path)))} == {}


def test_only_the_clock_module_reads_the_clock() -> None:
    others = (path for path in _sources("migrations", "benchmarks") if _name(path) != THE_CLOCK)
    assert {_name(path): found for path in others if (found := clock_reads(_tree(path)))} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert {_name(path): found for path in _sources() if (found := long_functions(_tree(path)))} == {}


def test_no_module_is_longer_than_one_sitting() -> None:
    lengths = {_name(path): len(path.read_text("utf-8").splitlines()) for path in _sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_every_module_is_named_after_what_it_holds() -> None:
    names = (path.relative_to(ROOT) for path in _sources("migrations", "benchmarks", "tests"))
    assert [name.as_posix() for name in names if NAMELESS & set(name.with_suffix("").parts)] == []


def test_every_package_says_what_it_is_for() -> None:
    inits = [path for path in _sources() if path.name == "__init__.py"]
    assert [_name(path) for path in inits if (ast.get_docstring(_tree(path)) or "TODO") == "TODO"] == []


def test_import_linter_and_mypy_know_every_package() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    packages = {path.name for path in _packages()}
    assert set(tools["mypy"]["packages"]) == packages
    assert set(tools["importlinter"]["root_packages"]) == packages


def test_nothing_imports_the_composition_root() -> None:
    """`main` is a module, which import-linter does not take; so the top of the stack is checked here."""
    imported = {_name(path): {name for _, _, name in _bindings(_tree(path))} for path in _sources()}
    assert [path for path, names in imported.items() if any(f"{name}.".startswith("main.") for name in names)] == []


def test_links_in_the_documents_lead_to_files() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = (
        (document, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
        if "://" not in target
    )
    assert [(_name(document), target) for document, target in links if not (document.parent / target).exists()] == []


def test_the_clock_check_sees_through_aliases() -> None:
    source = (
        "import datetime as dt\nfrom time import time as now\nx = dt.datetime.now\ny = now()\nz = dt.date.today()\n"
    )
    assert clock_reads(ast.parse(source)) == [
        "line 3: datetime.datetime.now",
        "line 4: time.time",
        "line 5: datetime.date.today",
    ]


def test_the_clock_check_allows_dates_and_stopwatches() -> None:
    source = "import time\nfrom datetime import date, time as of_day\ndate(2026, 1, 1)\nof_day(9)\ntime.monotonic()\n"
    assert clock_reads(ast.parse(source)) == []


def test_the_purity_check_finds_imports_store_modules_and_files() -> None:
    source = "import os.path, credit.tables, ostrich\nfrom psycopg import sql\nfrom payments import store\nopen('x')\n"
    found = impurities(ast.parse(source))
    assert found == ["os.path", "credit.tables", "psycopg.sql", "payments.store", "line 4: open()"]


def test_the_length_check_counts_from_def_to_the_last_line() -> None:
    body = "    x = 1\n"
    assert long_functions(ast.parse("def f():\n" + body * (LONGEST_FUNCTION - 1))) == []
    assert long_functions(ast.parse("def f():\n" + body * LONGEST_FUNCTION)) == ["f has 61 lines"]
