"""E-invoices we issued come into the book: whose they are, what is left to pay, and where the original is kept."""

import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from commands.system import System
from commands.web import build_web
from intake.queue import ImportQueue
from intake.service import import_file
from receivables.imports import Handed, Imported
from receivables.intake.documents.model import InvoiceDocument, Totals
from receivables.intake.invoice_documents import rows_of_document
from receivables.service import add_company
from receivables.store import customer_by_external_id, invoice_by_number, items_of_invoice
from receivables.tables import Company, Customer, Invoice
from runtime import access
from runtime.work import Role, Work
from tests.builders import a_customer
from tests.readers.document_files import CII_INVOICE, UBL_INVOICE, UBL_ORDER, changed, pdf

NUMBER = "2026-0815"
Import = Callable[..., Imported]


@pytest.fixture
def take(system: System, tmp_path: Path) -> Import:
    """Our company is the seller of the sample documents; hands files in."""
    system.house.write(
        lambda work: add_company(
            work, "AH", name="Alpenholz", legal_name="Alpenholz GmbH", country="DE", currency="EUR",
            vat_id="DE 123456789",
        )
    )  # fmt: skip

    def hand_in(content: bytes, name: str = "invoice.xml", **said: Any) -> Imported:
        path = tmp_path / "handed" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return import_file(system.door, Handed("invoices", path, name, **said))

    return hand_in


def _borealis(system: System, **fields: str) -> None:
    system.house.write(lambda work: a_customer(work, "K-7", **{"name": "Borealis Oy", "country": "FI", **fields}))


def _seen(system: System, look: Callable[[Work], Any]) -> Any:
    """What was looked up, still readable when the transaction is over."""

    def read(work: Work) -> Any:
        found = look(work)
        work.session.expunge_all()
        return found

    return system.house.read(read)


def _said(imported: Imported) -> str:
    return " ".join(problem.message for problem in imported.problems)


def test_an_invoice_is_booked_with_what_is_left_to_pay_and_its_references(system: System, take: Import) -> None:
    _borealis(system)
    imported = take(UBL_INVOICE)
    assert (imported.state, imported.format, imported.created) == ("done", "ubl", 1), imported.problems

    def look(work: Work) -> tuple[Invoice, str, list[tuple[date, int, int]]]:
        invoice = invoice_by_number(work.session, NUMBER)
        items = items_of_invoice(work.session, invoice.id)
        owner = work.session.get_one(Customer, invoice.customer_id).external_id
        return invoice, owner, [(item.due_on, item.gross, item.open) for item in items]

    invoice, owner, items = _seen(system, look)
    assert owner == "K-7"
    assert (invoice.amount, invoice.currency, invoice.type) == (120_200, "EUR", "invoice")
    assert items == [(date(2026, 3, 2), 120_200, 100_200)]
    assert (invoice.order_number, invoice.payment_reference) == ("PO-4711", "RF18539007547034")
    assert (invoice.delivery_number, invoice.contract_number, invoice.buyer_reference) == (
        "L-77", "C-9", "04011000-12",
    )  # fmt: skip
    assert (invoice.discount_basis_points, invoice.discount_until) == (225, date(2026, 2, 14))


def test_the_same_invoice_in_another_format_changes_nothing(system: System, take: Import) -> None:
    _borealis(system)
    assert take(UBL_INVOICE).created == 1
    for content, name in ((UBL_INVOICE, "again.xml"), (CII_INVOICE, "twin.xml"), (_facturx(), "twin.pdf")):
        imported = take(content, name)
        assert (imported.state, imported.unchanged, imported.updated) == ("done", 1, 0), (name, imported.problems)
    assert system.house.read(lambda work: work.session.query(Invoice).count()) == 1


def _facturx() -> bytes:
    return pdf(("factur-x.xml", CII_INVOICE))


def test_a_document_that_contradicts_the_book_is_rejected(system: System, take: Import) -> None:
    _borealis(system)
    take(UBL_INVOICE)
    other = changed(changed(UBL_INVOICE, "1201.90", "1301.90"), "1002.00", "1102.00")
    imported = take(other, "other.xml")
    assert (imported.rejected, imported.created) == (1, 0)
    assert "is in the book with 1202.00 EUR" in _said(imported)


def test_what_does_not_add_up_holds_the_file_and_names_the_difference(system: System, take: Import) -> None:
    _borealis(system)
    imported = take(changed(UBL_INVOICE, "1002.00", "1003.00"))
    assert imported.state == "held"
    assert "a difference of 1.00" in _said(imported)
    assert system.house.read(lambda work: work.session.query(Invoice).count()) == 0


def test_the_desk_shows_why_a_file_is_held_in_the_list_and_on_its_page(system: System, take: Import) -> None:
    _borealis(system)
    held = take(changed(UBL_INVOICE, "1002.00", "1003.00"))
    client = _desk(system)
    for path in ("/imports", f"/imports/{held.id}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "a difference of 1.00" in page.text


def _desk(system: System) -> TestClient:
    key = system.house.write(lambda work: access.add_api_key(work, "desk", Role.CONTROLLER))
    return TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)


def test_an_invoice_we_received_is_refused(system: System, take: Import) -> None:
    system.house.write(
        lambda work: add_company(
            work, "BO", name="Borealis", legal_name="Borealis Oy", country="FI", currency="EUR", vat_id="FI123"
        )
    )
    system.house.write(lambda work: _forget_company(work, "AH"))
    imported = take(UBL_INVOICE)
    assert imported.state == "refused"
    assert "purchase invoice" in _said(imported)


def _forget_company(work: Work, code: str) -> None:
    company = work.session.query(Company).filter_by(code=code).one()
    company.name, company.legal_name, company.vat_id = "Other", "Other GmbH", "DE999999999"


def test_an_unknown_seller_holds_the_file_until_the_company_is_named(system: System, take: Import) -> None:
    _borealis(system)
    stranger = changed(changed(UBL_INVOICE, "DE123456789", ""), "Alpenholz GmbH", "Waldholz GmbH")
    stranger = changed(stranger, "<cbc:Name>Alpenholz</cbc:Name>", "<cbc:Name>Waldholz</cbc:Name>")
    held = take(stranger)
    assert held.state == "held"
    desk = _desk(system)
    assert '<option value="AH">Alpenholz</option>' in desk.get(f"/imports/{held.id}").text
    assert desk.post(f"/imports/{held.id}/answer", data={"company": "AH"}).status_code == 303
    while ImportQueue(system.door).work_one():
        pass
    assert "Done" in desk.get(f"/imports/{held.id}").text
    assert take(stranger, "again.xml", company="AH").unchanged == 1


def test_a_known_vat_id_finds_the_customer_whatever_the_name(system: System, take: Import) -> None:
    _borealis(system, name="BOREALIS GROUP", vat_id="FI 0123-4567")
    imported = take(_with_buyer_vat("FI01234567"))
    assert imported.created == 1, imported.problems
    assert _owner(system) == "K-7"


def test_the_number_we_gave_the_buyer_finds_the_customer(system: System, take: Import) -> None:
    _borealis(system, name="Quite Another Name")
    numbered = changed(
        UBL_INVOICE, "<cac:AccountingCustomerParty>",
        "<cac:AccountingCustomerParty><cbc:SupplierAssignedAccountID>K-7</cbc:SupplierAssignedAccountID>",
    )  # fmt: skip
    assert take(numbered).created == 1
    assert _owner(system) == "K-7"


def test_a_new_buyer_with_a_vat_id_becomes_a_customer_with_a_warning(system: System, take: Import) -> None:
    imported = take(_with_buyer_vat("FI01234567"))
    assert (imported.state, imported.created) == ("done", 1), imported.problems
    assert "it was added from the document as FI01234567" in _said(imported)
    customer = _seen(system, lambda work: customer_by_external_id(work.session, "FI01234567"))
    assert (customer.name, customer.country, customer.city) == ("Borealis Oy", "FI", "Turku")


def test_a_buyer_without_a_number_or_vat_id_holds_the_file(system: System, take: Import) -> None:
    imported = take(UBL_INVOICE)
    assert imported.state == "held"
    assert "no number or VAT id" in _said(imported)
    assert system.house.read(lambda work: work.session.query(Customer).count()) == 0


def _with_buyer_vat(vat_id: str) -> bytes:
    return changed(
        UBL_INVOICE,
        "<cac:PartyLegalEntity><cbc:RegistrationName>Borealis Oy",
        f"<cac:PartyTaxScheme><cbc:CompanyID>{vat_id}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID>"
        "</cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Borealis Oy",
    )


def _owner(system: System) -> str:
    def look(work: Work) -> str:
        invoice = invoice_by_number(work.session, NUMBER)
        return work.session.get_one(Customer, invoice.customer_id).external_id

    return system.house.read(look)


def test_an_order_is_no_invoice(take: Import) -> None:
    imported = take(UBL_ORDER)
    assert imported.state == "refused"
    assert "no invoice in this document" in _said(imported)


def test_on_an_empty_system_the_seller_becomes_our_company(system: System, tmp_path: Path) -> None:
    path = tmp_path / "first.xml"
    path.write_bytes(_with_buyer_vat("FI01234567"))
    assert import_file(system.door, Handed("invoices", path, path.name)).created == 1
    company = _seen(system, lambda work: work.session.query(Company).one())
    assert (company.name, company.vat_id, company.country) == ("Alpenholz GmbH", "DE123456789", "DE")


def test_invoices_in_an_archive_come_in_like_any_other(system: System, take: Import, tmp_path: Path) -> None:
    _borealis(system)
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("one.xml", UBL_INVOICE)
        packed.writestr("two.xml", changed(CII_INVOICE, NUMBER, "2026-0816"))
    imported = import_file(system.door, Handed("invoices", path, path.name))
    assert (imported.state, imported.created) == ("done", 2), imported.members


def test_the_original_is_given_back_byte_for_byte(system: System, take: Import) -> None:
    _borealis(system)
    take(UBL_INVOICE)
    key = system.house.write(lambda work: access.add_api_key(work, "tests", Role.ERP))
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as api:
        assert api.get(f"/api/v1/invoices/{NUMBER}").json()["has_document"] is True
        answer = api.get(f"/api/v1/invoices/{NUMBER}/document")
    assert (answer.status_code, answer.content) == (200, UBL_INVOICE)
    assert answer.headers["content-type"].startswith("application/xml")
    assert "attachment" in answer.headers["content-disposition"]


def _document(payable: int, **more: Any) -> InvoiceDocument:
    totals = Totals(payable=payable, prepaid=more.pop("prepaid", None))
    facts: dict[str, Any] = {
        "number": "D-1", "type": "invoice", "issued_on": date(2026, 1, 31), "currency": "EUR", "totals": totals,
        "ties": True, **more,
    }  # fmt: skip
    return InvoiceDocument(**facts)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (_document(10_000, type="credit_note"), [("credit_note", "100.00")]),
        (_document(-10_000, type="corrected"), [("credit_note", "100.00")]),
        (_document(10_000, type="final"), [("final", "100.00")]),
        (_document(0, prepaid=10_000), [("invoice", "100.00")]),
        (_document(10_000, type="proforma"), []),
        (_document(-10_000, type="credit_note"), []),
    ],
)
def test_what_a_document_does_to_the_account(document: InvoiceDocument, expected: list[tuple[str, str]]) -> None:
    made = rows_of_document(document, "ACME", "invoice D-1")
    assert [(row.values["type"], row.values["amount"]) for row in made.rows] == expected
    assert bool(made.rows) or any(problem.severity == "error" for problem in made.problems)


def _instalments() -> Iterator[Any]:
    from receivables.intake.documents.model import Instalment

    yield Instalment(date(2026, 2, 28), 4_000)
    yield Instalment(date(2026, 3, 31), 6_000)


def test_instalments_keep_their_days_and_what_was_prepaid_belongs_to_the_first() -> None:
    made = rows_of_document(_document(10_000, prepaid=500, instalments=tuple(_instalments())), "ACME", "D-1")
    rows = [(row.values["due_on"], row.values["amount"], row.values["paid_amount"]) for row in made.rows]
    assert rows == [("2026-02-28", "45.00", "5.00"), ("2026-03-31", "60.00", "0.00")]


def test_instalments_that_do_not_make_the_payable_amount_keep_the_document_out() -> None:
    made = rows_of_document(_document(9_999, instalments=tuple(_instalments())), "ACME", "D-1")
    assert made.rows == ()
    assert "do not make 99.99" in made.problems[-1].message
