"""Small bank tables written by us: one of each kind of columns."""

import io
from collections.abc import Sequence

import xlsxwriter

SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Beguenstigter/Zahlungspflichtiger";'
    '"Kontonummer";"BLZ";"Betrag";"Waehrung";"Info"\n'
    '"DE89370400440532013000";"31.03.26";"31.03.26";"GUTSCHR. UEBERWEISUNG";"RE 4711 vom 02.03.";"Käfer & Söhne";'
    '"DE02120300000000202051";"BYLADEM1001";"1.234,56";"EUR";"Umsatz gebucht"\n'
    '"DE89370400440532013000";"30.03.26";"30.03.26";"LASTSCHRIFT";"Strom";"Stadtwerke";"DE02100100100006820101";'
    '"PBNKDEFF";"-80,00";"EUR";"Umsatz gebucht"\n'
    '"DE89370400440532013000";"01.04.26";"01.04.26";"GUTSCHRIFT";"RE 4712";"Huber KG";"";"";"10,00";"EUR";'
    '"Umsatz vorgemerkt"\n'
).encode("cp1252")

ING = (
    b'"Datum";"Naam / Omschrijving";"Rekening";"Tegenrekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoort";'
    b'"Mededelingen";"Saldo na mutatie";"Tag"\n'
    b'"20260331";"Jansen BV";"NL91ABNA0417164300";"NL02RABO0123456789";"OV";"Bij";"1210,00";"Overschrijving";'
    b'"Factuur 2026-17";"1700,50";""\n'
    b'"20260330";"Energie";"NL91ABNA0417164300";"NL20INGB0001234567";"IC";"Af";"109,50";"Incasso";"Maart";"490,50";""\n'
    b'"20260330";"Kas";"NL91ABNA0417164300";"";"GM";"Bij";"100,00";"Storting";"";"600,00";""\n'
)

LLOYDS = (
    b"Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,"
    b"Balance\n"
    b"31/03/2026,FPI,'30-00-01,12345678,INV 204 SMITH,,250.00,1000.00\n"
    b"30/03/2026,DD,'30-00-01,12345678,RATES,50.00,,750.00\n"
)

COMDIRECT = (
    '"Umsätze Girokonto";"Zeitraum: 30 Tage";\n"Neuer Kontostand";"1.050,00 EUR";\n\n'
    '"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";\n'
    '"offen";"02.04.2026";"Übertrag";"Buchungstext: Spende";"-5,00";\n'
    '"31.03.2026";"31.03.2026";"Gutschrift";"RE 815";"50,00";\n\n"Alter Kontostand";"1.000,00 EUR";\n'
).encode("cp1252")

RABOBANK_TWO_ACCOUNTS = (
    '"IBAN/BBAN","Munt","BIC","Volgnr","Datum","Rentedatum","Bedrag","Saldo na trn","Tegenrekening IBAN/BBAN",'
    '"Naam tegenpartij","Naam uiteindelijke partij","Naam initiërende partij","BIC tegenpartij","Code","Batch ID",'
    '"Transactiereferentie","Machtigingskenmerk","Incassant ID","Betalingskenmerk","Omschrijving-1","Omschrijving-2",'
    '"Omschrijving-3","Reden retour","Oorspr bedrag","Oorspr munt","Koers"\n'
    '"NL02RABO0123456789","EUR","RABONL2U","000000001","2026-03-30","2026-03-30","+10,00","+110,00","","A BV","","","",'
    '"tb","","","","","RF18 5390 0754 7034","een","twee","","","","",""\n'
    '"NL44RABO0123456789","EUR","RABONL2U","000000001","2026-03-30","2026-03-30","-3,00","-2,00","","B BV","","","",'
    '"tb","","","","","","drie","","","","","",""\n'
    '"NL02RABO0123456789","EUR","RABONL2U","000000002","2026-03-31","2026-03-31","+1,50","+111,50","","C BV","","","",'
    '"tb","","","","","","vier","","","","","",""\n'
).encode()


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook of one sheet; days and numbers are typed cells."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Movimientos")
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return stream.getvalue()
