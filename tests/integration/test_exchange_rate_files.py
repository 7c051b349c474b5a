"""Rates of the central bank come in as a file: by command, over the API and at the desk, known ones once."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from commands.cli import build_cli
from commands.system import System
from commands.web import build_web
from core.errors import Invalid
from core.problems import Problem
from intake.queue import ImportQueue
from intake.recognise import kind_of
from intake.service import import_file
from payments import exchange_rates
from payments.rate_files import SaidRate, read_rates
from receivables.imports import Handed
from runtime.access import add_api_key
from runtime.work import Actor, Role, Work
from tests import builders as a

HISTORY = "Date,USD,JPY,CYP,KWD,\n2026-11-19,1.0925,163.2,N/A,0.3351,\n2026-11-18,1.0910,162.85,,0.3349,\n"
TODAYS = "Date, USD, JPY, \n19 November 2026, 1.0925, 163.2, \n"
PORTAL = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-11-19,1.0925,A\n"
)


@pytest.mark.parametrize("text", [HISTORY, TODAYS, PORTAL], ids=["history", "today", "portal"])
def test_each_table_says_what_a_euro_was(text: str, tmp_path: Path) -> None:
    problems: list[Problem] = []
    found = list(read_rates(text.splitlines(), problems))
    assert found[0] == SaidRate("EUR", "USD", date(2026, 11, 19), "1.0925")
    assert problems == []
    assert all(Decimal(each.rate) for each in found)
    path = tmp_path / "rates.csv"
    path.write_text(text, "utf-8")
    with path.open("rb") as source:
        assert kind_of(source, "rates.csv") == "exchange_rates"


def test_what_cannot_be_read_is_said_and_keeps_no_other_out() -> None:
    problems: list[Problem] = []
    text = "Date,USD,JPY\n2026-11-19,1.09x,163.2\nyesterday,1.1,\n"
    assert list(read_rates(text.splitlines(), problems)) == [SaidRate("EUR", "JPY", date(2026, 11, 19), "163.2")]
    assert [(each.where, each.field) for each in problems] == [("line 2", "USD"), ("line 3", "USD")]


@pytest.mark.parametrize("text", ["", "Day,USD\n2026-11-19,1\n", "Date,Text\n2026-11-19,1\n"])
def test_another_table_is_refused_whole(text: str) -> None:
    with pytest.raises(Invalid, match="a row a day"):
        list(read_rates(text.splitlines(), []))


def test_the_command_takes_a_file_and_known_rates_stay(system: System, tmp_path: Path) -> None:
    system.house.write(a.a_company)
    counts = []
    for name, text in (("hist.csv", HISTORY), ("today.csv", TODAYS), ("more.csv", HISTORY + "2026-11-17,1.09,162,,\n")):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        result = CliRunner().invoke(build_cli(lambda: system), ["import", "exchange_rates", str(path), "--json"])
        answer = json.loads(result.stdout.strip().splitlines()[-1])
        counts.append((answer["created"], answer["unchanged"], answer["rejected"]))
    assert counts == [(6, 0, 0), (0, 2, 0), (2, 6, 0)]

    def newest(work: Work) -> tuple[str, date, str]:
        rate = exchange_rates.rate_for(work.session, "USD", "EUR", date(2026, 11, 20))
        assert rate is not None
        return rate.rate, rate.on, rate.source

    assert system.house.read(newest) == ("1.0925", date(2026, 11, 19), "ECB reference rate")


def test_the_api_takes_a_file(system: System) -> None:
    system.house.write(a.a_company)
    key = system.house.write(lambda work: add_api_key(work, "desk", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        files = {"file": ("eurofxref.csv", TODAYS.encode())}
        answer = client.post("/api/v1/imports", data={"kind": "exchange_rates"}, files=files)
        assert answer.status_code == 202, answer.text
        while ImportQueue(system.door).work_one():
            pass
        done = client.get(answer.headers["Location"]).json()
        assert (done["state"], done["created"]) == ("done", 2)
        assert [each["quote"] for each in client.get("/api/v1/exchange-rates").json()["data"]] == ["JPY", "USD"]


def test_who_may_not_place_cash_adds_no_rates(system: System, tmp_path: Path) -> None:
    system.house.write(a.a_company)
    path = tmp_path / "rates.csv"
    path.write_text(TODAYS, "utf-8")
    done = import_file(system.door, Handed("exchange_rates", path, "rates.csv"), actor=Actor("key", "erp", Role.ERP))
    assert done.state != "done"
    assert system.house.read(lambda work: exchange_rates.newest(work.session)) == []
