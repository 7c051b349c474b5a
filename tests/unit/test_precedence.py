"""Which policy an item begins on: the narrowest choice counts, and a name nobody knows counts as none."""

import pytest

from dunning.precedence import begins_on, in_words

KNOWN = {"standard", "gentle", "strict", "export"}


@pytest.mark.parametrize(
    ("customer", "segment", "company", "name", "origin"),
    [
        ("gentle", "strict", "export", "gentle", "customer"),
        ("", "strict", "export", "strict", "segment"),
        ("", "", "export", "export", "company"),
        ("", "", "", "standard", "house"),
        ("long gone", "strict", "", "strict", "segment"),
        ("long gone", "gone too", "gone", "standard", "house"),
        ("standard", "strict", "", "standard", "customer"),
    ],
)
def test_the_narrowest_choice_that_is_known_counts(
    customer: str, segment: str, company: str, name: str, origin: str
) -> None:
    assert begins_on(customer, segment, company, KNOWN) == (name, origin)


def test_it_is_said_where_a_policy_comes_from() -> None:
    assert in_words("segment", "strict", 3) == "strict, version 3: the segment’s"
    assert in_words("started", "strict", 3) == "strict, version 3: the item began on it"
    assert in_words(None, "strict", 3) == "strict, version 3", "decisions of before say no more than they know"
