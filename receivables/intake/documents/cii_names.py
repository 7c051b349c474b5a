"""The names of the three vocabularies of UN/CEFACT's cross industry messages we read. Pure.

They say the same in the same order, under other names: CII D16B (Factur-X, ZUGFeRD 2, XRechnung), its forerunner in
ZUGFeRD 1, and Order-X.
"""

from typing import NamedTuple


class Names(NamedTuple):
    """What the elements are called, as paths from their parent."""

    context: str
    document: str
    transaction: str
    agreement: str
    delivery: str
    settlement: str
    summation: str
    line: str
    line_agreement: str
    line_delivery: str
    line_settlement: str
    line_summation: str


CII = Names(
    context="ExchangedDocumentContext",
    document="ExchangedDocument",
    transaction="SupplyChainTradeTransaction",
    agreement="ApplicableHeaderTradeAgreement",
    delivery="ApplicableHeaderTradeDelivery",
    settlement="ApplicableHeaderTradeSettlement",
    summation="SpecifiedTradeSettlementHeaderMonetarySummation",
    line="IncludedSupplyChainTradeLineItem",
    line_agreement="SpecifiedLineTradeAgreement",
    line_delivery="SpecifiedLineTradeDelivery",
    line_settlement="SpecifiedLineTradeSettlement",
    line_summation="SpecifiedTradeSettlementLineMonetarySummation",
)
ZUGFERD_1 = Names(
    context="SpecifiedExchangedDocumentContext",
    document="HeaderExchangedDocument",
    transaction="SpecifiedSupplyChainTradeTransaction",
    agreement="ApplicableSupplyChainTradeAgreement",
    delivery="ApplicableSupplyChainTradeDelivery",
    settlement="ApplicableSupplyChainTradeSettlement",
    summation="SpecifiedTradeSettlementMonetarySummation",
    line="IncludedSupplyChainTradeLineItem",
    line_agreement="SpecifiedSupplyChainTradeAgreement",
    line_delivery="SpecifiedSupplyChainTradeDelivery",
    line_settlement="SpecifiedSupplyChainTradeSettlement",
    line_summation="SpecifiedTradeSettlementMonetarySummation",
)
INVOICE_NAMES = {"CrossIndustryInvoice": CII, "CrossIndustryDocument": ZUGFERD_1}
"""Root element of an invoice → its vocabulary."""
ORDER_ROOTS = {"SCRDMCCBDACIOMessageStructure", "CrossIndustryOrder"}
"""Root elements of Order-X; its vocabulary is that of CII."""
