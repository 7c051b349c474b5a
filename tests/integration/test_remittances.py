"""A payer's remittance advice explains the money, whichever of the two comes first."""

from pathlib import Path

import pytest

from commands.system import System
from intake.service import import_file
from payments.reconciliation import Reconciled, reconcile
from payments.tables import Allocation
from receivables.imports import Handed
from receivables.tables import Invoice, OpenItem
from reports.invariants import violations
from runtime.work import Work
from tests.builders import TODAY, a_company, a_customer, an_invoice, money_in

ACME = "DE89370400440532013000"
HEAD = "advice_number;issued_on;currency;paid_amount;payment_reference;payer;invoice_number;amount;discount\n"
WHOLE = HEAD + (
    "AV-77001;2026-11-18;EUR;1390.00;;Acme Ltd;F26/01701;1200.00;\n"
    "AV-77001;2026-11-18;EUR;1390.00;;Acme Ltd;f26-01702;280.00;\n"
    "AV-77001;2026-11-18;EUR;1390.00;;Acme Ltd;G26/00017;-90.00;\n"
)
UBL = """<?xml version="1.0"?>
<RemittanceAdvice xmlns="urn:oasis:names:specification:ubl:schema:xsd:RemittanceAdvice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>AV-77002</cbc:ID><cbc:IssueDate>2026-11-18</cbc:IssueDate>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:TotalPaymentAmount currencyID="EUR">1480.00</cbc:TotalPaymentAmount>
  <cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID><cbc:DebitLineAmount currencyID="EUR">1200.00</cbc:DebitLineAmount>
    <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F26/01701</cbc:ID>
    </cac:InvoiceDocumentReference></cac:BillingReference></cac:RemittanceAdviceLine>
  <cac:RemittanceAdviceLine><cbc:ID>2</cbc:ID><cbc:DebitLineAmount currencyID="EUR">280.00</cbc:DebitLineAmount>
    <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F26/01702</cbc:ID>
    </cac:InvoiceDocumentReference></cac:BillingReference></cac:RemittanceAdviceLine>
</RemittanceAdvice>
"""
REMADV = (
    "UNA:+.? 'UNB+UNOC:3+4012345000009:14+4098765000006:14+261118:0900+1'UNH+1+REMADV:D:96A:UN:EAN004'"
    "BGM+481+AV-77003+9'DTM+137:20261118:102'CUX+2:EUR:11'DOC+380+F26/01701'MOA+12:1200'"
    "DOC+380+F26/01702'MOA+12:280'UNS+S'MOA+12:1480'UNT+11+1'UNZ+1+1'"
)


def stage(work: Work) -> None:
    a_customer(work, "ACME", iban=ACME)
    an_invoice(work, "F26/01701", amount="1200.00")
    an_invoice(work, "F26/01702", amount="350.50", discount_percent="2", discount_until=str(TODAY))
    an_invoice(work, "F26/01703", amount="1480.00")
    an_invoice(work, "G26/00017", amount="90.00", type="credit_note")


def advised(system: System, folder: Path, text: str, name: str = "advice.csv") -> tuple[str, int, int]:
    path = folder / name
    path.write_text(text)
    done = import_file(system.door, Handed("remittance", path, name))
    assert done.state in ("done", "refused"), done.problems
    return done.state, done.created, done.unchanged


def paid(system: System, amount: str, text: str = "SAMMELZAHLUNG", account: str = ACME, name: str = "") -> None:
    system.house.write(lambda work: money_in(work, amount, text, counterparty_account=account, counterparty=name))


def run(system: System) -> Reconciled:
    done = system.house.write(lambda work: reconcile(work, a_company(work).id))
    assert system.house.read(lambda work: list(violations(work.session, dict(system.audit_keys)))) == []
    return done


def posted(system: System) -> set[tuple[str, str, int]]:
    def look(work: Work) -> set[tuple[str, str, int]]:
        query = (
            work.session.query(Invoice.number, Allocation.kind, Allocation.amount)
            .join(OpenItem, OpenItem.invoice_id == Invoice.id)
            .join(Allocation, Allocation.open_item_id == OpenItem.id)
        )
        return {(number, kind, amount) for number, kind, amount in query}

    return system.house.read(look)


@pytest.mark.parametrize("comes_first", ["advice", "money"])
def test_the_advice_is_followed_to_the_cent_credit_note_and_short_payment_included(
    system: System, tmp_path: Path, comes_first: str
) -> None:
    system.house.write(stage)
    if comes_first == "money":
        paid(system, "1390.00")
        assert run(system).posted == 0
    assert advised(system, tmp_path, WHOLE) == ("done", 1, 0)
    if comes_first == "advice":
        paid(system, "1390.00")
    assert run(system) == Reconciled(1, 0, 0)
    assert posted(system) == {
        ("F26/01701", "credit", 9_000), ("F26/01701", "payment", 111_000), ("F26/01702", "payment", 28_000)
    }  # fmt: skip


@pytest.mark.parametrize(("text", "name"), [(UBL, "advice.xml"), (REMADV, "advice.edi")])
def test_ubl_and_edifact_advices_go_before_an_invoice_of_the_same_amount(
    system: System, tmp_path: Path, text: str, name: str
) -> None:
    system.house.write(stage)
    assert advised(system, tmp_path, text, name) == ("done", 1, 0)
    paid(system, "1480.00")
    assert run(system).posted == 1
    assert {number for number, _, _ in posted(system)} == {"F26/01701", "F26/01702"}


def test_an_agreed_discount_in_time_is_taken_as_advised(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    advised(system, tmp_path, HEAD + "AV-77004;2026-11-18;EUR;343.49;;Acme Ltd;F26/01702;343.49;7.01\n")
    paid(system, "343.49")
    assert run(system).posted == 1
    assert posted(system) == {("F26/01702", "discount", 701), ("F26/01702", "payment", 34_349)}


def test_money_that_names_the_advice_is_explained_whoever_sends_it(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    advised(system, tmp_path, WHOLE)
    paid(system, "1390.00", "ADVICE AV-77001", account="", name="FACTORING UNION AG")
    assert run(system).posted == 1


def test_somebody_elses_money_of_the_same_amount_is_not_explained(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    advised(system, tmp_path, WHOLE)
    paid(system, "1390.00", account="", name="STADTWERKE ESCHENBRUECK")
    assert run(system).posted == 0


def test_two_payments_that_could_both_be_meant_wait_for_a_person(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    advised(system, tmp_path, WHOLE)
    paid(system, "1390.00", "FIRST PAYMENT")
    paid(system, "1390.00", "SECOND TRANSFER")
    assert run(system).posted == 0


@pytest.mark.parametrize(
    "line",
    ["AV-77005;2026-11-18;EUR;1300.00;;Acme Ltd;F26/01701;1300.00;\n",
     "AV-77005;2026-11-18;EUR;1300.00;;Acme Ltd;F26/09999;1300.00;\n",
     "AV-77005;2026-11-18;EUR;1300.00;;Acme Ltd;F26/01701;1100.00;\n"],
    ids=["more than is open", "a number we do not know", "lines that do not add up"],
)  # fmt: skip
def test_an_advice_that_does_not_fit_the_book_posts_nothing(system: System, tmp_path: Path, line: str) -> None:
    system.house.write(stage)
    assert advised(system, tmp_path, HEAD + line)[0] == "done"
    paid(system, "1300.00")
    assert run(system).posted == 0


def test_the_same_advice_again_adds_nothing(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    advised(system, tmp_path, WHOLE)
    assert advised(system, tmp_path, WHOLE + "\n", "again.csv") == ("done", 0, 1)


def test_a_row_that_cannot_be_read_refuses_the_whole_file(system: System, tmp_path: Path) -> None:
    system.house.write(stage)
    wrong = WHOLE + "AV-77001;2026-11-18;EUR;1390.00;;Acme Ltd;F26/01703;1,00;\n"
    assert advised(system, tmp_path, wrong)[0] == "refused"
