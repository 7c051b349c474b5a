"""Requests a CPU second of one process: one invoice read, one invoice pushed and committed, over the ASGI application.

The application is called as a server calls it, without a socket, so that the figures are ours and not the parser's of
HTTP. CPU time of the whole process counts, threads included. Goals: reading 1,000, pushing 600 a CPU second on SQLite.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

import main
from commands.web import build_web
from config.settings import Settings
from receivables.service import add_company
from runtime import access, logs
from runtime.work import Role, Work

READS, WRITES = 300, 100
App = Callable[..., Awaitable[None]]


def build(folder: Path) -> tuple[App, str]:
    """An application over a fresh database with a company, and a key for it."""
    settings = Settings(var_dir=folder, secret_key="a key for measuring, 32 characters", _env_file=None)  # type: ignore[call-arg]
    system = main.build(settings)
    logs.configure("WARNING")
    system.migrate()

    def stage(work: Work) -> str:
        add_company(work, "NW", name="Nordwind", legal_name="Nordwind SL", country="ES", currency="EUR")
        return access.add_api_key(work, "bench", Role.CONTROLLER)

    return build_web(system), system.house.write(stage)


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


async def measured(count: int, call: Callable[[int], Awaitable[int]], expected: int) -> float:
    """Calls a CPU second."""
    began = time.process_time()
    for number in range(count):
        assert await call(number) == expected
    return count / (time.process_time() - began)


async def run(app: App, key: str) -> None:
    customers = orjson.dumps({"customers": [{"customer_id": "ACME", "name": "Acme Ltd"}]})
    assert await ask(app, key, "POST", "/api/v1/customers/batch", customers) == 207
    push = await measured(WRITES, lambda n: ask(app, key, "POST", "/api/v1/invoices/batch", invoice(n)), 207)
    read = await measured(READS, lambda n: ask(app, key, "GET", f"/api/v1/invoices/F-{n % WRITES:06}"), 200)
    print(f"GET one invoice: {read:,.0f} a CPU second")
    print(f"POST one invoice with commit: {push:,.0f} a CPU second")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(*build(Path(folder))))
