"""Business documents for the tests: one invoice in UBL and in CII, and a small file of every other kind.

Tests take one and change a single thing in it with `changed`.
"""

import base64
import io
from typing import Any

from pypdf import PdfWriter

from receivables.intake.documents.model import (
    Document,
    InvoiceDocument,
    OrderDocument,
    RemittanceDocument,
    Unreadable,
)
from receivables.intake.documents.registry import documents_in

UBL_NAMESPACES = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)


def ubl(root: str, inside: str) -> bytes:
    namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{namespace}" {UBL_NAMESPACES}>{inside}</{root}>'
    return text.encode()


def changed(data: bytes, old: str, new: str) -> bytes:
    """The file with one text in it replaced wherever it stands; fails when it stands nowhere."""
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode())


SELLER = """<cac:Party><cbc:EndpointID schemeID="0088">4012345000009</cbc:EndpointID>
  <cac:PartyIdentification><cbc:ID>S-1</cbc:ID></cac:PartyIdentification>
  <cac:PartyIdentification><cbc:ID schemeID="SEPA">DE98ZZZ09999999999</cbc:ID></cac:PartyIdentification>
  <cac:PartyName><cbc:Name>Alpenholz</cbc:Name></cac:PartyName>
  <cac:PostalAddress><cbc:StreetName>Sägeweg 3</cbc:StreetName>
    <cbc:AdditionalStreetName>Tor 2</cbc:AdditionalStreetName><cbc:CityName>Füssen</cbc:CityName>
    <cbc:PostalZone>87629</cbc:PostalZone><cbc:CountrySubentity>Bayern</cbc:CountrySubentity>
    <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyTaxScheme><cbc:CompanyID>123/456</cbc:CompanyID>
    <cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>Alpenholz GmbH</cbc:RegistrationName>
    <cbc:CompanyID schemeID="0204">HRB 1</cbc:CompanyID></cac:PartyLegalEntity>
  <cac:Contact><cbc:ElectronicMail>rechnung@alpenholz.example</cbc:ElectronicMail></cac:Contact></cac:Party>"""
BUYER = """<cac:Party><cac:PostalAddress><cbc:CityName>Turku</cbc:CityName>
    <cac:Country><cbc:IdentificationCode>FI</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>Borealis Oy</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>"""
TERMS = "#SKONTO#TAGE=14#PROZENT=2.25#\n30 days net"
UBL_INVOICE = ubl(
    "Invoice",
    f"""
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ProfileID>billing</cbc:ProfileID>
  <cbc:ID>2026-0815</cbc:ID><cbc:IssueDate>2026-01-31</cbc:IssueDate><cbc:DueDate>2026-03-02</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:Note>#REG#Seat: Füssen</cbc:Note><cbc:Note>Thank you</cbc:Note>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:BuyerReference>04011000-12</cbc:BuyerReference>
  <cac:OrderReference><cbc:ID>PO-4711</cbc:ID><cbc:SalesOrderID>SO-1</cbc:SalesOrderID></cac:OrderReference>
  <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>2025-0001</cbc:ID>
    <cbc:IssueDate>2025-12-01</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>
  <cac:DespatchDocumentReference><cbc:ID>L-77</cbc:ID></cac:DespatchDocumentReference>
  <cac:ContractDocumentReference><cbc:ID>C-9</cbc:ID></cac:ContractDocumentReference>
  <cac:AccountingSupplierParty>{SELLER}</cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>{BUYER}</cac:AccountingCustomerParty>
  <cac:PayeeParty><cac:PartyName><cbc:Name>Factor AG</cbc:Name></cac:PartyName></cac:PayeeParty>
  <cac:TaxRepresentativeParty><cac:PartyName><cbc:Name>Fiscus BV</cbc:Name></cac:PartyName></cac:TaxRepresentativeParty>
  <cac:Delivery><cbc:ActualDeliveryDate>2026-01-29</cbc:ActualDeliveryDate></cac:Delivery>
  <cac:PaymentMeans><cbc:PaymentMeansCode>59</cbc:PaymentMeansCode>
    <cbc:PaymentID>RF18539007547034</cbc:PaymentID>
    <cac:PayeeFinancialAccount><cbc:ID>DE02 1203 0000 0000 2020 51</cbc:ID><cbc:Name>Alpenholz</cbc:Name>
      <cac:FinancialInstitutionBranch><cbc:ID>BYLADEM1001</cbc:ID></cac:FinancialInstitutionBranch>
    </cac:PayeeFinancialAccount>
    <cac:PaymentMandate><cbc:ID>M-5</cbc:ID>
      <cac:PayerFinancialAccount><cbc:ID>FI2112345600000785</cbc:ID></cac:PayerFinancialAccount></cac:PaymentMandate>
  </cac:PaymentMeans>
  <cac:PaymentTerms><cbc:Note>{TERMS}</cbc:Note></cac:PaymentTerms>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">191.90</cbc:TaxAmount></cac:TaxTotal>
  <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">2100.00</cbc:TaxAmount></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">1050.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">1010.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">1201.90</cbc:TaxInclusiveAmount>
    <cbc:AllowanceTotalAmount currencyID="EUR">50.00</cbc:AllowanceTotalAmount>
    <cbc:ChargeTotalAmount currencyID="EUR">10.00</cbc:ChargeTotalAmount>
    <cbc:PrepaidAmount currencyID="EUR">200.00</cbc:PrepaidAmount>
    <cbc:PayableRoundingAmount currencyID="EUR">0.10</cbc:PayableRoundingAmount>
    <cbc:PayableAmount currencyID="EUR">1002.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="MTR">20.000</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">1000.00</cbc:LineExtensionAmount>
    <cac:OrderLineReference><cbc:LineID>10</cbc:LineID></cac:OrderLineReference>
    <cac:Item><cbc:Name>Planks</cbc:Name></cac:Item></cac:InvoiceLine>
  <cac:InvoiceLine><cbc:ID>2</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">50.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Freight</cbc:Name></cac:Item></cac:InvoiceLine>
""",
)
UBL_TOTALS_OF_2_0 = (
    '<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="GBP">90.00</cbc:TaxExclusiveAmount>'
    '<cbc:PayableAmount currencyID="GBP">107.50</cbc:PayableAmount></cac:LegalMonetaryTotal>'
)
UBL_CREDIT_NOTE = ubl(
    "CreditNote",
    f"""<cbc:ID>G-1</cbc:ID><cbc:IssueDate>2026-02-01</cbc:IssueDate>
  <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>2026-0815</cbc:ID></cac:InvoiceDocumentReference>
  </cac:BillingReference>
  <cac:PaymentMeans><cbc:PaymentDueDate>2026-02-15</cbc:PaymentDueDate></cac:PaymentMeans>
  <cac:TaxTotal><cbc:TaxAmount currencyID="GBP">17.50</cbc:TaxAmount></cac:TaxTotal>{UBL_TOTALS_OF_2_0}
  <cac:CreditNoteLine><cbc:ID>1</cbc:ID><cbc:CreditedQuantity>2.0</cbc:CreditedQuantity></cac:CreditNoteLine>""",
)
UBL_ORDER = ubl(
    "Order",
    f"""<cbc:ID>PO-4711</cbc:ID><cbc:IssueDate>2026-01-10</cbc:IssueDate><cbc:Note>Please hurry</cbc:Note>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cac:Contract><cbc:ID>C-9</cbc:ID></cac:Contract>
  <cac:BuyerCustomerParty>{BUYER}</cac:BuyerCustomerParty><cac:SellerSupplierParty>{SELLER}</cac:SellerSupplierParty>
  <cac:Delivery><cac:DeliveryLocation><cac:Address><cbc:CityName>Oulu</cbc:CityName></cac:Address></cac:DeliveryLocation>
    <cac:RequestedDeliveryPeriod><cbc:StartDate>2026-01-20</cbc:StartDate><cbc:EndDate>2026-01-29</cbc:EndDate>
    </cac:RequestedDeliveryPeriod></cac:Delivery>
  <cac:AnticipatedMonetaryTotal><cbc:PayableAmount currencyID="EUR">1249.50</cbc:PayableAmount>
  </cac:AnticipatedMonetaryTotal>
  <cac:OrderLine><cac:LineItem><cbc:ID>10</cbc:ID><cbc:Quantity>20</cbc:Quantity>
    <cbc:LineExtensionAmount currencyID="EUR">1050.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Planks</cbc:Name></cac:Item></cac:LineItem></cac:OrderLine>""",
)
UBL_ORDER_RESPONSE = ubl(
    "OrderResponse",
    """<cbc:ID>A-1</cbc:ID><cbc:IssueDate>2026-01-11</cbc:IssueDate><cbc:OrderResponseCode>CA</cbc:OrderResponseCode>
  <cac:OrderReference><cbc:ID>PO-4711</cbc:ID></cac:OrderReference>""",
)
UBL_REMITTANCE = ubl(
    "RemittanceAdvice",
    f"""<cbc:ID>RA-1</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>
  <cbc:TotalPaymentAmount currencyID="EUR">952.00</cbc:TotalPaymentAmount>
  <cac:AccountingCustomerParty>{BUYER}</cac:AccountingCustomerParty>
  <cac:AccountingSupplierParty>{SELLER}</cac:AccountingSupplierParty>
  <cac:PaymentMeans><cbc:PaymentDueDate>2026-03-02</cbc:PaymentDueDate><cbc:PaymentID>PAY-7</cbc:PaymentID>
  </cac:PaymentMeans>
  <cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID><cbc:DebitLineAmount currencyID="EUR">1002.00</cbc:DebitLineAmount>
    <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>2026-0815</cbc:ID></cac:InvoiceDocumentReference>
    </cac:BillingReference></cac:RemittanceAdviceLine>
  <cac:RemittanceAdviceLine><cbc:ID>2</cbc:ID><cbc:CreditLineAmount currencyID="EUR">50.00</cbc:CreditLineAmount>
    <cac:BillingReference><cac:CreditNoteDocumentReference><cbc:ID>G-1</cbc:ID></cac:CreditNoteDocumentReference>
    </cac:BillingReference></cac:RemittanceAdviceLine>""",
)

CII_NAMESPACES = (
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)


def date_102(name: str, day: str) -> str:
    return f'<ram:{name}><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:{name}>'


CII_SELLER = """<ram:ID>S-1</ram:ID><ram:Name>Alpenholz GmbH</ram:Name>
  <ram:SpecifiedLegalOrganization><ram:ID schemeID="0204">HRB 1</ram:ID>
    <ram:TradingBusinessName>Alpenholz</ram:TradingBusinessName></ram:SpecifiedLegalOrganization>
  <ram:DefinedTradeContact><ram:EmailURIUniversalCommunication><ram:URIID>rechnung@alpenholz.example</ram:URIID>
    </ram:EmailURIUniversalCommunication></ram:DefinedTradeContact>
  <ram:PostalTradeAddress><ram:PostcodeCode>87629</ram:PostcodeCode><ram:LineOne>Sägeweg 3</ram:LineOne>
    <ram:LineTwo>Tor 2</ram:LineTwo><ram:CityName>Füssen</ram:CityName><ram:CountryID>DE</ram:CountryID>
    <ram:CountrySubDivisionName>Bayern</ram:CountrySubDivisionName></ram:PostalTradeAddress>
  <ram:URIUniversalCommunication><ram:URIID schemeID="0088">4012345000009</ram:URIID></ram:URIUniversalCommunication>
  <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID></ram:SpecifiedTaxRegistration>
  <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">123/456</ram:ID></ram:SpecifiedTaxRegistration>"""
CII_BUYER = """<ram:Name>Borealis Oy</ram:Name><ram:PostalTradeAddress><ram:CityName>Turku</ram:CityName>
  <ram:CountryID>FI</ram:CountryID></ram:PostalTradeAddress>"""


def cii_line(number: str, name: str, quantity: str, net: str, order_line: str = "") -> str:
    reference = (
        f"<ram:BuyerOrderReferencedDocument><ram:LineID>{order_line}</ram:LineID></ram:BuyerOrderReferencedDocument>"
    )
    return f"""<ram:IncludedSupplyChainTradeLineItem>
  <ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID></ram:AssociatedDocumentLineDocument>
  <ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
  <ram:SpecifiedLineTradeAgreement>{reference if order_line else ""}</ram:SpecifiedLineTradeAgreement>
  <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity>{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
  <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
    <ram:LineTotalAmount>{net}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
  </ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"""


CII_INVOICE = f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" {CII_NAMESPACES}>
<rsm:ExchangedDocumentContext>
  <ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>billing</ram:ID>
  </ram:BusinessProcessSpecifiedDocumentContextParameter>
  <ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>2026-0815</ram:ID><ram:TypeCode>380</ram:TypeCode>
  {date_102("IssueDateTime", "20260131")}
  <ram:IncludedNote><ram:Content>Seat: Füssen</ram:Content><ram:SubjectCode>REG</ram:SubjectCode></ram:IncludedNote>
  <ram:IncludedNote><ram:Content>Thank you</ram:Content></ram:IncludedNote></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
  {cii_line("1", "Planks", "20.0", "1000.00", "10")}{cii_line("2", "Freight", "1.0000", "50.00")}
  <ram:ApplicableHeaderTradeAgreement><ram:BuyerReference>04011000-12</ram:BuyerReference>
    <ram:SellerTradeParty>{CII_SELLER}</ram:SellerTradeParty><ram:BuyerTradeParty>{CII_BUYER}</ram:BuyerTradeParty>
    <ram:SellerTaxRepresentativeTradeParty><ram:Name>Fiscus BV</ram:Name></ram:SellerTaxRepresentativeTradeParty>
    <ram:SellerOrderReferencedDocument><ram:IssuerAssignedID>SO-1</ram:IssuerAssignedID>
    </ram:SellerOrderReferencedDocument>
    <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-4711</ram:IssuerAssignedID>
    </ram:BuyerOrderReferencedDocument>
    <ram:ContractReferencedDocument><ram:IssuerAssignedID>C-9</ram:IssuerAssignedID></ram:ContractReferencedDocument>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery>
    <ram:ActualDeliverySupplyChainEvent>{date_102("OccurrenceDateTime", "20260129")}
    </ram:ActualDeliverySupplyChainEvent>
    <ram:DespatchAdviceReferencedDocument><ram:IssuerAssignedID>L-77</ram:IssuerAssignedID>
    </ram:DespatchAdviceReferencedDocument></ram:ApplicableHeaderTradeDelivery>
  <ram:ApplicableHeaderTradeSettlement><ram:CreditorReferenceID>DE98ZZZ09999999999</ram:CreditorReferenceID>
    <ram:PaymentReference>RF18539007547034</ram:PaymentReference>
    <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
    <ram:PayeeTradeParty><ram:Name>Factor AG</ram:Name></ram:PayeeTradeParty>
    <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>59</ram:TypeCode>
      <ram:PayerPartyDebtorFinancialAccount><ram:IBANID>FI2112345600000785</ram:IBANID>
      </ram:PayerPartyDebtorFinancialAccount>
      <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>DE02120300000000202051</ram:IBANID>
        <ram:AccountName>Alpenholz</ram:AccountName></ram:PayeePartyCreditorFinancialAccount>
      <ram:PayeeSpecifiedCreditorFinancialInstitution><ram:BICID>BYLADEM1001</ram:BICID>
      </ram:PayeeSpecifiedCreditorFinancialInstitution></ram:SpecifiedTradeSettlementPaymentMeans>
    <ram:SpecifiedTradePaymentTerms><ram:Description>{TERMS}</ram:Description>
      {date_102("DueDateDateTime", "20260302")}<ram:DirectDebitMandateID>M-5</ram:DirectDebitMandateID>
    </ram:SpecifiedTradePaymentTerms>
    <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>1050.00</ram:LineTotalAmount>
      <ram:ChargeTotalAmount>10.00</ram:ChargeTotalAmount><ram:AllowanceTotalAmount>50.00</ram:AllowanceTotalAmount>
      <ram:TaxBasisTotalAmount>1010.00</ram:TaxBasisTotalAmount>
      <ram:TaxTotalAmount currencyID="EUR">191.90</ram:TaxTotalAmount>
      <ram:TaxTotalAmount currencyID="SEK">2100.00</ram:TaxTotalAmount>
      <ram:RoundingAmount>0.10</ram:RoundingAmount><ram:GrandTotalAmount>1201.90</ram:GrandTotalAmount>
      <ram:TotalPrepaidAmount>200.00</ram:TotalPrepaidAmount><ram:DuePayableAmount>1002.00</ram:DuePayableAmount>
    </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:InvoiceReferencedDocument><ram:IssuerAssignedID>2025-0001</ram:IssuerAssignedID>
      {date_102("FormattedIssueDateTime", "20251201")}</ram:InvoiceReferencedDocument>
  </ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>""".encode()

ZUGFERD_1 = f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0" {CII_NAMESPACES}>
<rsm:HeaderExchangedDocument><ram:ID>Z-1</ram:ID><ram:TypeCode>380</ram:TypeCode>
  {date_102("IssueDateTime", "20260131")}</rsm:HeaderExchangedDocument>
<rsm:SpecifiedSupplyChainTradeTransaction><ram:ApplicableSupplyChainTradeAgreement>
    <ram:BuyerOrderReferencedDocument><ram:ID>PO-1</ram:ID></ram:BuyerOrderReferencedDocument>
  </ram:ApplicableSupplyChainTradeAgreement>
  <ram:ApplicableSupplyChainTradeDelivery><ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>
    <udt:DateTimeString format="610">202601</udt:DateTimeString></ram:OccurrenceDateTime>
    </ram:ActualDeliverySupplyChainEvent></ram:ApplicableSupplyChainTradeDelivery>
  <ram:ApplicableSupplyChainTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
    <ram:SpecifiedTradeSettlementMonetarySummation><ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount>
      <ram:TaxTotalAmount>19.00</ram:TaxTotalAmount><ram:GrandTotalAmount>119.00</ram:GrandTotalAmount>
    </ram:SpecifiedTradeSettlementMonetarySummation></ram:ApplicableSupplyChainTradeSettlement>
</rsm:SpecifiedSupplyChainTradeTransaction></rsm:CrossIndustryDocument>""".encode()

ORDER_X = f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"
  {CII_NAMESPACES}><rsm:ExchangedDocument><ram:ID>PO-4711</ram:ID><ram:TypeCode>220</ram:TypeCode>
  {date_102("IssueDateTime", "20260110")}</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
    <ram:BuyerTradeParty>{CII_BUYER}</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery><ram:ShipToTradeParty><ram:PostalTradeAddress><ram:CityName>Oulu</ram:CityName>
    </ram:PostalTradeAddress></ram:ShipToTradeParty>
    <ram:RequestedDeliverySupplyChainEvent>{date_102("OccurrenceDateTime", "20260129")}
    </ram:RequestedDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
  <ram:ApplicableHeaderTradeSettlement><ram:OrderCurrencyCode>EUR</ram:OrderCurrencyCode>
    <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>1249.50</ram:GrandTotalAmount>
    </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:SCRDMCCBDACIOMessageStructure>""".encode()


def fattura_body(number: str, payments: str, more: str = "", kind: str = "TD01") -> str:
    return f"""<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento>
  <Divisa>EUR</Divisa><Data>2026-01-31</Data><Numero>{number}</Numero>{more}
  <ImportoTotaleDocumento>122.00</ImportoTotaleDocumento></DatiGeneraliDocumento>
  <DatiOrdineAcquisto><IdDocumento>PO-9</IdDocumento></DatiOrdineAcquisto></DatiGenerali>
  <DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Assi</Descrizione>
    <PrezzoTotale>100.00</PrezzoTotale></DettaglioLinee>
    <DatiRiepilogo><ImponibileImporto>100.00</ImponibileImporto><Imposta>22.00</Imposta></DatiRiepilogo>
  </DatiBeniServizi><DatiPagamento>{payments}</DatiPagamento></FatturaElettronicaBody>"""


def fattura_payment(day: str, amount: str) -> str:
    return f"""<DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento>
  <DataScadenzaPagamento>{day}</DataScadenzaPagamento><ImportoPagamento>{amount}</ImportoPagamento>
  <IBAN>IT60X0542811101000000123456</IBAN></DettaglioPagamento>"""


def fattura(*bodies: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2" versione="FPR12">
<FatturaElettronicaHeader><DatiTrasmissione><CodiceDestinatario>ABC1234</CodiceDestinatario></DatiTrasmissione>
<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice></IdFiscaleIVA>
  <Anagrafica><Denominazione>Legno Srl</Denominazione></Anagrafica></DatiAnagrafici></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
  <Anagrafica><Nome>Maria</Nome><Cognome>Rossa</Cognome></Anagrafica></DatiAnagrafici>
  <Sede><Indirizzo>Via Roma</Indirizzo><NumeroCivico>1</NumeroCivico><CAP>00100</CAP><Comune>Roma</Comune>
    <Provincia>RM</Provincia><Nazione>IT</Nazione></Sede></CessionarioCommittente></FatturaElettronicaHeader>
{"".join(bodies)}</p:FatturaElettronica>""".encode()


FATTURA = fattura(
    fattura_body("7/A", fattura_payment("2026-02-28", "61.00") + fattura_payment("2026-03-31", "61.00")),
    fattura_body("8/A", fattura_payment("2026-02-28", "122.00"), kind="TD04"),
)

SIMPLIFIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronicaSemplificata xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0">
<FatturaElettronicaHeader><CedentePrestatore><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>01234567890</IdCodice>
  </IdFiscaleIVA><Denominazione>Legno Srl</Denominazione><Sede><Indirizzo>Via Roma</Indirizzo>
  <NumeroCivico>1</NumeroCivico><Comune>Roma</Comune><Nazione>IT</Nazione></Sede></CedentePrestatore>
  <CessionarioCommittente><IdentificativiFiscali><CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>
  </IdentificativiFiscali><AltriDatiIdentificativi><Nome>Maria</Nome><Cognome>Rossa</Cognome>
  </AltriDatiIdentificativi></CessionarioCommittente></FatturaElettronicaHeader>
<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD07</TipoDocumento><Divisa>EUR</Divisa>
  <Data>2026-01-31</Data><Numero>9</Numero></DatiGeneraliDocumento></DatiGenerali>
  <DatiBeniServizi><Descrizione>Assi</Descrizione><Importo>122.00</Importo>
    <DatiIVA><Imposta>22.00</Imposta></DatiIVA></DatiBeniServizi>
  <DatiBeniServizi><Descrizione>Bollo</Descrizione><Importo>1.50</Importo>
    <DatiIVA><Imposta>0.00</Imposta></DatiIVA></DatiBeniServizi></FatturaElettronicaBody>
</p:FatturaElettronicaSemplificata>"""

FACTURAE = b"""<?xml version="1.0" encoding="UTF-8"?>
<fe:Facturae xmlns:fe="http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml">
<FileHeader><SchemaVersion>3.2.2</SchemaVersion></FileHeader>
<Parties><SellerParty><TaxIdentification><TaxIdentificationNumber>ESB12345674</TaxIdentificationNumber>
  </TaxIdentification><LegalEntity><CorporateName>Maderas SL</CorporateName><AddressInSpain><Address>Calle 1</Address>
  <PostCode>28001</PostCode><Town>Madrid</Town><Province>Madrid</Province><CountryCode>ESP</CountryCode>
  </AddressInSpain></LegalEntity></SellerParty>
  <BuyerParty><Individual><Name>Ana</Name><FirstSurname>Prueba</FirstSurname></Individual></BuyerParty></Parties>
<Invoices><Invoice><InvoiceHeader><InvoiceNumber>17</InvoiceNumber><InvoiceSeriesCode>A</InvoiceSeriesCode>
  <InvoiceClass>OO</InvoiceClass></InvoiceHeader>
<InvoiceIssueData><IssueDate>2026-01-31</IssueDate><InvoiceCurrencyCode>EUR</InvoiceCurrencyCode></InvoiceIssueData>
<InvoiceTotals><TotalGrossAmount>1000.00000000</TotalGrossAmount>
  <TotalGrossAmountBeforeTaxes>1000.00</TotalGrossAmountBeforeTaxes><TotalTaxOutputs>210.00</TotalTaxOutputs>
  <TotalTaxesWithheld>150.00</TotalTaxesWithheld><InvoiceTotal>1060.00</InvoiceTotal>
  <Subsidies><Subsidy><SubsidyAmount>10.00</SubsidyAmount></Subsidy></Subsidies>
  <TotalFinancialExpenses>5.00</TotalFinancialExpenses><TotalOutstandingAmount>950.00</TotalOutstandingAmount>
  <TotalPaymentsOnAccount>100.00</TotalPaymentsOnAccount>
  <AmountsWithheld><WithholdingAmount>50.00</WithholdingAmount></AmountsWithheld>
  <TotalExecutableAmount>905.00</TotalExecutableAmount></InvoiceTotals>
<Items><InvoiceLine><ReceiverTransactionReference>PO-3</ReceiverTransactionReference>
  <ItemDescription>Tablas</ItemDescription><Quantity>10.0</Quantity><GrossAmount>1000.00</GrossAmount></InvoiceLine></Items>
<PaymentDetails><Installment><InstallmentDueDate>2026-03-02</InstallmentDueDate>
  <InstallmentAmount>905.00</InstallmentAmount><PaymentMeans>04</PaymentMeans>
  <AccountToBeCredited><IBAN>ES91 2100 0418 4502 0005 1332</IBAN></AccountToBeCredited></Installment></PaymentDetails>
</Invoice></Invoices></fe:Facturae>"""


def interchange(*messages: tuple[str, list[str]], head: str = "UNA:+.? '", syntax: str = "UNOC") -> bytes:
    """An EDIFACT interchange of messages, each its type and its segments; counts and references are right."""
    segments = [f"UNB+{syntax}:3+SENDER:14+RECEIVER:14+260131:1200+REF1"]
    for number, (kind, inside) in enumerate(messages, 1):
        segments += [f"UNH+M{number}+{kind}:D:96A:UN", *inside, f"UNT+{len(inside) + 2}+M{number}"]
    segments.append(f"UNZ+{len(messages)}+REF1")
    return (head + "".join(f"{segment}'\n" for segment in segments)).encode("latin-1")


INVOIC = [
    "BGM+380+2026-0815+9",
    "DTM+137:20260131:102",
    "DTM+35:20260129:102",
    "FTX+AAI+++Danke f\xfcr den Auftrag?: bis bald",
    "RFF+ON:PO-4711",
    "RFF+DQ:L-77",
    "RFF+IV:2025-0001",
    "DTM+171:20251201:102",
    "NAD+SU+4012345000009::9++Alpenholz GmbH+S\xe4geweg 3:Tor 2+F\xfcssen++87629+DE",
    "FII+RB+DE02120300000000202051:Alpenholz+BYLADEM1001",
    "RFF+VA:DE123456789",
    "COM+rechnung@alpenholz.example:EM",
    "NAD+BY+B-1++Borealis Oy++Turku+++FI",
    "CUX+2:EUR:4",
    "PAT+1",
    "DTM+13:20260302:102",
    "PAT+22",
    "DTM+12:20260214:102",
    "PCD+12:2,25",
    "LIN+1++4012345000016:EN",
    "IMD+F++:::Planks",
    "QTY+47:20.0:MTR",
    "MOA+203:1000",
    "RFF+ON:PO-4711:10",
    "LIN+2",
    "MOA+203:50",
    "UNS+S",
    "MOA+79:1050",
    "MOA+260:50",
    "MOA+259:10",
    "MOA+389:1010",
    "MOA+176:191.9",
    "MOA+388:1201,90",
    "MOA+113:200",
    "MOA+366:0.1",
    "MOA+9:1002",
    "TAX+7+VAT+++:::19+S",
    "MOA+124:191.9",
]
ORDERS = [
    "BGM+220+PO-4711+9",
    "DTM+137:20260110:102",
    "DTM+2:20260129:102",
    "RFF+CT:C-9",
    "NAD+BY+4012345000016::9++Borealis Oy",
    "NAD+DP+++Borealis Oy++Oulu",
    "CUX+2:EUR:9",
    "LIN+10",
    "QTY+21:20",
    "MOA+203:1050",
    "UNS+S",
    "MOA+86:1249.5",
]
REMADV = [
    "BGM+481+RA-1",
    "DTM+137:20260301:102",
    "DTM+203:20260302:102",
    "RFF+PQ:PAY-7",
    "NAD+PR+++Borealis Oy",
    "NAD+PE+++Alpenholz GmbH",
    "CUX+2:EUR",
    "DOC+380+2026-0815",
    "MOA+12:1002",
    "MOA+52:20.04",
    "DOC+381+G-1",
    "MOA+12:50",
    "AJT+9",
    "MOA+12:1",
    "UNS+S",
    "MOA+12:952",
]
EDIFACT_INVOICE = interchange(("INVOIC", INVOIC))
EDIFACT_ORDER = interchange(("ORDERS", ORDERS))
EDIFACT_REMITTANCE = interchange(("REMADV", REMADV))


def pdf(*embedded: tuple[str, bytes], password: str = "", flate: bool = True) -> bytes:
    """A PDF of one empty page with these files embedded, packed unless told otherwise."""
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    for name, content in embedded:
        attached = writer.add_attachment(name, content)
        if flate:
            files: Any = attached.pdf_object["/EF"]
            files[next(iter(files))] = writer._add_object(files["/F"].flate_encode())
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def der(tag: int, *inside: bytes) -> bytes:
    """One DER value."""
    content = b"".join(inside)
    length = len(content).to_bytes(4, "big").lstrip(b"\0")
    return (
        bytes([tag]) + (bytes([len(content)]) if len(content) < 128 else bytes([128 + len(length)]) + length) + content
    )


def endless(tag: int, *inside: bytes) -> bytes:
    """One BER value of indefinite length."""
    return bytes([tag, 0x80]) + b"".join(inside) + b"\0\0"


SIGNED_DATA = der(0x06, bytes.fromhex("2a864886f70d010702"))
DATA = der(0x06, bytes.fromhex("2a864886f70d010701"))


def signed(content: bytes) -> bytes:
    """The content in a DER signature envelope with one signer's worth of noise behind it."""
    inside = der(0x30, DATA, der(0xA0, der(0x04, content)))
    return der(0x30, SIGNED_DATA, der(0xA0, der(0x30, der(0x02, b"\x01"), der(0x31), inside, der(0x31, der(0x05)))))


def signed_in_pieces(content: bytes, piece: int = 100) -> bytes:
    """The same as streaming programs write it: indefinite lengths, and the content in pieces."""
    pieces = [der(0x04, content[at : at + piece]) for at in range(0, len(content), piece)]
    inside = endless(0x30, DATA, endless(0xA0, endless(0x24, *pieces)))
    return endless(0x30, SIGNED_DATA, endless(0xA0, endless(0x30, der(0x02, b"\x01"), der(0x31), inside, der(0x31))))


def armoured(data: bytes) -> bytes:
    return base64.encodebytes(data)


def read(data: bytes, filename: str = "file") -> tuple[Document, ...]:
    return documents_in(io.BytesIO(data), filename)


def invoice_in(data: bytes) -> InvoiceDocument:
    (document,) = read(data)
    assert isinstance(document, InvoiceDocument)
    return document


def order_in(data: bytes) -> OrderDocument:
    (document,) = read(data)
    assert isinstance(document, OrderDocument)
    return document


def remittance_in(data: bytes) -> RemittanceDocument:
    (document,) = read(data)
    assert isinstance(document, RemittanceDocument)
    return document


def refusal_of(data: bytes) -> str:
    """Where and why the file is refused; fails when it is read."""
    try:
        documents = read(data)
    except Unreadable as refused:
        (problem,) = refused.problems
        assert problem.where
        return f"{problem.where}: {problem.message}"
    raise AssertionError(f"was read: {documents}")


def errors_in(document: Document) -> list[str]:
    return [problem.message for problem in document.problems if problem.severity == "error"]


def warnings_in(document: Document) -> list[str]:
    return [problem.message for problem in document.problems if problem.severity == "warning"]
