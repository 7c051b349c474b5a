"""Dollars pay invoices in euros: at a rate somebody vouches for, both amounts kept, the difference in the books."""

from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from core.errors import Invalid, Refused
from payments import exchange_rates, service
from payments.abroad import Exchange
from payments.lines_by_hand import NamedLine, exchange_for, place_lines
from payments.reconciliation import reconcile
from payments.tables import BankEntry, ExchangeRate, Payment
from receivables.tables import Posting
from reports.invariants import violations
from runtime import access
from runtime.access import add_api_key
from runtime.work import Role, Work
from tests.builders import TODAY, a_bank_account, a_company, a_customer, an_invoice, money_in, the_item

PASSWORD = "a password for tests only"
ECB = "ECB reference rate"


def stage(work: Work) -> None:
    a_company(work)
    a_bank_account(work, "USD")
    for key, amount in (("ACME", "1000.00"), ("BOREALIS", "500.00")):
        a_customer(work, key)
        an_invoice(work, f"F-{key}", key, amount)
    money_in(work, "1092.50", "F-ACME", currency="USD")


def the_entry(work: Work) -> BankEntry:
    return work.session.query(BankEntry).one()


def place(work: Work, *lines: tuple[str, str], rate: str | None = None, settles: bool = False) -> None:
    named = [NamedLine(number, amount) for number, amount in lines]
    entry = the_entry(work)
    exchange = exchange_for(work, entry, named, rate, "agreed by mail" if rate else "", settles=settles)
    place_lines(work, entry, named, "unapplied", None, exchange)


def balances(work: Work) -> dict[tuple[str, str], int]:
    """(Account, currency) → what stands on it, both sides of every posting counted."""
    found: dict[tuple[str, str], int] = {}
    for row in work.session.query(Posting):
        for account, amount in ((row.account, row.amount), (row.contra, -row.amount)):
            key = (account, row.currency)
            found[key] = found.get(key, 0) + amount
    return {key: amount for key, amount in found.items() if amount}


def holds(system: System) -> bool:
    return system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []


def test_without_a_rate_nothing_is_posted(system: System) -> None:
    system.house.write(stage)
    done = system.house.write(lambda work: reconcile(work, a_company(work).id))
    assert done.posted == 0
    with pytest.raises(Invalid, match="no rate between USD and EUR"):
        system.house.write(lambda work: place(work, ("F-ACME", "1000.00")))


def test_a_rate_of_the_table_counts_in_either_direction_and_not_for_long(system: System) -> None:
    def look(work: Work) -> list[ExchangeRate | None]:
        exchange_rates.add_rate(work, "EUR", "USD", TODAY - timedelta(days=1), "1.0925", ECB)
        days = [TODAY + timedelta(days=days) for days in (-2, -1, 0, 6, 7)]
        return [exchange_rates.rate_for(work.session, "USD", "EUR", day) for day in days]

    assert [each is not None for each in system.house.write(look)] == [False, True, True, True, False]


def test_the_invoice_is_paid_at_the_rate_of_the_table_and_both_amounts_are_kept(system: System) -> None:
    def pay(work: Work) -> None:
        stage(work)
        exchange_rates.add_rate(work, "EUR", "USD", TODAY, "1.0925", ECB)
        place(work, ("F-ACME", "1000.00"))

    system.house.write(pay)

    def look(work: Work) -> tuple[object, ...]:
        payment, entry = work.session.query(Payment).one(), the_entry(work)
        taken = (payment.entry_amount, payment.entry_currency, payment.amount, payment.currency, payment.exchanged)
        return (*taken, entry.state, the_item(work, "F-ACME").open)

    assert system.house.read(look) == (109_250, "USD", 100_000, "EUR", 100_000, "applied", 0)
    assert holds(system)


@pytest.mark.parametrize(("rate", "difference"), [("0.92", 510), ("0.91", -582)], ids=["gain", "loss"])
def test_the_difference_is_the_company_s_gain_or_loss(system: System, rate: str, difference: int) -> None:
    system.house.write(stage)
    before = system.house.read(balances)
    system.house.write(lambda work: place(work, ("F-ACME", "1000.00"), rate=rate, settles=True))
    after = system.house.read(balances)
    assert after.get(("exchange_difference", "EUR"), 0) == -difference
    assert system.house.read(lambda work: the_item(work, "F-ACME").open) == 0
    assert holds(system)
    system.house.write(lambda work: service.undo_entry(work, the_entry(work)))
    assert system.house.read(balances) == before
    assert system.house.read(lambda work: (the_entry(work).state, the_entry(work).placed)) == ("unmatched", 0)
    assert holds(system)


def test_what_is_left_over_is_the_customer_s_cash_in_the_invoice_s_currency(system: System) -> None:
    system.house.write(stage)
    system.house.write(lambda work: place(work, ("F-ACME", "900.00"), rate="0.92"))

    def look(work: Work) -> tuple[str, int, int]:
        payment = work.session.query(Payment).one()
        return payment.currency, payment.amount, payment.unapplied

    assert system.house.read(look) == ("EUR", 100_510, 10_510)
    assert holds(system)


def test_two_customers_share_the_entry_to_the_last_cent(system: System) -> None:
    system.house.write(stage)
    lines = (("F-ACME", "666.67"), ("F-BOREALIS", "333.33"))
    system.house.write(lambda work: place(work, *lines, rate="0.9151", settles=True))
    taken = system.house.read(lambda work: [each.entry_amount for each in work.session.query(Payment)])
    assert (len(taken), sum(taken)) == (2, 109_250)
    assert holds(system)


@pytest.mark.parametrize("amount", ["1000.00", "400.00"])
def test_a_rate_that_is_far_off_is_refused(system: System, amount: str) -> None:
    system.house.write(stage)
    with pytest.raises(Invalid, match="too far"):
        system.house.write(lambda work: place(work, ("F-ACME", amount), rate="0.5", settles=True))


def test_lines_may_not_take_more_than_the_rate_yields(system: System) -> None:
    system.house.write(stage)
    with pytest.raises(Invalid, match=r"comes to 983\.25 EUR"):
        system.house.write(lambda work: place(work, ("F-ACME", "1000.00"), rate="0.9"))


@pytest.mark.parametrize("rate", ["", "0", "-1", "1e3", "NaN", "1,09", "99999999", "１.1"])
def test_what_is_no_rate_is_refused(system: System, rate: str) -> None:
    with pytest.raises(Invalid, match="no rate such as"):
        system.house.write(lambda work: exchange_rates.add_rate(work, "USD", "EUR", TODAY, rate, ECB))


def test_an_entry_converted_once_is_not_converted_again(system: System) -> None:
    system.house.write(stage)
    system.house.write(lambda work: place(work, ("F-ACME", "900.00"), rate="0.92"))
    with pytest.raises(Refused):
        system.house.write(lambda work: place(work, ("F-ACME", "50.00"), rate="0.92"))


def test_yen_have_no_minor_unit_and_are_converted_right(system: System) -> None:
    entry = BankEntry(amount=125_000, currency="JPY", returned=0)
    rate = ExchangeRate(base="EUR", quote="JPY", on=date(2026, 11, 20), rate="162.5", source=ECB)
    assert Exchange(rate).converted(entry) == 76_923


def test_over_the_api_rates_are_added_and_used(system: System) -> None:
    system.house.write(stage)
    key = system.house.write(lambda work: add_api_key(work, "desk", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        rates = {"rates": [{"base": "EUR", "quote": "USD", "on": str(TODAY), "rate": "1.0925", "source": ECB}]}
        assert client.post("/api/v1/exchange-rates", json=rates).status_code == 201
        assert [each["rate"] for each in client.get("/api/v1/exchange-rates").json()["data"]] == ["1.0925"]
        entry = client.get("/api/v1/bank-entries").json()["data"][0]["id"]
        body = {"allocations": [{"invoice_number": "F-ACME", "amount": "1000.00"}], "exchange": {}}
        answer = client.post(f"/api/v1/bank-entries/{entry}/allocations", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["allocations"][0]["currency"] == "EUR"
    assert holds(system)


def test_the_tray_shows_gain_or_loss_at_the_rate_typed_before_anything_is_posted(system: System) -> None:
    system.house.write(stage)
    key = system.house.write(lambda work: add_api_key(work, "clerk", Role.CONTROLLER))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as client:
        entry = client.get("/api/v1/bank-entries").json()["data"][0]["id"]
        lines = [{"invoice_number": "F-ACME", "amount": "1000.00"}]
        bare = client.post(f"/api/v1/bank-entries/{entry}/tray", json={"allocations": lines}).json()
        assert not bare["may_post"]
        assert "F-ACME is in EUR" in bare["problems"][0]
        rate = {
            "rate": "0.92",
            "on": str(TODAY - timedelta(days=1)),
            "source": "the bank",
            "difference": "gain_or_loss",
        }
        body = {"allocations": lines, "exchange": rate}
        weighed = client.post(f"/api/v1/bank-entries/{entry}/tray", json=body).json()
        assert weighed["may_post"]
        assert (weighed["currency"], weighed["converted"], weighed["gain"]) == ("EUR", "1005.10", "5.10")
        assert weighed["remaining"] == "0.00"
        far = {"allocations": lines, "exchange": rate | {"rate": "1.2"}}
        assert "too far" in client.post(f"/api/v1/bank-entries/{entry}/tray", json=far).json()["problems"][0]
        assert client.get("/api/v1/exchange-rates").json()["data"] == []
        assert client.post(f"/api/v1/bank-entries/{entry}/allocations", json=body).status_code == 201
        (row,) = client.get("/api/v1/exchange-rates").json()["data"]
        assert (row["rate"], row["on"], row["source"]) == ("0.92", str(TODAY - timedelta(days=1)), "the bank")
    assert system.house.read(balances)[("exchange_difference", "EUR")] == -510
    assert holds(system)


def test_the_desk_places_money_in_another_currency_at_the_rate_typed(system: System) -> None:
    def before(work: Work) -> None:
        stage(work)
        access.add_user(work, "carol@nordwind.example", Role.CONTROLLER, PASSWORD, name="Carol")

    system.house.write(before)
    with TestClient(build_web(system), headers={"Sec-Fetch-Site": "same-origin"}) as client:
        client.post("/login", data={"email": "carol@nordwind.example", "password": PASSWORD})
        entry = system.house.read(lambda work: the_entry(work).id)
        typed = {"invoice": "F-ACME", "kind": "payment", "amount": "1000", "rate_difference": "gain_or_loss"}
        asked = client.post(f"/bank-entries/{entry}/tray", data=typed)
        assert "There is no rate between USD and EUR" in asked.text
        shown = client.post(f"/bank-entries/{entry}/tray", data=typed | {"rate": "0.91"})
        assert "994.18" in shown.text
        assert "Exchange loss" in shown.text
        assert '<span id="tray-currency" hx-swap-oob="true">EUR</span>' in shown.text
        found = client.get(f"/bank-entries/{entry}/find", params={"q": "F-AC"}).text
        assert "F-ACME" in found
        assert "1,000.00\xa0EUR" in found
        assert "F-ACME" not in client.get(f"/bank-entries/{entry}/find", params={"q": "1000.00"}).text
        assert "no number" not in client.post(f"/bank-entries/{entry}/tray", data=typed | {"rate": "x"}).text
        client.post(f"/bank-entries/{entry}/place", data=typed | {"rate": "0.91"})
    assert system.house.read(lambda work: the_item(work, "F-ACME").open) == 0
    assert system.house.read(balances)[("exchange_difference", "EUR")] == 582
    assert holds(system)
