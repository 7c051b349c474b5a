"""One movement seen through two files is one; two equal movements are two."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.identity import Seen, unite


def seen(ref: str = "", account: str = "", end_to_end: str = "", text: str = "", *, format: str = "camt.053") -> Seen:
    return Seen(format, ref, account, end_to_end, text)


def test_nothing_known_means_everything_is_new() -> None:
    assert unite([], [seen("A"), seen("B")]) == [None, None]


def test_the_banks_own_reference_decides_within_a_format() -> None:
    assert unite(
        [seen("A", text="rent"), seen("B", text="rent")], [seen("B", text="other"), seen("C", text="rent")]
    ) == [
        1,
        None,
    ]


def test_references_of_two_formats_say_nothing_about_each_other() -> None:
    known = [seen("20261120-1", text="INVOICE 1001", format="mt940")]
    assert unite(known, [seen("NTRY-77", text="invoice 1001")]) == [0]


def test_a_differing_end_to_end_reference_or_account_means_another_movement() -> None:
    assert unite([seen(end_to_end="E1")], [seen(end_to_end="E2")]) == [None]
    assert unite([seen(account="DE1")], [seen(account="DE2")]) == [None]
    assert unite([seen(end_to_end="E1", account="DE1")], [seen(end_to_end="E1", account="DE2")]) == [None]


def test_an_equal_end_to_end_reference_outweighs_other_text() -> None:
    assert unite([seen(end_to_end="E1", text="PAYMENT ALPHA")], [seen(end_to_end="E1", text="ZAHLUNG BETA")]) == [0]


def test_texts_that_share_a_word_agree_and_texts_that_share_none_differ() -> None:
    assert unite([seen(text="Invoice F-1001 Acme")], [seen(text="ACME LTD")]) == [0]
    assert unite([seen(text="Invoice F-1001 Acme")], [seen(text="BOREALIS")]) == [None]


def test_words_of_three_letters_prove_nothing_but_contradict_nothing() -> None:
    assert unite([seen(text="abc")], [seen(text="xyz")]) == [0]


def test_the_strongest_evidence_is_taken_first_whatever_the_order() -> None:
    known = [seen("", text=""), seen("R2", text="ACME")]
    assert unite(known, [seen("", text=""), seen("R2", text="ACME")]) == [0, 1]
    assert unite(known, [seen("R2", text="ACME"), seen("", text="")]) == [1, 0]


def test_one_known_entry_explains_one_incoming_entry_only() -> None:
    assert unite([seen(text="coffee")], [seen(text="coffee"), seen(text="coffee")]) == [0, None]


# ── properties ──────────────────────────────────────────────────────────────────────────────────

_TEXTS = st.sampled_from(["", "ACME", "ACME 1001", "PO 1001", "BOREALIS", "xy"])
SEEN = st.builds(
    Seen,
    st.sampled_from(["camt.053", "mt940"]),
    st.sampled_from(["", "R1", "R2"]),
    st.sampled_from(["", "DE1", "DE2"]),
    st.sampled_from(["", "E1", "E2"]),
    _TEXTS,
)
BUCKETS = st.lists(SEEN, max_size=7)


@given(BUCKETS, BUCKETS)
def test_every_known_entry_is_used_at_most_once(known: list[Seen], incoming: list[Seen]) -> None:
    answer = unite(known, incoming)
    used = Counter(index for index in answer if index is not None)
    assert len(answer) == len(incoming)
    assert all(count == 1 and 0 <= index < len(known) for index, count in used.items())


@settings(max_examples=500)
@given(BUCKETS, st.data())
def test_the_same_file_again_brings_nothing_new_in_whatever_order(bucket: list[Seen], data: st.DataObject) -> None:
    assert None not in unite(bucket, data.draw(st.permutations(bucket)))


def test_an_equal_entry_is_not_given_away_to_a_merely_similar_one() -> None:
    acme, both, order = seen(text="ACME"), seen(text="ACME 1001"), seen(text="PO 1001")
    assert unite([acme, both, order], [both, order, acme]) == [1, 2, 0]


@given(st.integers(0, 6), st.integers(0, 6), SEEN)
def test_of_equal_entries_only_the_surplus_is_new(known: int, incoming: int, entry: Seen) -> None:
    assert unite([entry] * known, [entry] * incoming).count(None) == max(0, incoming - known)


@pytest.mark.parametrize("text", ["", "ACME"])
def test_three_coffees_on_a_day_stay_three_through_overlapping_files(text: str) -> None:
    first, second = [seen(text=text)] * 2, [seen(text=text)] * 3
    assert unite(first, second).count(None) == 1
