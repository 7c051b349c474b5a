"""Places of a payer's text where digits are no invoice number: accounts, dates, amounts, telephones, orders. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_IBAN_HEAD = re.compile(r"\b[A-Z]{2}[0-9]{2}(?= ?[A-Z0-9]{4})")
_IBAN_LENGTHS = dict(
    re.findall(
        r"([A-Z]{2})([0-9]{2})",
        """
        AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18
        FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20
        LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24
        SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
        """,
    )
)
"""Country → length of its IBANs. Source: ISO 13616 registry."""

_DATES = re.compile(
    r"""
    (?<![0-9])(?:
        [0-3]?[0-9]([./-])[01]?[0-9]\1(?:(?:19|20)[0-9]{2}|[0-9]{2})
      | (?:19|20)[0-9]{2}([./-])[01][0-9]\2[0-3][0-9]
      | (?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])
      | (?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}
    )(?![0-9])
    """,
    re.VERBOSE,
)
_CURRENCY = r"(?:EUR|EURO|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|JPY|€|\$|£)"
_AMOUNTS = re.compile(
    rf"""
    (?<![0-9])(?:
        [0-9]{{1,3}}(?:[., '][0-9]{{3}}){{1,4}}[.,][0-9]{{2}}(?![0-9])
      | [0-9]{{1,12}}[.,][0-9]{{2}}(?![0-9]|[.,/-][0-9])
      | [0-9][0-9.,']{{0,18}}\s?{_CURRENCY}(?![A-Z]|\s?[0-9])
    )
    | {_CURRENCY}\s?[0-9][0-9.,']{{0,18}}
    """,
    re.VERBOSE,
)
_TELEPHONES = re.compile(
    r"\b(?:TEL|TFNO|TLF|TFN|PHONE|FON|MOB|FAX|HANDY)[A-Z]{0,4}[\s.:]*\+?[0-9][0-9 ()/.-]{5,24}"
    r"|(?:\+|\b00)[1-9][0-9]{0,2}[ (]{1,2}[0-9][0-9 ()/.-]{6,24}"
)
_OTHER_NUMBER = re.compile(
    r"""
    \b(?:
        ORDERS?|PO|P\.O\.|PURCHASE|BEST|BESTELL[A-Z]*|AUFTR|AUFTRAG[A-Z]*|PEDIDO|PED|COMMANDE|CDE|CMDE|CMD|ORDERNUM\w*
      | ORDERN[OR]|ORDINE|ORDEN|DELIVERY|DN|LIEFER[A-Z]*|ALBARAN|BON|BL|LS|SHIPMENT|SENDUNG[A-Z]*|TRACKING|OFFER|QUOTE
      | ANGEBOT[A-Z]*|OFERTA|DEVIS|PROJECT|PROJEKT[A-Z]*|PROYECTO|PROJET|CONTRACT|CONTRATO|CONTRAT|VERTRAG[A-Z]*
      | POLICEN?|POLICY|POLIZA|VERSICHERUNG[A-Z]*|CUSTOMER|CUST|CLIENT|CLIENTE|KUNDE|KUNDEN[A-Z]*|KDNR|KD|KLANT[A-Z]*
      | DEBITOR[A-Z]*|MITGLIED[A-Z]*|MEMBER|SOCIO|ABONN[A-Z]*|LID|ACC|ACCT|ACCOUNT|A/C|KONTO[A-Z]*|KTO|CTA|CCC
      | (?<!A\ )CUENTA|(?<!A\ )COMPTE|BLZ|BIC|IBAN|TEL|MANDAT[A-Z]*|MNDT|MREF|CREDITOR|CRED|GLAEUBIGER[A-Z]*|VAT|TAX
      | UST|UST-?ID[A-Z]*|STEUER[A-Z]*|STNR|NIF|CIF|NIE|DNI|TVA|BTW|KVK|HRB|SIRET|SIREN|CARD|KARTE[A-Z]*|TARJETA|CARTE
      | BOOKING|BUCHUNG[A-Z]*|RESERV[A-Z]*|VORGANG[A-Z]*|AKTENZEICHEN|AKTE|AZ|KASSENZEICHEN|DOSSIER|EXPEDIENTE|EXPTE
      | CASE|CASO|JOB|OBJEKT[A-Z]*|SERIEN[A-Z]*|SERIAL|ZEICHEN|ART|ARTIKEL[A-Z]*|ARTICLE|ARTICULO|ITEM|SKU|EAN|GTIN|GLN
      | MATERIAL[A-Z]*|GEB|GEBOREN|KM|KM-STAND|ZAEHLER[A-Z]*|FAHRZEUG[A-Z]*|SCHADEN[A-Z]*|SINIESTRO|SINISTRE
      | CHEQUE|CHECK|CK|CHQ|TICKET|VOM|DATED|DATE|DATUM|DTD|FECHA|DU|DEL|AM|RUN|REMESA|BATCH|TXN|TRN|TRANSA[A-Z]*
      | UETR|TERMINAL|TID|PLZ|CP|ZIP|POSTFACH|APDO|P\.?\ ?O\.?\ BOX
    )
    (?:[\s.:\#/-]*(?:NUMMER|NUMBER|NUMERO|NUM|NRO|NR|NO|N|ID|REF)\b)?[\s.:\#°º/-]*$
    """,
    re.VERBOSE,
)
_LOOK_BACK = 32
_SAYS_IBAN = re.compile(r"\bIBAN[\s.:/-]{0,3}$")
_POSTCODES = re.compile(r"(?:\b([A-Z]+)[\s.:#°º-]{1,3})?(?<![0-9A-Z/.,-])([0-9]{4,6}) ([A-Z]{3,})\b")
_NO_TOWNS = frozenset(
    """
    ABZ ABZGL ABZUEGLICH AND AVOIR BIS CHF CREDIT DATED DATUM DEL DESCUENTO EUR EURO FROM GBP GUTSCHRIFT LESS MENOS
    MENO MINUS MOINS NACH OHNE PAYMENT PLUS RECHNUNG SCONTO SKONTO THANKS THANK UND USD VAN VOM VON ZAHLUNG
    """.split()  # noqa: SIM905
)

_INVOICE_WORDS = frozenset(
    """
    BELEG BILL DOC DOCUMENT FA FAC FACT FACTUUR FACTURA FACTURAS FACTURE FACTURES FAKT FAKTURA FATT FATTURA FRA FRAS FT
    FACTUURNR FACTUURNUMMER FAKTURANR FV INV INVNO INVNR INVOICE INVOICES INVS N NO NR NUM NUMERO RE RECH RECHN RECHNR
    RECHNUNG RECHNUNGEN RECHNUNGSNR RECHNUNGSNUMMER RECHNUNGNR REF RENR RG RGNR RNR
    """.split()  # noqa: SIM905
)

_BESIDE_INVOICES = frozenset(
    """
    A ABZGL ABZUEGLICH ACCONTO ACOMPTE AND ANZAHLUNG AVOIR BETALING BETALNING BEZAHLUNG BIS BONIFICO CN CREDIT CUENTA DE
    DER DIE E EN ET FOR FUER FÜR GEM GEMAESS GS GUTSCHRIFT IHRE IHRER LA LAUT LE LESS LT MENO MENOS MINUS MOINS OF OUR
    PAGAMENTO PAGO PAGOS PAIEMENT PARA PARCIAL PART PARTIAL PAYMENT PAYMENTS PAYT PER PMT POUR PRZELEW RATE REGLEMENT
    REST RESTZAHLUNG RÈGLEMENT SALDO SEGUN SELON SEPA SU SVWZ TEILZAHLUNG TO TOT TRANSF TRANSFER TRANSFERENCIA TRF U
    UEBERWEISUNG UND VERWENDUNGSZWECK VIR VIREMENT VOOR VOTRE VWZ Y YOUR ZAHLUNG ZWECK ÜBERWEISUNG
    AB AG AS BV CO GMBH INC KG LTD NV OHG OY PLC SA SARL SAS SE SL SLU SPA SRL
    """.split()  # noqa: SIM905
)
"""Words that stand before the number of an invoice without calling it one: of paying, small ones, ends of names."""

_NUMBER_WORDS = frozenset(("N", "NO", "NR", "NRO", "NUM", "NUMBER", "NUMERO", "NUMMER"))
_WORDS_BEFORE = re.compile(r"(?:(?<!\w)([^\W\d_]{1,24})[\s.:#°º/-]{1,3})?(?<!\w)([^\W\d_]{1,24})[\s.:#°º/-]{0,4}$")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Places:
    """The spans of one upper-case text that hold account numbers, and those that hold other figures."""

    accounts: tuple[Span, ...]
    figures: tuple[Span, ...]

    @classmethod
    def of(cls, text: str) -> "Places":
        accounts = tuple(_ibans(text))
        for first, last in accounts:
            text = text[:first] + "#" * (last - first) + text[last:]
        figures = [found.span() for kind in (_DATES, _AMOUNTS, _TELEPHONES) for found in kind.finditer(text)]
        return cls(accounts, (*figures, *_postcodes(text)))

    def is_account(self, start: int, end: int) -> bool:
        """True when the span overlaps an IBAN."""
        return any(start < last and first < end for first, last in self.accounts)

    def is_doubtful(self, start: int, end: int) -> bool:
        """True when the span overlaps a date, an amount, a telephone number or the postcode of a town."""
        return any(start < last and first < end for first, last in self.figures)


def _ibans(text: str) -> Iterator[Span]:
    """Account numbers with their check digits, and what the payer calls an IBAN though it is cut off or mistyped."""
    for head in _IBAN_HEAD.finditer(text):
        length = int(_IBAN_LENGTHS.get(head[0][:2], "0"))
        place, found = head.start(), ""
        while len(found) < length and place < len(text) and (text[place].isalnum() or text[place] == " "):
            found += text[place].strip()
            place += 1
        is_whole = 0 < length == len(found) and _has_iban_check(found)
        if is_whole or (length and _SAYS_IBAN.search(text[: head.start()])):
            yield head.start(), place


def _postcodes(text: str) -> Iterator[Span]:
    """Four to six digits before a word that may be a town, unless the payer calls them an invoice."""
    for found in _POSTCODES.finditer(text):
        if found[1] not in _INVOICE_WORDS and found[3] not in _NO_TOWNS:
            yield found.span(2)


def _has_iban_check(iban: str) -> bool:
    """ISO 7064 MOD 97-10, letters counted from A = 10."""
    turned = iban[4:] + iban[:4]
    return turned.isascii() and int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def says_other_number(text: str, start: int) -> bool:
    """True when the word before says that an order, a customer, a date … is meant, not an invoice."""
    return _OTHER_NUMBER.search(text[max(0, start - _LOOK_BACK) : start]) is not None


def says_something_unknown(text: str, start: int) -> bool:
    """True when the word right before is none that payers write before the number of an invoice: plain figures behind
    it may count or name anything."""
    found = _WORDS_BEFORE.search(text[max(0, start - _LOOK_BACK) : start])
    if found is None:
        return False
    word = found[1] or found[2] if found[2] in _NUMBER_WORDS else found[2]
    return word not in _INVOICE_WORDS and word not in _BESIDE_INVOICES


def is_invoice_word(word: str) -> bool:
    """Words that payers write before the number of an invoice, sometimes without a space."""
    return word in _INVOICE_WORDS
