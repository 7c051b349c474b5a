"""Invoice numbers in payers' texts: what is found, what it proves, and what is no number of ours."""

import pytest

from payments.matching.numbers_in_text import Reading, read, strangers
from payments.matching.spelling import Strength, shape, spellings
from receivables.number_keys import reference_key


def known(*numbers: str) -> dict[str, list[tuple[str, Strength]]]:
    found: dict[str, list[tuple[str, Strength]]] = {}
    for number in numbers:
        for key, strength in spellings(number).items():
            found.setdefault(key, []).append((number, strength))
    return found


OURS = known("F26/01702", "F26/01703", "F26/01705", "G26/00231", "RE-2026-004411", "RE-2026-004417", "1930658")


def named(text: str) -> dict[str, Strength]:
    return {number: mention.strength for mention in read(text, OURS).named for number in mention.numbers}


@pytest.mark.parametrize(
    "text",
    [
        "F26/01702", "fra f26/01702", "PAGO FACTURA F26-01702.", "f 26 / 01702", "F26 01702", "F2601702",
        "INV F26.01702 DATED 17/08/2026", "F26/01702, F26/99999",
    ],
)  # fmt: skip
def test_a_number_is_found_whatever_case_and_separators(text: str) -> None:
    assert named(text) == {"F26/01702": Strength.PRINTED}


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("RE F26/1702", Strength.PLAIN),
        ("FRA 26/01702", Strength.DAMAGED),
        ("REGLEMENT F26/O17O2", Strength.DAMAGED),
        ("REGLEMENT F26/0I702", Strength.DAMAGED),
        ("REGLEMENT F26/0l702", Strength.DAMAGED),
        ("F26/01 702", Strength.DAMAGED),
        ("F26/017\n02", Strength.DAMAGED),
        ("SUPPLIERF26/01702", Strength.DAMAGED),
    ],
)
def test_what_people_and_banks_do_to_a_number_weakens_it(text: str, strength: Strength) -> None:
    assert named(text) == {"F26/01702": strength}


@pytest.mark.parametrize("text", ["1930658", "RG1930658", "INV 1930658 THANKS", "(1930658)"])
def test_few_digits_alone_prove_less(text: str) -> None:
    assert named(text) == {"1930658": Strength.PLAIN}


@pytest.mark.parametrize(
    "text",
    [
        "N/REF 45001930658", "19306581", "11930658", "1930658-17", "4500/1930658", "1930658.44", "1930658A",
        "X1930658 IS NOT 1 930 658 9", "PO 1930658", "ORDER NO. 1930658", "KD-NR 1930658", "TEL 1930658",
        "TEL. +49 1930658", "1930658,00 EUR", "EUR 1930658", "RECHNUNG VOM 1930658",
    ],
)  # fmt: skip
def test_digits_that_are_or_may_be_something_else_are_not_firmly_named(text: str) -> None:
    assert all(strength is Strength.DAMAGED for strength in named(text).values())


def test_the_digits_of_an_iban_name_nothing() -> None:
    numbers = known("1930658", "9306", "20030000")
    assert read("IBAN ES91 2100 0418 4502 0005 1332 PAGO", known("0418450", "21000418", "45020005")) == Reading()
    assert read("DE89370400440532013000", known("37040044", "0532013000")) == Reading()
    assert read("DE89 3704 0044 0532 0130 00 1930658", numbers).named[0].numbers == ("1930658",)


def test_a_date_is_only_a_doubtful_number() -> None:
    numbers = known("12112026", "20261112")
    for text in ("LEISTUNG 12.11.2026", "12112026", "2026-11-12"):
        reading = read(text, numbers)
        assert (reading.named, len(reading.doubtful)) == ((), 1)


def test_less_than_five_significant_characters_prove_nothing() -> None:
    assert read("RE 1702", known("1702", "F26/01702")) == Reading()
    assert read("RE 00123", known("00123")) == Reading()
    assert read("INVOICES", known("INVOICES")) == Reading()


@pytest.mark.parametrize("text", ["F25/01702", "G26/01702", "RE X26/01702"])
def test_the_number_of_another_series_is_not_ours(text: str) -> None:
    assert named(text) == {}


def test_an_and_between_two_numbers_is_no_other_series() -> None:
    assert set(named("FRAS F26/01702 Y 26/01703")) == {"F26/01702", "F26/01703"}


def test_several_numbers_stand_side_by_side() -> None:
    text = "RE F26/01702F26/01703 + RE2026004411,1930658 ABZGL G26/00231"
    assert set(named(text)) == {"F26/01702", "F26/01703", "RE-2026-004411", "1930658", "G26/00231"}


@pytest.mark.parametrize("text", ["F26/01702, 703", "F26/01702 + 03", "F26/01702/703", "FRAS F26/01702 Y 01703"])
def test_a_follower_borrows_what_it_leaves_out(text: str) -> None:
    assert read(text, OURS).followers == ("F26/01703",)


def test_followers_go_on_until_one_is_unknown() -> None:
    assert read("F26/01702, 703, 705", OURS).followers == ("F26/01703", "F26/01705")
    assert read("F26/01702, 704, 705", OURS).followers == ()
    assert read("F26/01702 703,00", OURS).followers == ()
    assert read("F26/01702-02", OURS) == read("F26/01702-99", OURS) == read("F26/01702-17", OURS)
    assert read("RE 2026-004411 + 004417", OURS).followers == ("RE-2026-004417",)


@pytest.mark.parametrize(
    "text", ["F26/01702-01705", "F26/01702 BIS F26/01705", "F26/01702 - 05", "f26/01702 a f26/01705"]
)
def test_a_range_means_every_number_between_that_we_know(text: str) -> None:
    assert read(text, OURS).between == ("F26/01702", "F26/01703", "F26/01705")


def test_a_range_may_run_in_the_middle_of_a_number() -> None:
    numbers = known("FV/0007/11/2026", "FV/0009/11/2026", "FV/0010/11/2026")
    assert len(read("FV/0007/11/2026 - FV/0010/11/2026", numbers).between) == 3


def test_a_range_of_thousands_is_none() -> None:
    assert read("1930658 - 1990000", known("1930658", "1990000", "1930659")).between == ()


def test_a_spelling_shared_by_two_numbers_names_both() -> None:
    (mention,) = read("RE 12345678", known("A-12345678", "B-12345678")).named
    assert set(mention.numbers) == {"A-12345678", "B-12345678"}


def test_a_spelling_shared_by_many_numbers_names_none() -> None:
    assert read("RE 0012345", known(*(f"C{n}-26-0012345" for n in range(100)))) == Reading()


def test_what_is_made_like_our_numbers_and_unknown_is_a_stranger() -> None:
    shapes = {shape("F2601702"), shape("1930658")}
    assert strangers("PAGO FRA F26/09999", OURS, shapes) == ["F2609999"]
    assert strangers("RE 1999999", OURS, shapes) == ["1999999"]
    for text in ("F26/01702", "RE 2999999", "PEDIDO 1999999", "K26/09999", "1999999,00 EUR", "19 99999", ""):
        assert strangers(text, OURS, shapes) == []


def test_a_reference_is_compared_without_the_zeros_it_is_filled_up_with() -> None:
    assert reference_key("00 00000 12345 67890") == reference_key("1234567890")
    assert reference_key("rf18 5390 0754 7034") == "RF18539007547034"
