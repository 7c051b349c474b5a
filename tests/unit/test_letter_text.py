"""The language letters are written in: what it says, and that nothing gets out of it."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from dunning.letter import LANGUAGES, Language
from dunning.letter_text import (
    LONGEST,
    LONGEST_VALUE,
    PLACEHOLDERS,
    LetterText,
    TextTooLong,
    Value,
    situations,
    text_problems,
    write,
)
from dunning.rendering import _values, render_letter_html, render_mail
from dunning.wording import check, shipped, worded
from runtime.clock import stopwatch
from tests.ssti import COSTLY, payloads
from tests.unit.test_letter import a_letter

PAYLOADS = sorted(set(payloads()))
PLAIN = shipped(1, "en").parts
SAMPLES: Mapping[str, Value] = {name: each.sample for name, each in PLACEHOLDERS.items()}


def a_text(**parts: str) -> LetterText:
    return LetterText(version=1, **{**PLAIN, **parts})


def said(opening: str, **values: Value) -> tuple[str, ...]:
    return write({**PLAIN, "opening": opening}, {**SAMPLES, **values}, is_html=False).opening


# ── what it says ────────────────────────────────────────────────────────────────────────────────


def test_a_text_speaks_of_its_letter() -> None:
    source = "{% if one %}Invoice {{ invoice }}{% else %}{{ count }} invoices{% endif %}: {{ to_pay | strong }}."
    assert said(source, one=1) == ("Invoice F-1001: €3,450.00.",)
    assert said(source, one=0, count=3) == ("3 invoices: €3,450.00.",)


def test_an_empty_line_begins_a_new_paragraph() -> None:
    assert said("One.\nStill one.\n\n \n  Two.  \n") == ("One.\nStill one.", "Two.")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("count > 3", False), ("count >= 1", True), ("count < 2", True), ("count <= 0", False), ("count == 1", True),
        ("count != 1", False), ('invoice == "F-1001"', True), ("not previous_on", False), ("one and previous_on", True),
        ("portal_url or disputed", True), ("one and not disputed", False), ("to_pay > 3", False),
    ],
)  # fmt: skip
def test_parts_depend_on_conditions(condition: str, holds: bool) -> None:
    assert said(f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}") == ("yes" if holds else "no",)


def test_filters_change_how_a_value_is_written() -> None:
    assert said("{{ customer | upper }} {{ customer | lower }} {{ customer | lower | capitalize }}") == (
        "ACME LTD acme ltd Acme ltd",
    )


def test_what_the_author_types_is_text_and_never_markup() -> None:
    letter = replace(a_letter(level=1, language="en"), text=a_text(opening="<b>Pay</b> & <script>x()</script>"))
    page, mail = render_letter_html(letter), render_mail(letter)
    assert "&lt;b&gt;Pay&lt;/b&gt; &amp; &lt;script&gt;" in page
    assert "<script" not in page + mail.html
    assert "<b>Pay</b> & <script>x()</script>" in mail.text


def test_a_value_that_is_too_long_is_cut() -> None:
    [paragraph] = said("{{ customer }}", customer="n" * 5_000)
    assert (len(paragraph), paragraph[-1]) == (LONGEST_VALUE, "…")


def test_a_text_that_comes_to_too_much_is_refused() -> None:
    long = {**SAMPLES, "customer": "n" * LONGEST_VALUE}
    with pytest.raises(TextTooLong):
        write({**PLAIN, "opening": "{{ customer }}" * 4_000}, long, is_html=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", range(4))
def test_the_shipped_texts_keep_to_the_language(level: int, language: Language) -> None:
    text = shipped(level, language)
    assert list(text_problems(text.parts)) == []
    for values in situations():
        written = write(text.parts, values, is_html=True)
        assert all((written.subject, written.title, written.salutation, written.opening, written.farewell))


def test_every_letter_has_a_value_for_every_placeholder() -> None:
    assert _values(a_letter()).keys() == PLACEHOLDERS.keys()


# ── what it refuses ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", LONGEST)
def test_every_payload_is_refused_in_every_part_with_its_line_and_why(part: str) -> None:
    assert len(PAYLOADS) >= 300
    taken = [each for each in PAYLOADS if not list(text_problems({**PLAIN, part: each}))]
    assert taken == []


def test_a_refusal_names_part_and_line() -> None:
    [problem] = text_problems({**PLAIN, "closing": "Fine.\nAlso fine.\n{{ customer.__class__ }}\n"})
    assert (problem.where, problem.field) == ("/closing", "closing")
    assert problem.message.startswith("Line 3: ")
    [problem] = text_problems({**PLAIN, "opening": "\n{{ costumer }}"})
    assert problem.message == "Line 2: There is no placeholder “costumer”."


@pytest.mark.parametrize(
    ("part", "source", "says"),
    [
        ("subject", " ", "empty"),
        ("subject", "{% if not one %}Several{% endif %}", "may come out empty"),
        ("title", "{{ disputed }}", "may come out empty"),
        ("subject", "one\ntwo", "one line"),
        ("subject", "x" * 301, "301 characters; 300 are allowed"),
        ("opening", "a\x00b", "control character"),
        ("opening", "pay \u202eerom", "control character"),
    ],
)
def test_what_would_spoil_a_letter_is_refused(part: str, source: str, says: str) -> None:
    assert any(says in problem.message for problem in text_problems({**PLAIN, part: source}))


@pytest.mark.parametrize("source", PAYLOADS[::9])
def test_a_payload_that_got_into_the_database_is_not_written_either(source: str) -> None:
    letter = replace(a_letter(level=1, language="en"), text=replace(a_text(opening=source), version=0))
    with pytest.raises(Exception) as refused:
        render_letter_html(letter)
    assert type(refused.value).__name__ in ("Invalid", "TemplateSyntaxError", "KeyError")


@pytest.mark.parametrize("source", COSTLY, ids=range(len(COSTLY)))
def test_a_text_that_would_cost_much_ends_within_the_limits(source: str) -> None:
    began = stopwatch()
    assert check({**PLAIN, "opening": source})
    assert stopwatch() - began < 30


def test_a_text_somebody_wrote_is_written_in_a_child_process() -> None:
    letter = replace(a_letter(level=1, language="en"), text=a_text(opening="{{ customer | strong }}"))
    written = worded(letter, _values(letter), is_html=True)
    assert written.opening == ("<b>Vegafoods Ibérica S.L.</b>",)
    beyond = replace(letter, text=a_text(opening="{{ customer }}" * 400, closing="\U0001f600" * 6_000 + "x" * 60_000))
    with pytest.raises(Invalid):
        worded(beyond, _values(letter), is_html=True)


# ── data is data ────────────────────────────────────────────────────────────────────────────────


def test_every_payload_in_the_customers_data_is_printed_as_it_stands() -> None:
    source = "{{ customer }}/{{ attention }}/{{ invoice }}/{{ reference }}/{{ sender }}/{{ number | upper }}"
    for payload in (" ".join(each.split()) for each in PAYLOADS):
        values = dict.fromkeys(("customer", "attention", "invoice", "reference", "sender", "number"), payload)
        assert said(source, **values) == ("/".join([*[payload] * 5, payload.upper()]),)


def test_payloads_in_every_field_of_a_letter_stay_data() -> None:
    for payload in PAYLOADS[::7]:
        letter = a_letter(level=1, language="en")
        hostile = replace(
            letter,
            recipient=replace(letter.recipient, name=payload, customer_id=payload, attention=payload),
            rows=(replace(letter.rows[0], number=payload),),
            payment_reference=payload,
        )
        mail = render_mail(hostile)
        assert " ".join(payload.split()) in " ".join(mail.text.split())
        assert not re.search(r"root:x:0|&lt;class |<class ", mail.text + mail.subject + mail.html)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80))
def test_whatever_a_customer_is_called_it_is_only_escaped(name: str) -> None:
    written = write({**PLAIN, "salutation": "A{{ customer }}Z"}, {**SAMPLES, "customer": name}, is_html=True)
    plain = write({**PLAIN, "salutation": "A{{ customer }}Z"}, {**SAMPLES, "customer": name}, is_html=False)
    assert not re.search(r"[<>\"']", written.salutation)
    assert plain.salutation == " ".join(f"A{name}Z".split())
