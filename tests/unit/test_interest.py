"""Late-payment interest against hand-worked examples and the totals the authorities announced."""

import copy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.errors import Invalid
from core.money import parse_minor
from dunning.interest import Debt, Reduction, Sheet, accrue
from dunning.regimes import check_table, read_history, read_rules
from dunning.sheets import Question, answer, percent
from tests.law import REGIMES, SHIPPED


def sheet(
    country: str, due_on: str, until: str, principal: str = "10000.00", currency: str = "EUR", *,
    debtor: str = "business", paid: dict[str, str] | None = None, **more: Any,
) -> Sheet:  # fmt: skip
    reductions = tuple(
        Reduction(date.fromisoformat(on), parse_minor(amount, currency)) for on, amount in (paid or {}).items()
    )
    debt = Debt(parse_minor(principal, currency), currency, date.fromisoformat(due_on), reductions)
    return REGIMES.sheet(debt, country=country, debtor=debtor, until=date.fromisoformat(until), **more)


def days_and_amounts(found: Sheet) -> list[tuple[str, int, str, int]]:
    return [(str(each.from_on), each.days, percent(each.rate), each.amount) for each in found.slices]


# ── the countries ───────────────────────────────────────────────────────────────────────────────

ANNOUNCED = [
    # country, debtor, first day of a half-year, the total rate its authority announced for it
    ("ES", "business", "2023-01-01", "10.50"),
    ("ES", "business", "2023-07-01", "12.00"),
    ("ES", "public", "2024-01-01", "12.50"),
    ("ES", "business", "2024-07-01", "12.25"),
    ("ES", "business", "2025-01-01", "11.15"),
    ("FR", "business", "2024-01-01", "14.50"),
    ("FR", "business", "2024-07-01", "14.25"),
    ("DE", "business", "2024-01-01", "12.62"),
    ("DE", "consumer", "2024-01-01", "8.62"),
    ("DE", "business", "2025-07-01", "10.27"),
    ("DE", "consumer", "2025-07-01", "6.27"),
    ("IT", "business", "2024-07-01", "12.25"),
    ("NL", "business", "2025-01-01", "11.15"),
    ("BE", "business", "2024-07-01", "12.50"),
    ("BE", "business", "2025-01-01", "11.50"),
    ("BE", "business", "2025-07-01", "10.50"),
    ("PT", "business", "2025-07-01", "10.15"),
    ("AT", "business", "2024-01-01", "13.08"),
    ("AT", "business", "2025-01-01", "11.73"),
    ("AT", "business", "2025-07-01", "10.73"),
    ("AT", "consumer", "2025-07-01", "4.00"),
    ("IE", "business", "2024-01-01", "12.50"),
    ("PL", "business", "2022-01-01", "11.75"),
    ("PL", "business", "2022-07-01", "16.00"),
    ("PL", "business", "2023-01-01", "16.75"),
    ("PL", "business", "2025-07-01", "15.25"),
    ("GB", "business", "2024-01-01", "13.25"),
    ("GB", "business", "2024-07-01", "13.25"),
    ("EU", "public", "2025-07-01", "10.15"),
]
"""Sources: Tesoro (ES), Banque de France / L441-10 (FR), Bundesbank (DE), MEF (IT), Rijksoverheid (NL), FPS Finance
(BE), DGTF (PT), OeNB + 9.2 (AT), Department of Enterprise (IE), Monitor Polski (PL), payontime table (GB)."""


@pytest.mark.parametrize(("country", "debtor", "first", "rate"), ANNOUNCED)
def test_the_rate_of_a_half_year_is_the_one_its_authority_announced(
    country: str, debtor: str, first: str, rate: str
) -> None:
    currency = {"GB": "GBP", "PL": "PLN"}.get(country, "EUR")
    due_on = str(date.fromisoformat(first) - timedelta(days=1))
    found = sheet(country, due_on, first, currency=currency, debtor=debtor)
    assert [percent(each.rate) for each in found.slices] == [rate]


WORKED = [
    # 10,000.00 late for 91 days of 2024's first quarter, 29 February counted: 10,000 × rate × 91 / 365
    ("ES", "EUR", "2023-12-31", "2024-03-31", "12.50", 31164, 4000),
    ("FR", "EUR", "2023-12-31", "2024-03-31", "14.50", 36151, 4000),
    ("DE", "EUR", "2023-12-31", "2024-03-31", "12.62", 31464, 4000),
    ("AT", "EUR", "2023-12-31", "2024-03-31", "13.08", 32610, 4000),
    ("PL", "PLN", "2023-12-31", "2024-03-31", "15.75", 39267, 7000),
    # 92 days of the third quarter of 2024: Belgium lifts 12.25 to the next half point, Italy does not
    ("BE", "EUR", "2024-06-30", "2024-09-30", "12.50", 31507, 4000),
    ("IT", "EUR", "2024-06-30", "2024-09-30", "12.25", 30877, 4000),
    # 90 days of the first quarter of 2025
    ("NL", "EUR", "2024-12-31", "2025-03-31", "11.15", 27493, 4000),
    ("IE", "EUR", "2024-12-31", "2025-03-31", "11.15", 27493, 7000),
    # 92 days of the third quarter of 2025
    ("PT", "EUR", "2025-06-30", "2025-09-30", "10.15", 25584, 4000),
    # 100 days from 1 July 2024 under the rate of 30 June 2024 (5.25 + 8): 10,000 × 13.25 % × 100 / 365
    ("GB", "GBP", "2024-06-30", "2024-10-08", "13.25", 36301, 10000),
]


@pytest.mark.parametrize(("country", "currency", "due_on", "until", "rate", "interest", "compensation"), WORKED)
def test_a_quarter_late_costs_what_one_works_out_by_hand(
    country: str, currency: str, due_on: str, until: str, rate: str, interest: int, compensation: int
) -> None:
    found = sheet(country, due_on, until, currency=currency)
    assert [percent(each.rate) for each in found.slices] == [rate]
    assert (found.interest, found.compensation) == (interest, compensation)


def test_in_the_euro_area_the_rate_steps_with_the_half_year() -> None:
    found = sheet("ES", "2026-05-31", "2026-07-31", "1000.00")
    assert days_and_amounts(found) == [("2026-06-01", 30, "10.15", 834), ("2026-07-01", 31, "10.40", 883)]
    assert (found.interest, found.compensation, found.compensation_currency) == (1717, 4000, "EUR")


def test_in_the_united_kingdom_the_rate_is_fixed_when_interest_begins_for_the_life_of_the_debt() -> None:
    found = sheet("GB", "2024-01-31", "2024-05-10", "1000.00", "GBP")
    assert days_and_amounts(found) == [("2024-02-01", 100, "13.25", 3630)]
    years = sheet("GB", "2024-01-31", "2026-01-31", "1000.00", "GBP")
    assert [percent(each.rate) for each in years.slices] == ["13.25"], "never the later, lower rates"


def test_the_british_rate_is_that_of_the_last_day_of_the_half_year_before() -> None:
    """The rate fell to 5.00 on 1 August 2024 and to 4.75 on 7 November: interest from January 2025 has 4.75 + 8."""
    assert sheet("GB", "2024-12-31", "2025-01-31", "1000.00", "GBP").slices[0].rate == Decimal("12.75")
    assert sheet("GB", "2024-12-30", "2025-01-31", "1000.00", "GBP").slices[0].rate == Decimal("13.25")


def test_french_public_debtors_keep_the_rate_of_the_half_year_in_which_interest_began() -> None:
    found = sheet("FR", "2024-05-31", "2025-05-31", debtor="public")
    assert [percent(each.rate) for each in found.slices] == ["12.50"]


@pytest.mark.parametrize(
    ("country", "currency", "principal", "sum_"),
    [
        ("GB", "GBP", "999.99", 4000), ("GB", "GBP", "1000.00", 7000), ("GB", "GBP", "9999.99", 7000),
        ("GB", "GBP", "10000.00", 10000),
        ("IE", "EUR", "1000.00", 4000), ("IE", "EUR", "1000.01", 7000), ("IE", "EUR", "10000.01", 10000),
        ("PL", "PLN", "5000.00", 4000), ("PL", "PLN", "5000.01", 7000), ("PL", "PLN", "49999.99", 7000),
        ("PL", "PLN", "50000.00", 10000),
    ],
)  # fmt: skip
def test_the_fixed_sum_grows_with_the_debt_where_the_law_says_so(
    country: str, currency: str, principal: str, sum_: int
) -> None:
    assert sheet(country, "2024-01-31", "2024-02-29", principal, currency).compensation == sum_


def test_a_debt_in_another_currency_than_the_sizes_of_the_sum_is_refused_not_guessed() -> None:
    with pytest.raises(Invalid, match="size of the debt in GBP"):
        sheet("GB", "2024-01-31", "2024-02-29", "1000.00", "EUR")


def test_contracts_made_before_the_reforms_keep_the_older_rule() -> None:
    german = sheet("DE", "2024-01-31", "2024-02-29", contract_on=date(2014, 7, 28))
    assert (german.slices[0].rate, german.compensation) == (Decimal("11.62"), 0)
    assert sheet("DE", "2024-01-31", "2024-02-29", contract_on=date(2014, 7, 29)).slices[0].rate == Decimal("12.62")
    spanish = sheet("ES", "2013-01-31", "2013-02-10", contract_on=date(2013, 2, 23))
    assert (spanish.slices[0].rate, spanish.compensation) == (Decimal("7.75"), 0)


def test_a_consumer_owes_no_fixed_sum() -> None:
    found = sheet("DE", "2024-01-31", "2024-02-29", debtor="consumer")
    assert (found.compensation, found.slices[0].rate) == (0, Decimal("8.62"))


# ── payments, credits, days ─────────────────────────────────────────────────────────────────────


def test_a_part_paid_still_bears_interest_on_the_day_the_money_arrives() -> None:
    found = sheet("ES", "2024-01-31", "2024-03-01", "1000.00", paid={"2024-02-10": "400.00"})
    # 10 days on 1,000 and 20 on 600 at 12.5 %: 3.4247 and 4.1096
    assert [(each.days, each.principal, each.amount) for each in found.slices] == [(10, 100000, 342), (20, 60000, 411)]


def test_what_was_paid_by_the_due_date_never_bore_interest_and_does_not_count_for_the_sum() -> None:
    found = sheet("GB", "2024-01-31", "2024-02-29", "1200.00", "GBP", paid={"2024-01-31": "300.00"})
    assert ([each.principal for each in found.slices], found.compensation) == ([90000], 4000)


def test_interest_stops_when_all_is_paid_and_the_sum_stays() -> None:
    found = sheet("ES", "2024-01-31", "2024-12-31", "1000.00", paid={"2024-02-10": "1000.00"})
    assert ([(str(each.to_on), each.days) for each in found.slices]) == [("2024-02-10", 10)]
    assert found.compensation == 4000


def test_a_rate_agreed_in_the_contract_replaces_that_of_the_law_and_does_not_step() -> None:
    found = sheet("ES", "2024-05-31", "2024-08-31", "1000.00", agreed=Decimal("9"))
    assert days_and_amounts(found) == [("2024-06-01", 92, "9.00", 2268)]
    assert (found.compensation, found.regime) == (4000, "contract rate; ES Ley 3/2004")


def test_the_day_count_of_the_year_itself_is_cut_at_new_year() -> None:
    body = copy.deepcopy(next(each for each in SHIPPED if each.get("country") == "ES"))
    body["rules"][0]["day_count"] = "actual/actual"
    rule = read_rules(body)[0]
    found = accrue(Debt(1_000_00, "EUR", date(2023, 12, 21)), rule, None, date(2024, 1, 10), agreed=Decimal("36.5"))
    # 10 days of a 365-day year: 10.00; 10 days of a 366-day year: 9.97
    assert [(each.days, each.amount) for each in found.slices] == [(10, 1000), (10, 997)]


def test_a_year_of_360_days_costs_more() -> None:
    body = copy.deepcopy(next(each for each in SHIPPED if each.get("country") == "ES"))
    body["rules"][0]["day_count"] = "actual/360"
    found = accrue(
        Debt(1_000_00, "EUR", date(2024, 1, 31)), read_rules(body)[0], None, date(2024, 3, 1), agreed=Decimal(12)
    )
    assert [(each.days, each.amount) for each in found.slices] == [(30, 1000)]


def test_a_rule_whose_rates_are_not_there_or_begin_later_is_refused() -> None:
    rule = REGIMES.rule("AT", "business", date(2013, 3, 20))
    debt = Debt(1_000_00, "EUR", date(2013, 3, 20))
    with pytest.raises(Invalid, match="There are no rates of oenb-base"):
        accrue(debt, rule, None, date(2013, 4, 20))
    with pytest.raises(Invalid, match="begin on 2013-05-08"):
        accrue(debt, rule, REGIMES.histories["oenb-base"], date(2013, 4, 20))


def test_yen_are_rounded_to_whole_yen() -> None:
    assert sheet("EU", "2024-01-31", "2024-02-29", "100000", "JPY").interest == 993


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"country": "XX"}, "There are no rules for “XX”"),
        ({"debtor": "friend"}, "A debtor is one of"),
        ({"country": "FR", "debtor": "consumer"}, "no rule for a consumer"),
        ({"due_on": date(1998, 1, 1), "until": date(1998, 2, 1)}, "cover contracts from 2004-12-31"),
        ({"country": "DE", "due_on": date(2026, 1, 31), "until": date(2026, 3, 1)}, "known through 2025-12-31"),
        ({"until": date(2024, 1, 31)}, "nothing is late"),
        ({"until": date(2224, 1, 31)}, "at most"),
        ({"principal": "0.00"}, "positive"),
        ({"principal": "1e3"}, "plain decimal"),
        ({"currency": "EURO"}, "ISO 4217"),
        ({"payments": "2024-02-01:1000.01"}, "More was paid"),
        ({"payments": "2024-01-31:1000.00"}, "nothing was late"),
        ({"payments": "2024-02-01"}, "is no payment"),
        ({"payments": "2024-02-01:-5"}, "positive"),
        ({"payments": "yesterday:5"}, "is no payment"),
        ({"rate": "NaN"}, "no yearly rate"),
        ({"rate": "9%"}, "no yearly rate"),
        ({"rate": "-1"}, "no yearly rate"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(change: dict[str, Any], says: str) -> None:
    asked = {
        "country": "ES", "debtor": "business", "principal": "1000.00", "currency": "EUR",
        "due_on": date(2024, 1, 31), "until": date(2024, 2, 29), **change,
    }  # fmt: skip
    with pytest.raises(Invalid, match=says):
        answer(REGIMES, Question(**asked))


def test_the_answer_has_the_contracts_words() -> None:
    found = answer(
        REGIMES,
        Question("es", "business", "1000.00", "eur", date(2026, 5, 31), date(2026, 7, 31), payments="2026-06-30:100"),
    )
    assert found["slices"] == [
        {"from": "2026-06-01", "to": "2026-06-30", "days": 30, "principal": "1000.00", "rate": "10.15",
         "amount": "8.34"},
        {"from": "2026-07-01", "to": "2026-07-31", "days": 31, "principal": "900.00", "rate": "10.40",
         "amount": "7.95"},
    ]  # fmt: skip
    assert (found["interest"], found["compensation"], found["regime"]) == ("16.29", "40.00", "ES Ley 3/2004")
    assert any("read on" in source for source in found["sources"])


# ── the tables ──────────────────────────────────────────────────────────────────────────────────


def test_every_shipped_table_can_be_read_and_says_where_it_is_from() -> None:
    for body in SHIPPED:
        check_table(body)
        assert date.fromisoformat(body["read_on"]) <= date(2026, 11, 22)
    countries = {"AT", "BE", "DE", "ES", "EU", "FR", "GB", "IE", "IT", "NL", "PL", "PT"}
    assert {body["country"] for body in SHIPPED if "country" in body} == countries
    named = {rule.reference for rules in REGIMES.rules.values() for rule in rules if rule.reference}
    assert named == set(REGIMES.histories)


def test_a_law_that_was_not_checked_says_so_on_the_sheet() -> None:
    assert all("recalled" in text for text in sheet("IT", "2024-01-31", "2024-02-29").sources[:-1])
    assert not any("recalled" in text for text in sheet("ES", "2024-01-31", "2024-02-29").sources)


def test_the_austrian_base_rate_follows_the_ecb_in_steps_of_half_a_point() -> None:
    """1. Euro-JuBeG: it moves by as much as the refinancing rate has, once that is at least half a point."""
    ecb, base = REGIMES.histories["ecb-main-refinancing"], REGIMES.histories["oenb-base"]
    followed, at = [base.rates[0]], ecb.on(base.rates[0][0])
    for day, rate in ecb.rates:
        if base.rates[0][0] < day <= base.known_through and abs(rate - at) >= Decimal("0.5"):
            followed.append((day, followed[-1][1] + rate - at))
            at = rate
    assert tuple(followed) == base.rates


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"rates": []}, "/rates"),
        ({"rates": [{"from": "2024-01-01", "rate": 4.5}]}, "/rates/0/rate"),
        ({"rates": [{"from": "2024-01-01", "rate": "four"}]}, "/rates/0/rate"),
        ({"rates": [{"from": "2024-13-01", "rate": "4.5"}]}, "/rates/0/from"),
        ({"rates": [{"from": "2024-02-01", "rate": "1"}, {"from": "2024-01-01", "rate": "1"}]}, "/rates"),
        ({"known_through": "2023-01-01"}, "/known_through"),
        ({"source": ""}, "/source"),
        ({"frequency": "daily"}, "/frequency"),
    ],
)
def test_a_rate_history_with_a_flaw_is_refused_at_its_place(change: dict[str, Any], pointer: str) -> None:
    body = {
        "name": "x", "title": "X", "source": "a gazette", "read_on": "2026-01-01", "known_through": "2026-01-01",
        "rates": [{"from": "2024-01-01", "rate": "4.5"}], **change,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        read_history(body, 1)
    assert pointer in [problem.where for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("margin",), 8, "/rules/0/margin"),
        (("debtors",), ["friend"], "/rules/0/debtors"),
        (("resets",), "weekly", "/rules/0/resets"),
        (("law",), [], "/rules/0/law"),
        (("compensation",), "40", "/rules/0/compensation"),
        (("compensation", "steps"), [], "/rules/0/compensation/steps"),
        (("compensation", "steps"), [{"from": "10.00", "amount": "40.00"}], "/rules/0/compensation/steps"),
        (("compensation", "steps"), [{"from": "0.00", "amount": 1.5e3}], "/rules/0/compensation/steps/0/amount"),
        (("surprise",), 1, "/rules/0/surprise"),
    ],
)
def test_rules_with_a_flaw_are_refused_at_their_place(path: tuple[str, ...], value: Any, pointer: str) -> None:
    body = copy.deepcopy(next(each for each in SHIPPED if each.get("country") == "ES"))
    target = body["rules"][0]
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    with pytest.raises(Invalid) as refused:
        read_rules(body)
    assert pointer in [problem.where for problem in refused.value.problems]
