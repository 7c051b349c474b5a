"""The import door: files by the API, in the queue, in ZIPs and from a folder, and what is asked back of them."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

import main
from commands.system import System
from commands.web import build_web
from intake import claims, store
from intake.door import work_off
from intake.queue import ImportQueue
from intake.service import import_file
from intake.watching import look
from payments.tables import BankEntry
from receivables.imports import ROWS_A_TRANSACTION, Handed, LostClaim
from receivables.tables import Customer, ImportRun
from runtime import access
from runtime.clock import SetClock, SystemClock
from runtime.jobs import run_job
from runtime.work import Role
from tests.builders import TODAY, a_bank_account
from tests.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = "customer_id,name,currency\nC-1,Acme,EUR\nC-2,Bolt,EUR\n"
WITH_FLAWS = "customer_id;name;currency\nC-1;Acme;EUR\nC-2;;EUR\nC-3;Cord;XXY\nC-4;Dune\n"
OTHER_IBAN = "DE89370400440532013000"


def _mt940(account: str, amount: str = "100,00") -> str:
    return (
        f":20:START\n:25:{account}\n:28C:1/1\n:60F:C261118EUR0,00\n"
        f":61:2611191119C{amount}NTRFNONREF\n:86:Payment\n:62F:C261119EUR{amount}\n-\n"
    )


@pytest.fixture
def api(system: System) -> TestClient:
    return _client(system, Role.CONTROLLER)


def _client(system: System, role: Role) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, role.value, role))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"})


def _post(api: TestClient, content: str | bytes, kind: str | None, name: str = "file.csv", **more: Any) -> Any:
    fields = {"kind": kind, **more.pop("data", {})}
    data = {key: value for key, value in fields.items() if value}
    return api.post("/api/v1/imports", data=data, files={"file": (name, content)}, **more)


def _work_all(system: System) -> None:
    queue = ImportQueue(system.door)
    while queue.work_one():
        pass


def _got(api: TestClient, answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.get(answer.headers["Location"]).json()
    return found


def _zip(**members: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _entries(system: System) -> int:
    return system.house.read(lambda work: work.session.scalar(select(func.count()).select_from(BankEntry)) or 0)


def _customers(system: System) -> int:
    return system.house.read(lambda work: work.session.scalar(select(func.count()).select_from(Customer)) or 0)


# ── the API ─────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_accepted_waits_and_is_read_by_the_queue(system: System, api: TestClient) -> None:
    answer = _post(api, CUSTOMERS, "customers")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert answer.headers["Location"] == f"/api/v1/imports/{answer.json()['id']}"
    assert _customers(system) == 0
    _work_all(system)
    found = _got(api, answer)
    assert {name: found[name] for name in ("state", "total", "done", "created", "rejected")} == {
        "state": "done", "total": 2, "done": 2, "created": 2, "rejected": 0,
    }  # fmt: skip
    assert found["started_at"]
    assert found["finished_at"]
    assert api.get("/api/v1/imports").json()["data"][0] == found


def test_a_file_says_itself_what_it_holds(system: System, api: TestClient) -> None:
    orders = "order_number,customer_id,received_at,currency,amount\nO-1,C-1,2026-11-18T09:00:00Z,EUR,10.00\n"
    invoices = "invoice_number,customer_id,issued_on,currency,amount,order_number\nF-1,C-1,2026-11-18,EUR,10.00,O-1\n"
    kinds = [_post(api, content, None).json()["kind"] for content in (CUSTOMERS, orders, invoices, _mt940(OTHER_IBAN))]
    assert kinds == ["customers", "orders", "invoices", "statement"]


def test_the_same_key_and_file_are_one_import_and_another_file_is_refused(system: System, api: TestClient) -> None:
    key = {"Idempotency-Key": "push-1"}
    first = _post(api, CUSTOMERS, "customers", headers=key)
    again = _post(api, CUSTOMERS, "customers", headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["Location"] == first.headers["Location"]
    assert _post(api, CUSTOMERS + "C-3,Cord,EUR\n", "customers", headers=key).status_code == 422
    assert len(api.get("/api/v1/imports").json()["data"]) == 1


def test_the_same_statement_again_is_answered_with_the_first_import(system: System, api: TestClient) -> None:
    ids = {_post(api, _mt940(OTHER_IBAN), "statement", name=f"{n}.sta").json()["id"] for n in range(3)}
    assert len(ids) == 1
    _work_all(system)
    assert _post(api, _mt940(OTHER_IBAN), "statement").json()["id"] in ids
    assert _entries(system) == 1


def test_who_may_hand_in_what(system: System, api: TestClient) -> None:
    erp, viewer = _client(system, Role.ERP), _client(system, Role.VIEWER)
    assert _post(erp, CUSTOMERS, "customers").status_code == 202
    assert _post(erp, _mt940(OTHER_IBAN), "statement").status_code == 403
    assert _post(viewer, CUSTOMERS, "customers").status_code == 403
    waiting = erp.get("/api/v1/imports").json()["data"]
    assert [each["kind"] for each in waiting] == ["customers"]


def test_a_program_that_may_not_push_statements_does_not_smuggle_them_in_a_zip(system: System) -> None:
    erp = _client(system, Role.ERP)
    answer = _post(erp, _zip(**{"a.sta": _mt940(OTHER_IBAN), "c.csv": CUSTOMERS}), None, name="all.zip")
    assert answer.status_code == 202
    _work_all(system)
    files = [erp.get(f"/api/v1/imports/{each}").json() for each in _got(erp, answer)["files"]]
    assert [(each["file"], each["state"]) for each in files] == [
        ("all.zip/a.sta", "refused"),
        ("all.zip/c.csv", "done"),
    ]


def test_an_upload_over_the_limit_is_refused_and_nothing_is_kept(system: System, api: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
        for _ in range(212):
            yield b"0" * 1024 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert api.post("/api/v1/imports", content=endless(), headers=headers).status_code == 413
    assert api.get("/api/v1/imports").json()["data"] == []
    assert [path.name for path in system.house.var_dir.iterdir() if path.name.startswith("upload-")] == []


def test_an_empty_file_an_unknown_kind_and_a_bad_field_are_refused_at_once(system: System, api: TestClient) -> None:
    assert _post(api, "", "customers").status_code == 422
    assert _post(api, CUSTOMERS, "recipes").status_code == 422
    assert _post(api, CUSTOMERS, "customers", data={"company": "A\x00B"}).status_code == 422
    assert api.get(f"/api/v1/imports/{UUID(int=7)}").status_code == 404


def test_problems_are_listed_in_the_order_of_the_file(system: System, api: TestClient) -> None:
    answer = _post(api, WITH_FLAWS, "customers")
    _work_all(system)
    assert (_got(api, answer)["created"], _got(api, answer)["rejected"]) == (1, 3)
    first = api.get(f"{answer.headers['Location']}/problems?limit=2").json()
    rest = api.get(f"{answer.headers['Location']}/problems?limit=2&cursor={first['next_cursor']}").json()
    assert [(each["where"], each["field"]) for each in first["data"] + rest["data"]] == [
        ("line 3", "name"), ("line 4", "currency"), ("line 5", None),
    ]  # fmt: skip


def test_rejected_rows_come_back_as_they_were_with_the_reason(system: System, api: TestClient) -> None:
    answer = _post(api, WITH_FLAWS, "customers")
    _work_all(system)
    download = api.get(f"{answer.headers['Location']}/rejected.csv")
    assert download.headers["Content-Type"].startswith("text/csv")
    lines = download.text.splitlines()
    assert lines[0] == "customer_id;name;currency;error"
    assert [line.split(";")[:3] for line in lines[1:]] == [
        ["C-2", "", "EUR"],
        ["C-3", "Cord", "XXY"],
        ["C-4", "Dune", ""],
    ]
    assert lines[1].split(";")[3].startswith("name: ")
    mended = download.text.replace("C-2;;", "C-2;Bolt;").replace("XXY", "EUR").replace("Dune;;", "Dune;EUR;")
    again = _post(api, mended, "customers")
    _work_all(system)
    assert (_got(api, again)["created"], _got(api, again)["rejected"]) == (3, 0)


def test_no_rejected_cell_becomes_a_formula_and_all_come_back_as_meant(system: System, api: TestClient) -> None:
    rows = "customer_id;name;currency\n=1+1;@Acme;XXY\nC-2;+Bolt;XXY\n"
    answer = _post(api, rows, "customers")
    _work_all(system)
    handed_out = api.get(f"{answer.headers['Location']}/rejected.csv").text
    assert [line.split(";")[:2] for line in handed_out.splitlines()[1:]] == [["'=1+1", "'@Acme"], ["C-2", "'+Bolt"]]
    again = _post(api, handed_out.replace("XXY", "EUR"), "customers")
    _work_all(system)
    assert _got(api, again)["created"] == 2
    assert api.get("/api/v1/customers/=1+1").json()["name"] == "@Acme"
    assert api.get("/api/v1/customers/C-2").json()["name"] == "+Bolt"


def test_every_row_of_an_invoice_rejected_for_one_of_its_instalments_comes_back(
    system: System, api: TestClient
) -> None:
    rows = (
        "invoice_number,customer_id,issued_on,due_on,currency,amount\n"
        "F-1,C-1,2026-11-01,2026-12-01,EUR,50.00\n"
        "F-1,C-1,2026-11-01,2026-13-01,EUR,50.00\n"
        "F-2,C-1,2026-11-01,2026-12-01,EUR,70.00\n"
    )
    _post(api, CUSTOMERS, "customers")
    answer = _post(api, rows, "invoices")
    _work_all(system)
    lines = api.get(f"{answer.headers['Location']}/rejected.csv").text.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["invoice_number", "F-1", "F-1"]


def test_rejected_objects_of_ndjson_come_back_as_rows(system: System, api: TestClient) -> None:
    content = '{"customer_id":"C-1","name":"Acme","currency":"EUR"}\n{"customer_id":"C-2","currency":"EUR"}\n'
    answer = _post(api, content, "customers", name="c.ndjson")
    _work_all(system)
    lines = api.get(f"{answer.headers['Location']}/rejected.csv").text.splitlines()
    assert lines[0] == "customer_id,name,currency,error"
    assert lines[1].startswith("C-2,,EUR,")
    clean = _post(api, CUSTOMERS, "customers")
    _work_all(system)
    assert api.get(f"{clean.headers['Location']}/rejected.csv").status_code == 404


# ── questions ───────────────────────────────────────────────────────────────────────────────────


def test_a_held_statement_asks_for_its_account_and_is_read_again_once_told(system: System, api: TestClient) -> None:
    system.house.write(a_bank_account)
    answer = _post(api, _mt940(OTHER_IBAN), "statement")
    _work_all(system)
    held = _got(api, answer)
    assert (held["state"], held["question"]) == (
        "held", {"asks": "account", "account": OTHER_IBAN, "currency": "EUR"},
    )  # fmt: skip
    told = api.post(f"{answer.headers['Location']}/answer", json={"add_account": True})
    assert (told.status_code, told.json()["state"]) == (202, "waiting")
    _work_all(system)
    done = _got(api, answer)
    assert (done["state"], done["created"], done["question"]) == ("done", 1, None)
    accounts = api.get("/api/v1/bank-accounts").json()["data"]
    assert OTHER_IBAN in [each["account"] for each in accounts]
    assert api.post(f"{answer.headers['Location']}/answer", json={"add_account": True}).status_code == 409


def test_a_file_that_holds_nothing_says_so_in_the_list(system: System, api: TestClient) -> None:
    nothing = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><SIGNONMSGSRSV1></OFX>"
    answer = _post(api, nothing, None, "empty.ofx")
    _work_all(system)
    assert _got(api, answer)["state"] == "done"
    assert "There is no statement in this file." in api.get("/imports").text


def test_a_file_that_tells_nothing_is_held_until_somebody_says_what_it_holds(system: System, api: TestClient) -> None:
    answer = _post(api, "customer,called\nC-1,Acme\n", None)
    assert (answer.json()["state"], answer.json()["question"]["asks"]) == ("held", "kind")
    _work_all(system)
    where = f"{answer.headers['Location']}/answer"
    assert api.post(where, json={}).status_code == 422
    assert api.post(where, json={"kind": "customers", "currency": "EURO"}).status_code == 422
    assert api.post(where, json={"kind": "customers"}).status_code == 202
    _work_all(system)
    assert _got(api, answer)["state"] == "refused"


def test_a_refused_file_can_be_read_again_as_another_kind(system: System, api: TestClient) -> None:
    answer = _post(api, CUSTOMERS, "invoices")
    _work_all(system)
    assert (_got(api, answer)["created"], _got(api, answer)["updated"]) == (0, 0)
    wrong = _post(api, _mt940(OTHER_IBAN), "invoices")
    _work_all(system)
    assert _got(api, wrong)["state"] == "refused"
    assert api.post(f"{wrong.headers['Location']}/answer", json={"kind": "statement"}).status_code == 202
    _work_all(system)
    assert (_got(api, wrong)["state"], _got(api, wrong)["created"]) == ("done", 1)


# ── the queue ───────────────────────────────────────────────────────────────────────────────────


def test_of_two_queues_only_one_gets_a_run(system: System, api: TestClient) -> None:
    run_id = UUID(_post(api, CUSTOMERS, "customers").json()["id"])
    took = [system.house.write(lambda work, who=who: claims.take(work, run_id, who)) for who in ("one", "two")]  # type: ignore[misc]
    assert took == [True, False]


def test_a_lost_run_is_taken_up_after_its_claim_ran_out_and_not_before(
    system: System, api: TestClient, clock: SetClock
) -> None:
    answer = _post(api, CUSTOMERS, "customers")
    system.house.write(lambda work: claims.take(work, UUID(answer.json()["id"]), "a process that died"))
    _work_all(system)
    assert _got(api, answer)["state"] == "running"
    clock.at += claims.LIFE + timedelta(seconds=1)
    _work_all(system)
    assert (_got(api, answer)["state"], _got(api, answer)["created"]) == ("done", 2)


def test_a_file_that_keeps_killing_its_process_is_refused(system: System, api: TestClient, clock: SetClock) -> None:
    answer = _post(api, CUSTOMERS, "customers")
    for _ in range(claims.MOST_ATTEMPTS):
        system.house.write(lambda work: claims.take(work, UUID(answer.json()["id"]), "a process that died"))
        clock.at += claims.LIFE + timedelta(seconds=1)
    _work_all(system)
    assert (_got(api, answer)["state"], _customers(system)) == ("refused", 0)


def test_who_lost_the_claim_writes_nothing_any_more(system: System, api: TestClient, clock: SetClock) -> None:
    run_id = UUID(_post(api, CUSTOMERS, "customers").json()["id"])
    system.house.write(lambda work: claims.take(work, run_id, "slow"))
    clock.at += claims.LIFE + timedelta(seconds=1)
    assert system.house.write(lambda work: claims.take(work, run_id, "quick"))
    assert not system.house.write(lambda work: claims.renew(work, run_id, "slow"))
    system.house.write(lambda work: claims.give_back(work, run_id, "slow"))
    assert system.house.read(lambda work: store.run(work.session, run_id).claimed_by) == "quick"
    assert system.house.write(lambda work: store.claimed_run(work.session, run_id, "slow")) is None


def test_a_stalled_process_does_not_store_a_statement_that_another_one_has_taken_up(
    system: System, api: TestClient, clock: SetClock
) -> None:
    answer = _post(api, _mt940(OTHER_IBAN), "statement")
    run_id = UUID(answer.json()["id"])
    system.house.write(lambda work: claims.take(work, run_id, "slow"))
    stalled = system.house.write(lambda work: store.run(work.session, run_id))
    clock.at += claims.LIFE + timedelta(seconds=1)
    system.house.write(lambda work: claims.take(work, run_id, "quick"))
    with pytest.raises(LostClaim):
        work_off(system.door, stalled, "slow")
    assert (_got(api, answer)["state"], _entries(system)) == ("running", 0)
    work_off(system.door, system.house.write(lambda work: store.run(work.session, run_id)), "quick")
    assert (_got(api, answer)["state"], _entries(system)) == ("done", 1)


def test_the_serving_process_reads_what_is_handed_in_and_stops_cleanly(system: System) -> None:
    key = system.house.write(lambda work: access.add_api_key(work, "desk", Role.CONTROLLER))
    with TestClient(build_web(system, reads_imports=True), headers={"Authorization": f"Bearer {key}"}) as api:
        answer = _post(api, CUSTOMERS, "customers")
        until = time.monotonic() + 120
        while _got(api, answer)["state"] != "done":
            assert time.monotonic() < until
            time.sleep(0.05)


def _many_customers(count: int) -> str:
    return "customer_id,name,currency\n" + "".join(f"K-{n},Customer {n},EUR\n" for n in range(count))


DIES_WHILE_READING = """
import os, signal, sys
from pathlib import Path
import main
from config.settings import Settings
from intake.service import import_file
from receivables.imports import Handed
url, folder, path = sys.argv[1:4]
system = main.build(Settings(database_url=url, var_dir=Path(folder), secret_key="a key for tests only, 32 characters",
                             _env_file=None))
def die(so_far):
    if so_far.done > 0:
        os.kill(os.getpid(), signal.SIGKILL)
import_file(system.door, Handed("customers", Path(path), "many.csv"), tell=die)
"""


def test_the_queue_goes_on_where_a_killed_process_stopped(
    system: System, api: TestClient, clock: SetClock, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    path.write_text(_many_customers(26_000), encoding="utf-8")
    command = [sys.executable, "-c", DIES_WHILE_READING, database_url, str(tmp_path), str(path)]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    [found] = api.get("/api/v1/imports").json()["data"]
    assert (found["state"], found["done"], found["total"]) == ("running", ROWS_A_TRANSACTION, 26_000)
    clock.at = SystemClock().now() + claims.LIFE + timedelta(seconds=1)
    _work_all(system)
    after = api.get(f"/api/v1/imports/{found['id']}").json()
    assert {name: after[name] for name in ("state", "created", "unchanged", "rejected")} == {
        "state": "done", "created": 26_000 - ROWS_A_TRANSACTION, "unchanged": ROWS_A_TRANSACTION, "rejected": 0,
    }  # fmt: skip
    assert _customers(system) == 26_000


def test_a_queue_told_to_stop_lets_go_between_two_parts_and_the_next_one_goes_on(
    system: System, api: TestClient
) -> None:
    answer = _post(api, _many_customers(26_000), "customers")
    with ImportQueue(system.door):
        until = time.monotonic() + 120
        while not _got(api, answer)["done"]:
            assert time.monotonic() < until
            time.sleep(0.01)
    stopped = _got(api, answer)
    assert stopped["state"] in ("waiting", "done")
    _work_all(system)
    assert (_got(api, answer)["state"], _customers(system)) == ("done", 26_000)


# ── ZIPs ────────────────────────────────────────────────────────────────────────────────────────


def test_every_file_of_a_zip_is_an_import_of_its_own(system: System, api: TestClient) -> None:
    packed = _zip(**{"in/c.csv": CUSTOMERS, "bank.sta": _mt940(OTHER_IBAN), "note.txt": "hello", ".hidden": "x"})
    answer = _post(api, packed, None, name="day.zip")
    assert answer.json()["kind"] == "archive"
    _work_all(system)
    found = _got(api, answer)
    assert {name: found[name] for name in ("state", "total", "done", "created")} == {
        "state": "done", "total": 3, "done": 3, "created": 3,
    }  # fmt: skip
    files = [api.get(f"/api/v1/imports/{each}").json() for each in found["files"]]
    assert [(each["file"], each["kind"], each["state"]) for each in files] == [
        ("day.zip/in/c.csv", "customers", "done"),
        ("day.zip/bank.sta", "statement", "done"),
        ("day.zip/note.txt", None, "held"),
    ]
    assert {each["archive"] for each in files} == {found["id"]}


def _refusal_of(system: System, api: TestClient, packed: bytes) -> str:
    answer = _post(api, packed, None, name="bad.zip")
    began = time.process_time()
    _work_all(system)
    assert time.process_time() - began < 5
    found = _got(api, answer)
    assert (found["state"], found["files"]) == ("refused", [])
    message: str = api.get(f"{answer.headers['Location']}/problems").json()["data"][0]["message"]
    return message


def test_a_zip_that_is_a_trap_is_refused_whole(system: System, api: TestClient, tmp_path: Path) -> None:
    many = _zip(**{f"{n}.csv": "x" for n in range(1_001)})
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        about = zipfile.ZipInfo("link.csv")
        about.external_attr = 0o120777 << 16
        archive.writestr(about, "/etc/passwd")
    sealed = bytearray(_zip(**{"c.csv": CUSTOMERS}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        sealed[sealed.find(mark) + place] |= 1
    assert "times its packed size" in _refusal_of(system, api, _zip(**{"bomb.csv": b"0" * 26_000_000}))
    assert "more than 1000 files" in _refusal_of(system, api, many)
    assert "archive within" in _refusal_of(system, api, _zip(**{"a.csv": CUSTOMERS, "b.zip": _zip(**{"c": "d"})}))
    assert "leads out" in _refusal_of(system, api, _zip(**{"../../etc/cron.d/x": "x"}))
    assert "leads out" in _refusal_of(system, api, _zip(**{"C:\\x.csv": "x"}))
    assert "link" in _refusal_of(system, api, link.getvalue())
    assert "encrypted" in _refusal_of(system, api, bytes(sealed))
    assert "no file" in _refusal_of(system, api, _zip())
    assert "cut short" in _refusal_of(system, api, _zip(**{"c.csv": CUSTOMERS})[:-30])
    assert not list(tmp_path.glob("unpacked-*"))
    assert _customers(system) == 0


# ── the command line's way ──────────────────────────────────────────────────────────────────────


def test_whoever_waits_gets_the_files_of_a_zip_one_by_one(system: System, tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    path.write_bytes(_zip(**{"good.csv": CUSTOMERS, "bad.csv": "nothing,known\n1,2\n"}))
    imported = import_file(system.door, Handed("customers", path, path.name))
    assert [(each.file, each.state, each.created) for each in imported.members] == [
        ("both.zip/good.csv", "done", 2),
        ("both.zip/bad.csv", "refused", 0),
    ]
    assert (imported.state, imported.created) == ("refused", 2)


def test_what_is_said_about_a_file_reaches_its_importer_when_it_is_read(system: System, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    heard: list[Handed] = []

    def listen(_house: Any, _actor: Any, handed: Handed, *_: Any) -> None:
        heard.append(handed)

    door = type(system.door)(system.house, system.archive, {"customers": listen})
    import_file(door, Handed("customers", path, "c.csv", "NW", "csv", account="ES91", currency="EUR"))
    [found] = heard
    assert (found.company, found.format, found.account, found.currency, found.adopts_accounts) == (
        "NW", "csv", "ES91", "EUR", False,
    )  # fmt: skip


# ── the watched folder ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    for name in ("statements", "customers"):
        (made / name).mkdir(parents=True)
    return made


def _lay(system: System, path: Path, content: str | bytes, *, age: float = 60) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    at = system.house.clock.now().timestamp() - age
    os.utime(path, (at, at))


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_files_in_the_folder_are_imported_and_moved_with_their_problems(system: System, folder: Path) -> None:
    system.house.write(a_bank_account)
    _lay(system, folder / "any.csv", CUSTOMERS)
    _lay(system, folder / "customers" / "flaws.csv", WITH_FLAWS)
    _lay(system, folder / "statements" / "new.sta", _mt940(OTHER_IBAN))
    _lay(system, folder / "statements" / "cut.sta", _mt940(OTHER_IBAN)[:-20])
    _lay(system, folder / "pair.zip", _zip(**{"more.csv": "customer_id,name,currency\nC-9,Zeta,EUR\n"}))
    assert look(system.door, folder) == {"done": 3, "failed": 1, "held": 1}
    assert _names(folder) == [
        "done/any.csv", "done/flaws.csv", "done/flaws.csv.problems.txt", "done/pair.zip", "failed/cut.sta",
        "failed/cut.sta.problems.txt", "held/new.sta", "held/new.sta.problems.txt",
    ]  # fmt: skip
    assert "line 4" in (folder / "done" / "flaws.csv.problems.txt").read_text("utf-8")
    assert OTHER_IBAN in (folder / "held" / "new.sta.problems.txt").read_text("utf-8")
    assert look(system.door, folder) == {"done": 0, "failed": 0, "held": 0}


def test_a_file_still_being_written_is_left_alone(system: System, folder: Path) -> None:
    _lay(system, folder / "fresh.csv", CUSTOMERS, age=1)
    _lay(system, folder / "half.csv.part", CUSTOMERS)
    _lay(system, folder / ".hidden.csv", CUSTOMERS)
    (folder / "link.csv").symlink_to("/etc/hostname")
    assert look(system.door, folder) == {"done": 0, "failed": 0, "held": 0}
    assert len(_names(folder)) == 4


def test_a_file_imported_but_not_moved_is_only_moved(system: System, folder: Path) -> None:
    path = folder / "customers" / "c.csv"
    _lay(system, path, CUSTOMERS)
    stamp = f"customers/c.csv {path.stat().st_mtime_ns}"
    import_file(system.door, Handed("customers", path, "c.csv"), source=stamp)
    assert look(system.door, folder)["done"] == 1
    assert system.house.read(lambda work: work.session.scalar(select(func.count()).select_from(ImportRun))) == 1


def test_the_same_file_laid_in_again_is_imported_again(system: System, folder: Path) -> None:
    for _ in range(2):
        _lay(system, folder / "c.csv", CUSTOMERS)
        assert look(system.door, folder)["done"] == 1
    assert system.house.read(lambda work: work.session.scalar(select(func.count()).select_from(ImportRun))) == 2
    assert _names(folder) == ["done/c (2).csv", "done/c.csv"]


def test_a_folder_job_is_there_when_a_folder_is_named_and_runs_by_the_bell_again_and_again(
    database_url: str, tmp_path: Path, folder: Path, clock: SetClock
) -> None:
    settings = settings_for(database_url, tmp_path)
    assert "watch-folder" not in main.build(settings).jobs
    system = main.build(settings.model_copy(update={"watch_dir": folder}), clock=clock)
    for name in ("a", "b"):
        _lay(system, folder / f"{name}.csv", CUSTOMERS)
        assert run_job(system.house, system.jobs["watch-folder"], TODAY, by_bell=True)["done"] == 1
    _lay(system, folder / "c.csv", CUSTOMERS)
    assert run_job(system.house, system.jobs["watch-folder"], TODAY, dry_run=True) == {"would_take": 1}
    system.house.database.close()
