"""JSON at the edge: one text, one meaning, or refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.strict_json import DEEPEST, LARGEST_WHOLE, NotStrict, check

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_WHOLE, LARGEST_WHOLE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN, st.booleans())
def test_plain_json_passes_escaped_or_not(document: object, is_escaped: bool) -> None:
    check(json.dumps(document, ensure_ascii=is_escaped).encode())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": Infinity}', "Infinity is not JSON"),
        (b'{"a": 1e300000}', "too large"),
        (b'{"a": 9223372036854775808}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too large"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'{"a": "\\ud83d"}', "surrogate"),
        (b'{"a": ["\\ude00\\ud83d"]}', "surrogate"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "levels"),
        (b"[" * 100_000, "levels"),
    ],
)
def test_what_could_be_read_two_ways_or_held_by_no_database_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(NotStrict, match=said):
        check(raw)


def test_the_place_of_a_bad_text_is_named() -> None:
    with pytest.raises(NotStrict) as refused:
        check(b'{"invoices": [{"note": "fine"}, {"note": "\\u0000"}]}')
    assert refused.value.pointer == "/invoices/1/note"


def test_as_many_levels_as_allowed_pass_and_pairs_of_surrogates_are_characters() -> None:
    check(b"[" * DEEPEST + b"]" * DEEPEST)
    check(b'{"a": "\\ud83d\\ude00"}')
