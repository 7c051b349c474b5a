"""Reading rows column by column says exactly what reading them row by row says."""

from hypothesis import given
from hypothesis import strategies as st

from receivables.intake.invoice_columns import read_invoices
from receivables.intake.invoice_rows import COLUMNS, gather_instalments, read_invoice
from receivables.intake.rows import Row

USUAL = {
    "invoice_number": st.sampled_from(["F-1", "F-2", "F-3", " F-4 ", "x" * 81, "a\0b"]),
    "customer_id": st.sampled_from(["ACME", "", "B" * 80]),
    "type": st.sampled_from(["", "invoice", "Credit_Note", "final", "bill"]),
    "issued_on": st.sampled_from(["2026-01-31", "2026-02-30", "31.01.2026", ""]),
    "due_on": st.sampled_from(["2026-03-02", "2026-04-02", "2025-01-01", ""]),
    "currency": st.sampled_from(["EUR", "eur", "JPY", "KWD", "XXX", ""]),
    "amount": st.sampled_from(["10.00", "10", "0", "-1.00", "1.234", "+.5", "1e3", "NaN", "", "٣", "9" * 20]),
    "paid_amount": st.sampled_from(["", "1.00", "10.00", "11", "-1"]),
    "order_number": st.sampled_from(["", "PO-1"]),
    "payment_reference": st.sampled_from(["", "RF18 5390 0754 7034", "RF00", "123"]),
    "discount_percent": st.sampled_from(["", "2.5", "101"]),
    "discount_until": st.sampled_from(["", "2026-02-14", "never"]),
    "related_invoice": st.sampled_from(["", "F-1"]),
}
"""Mostly what a file has, and for each column what is wrong in one of its own ways."""

FURTHER = st.sampled_from(
    [("payer_id", "HEAD"), ("source", "ERP"), ("source_version", "x"), ("dunning_level", "2"), ("owner", "")]
)
STRANGE = st.one_of(st.none(), st.integers(), st.booleans(), st.floats(), st.lists(st.text(max_size=3), max_size=2))


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for place in range(draw(st.integers(0, 6))):
        values: dict[str, object] = {name: draw(values) for name, values in USUAL.items()}
        if draw(st.booleans()):
            values |= {"customer_id": "ACME", "type": "", "issued_on": "2026-01-31", "currency": "EUR"}
            values |= {"amount": "10.00", "paid_amount": "", "discount_percent": "", "discount_until": ""}
        values |= dict(draw(st.lists(FURTHER, max_size=1)))
        if draw(st.integers(0, 5)) == 0:
            values[draw(st.sampled_from(COLUMNS))] = draw(STRANGE)
        flaw = "This line is short." if draw(st.integers(0, 9)) == 0 else None
        found.append(Row(f"line {place + 2}", values, flaw))
    return found


@given(rows())
def test_column_by_column_is_row_by_row(given_rows: list[Row]) -> None:
    assert read_invoices(given_rows) == list(gather_instalments(read_invoice(row) for row in given_rows))
