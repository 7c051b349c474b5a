"""How amounts, days and shares are written."""

from datetime import UTC, date, datetime, timezone
from decimal import Decimal

import pytest
from babel import UnknownLocaleError
from hypothesis import given
from hypothesis import strategies as st

from core.currencies import EXPONENTS
from core.money import LARGEST_MINOR, NotAnAmount, decimal_text
from runtime import formats

THIN, NO_BREAK = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "written"),
    [
        (1840000, "EUR", "fr", f"18{THIN}400,00"),
        (1840000, "EUR", "sv", f"18{NO_BREAK}400,00"),
        (1840000, "EUR", "es", "18.400,00"),
        (1840000, "CHF", "de-CH", "18’400.00"),
        (1840000, "GBP", "en_GB", "18,400.00"),
        (12345678, "INR", "hi", "1,23,456.78"),
        (-64000, "EUR", "de", "−640,00"),
        (-5, "EUR", "nb", "−0,05"),
        (0, "EUR", "en", "0.00"),
        (500, "JPY", "en", "500"),
        (1234567, "KWD", "en", "1,234.567"),
    ],
)
def test_amounts_are_written_with_the_signs_of_the_locale_and_the_decimals_of_the_currency(
    minor: int, currency: str, locale: str, written: str
) -> None:
    assert formats.money(minor, currency, locale) == written


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from(sorted(EXPONENTS)))
def test_an_amount_written_in_english_reads_back_to_the_same_minor_units(minor: int, currency: str) -> None:
    plain = formats.money(minor, currency, "en").replace(",", "").replace("−", "-")
    assert plain == decimal_text(minor, currency)


@given(st.integers(-LARGEST_MINOR, -1), st.sampled_from(["en", "de", "fr", "sv", "de-CH", "pl", "el"]))
def test_a_negative_amount_never_carries_a_hyphen(minor: int, locale: str) -> None:
    for written in (formats.money(minor, "EUR", locale), formats.money_with_symbol(minor, "EUR", locale)):
        assert "−" in written
        assert "-" not in written


def test_an_unknown_currency_or_locale_is_refused_and_never_guessed() -> None:
    with pytest.raises(NotAnAmount):
        formats.money(1, "XXX", "en")
    with pytest.raises(NotAnAmount):
        formats.currency_symbol("XXX", "en")
    with pytest.raises(UnknownLocaleError):
        formats.money(1, "EUR", "tlh")


def test_the_currency_stands_where_the_locale_puts_it() -> None:
    assert formats.money_with_symbol(345000, "EUR", "es") == f"3.450,00{NO_BREAK}€"
    assert formats.money_with_symbol(345000, "GBP", "en-GB") == "£3,450.00"
    assert formats.money_with_symbol(100000, "HUF", "hu") == f"1{NO_BREAK}000,00{NO_BREAK}Ft"
    assert formats.money_with_code(-345000, "EUR", "es") == f"−3.450,00{NO_BREAK}EUR"
    assert formats.currency_symbol("EUR", "fr") == "€"


@pytest.mark.parametrize(
    ("minor", "written"), [(128431049, "1.284.310"), (128431050, "1.284.311"), (-150, "−2"), (-49, "0"), (49, "0")]
)
def test_whole_amounts_are_rounded_once_half_away_from_zero(minor: int, written: str) -> None:
    assert formats.whole_money(minor, "EUR", "de") == written


def test_numbers_and_shares_have_exactly_the_digits_asked_for() -> None:
    assert formats.number(Decimal("46.25"), "de", 1) == "46,3"
    assert formats.number(1284, "fr") == f"1{THIN}284"
    assert formats.number(-2.4, "fr", 1) == "−2,4"
    assert formats.number(-0.01, "en", 1) == "0.0"
    assert formats.percent(Decimal("0.2714"), "de") == f"27,1{NO_BREAK}%"
    assert formats.percent(-0.005, "en", 0) == "−1%"
    assert formats.percent(1, "en", 0) == "100%"


def test_days_are_written_as_the_locale_does() -> None:
    day = date(2026, 11, 19)
    assert formats.day_short(day, "en-GB") == "19 Nov"
    assert formats.day_short(day, "de") == "19. Nov."
    assert formats.day_with_weekday(day, "en-GB") == "Thu 19 Nov"
    assert formats.day_long(day, "es") == "19 de noviembre de 2026"
    assert formats.day_full(day, "de") == "Donnerstag, 19. November 2026"
    assert formats.day_numeric(date(2026, 9, 2), "fr") == "02/09/2026"


def test_a_short_day_shows_its_year_only_when_it_is_another_year() -> None:
    assert formats.day_short(date(2026, 1, 2), "en-GB", today=date(2026, 12, 31)) == "2 Jan"
    assert formats.day_short(date(2025, 12, 31), "en-GB", today=date(2026, 1, 1)) == "31 Dec 2025"


def test_an_instant_is_shown_on_the_clock_of_the_desk() -> None:
    at = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    assert formats.instant(at, "en-GB", "Europe/Madrid") == "20 Nov 00:30"
    assert formats.instant(at, "en-GB", "UTC", today=date(2027, 1, 1)) == "19 Nov 2026 23:30"
    assert formats.instant(at.astimezone(timezone.max), "en-GB", "UTC") == "19 Nov 23:30"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        formats.instant(datetime(2026, 11, 19), "en", "UTC")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "said"),
    [(17, "3 days ago"), (19, "yesterday"), (20, "today"), (21, "tomorrow"), (22, "in 2 days")],
)
def test_near_days_are_said_by_their_distance(day: int, said: str) -> None:
    assert formats.relative_days(date(2026, 11, day), date(2026, 11, 20)) == said
