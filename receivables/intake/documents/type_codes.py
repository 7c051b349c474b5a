"""What the type codes of invoices mean for the account. Pure.

Sources: UNTDID 1001 with the codes EN 16931-1 allows for BT-3; Italy's TipoDocumento; Colombia's DIAN; Turkey's UBL-TR.
The lists stay apart, since `02` is an export invoice in one country and a credit note in another.
"""

from receivables.intake.documents.model import InvoiceType


def _by_code(codes_of: dict[InvoiceType, str]) -> dict[str, InvoiceType]:
    return {code: meaning for meaning, codes in codes_of.items() for code in codes.split()}


UNTDID_1001 = _by_code(
    {
        "invoice": "71 82 102 130 202 203 204 211 218 219 295 331 380 382 385 387 388 389 390 393 394 395 501 553 575 "
        "623 633 751 780 817 870 935",
        "credit_note": "81 83 261 262 296 308 381 396 420 458 502 503 532",
        "debit_note": "80 84 383 456 457 527",
        "prepayment": "386 500",
        "partial": "326 875 876",
        "final": "877",
        "corrected": "384 471 472 473",
        "proforma": "325",
    }
)
DIAN = _by_code({"invoice": "01 02 03 04", "credit_note": "91", "debit_note": "92"})
TURKEY = _by_code(
    {
        "invoice": "SATIS ISTISNA TEVKIFAT OZELMATRAH IHRACKAYITLI SGK KOMISYONCU HKSSATIS HKSKOMISYONCU "
        "KONAKLAMAVERGISI SARJ SARJANLIK TEKNOLOJIDESTEK YATIRIMTESVIK"
    }
)
"""An IADE, with which a buyer gives goods back, is left out: whom it makes owe is for a person to say."""
ITALY = _by_code(
    {
        "invoice": "TD01 TD06 TD07 TD16 TD17 TD18 TD19 TD20 TD21 TD22 TD23 TD24 TD25 TD26 TD27 TD28 TD29",
        "credit_note": "TD04 TD08",
        "debit_note": "TD05 TD09",
        "prepayment": "TD02 TD03",
    }
)
