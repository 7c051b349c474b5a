"""Money: exact in, exact out, and nothing that only looks like an amount."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.currencies import CODE_OF_NUMBER, EXPONENTS
from core.money import LARGEST_MINOR, Money, NotAnAmount, decimal_text, exponent_of, money, parse_minor, rounded, split

CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "TND", "CLF"])
MINORS = st.integers(-LARGEST_MINOR, LARGEST_MINOR)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.50", "EUR", 123450),
        ("1234.5", "EUR", 123450),
        ("1234", "EUR", 123400),
        ("-3", "EUR", -300),
        ("+.5", "EUR", 50),
        ("7.", "EUR", 700),
        ("0.000000000000", "EUR", 0),
        ("-0", "EUR", 0),
        ("  12.30  ", "EUR", 1230),
        ("1500", "JPY", 1500),
        ("1500.00", "JPY", 1500),
        ("1.234", "TND", 1234),
        ("1.2340", "TND", 1234),
        ("0.0001", "CLF", 1),
        ("10000000000000.00", "EUR", LARGEST_MINOR),
    ],
)
def test_a_plain_decimal_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_minor(text, currency) == minor
    assert money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "-", "+", "--1", "+-1", "1-", "1.2.3", "€5", "5 EUR", "(5.00)", "0x10", "1/2"),
        *("NaN", "nan", "sNaN", "-NaN", "Infinity", "inf", "-inf"),
        *("1e5", "1E5", "1e300000", "1e-300000", "1_000", "1_0.0"),
        *("1,234.56", "1.234,56", "1 234.56", "1'234.56", "1,5", "1\u00a0234"),
        *("１２", "١٢", "²", "५", "1２.0", "−5", "\u20075"),
        *("1\n", "\n1", "\t1", "1\x00", "9" * 19, "9" * 4301, "1." + "0" * 13),
    ],
)
def test_what_is_no_plain_decimal_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(NotAnAmount, match="is not a plain decimal amount") as refusal:
        parse_minor(text, "EUR")
    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize(
    ("text", "currency"), [("0.005", "EUR"), ("1.5", "JPY"), ("1.2345", "TND"), ("0.00001", "CLF")]
)
def test_more_decimals_than_the_currency_has_are_never_rounded_away(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount, match="more decimals than"):
        parse_minor(text, currency)


@pytest.mark.parametrize("text", ["10000000000000.01", "-10000000000000.01", "9" * 18])
def test_more_than_the_system_holds_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount, match="more than this system holds"):
        parse_minor(text, "EUR")


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "XAU", "€", "EU", "EUR "])
def test_an_unknown_currency_is_refused_by_everything(code: str) -> None:
    for use in (lambda: exponent_of(code), lambda: parse_minor("1", code), lambda: Money(1, code)):
        with pytest.raises(NotAnAmount, match="not an ISO 4217 currency"):
            use()
    with pytest.raises(NotAnAmount):
        rounded(Decimal(1), code)


@given(st.text(max_size=60), CURRENCIES)
def test_any_text_is_an_exact_amount_or_refused(text: str, currency: str) -> None:
    try:
        minor = parse_minor(text, currency)
    except NotAnAmount:
        return
    with localcontext(prec=60):
        assert Decimal(minor) == Decimal(text.strip(" ")) * 10 ** EXPONENTS[currency]


@given(MINORS, CURRENCIES)
def test_what_is_written_is_read_back_the_same(minor: int, currency: str) -> None:
    text = decimal_text(minor, currency)
    assert parse_minor(text, currency) == minor
    assert Decimal(text).as_tuple().exponent == -EXPONENTS[currency]


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(123450, "EUR", "1234.50"), (-5, "EUR", "-0.05"), (0, "EUR", "0.00"), (500, "JPY", "500"), (-1, "TND", "-0.001")],
)
def test_an_amount_is_written_as_the_contract_says(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text
    assert str(Money(minor, currency)) == f"{text} {currency}"


# ── calculating ─────────────────────────────────────────────────────────────────────────────────


@given(st.integers(-(10**14), 10**14), st.integers(-(10**14), 10**14))
def test_sums_and_comparisons_are_those_of_the_minor_units(one: int, other: int) -> None:
    left, right = Money(one, "USD"), Money(other, "USD")
    assert (left + right).minor == one + other
    assert (left - right).minor == one - other
    assert (-left).minor == -one
    assert (left < right) == (one < other)
    assert (left <= right) == (one <= other)


def test_two_currencies_never_meet() -> None:
    euros, dollars = Money(1, "EUR"), Money(1, "USD")
    for meet in (lambda: euros + dollars, lambda: euros - dollars, lambda: euros < dollars, lambda: euros <= dollars):
        with pytest.raises(ValueError, match="EUR and USD never meet without a rate"):
            meet()
    assert euros != dollars


def test_a_sum_beyond_what_is_held_is_refused() -> None:
    with pytest.raises(NotAnAmount, match="more than this system holds"):
        Money(LARGEST_MINOR, "EUR") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("0.005", "EUR", 1), ("-0.005", "EUR", -1), ("0.00499999", "EUR", 0), ("0.5", "JPY", 1), ("2.5", "JPY", 3),
     ("1.0005", "TND", 1001), ("1.00005", "CLF", 10001), ("-2.5", "JPY", -3)],
)  # fmt: skip
def test_a_computed_amount_is_rounded_once_half_away_from_zero(amount: str, currency: str, minor: int) -> None:
    assert rounded(Decimal(amount), currency) == minor


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=9), CURRENCIES)
def test_rounding_is_off_by_at_most_half_a_unit_and_symmetric(amount: Decimal, currency: str) -> None:
    minor = rounded(amount, currency)
    with localcontext(prec=60):
        assert abs(Decimal(minor) - amount * 10 ** EXPONENTS[currency]) <= Decimal("0.5")
    assert rounded(-amount, currency) == -minor


@given(st.decimals(0, 10**12, allow_nan=False, places=9))
def test_rounding_does_not_depend_on_the_threads_decimal_context(amount: Decimal) -> None:
    with localcontext(prec=3):
        narrow = rounded(amount, "EUR")
    assert narrow == rounded(amount, "EUR")


# ── splitting ───────────────────────────────────────────────────────────────────────────────────


@given(MINORS, st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_the_parts_of_a_split_sum_to_the_whole_and_are_fair_to_a_unit(minor: int, weights: list[int]) -> None:
    parts = split(minor, weights)
    assert sum(parts) == minor
    assert len(parts) == len(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - minor * weight) < sum(weights)
        assert weight or not part
        assert part * minor >= 0


def test_the_leftover_of_a_split_goes_to_the_first_parts_with_a_weight() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split(5, [0, 1, 0, 1]) == [0, 3, 0, 2]
    assert split(0, [3, 4]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [5, -1]])
def test_weights_that_make_no_proportion_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


# ── the table of currencies ─────────────────────────────────────────────────────────────────────


def test_exponents_are_those_of_iso_4217_and_not_of_cash_usage() -> None:
    assert {code: EXPONENTS[code] for code in ("JPY", "EUR", "TND", "CLF", "ALL", "HUF", "ISK", "KWD")} == {
        "JPY": 0, "EUR": 2, "TND": 3, "CLF": 4, "ALL": 2, "HUF": 2, "ISK": 0, "KWD": 3,
    }  # fmt: skip
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)


def test_every_numbered_currency_has_an_exponent() -> None:
    assert set(CODE_OF_NUMBER.values()) <= EXPONENTS.keys()
    assert CODE_OF_NUMBER["978"] == "EUR"
