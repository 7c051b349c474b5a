"""EDIFACT: interchanges that are whole or refused, and what INVOIC, ORDERS and REMADV become."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.intake.documents.edifact_segments import interchange as messages_of
from receivables.intake.documents.model import (
    Account,
    Address,
    Discount,
    Identifier,
    Instalment,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    RemittanceLine,
    Totals,
)
from tests.readers.document_files import (
    EDIFACT_INVOICE,
    EDIFACT_ORDER,
    EDIFACT_REMITTANCE,
    INVOIC,
    ORDERS,
    REMADV,
    changed,
    errors_in,
    interchange,
    invoice_in,
    order_in,
    read,
    refusal_of,
    remittance_in,
    warnings_in,
)


def invoic(old: str, new: str) -> bytes:
    """The invoice with one segment replaced by others."""
    assert old in INVOIC, old
    at = INVOIC.index(old)
    return interchange(("INVOIC", [*INVOIC[:at], *filter(None, new.split("'")), *INVOIC[at + 1 :]]))


def test_every_field_of_an_invoice_is_read() -> None:
    invoice = invoice_in(EDIFACT_INVOICE)
    assert (invoice.number, invoice.type, invoice.type_code, invoice.currency) == ("2026-0815", "invoice", "380", "EUR")
    assert (invoice.issued_on, invoice.due_on, invoice.delivered_on) == (
        date(2026, 1, 31),
        date(2026, 3, 2),
        date(2026, 1, 29),
    )
    assert invoice.totals == Totals(
        payable=100_200,
        line_total=105_000,
        allowances=5_000,
        charges=1_000,
        tax_exclusive=101_000,
        tax=19_190,
        tax_inclusive=120_190,
        prepaid=20_000,
        rounding=10,
    )
    assert invoice.ties
    assert invoice.seller == Party(
        name="Alpenholz GmbH",
        ids=(Identifier("4012345000009", "0088"),),
        vat_id="DE123456789",
        address=Address("Sägeweg 3", ("Tor 2",), "87629", "Füssen", None, "DE"),
        email="rechnung@alpenholz.example",
    )
    assert invoice.buyer == Party(
        name="Borealis Oy", ids=(Identifier("B-1"),), address=Address(city="Turku", country="FI")
    )
    account = Account("DE02120300000000202051", bic="BYLADEM1001", holder="Alpenholz")
    assert invoice.means == (PaymentMeans(None, account),)
    assert invoice.discounts == (Discount(percent=Decimal("2.25"), until=date(2026, 2, 14)),)
    assert (invoice.order_number, invoice.delivery_number) == ("PO-4711", "L-77")
    assert invoice.preceding == (Reference("2025-0001", date(2025, 12, 1)),)
    assert invoice.notes == (Note("Danke für den Auftrag: bis bald", "AAI"),)
    assert invoice.lines == (Line("1", "Planks", "20", 100_000, order_line="10"), Line("2", net=5_000))
    assert invoice.problems == ()


def test_a_difference_is_held_and_named() -> None:
    assert errors_in(invoice_in(invoic("MOA+9:1002", "MOA+9:1001"))) == [
        "The payable amount is 1001.00 EUR, but gross 1201.90 EUR − prepaid 200.00 EUR + rounding 0.10 EUR is "
        "1002.00 EUR: a difference of -1.00 EUR."
    ]


def test_an_older_message_calls_the_gross_77_and_may_leave_out_the_payable_amount() -> None:
    older = [each for each in INVOIC if not each.startswith(("MOA+9", "MOA+113", "MOA+366", "MOA+388"))]
    at = older.index("UNS+S") + 1
    invoice = invoice_in(interchange(("INVOIC", [*older[:at], "MOA+77:1201.9", *older[at:]])))
    assert (invoice.totals.payable, invoice.ties) == (120_190, True)
    assert "The payable amount is missing" in refusal_of(invoic("MOA+9:1002", ""))


@pytest.mark.parametrize("qualifier", ["39", "86", "128"])
def test_partners_agree_on_other_names_of_the_total(qualifier: str) -> None:
    older = [each for each in INVOIC if not each.startswith(("MOA+9", "MOA+113", "MOA+366", "MOA+388"))]
    at = older.index("UNS+S") + 1
    invoice = invoice_in(interchange(("INVOIC", [*older[:at], f"MOA+{qualifier}:1201.9", *older[at:]])))
    assert (invoice.totals.payable, invoice.ties) == (120_190, True)


@pytest.mark.parametrize("written", ["DTM+3:20260131:102", "DTM+137:260131:101"])
def test_the_day_may_be_that_of_the_invoice_and_lack_its_century(written: str) -> None:
    assert invoice_in(invoic("DTM+137:20260131:102", written)).issued_on == date(2026, 1, 31)


def test_without_a_reference_currency_it_is_the_one_all_amounts_name() -> None:
    bare = [each for each in INVOIC if not each.startswith("CUX")]
    named = [f"{each}:EUR" if each.startswith("MOA") else each for each in bare]
    assert invoice_in(interchange(("INVOIC", named))).currency == "EUR"
    mixed = [*named[:-1], "MOA+124:191.9:USD"]
    assert "The currency is missing" in refusal_of(interchange(("INVOIC", mixed)))


@pytest.mark.parametrize(("encoding", "named"), [("latin-1", "ISO-8859-1"), ("utf-8", "UTF-8")])
def test_letters_beyond_the_plain_character_set_are_read_with_a_warning(encoding: str, named: str) -> None:
    data = interchange(("INVOIC", INVOIC), syntax="UNOA").decode("latin-1").encode(encoding)
    invoice = invoice_in(data)
    assert invoice.notes[0].text == "Danke für den Auftrag: bis bald"
    assert warnings_in(invoice) == [f"The file says UNOA and has letters beyond it; they were read as {named}."]


def test_the_newer_group_of_terms_gives_instalments() -> None:
    parts = "PYT+1'DTM+13:20260228:102'MOA+262:502'PYT+1'DTM+13:20260331:102'MOA+262:500"
    data = changed(invoic("DTM+13:20260302:102", ""), "PAT+1'", f"{parts}'")
    data = changed(data, f"UNT+{len(INVOIC) + 1}", f"UNT+{len(INVOIC) + 6}")
    invoice = invoice_in(data)
    assert invoice.instalments == (Instalment(date(2026, 2, 28), 50_200), Instalment(date(2026, 3, 31), 50_000))


@pytest.mark.parametrize(("function", "held"), [("1", True), ("7", False), ("31", False)])
def test_cancellations_are_held_and_repetitions_warned_of(function: str, held: bool) -> None:
    invoice = invoice_in(invoic("BGM+380+2026-0815+9", f"BGM+380+2026-0815+{function}"))
    assert (invoice.is_held, len(invoice.problems)) == (held, 1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("BGM+380+2026-0815+9", "", "message M1: BGM is missing."),
        ("BGM+380+2026-0815+9", "BGM+380", "segment 3 BGM: The invoice number is missing."),
        ("BGM+380+2026-0815+9", "BGM+9+1", "The type code “9” is no invoice of UNTDID 1001"),
        ("DTM+137:20260131:102", "", "The date is missing (DTM+137)."),
        ("DTM+137:20260131:102", "DTM+137:202601:610", "The date format 610 names no day."),
        ("DTM+137:20260131:102", "DTM+137:20260230:102", "“20260230” is not a date of the calendar."),
        ("CUX+2:EUR:4", "", "The currency is missing (CUX+2)."),
        ("CUX+2:EUR:4", "CUX+2:EUX:4", "“EUX” is not an ISO 4217 currency code."),
        ("MOA+9:1002", "MOA+9:1.002,00", "“1.002.00” is not a plain decimal amount"),
        ("MOA+9:1002", "MOA+9:1,002", "has more decimals than EUR allows (2)."),
        ("MOA+9:1002", "MOA+9:1002:USD", "The amount is in USD, but the message in EUR."),
        ("MOA+9:1002", "MOA+9:1002'MOA+9:1", "MOA+9 is given twice, and not alike."),
        ("PCD+12:2,25", "PCD+12:much", "“much” is not a percentage."),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(old: str, new: str, reason: str) -> None:
    assert reason in refusal_of(invoic(old, new))


def test_an_order_is_read() -> None:
    order = order_in(EDIFACT_ORDER)
    assert (order.number, order.kind, order.total, order.currency) == ("PO-4711", "order", 124_950, "EUR")
    assert (order.issued_on, order.requested_on, order.contract_number) == (date(2026, 1, 10), date(2026, 1, 29), "C-9")
    assert order.delivery_address == Address(city="Oulu")
    assert order.lines == (Line("10", quantity="20", net=105_000),)


def test_changes_answers_and_cancellations_name_their_order() -> None:
    def about(kind: str, begin: str) -> bytes:
        return interchange((kind, [begin, ORDERS[1], "RFF+ON:PO-4711", *ORDERS[2:]]))

    change = order_in(about("ORDCHG", "BGM+230+C-1+4"))
    assert (change.kind, change.number, change.order_number) == ("order_change", "C-1", "PO-4711")
    assert order_in(about("ORDCHG", "BGM+230+C-1+1")).kind == "order_cancellation"
    answer = order_in(about("ORDRSP", "BGM+231+A-1+29"))
    assert (answer.kind, answer.response) == ("order_response", "29")
    assert "The number of the order is missing" in refusal_of(interchange(("ORDCHG", ["BGM+230+C-1", *ORDERS[1:]])))


def test_a_remittance_advice_is_read_with_credit_notes_taken_off() -> None:
    advice = remittance_in(EDIFACT_REMITTANCE)
    assert (advice.number, advice.amount, advice.currency, advice.ties) == ("RA-1", 95_200, "EUR", True)
    assert (advice.issued_on, advice.pays_on) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (advice.payer, advice.payee) == (Party(name="Borealis Oy"), Party(name="Alpenholz GmbH"))
    assert advice.payment_reference == "PAY-7"
    assert advice.lines == (
        RemittanceLine("2026-0815", 100_200, discount=2_004),
        RemittanceLine("G-1", -5_000, "credit_note"),
    )


def test_a_remittance_advice_whose_lines_make_another_sum_is_held() -> None:
    advice = remittance_in(interchange(("REMADV", [*REMADV[:-1], "MOA+12:1052"])))
    assert errors_in(advice) == ["The lines make 952.00 EUR, but 1052.00 EUR is paid."]
    assert "The amount paid is missing" in refusal_of(interchange(("REMADV", REMADV[:-1])))


# Interchanges


def test_one_interchange_holds_several_messages() -> None:
    documents = read(interchange(("INVOIC", INVOIC), ("ORDERS", ORDERS), ("REMADV", REMADV)))
    assert [type(each).__name__ for each in documents] == ["InvoiceDocument", "OrderDocument", "RemittanceDocument"]


WITHOUT_TEXT = [each for each in INVOIC if not each.startswith("FTX")]


def test_separators_are_as_una_says() -> None:
    standard = interchange(("INVOIC", WITHOUT_TEXT), head="")
    other = standard.decode("latin-1").translate(str.maketrans(":+?'", "^|!~"))
    assert read(("UNA^|,! ~" + other).encode("latin-1")) == read(standard)
    assert read(b"UNA:+.? '\r\n" + standard) == read(standard)


def test_a_blank_as_release_character_releases_nothing() -> None:
    assert invoice_in(interchange(("INVOIC", WITHOUT_TEXT), head="UNA:+.  '")).number == "2026-0815"


@pytest.mark.parametrize(
    ("syntax", "read_as"), [("UNOC", "F\u00fcssen"), ("UNOD", "F\u00fcssen"), ("UNOF", "F\u03ccssen")]
)
def test_letters_are_of_the_character_set_unb_names(syntax: str, read_as: str) -> None:
    seller = invoice_in(interchange(("INVOIC", INVOIC), syntax=syntax)).seller
    assert seller
    assert seller.address
    assert seller.address.city == read_as


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("UNOC:3", "UNOY:4", "A byte here is not of the character set UNOY."),
        ("UNOC:3", "UNOX:3", "The character set UNOX is not read."),
        ("UNZ+1+", "UNZ+2+", "UNZ counts 2 messages, but there are 1."),
        ("UNT+40+", "UNT+39+", "UNT counts 39 segments, but there are 40."),
        ("+M1'\nUNZ", "+M2'\nUNZ", "UNT closes message M2, but UNH opened M1."),
        ("UNH+M1", "UNX+M1", "UNH and UNT do not follow each other in turn."),
        ("UNZ+1+REF1'", "", "it does not end with UNZ"),
        ("UNA:+.? '", "UNA::.? '", "cannot be told apart"),
        ("UNA:+.? '", "UNA:+.?A'", "cannot be told apart"),
        ("LIN+2'", "LI+2'", "“LI” is no segment tag."),
        ("INVOIC:D", "DESADV:D", "DESADV messages are not read, only INVOIC, ORDERS"),
        ("bis bald", "bis\0bald", "NUL"),
    ],
)
def test_an_interchange_that_is_not_whole_is_refused(old: str, new: str, reason: str) -> None:
    data = EDIFACT_INVOICE.decode("latin-1")
    assert old in data
    assert reason in refusal_of(data.replace(old, new).encode("latin-1"))


def test_an_interchange_that_closes_another_reference_is_warned_of() -> None:
    invoice = invoice_in(changed(EDIFACT_INVOICE, "UNZ+1+REF1", "UNZ+1+REF2"))
    assert warnings_in(invoice) == ["UNZ closes interchange REF2, but UNB opened REF1."]


def with_object(length: int) -> bytes:
    content = "AB'C+UNT+1:2?=="
    attached = f"UNO+P1+1:slip+13:+{length}'{content}UNP+{length}+P1'\nUNZ"
    return changed(changed(EDIFACT_INVOICE, "UNZ", attached), "UNZ+1+", "UNZ+2+")


def test_an_object_in_the_interchange_is_left_out_with_a_warning() -> None:
    assert warnings_in(invoice_in(with_object(15))) == ["1 attached object(s) are left out."]
    assert "does not end where it says" in refusal_of(with_object(14))


def test_groups_of_messages_are_read_like_messages() -> None:
    group = changed(changed(EDIFACT_INVOICE, "UNH+M1", "UNG+INVOIC'UNH+M1"), "UNZ+1+", "UNE+1+G1'UNZ+1+")
    assert invoice_in(group) == invoice_in(EDIFACT_INVOICE)


def test_every_cut_of_an_interchange_is_refused() -> None:
    for length in range(len(EDIFACT_INVOICE) - 2):
        assert refusal_of(EDIFACT_INVOICE[:length])


def test_too_large_an_interchange_is_refused() -> None:
    assert "larger than 5 MB" in refusal_of(b"UNB+UNOC:3'" + b"A" * 5_000_000)


def test_too_many_segments_or_objects_are_refused() -> None:
    assert "more than 200,000 segments" in refusal_of(interchange(("INVOIC", ["LIN+1"] * 200_001)))
    objects = "UNO+P1+1:a+13:+1'AUNP+1+P1'\n" * 21
    assert "more than 20 objects" in refusal_of(changed(EDIFACT_INVOICE, "UNZ", f"{objects}UNZ"))


COMPONENT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
SEGMENTS = st.lists(st.lists(st.lists(COMPONENT, min_size=1, max_size=4), min_size=1, max_size=5), max_size=6)


def released(text: str) -> str:
    return "".join(f"?{letter}" if letter in ":+?'" else letter for letter in text)


@given(SEGMENTS)
def test_segments_come_back_as_they_were_written(segments: list[list[list[str]]]) -> None:
    written = ["FTX+" + "+".join(":".join(map(released, element)) for element in each) for each in segments]
    (message,) = messages_of(interchange(("INVOIC", written))).messages
    assert [[list(element) for element in each.elements] for each in message.segments] == segments
