"""Requests a CPU second of one process: one invoice read, one invoice pushed and committed, over the ASGI application.

The application is called as a server calls it, without a socket, so that the figures are ours and not the parser's of
HTTP. CPU time of the whole process counts, threads included. Goals: reading 1,000, pushing 600 a CPU second on SQLite.
"""

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import Body, FastAPI
from fastapi.responses import Response
from sqlalchemy import Engine, bindparam, insert, select

import main
from commands.web import build_web
from config.settings import Settings
from receivables.service import add_company
from receivables.tables import Customer, Invoice, Note
from runtime import access, logs
from runtime.ids import new_id
from runtime.work import Role, Work

NOW = datetime(2026, 10, 1, tzinfo=UTC)
READS, WRITES, WARM_UP = 1_000, 500, 30
App = Callable[..., Awaitable[None]]
Call = Callable[[int], Awaitable[int]]


def build(folder: Path) -> tuple[App, str, Engine]:
    """An application over a fresh database with a company, a key for it, and the database itself."""
    settings = Settings(var_dir=folder, secret_key="a key for measuring, 32 characters", _env_file=None)  # type: ignore[call-arg]
    system = main.build(settings)
    logs.configure("WARNING")
    system.migrate()

    def stage(work: Work) -> str:
        add_company(work, "NW", name="Nordwind", legal_name="Nordwind SL", country="ES", currency="EUR")
        return access.add_api_key(work, "bench", Role.CONTROLLER)

    return build_web(system), system.house.write(stage), system.house.database.engine


async def ask(app: App, key: str, method: str, path: str, body: bytes = b"") -> int:
    """One request; its status."""
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http", "server": ("bench", 80),
        "client": ("bench", 1), "state": {},
        "headers": [
            (b"authorization", f"Bearer {key}".encode()), (b"host", b"bench"), (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
    }  # fmt: skip
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


def invoice(number: int) -> bytes:
    row = {
        "invoice_number": f"F-{number:06}", "customer_id": "ACME", "issued_on": "2026-10-01", "due_on": "2026-10-31",
        "currency": "EUR", "amount": "1234.50",
    }  # fmt: skip
    return orjson.dumps({"invoices": [row]})


async def measured(count: int, call: Call, expected: int) -> float:
    """Calls a CPU second."""
    began = time.process_time()
    for number in range(count):
        assert await call(number) == expected
    return count / (time.process_time() - began)


def bare(engine: Engine) -> FastAPI:
    """The least an API can do with this framework, this database and this durability: a row read, a note committed."""
    app = FastAPI()
    of_number = select(Invoice.number, Invoice.amount, Invoice.currency).where(Invoice.number == bindparam("number"))

    @app.get("/{number}")
    async def read(number: str) -> Response:
        with engine.execution_options(reading=True).connect() as connection:
            found = connection.execute(of_number, {"number": number}).one()
        return Response(orjson.dumps(dict(found._mapping)), media_type="application/json")

    @app.post("/{number}")
    async def write(number: str, body: Annotated[dict[str, Any], Body()]) -> Response:
        with engine.begin() as connection:
            customer = connection.execute(select(Customer.id)).scalars().first()
            row = {"id": new_id(), "customer_id": customer, "kind": "remark", "body": str(body), "author": number}
            connection.execute(insert(Note), {**row, "at": NOW})
        return Response(b"{}", status_code=207, media_type="application/json")

    return app


async def compared(what: str, count: int, ours: Call, theirs: Call, status: int) -> None:
    for number in range(WARM_UP):
        await ours(WRITES + number)
        await theirs(WRITES + number)
    rate, least = await measured(count, ours, status), await measured(count, theirs, status)
    print(f"{what}: {rate:,.0f} a CPU second; bare {least:,.0f}; ratio {least / rate:.1f}; N {count}")


async def run(app: App, key: str, engine: Engine) -> None:
    customers = orjson.dumps({"customers": [{"customer_id": "ACME", "name": "Acme Ltd"}]})
    assert await ask(app, key, "POST", "/api/v1/customers/batch", customers) == 207
    least = bare(engine)
    await compared(
        "POST one invoice with commit",
        WRITES,
        lambda n: ask(app, key, "POST", "/api/v1/invoices/batch", invoice(n)),
        lambda n: ask(least, key, "POST", f"/F-{n:06}", invoice(n)),
        207,
    )
    await compared(
        "GET one invoice",
        READS,
        lambda n: ask(app, key, "GET", f"/api/v1/invoices/F-{n % WRITES:06}"),
        lambda n: ask(least, key, "GET", f"/F-{n % WRITES:06}"),
        200,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory: {peak:,.0f} MB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(*build(Path(folder))))
