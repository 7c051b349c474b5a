"""Check digits of payment references: RF, Swiss QR, Belgian OGM and Norwegian KID."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.intake.references import flaw_of_reference, is_kid

GOOD = [
    ("RF18 5390 0754 7034", ""),
    ("rf18539007547034", ""),
    ("21 00000 00003 13947 14300 09017", ""),
    ("+++090/9337/55493+++", ""),
    ("090/9337/55493", ""),
    ("2345676", "NOK"),
    ("12345678903", "NOK"),
    ("INV-2026-17", ""),
    ("1234567890", "EUR"),
    ("", "NOK"),
]


@pytest.mark.parametrize(("reference", "currency"), GOOD)
def test_a_reference_whose_check_digits_hold_or_that_has_none_is_not_warned_of(reference: str, currency: str) -> None:
    assert flaw_of_reference(reference, currency) is None


@pytest.mark.parametrize(
    ("reference", "currency", "name"),
    [
        ("RF19 5390 0754 7034", "", "ISO 11649"),
        ("210000000003139471430009018", "", "Swiss QR"),
        ("+++090/9337/55494+++", "", "OGM"),
        ("***090/9337/55494***", "", "OGM"),
        ("2345675", "NOK", "KID"),
        ("12345678901-", "NOK", "KID"),
    ],
)
def test_a_wrong_check_digit_is_named_with_its_kind(reference: str, currency: str, name: str) -> None:
    assert name in (flaw_of_reference(reference, currency) or "")


def test_a_modulo_11_kid_may_end_in_a_dash() -> None:
    dashed = [f"{number}-" for number in range(10, 400) if is_kid(f"{number}-")]
    assert dashed
    assert all(not number[:-1].startswith("-") for number in dashed)


@given(st.integers(1, 10**12))
def test_exactly_one_or_two_last_digits_make_a_kid(number: int) -> None:
    """One by modulo 10, and one by modulo 11 unless that asks for a dash; the two may be the same."""
    good = [last for last in "0123456789-" if is_kid(f"{number}{last}")]
    assert 1 <= len(good) <= 2


@given(st.text(max_size=60), st.sampled_from(["", "NOK", "EUR"]))
def test_any_text_is_judged_without_an_error(reference: str, currency: str) -> None:
    flaw = flaw_of_reference(reference, currency)
    assert flaw is None or "check digits are wrong" in flaw
