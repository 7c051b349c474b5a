"""The told part of the sample: invoices and payments that exist to show one thing each.

Everything else is grown from the customers' habits in `invoices.py` and `payments.py`. Amounts are minor units of
the customer's currency; days count back from the sample's date, negative ones lie ahead.
"""

from dataclasses import dataclass
from typing import Literal

TOLD_SINCE = {"vegafoods": 112, "hydrametal": 78, "maresplast": 66, "duerobau": 84, "orbesol": 999, "brumeval": 999}
"""Customers whose every invoice issued since that many days ago stands here."""

AllocationKind = Literal["payment", "discount", "fee", "credit"]

Manner = Literal[
    "number", "casual", "rf", "silent", "several", "credit taken", "discount taken", "discount too late", "short",
    "bank fee", "partial", "instalment", "overpaid", "paid twice", "ambiguous", "set without numbers",
    "damaged number", "number inside number", "third party", "parent pays", "in advance", "unknown payer",
    "our bank",
]  # fmt: skip
"""What is particular about a bank entry."""

NEEDS_A_PERSON: frozenset[Manner] = frozenset((
    "discount too late", "short", "bank fee", "partial", "overpaid", "paid twice", "ambiguous", "damaged number",
    "in advance", "unknown payer", "our bank",
))  # fmt: skip
"""Manners whose entry leaves more than one honest answer, or none. All others determine theirs."""


@dataclass(frozen=True, slots=True)
class ToldInvoice:
    """`due` holds (days ago, amount) for each instalment, `paid_before` what each had got before the statements.
    `credit_for` makes it a credit note on that invoice."""

    key: str
    customer: str
    due: tuple[tuple[int, int], ...]
    paid_before: tuple[int, ...] = ()
    credit_for: str = ""
    discount_basis_points: int = 0
    discount_days: int = 0


@dataclass(frozen=True, slots=True)
class ToldPart:
    """What a payment is meant to do to one invoice or credit note."""

    invoice: str
    amount: int
    kind: AllocationKind = "payment"


@dataclass(frozen=True, slots=True)
class ToldPayment:
    """A bank entry; `text` is a format string over the numbers of `parts` and `order`. No `customer`: the payer is
    nobody we know. `payer` and `iban` replace the customer's own name and account."""

    manner: Manner
    booked_ago: int
    customer: str
    amount: int
    text: str
    parts: tuple[ToldPart, ...] = ()
    payer: str = ""
    iban: str = ""
    order: str = ""


def _one(key: str, customer: str, due_ago: int, amount: int) -> ToldInvoice:
    return ToldInvoice(key, customer, ((due_ago, amount),))


INVOICES: tuple[ToldInvoice, ...] = (
    # Vegafoods: 2 300,00 arrives, and both one invoice and a pair of others make 2 300,00.
    _one("vega-1", "vegafoods", 79, 115_000),
    _one("vega-2", "vegafoods", 34, 230_000),
    _one("vega-3", "vegafoods", 16, 115_000),
    _one("vega-order", "vegafoods", 14, 870_000),
    _one("vega-today", "vegafoods", 0, 302_000),
    _one("vega-later", "vegafoods", -19, 441_000),
    ToldInvoice("vega-credit", "vegafoods", ((8, 64_000),), credit_for="vega-3"),
    # Hydrametal: two invoices of the same amount, one payment without a number.
    _one("hydra-1", "hydrametal", 20, 1_500_000),
    _one("hydra-2", "hydrametal", 6, 1_500_000),
    _one("hydra-3", "hydrametal", -12, 824_050),
    # Maresplast: one transfer for exactly three of its invoices, no numbers.
    _one("mares-1", "maresplast", 9, 1_184_322),
    _one("mares-2", "maresplast", 7, 902_155),
    _one("mares-3", "maresplast", 5, 1_053_800),
    _one("mares-4", "maresplast", -11, 964_410),
    _one("mares-5", "maresplast", -23, 1_127_785),
    # Duerobau: pays one invoice twice on one day, leaves another for weeks.
    _one("duero-twice", "duerobau", 12, 74_215),
    _one("duero-old", "duerobau", 47, 314_520),
    _one("duero-next", "duerobau", -9, 521_000),
    # Two that never paid anything after their first deliveries.
    _one("orbesol-1", "orbesol", 128, 798_000),
    _one("orbesol-2", "orbesol", 101, 845_000),
    _one("orbesol-3", "orbesol", 84, 912_000),
    _one("orbesol-4", "orbesol", 62, 431_035),
    _one("brumeval-1", "brumeval", 112, 388_060),
    _one("brumeval-2", "brumeval", 88, 677_500),
    _one("brumeval-3", "brumeval", 70, 506_240),
    # Promises: broken, kept, kept in part, still open.
    _one("ferro-promised", "ferromares", 91, 1_840_000),
    _one("almadraba-promised", "almadraba-conservas", 38, 624_000),
    _one("cazelous-promised", "transports-cazelous", 29, 500_000),
    _one("aubrelle-promised", "maison-aubrelle", 22, 790_000),
    _one("kermor-plan", "ateliers-kermor", 68, 960_000),
    # Disputed.
    _one("calor-price", "calortek", 58, 1_103_000),
    _one("altaprint-quantity", "altaprint", 41, 791_245),
    _one("kupfer-damaged", "kupferkessel-brauhaus", 26, 693_000),
    _one("spree-twice", "spreekuche", 37, 387_540),
    _one("segre-po", "papelera-del-segre", 44, 1_921_400),
    _one("arga-late", "textiles-arga", 18, 826_000),
    # Discount claimed after its last day.
    ToldInvoice("isar-discount", "isarglas", ((12, 450_000),), discount_basis_points=250, discount_days=10),
    # Paid oddly, yet clear enough for a person.
    _one("loire-damaged", "loiretextil", 30, 120_800),
    _one("elb-factored", "elbwerk-maschinen", 11, 941_200),
    _one("puerto-partial", "puertonorte-logistica", 24, 1_260_000),
    _one("vercors-overpaid", "boulonnerie-du-vercors", 16, 540_300),
    _one("liffey-fee", "liffeyside-hotels", 15, 328_000),
    _one("burren-fee", "burrenside-dairy-co-op", 40, 196_450),
    _one("nord-1", "rheinlogistik-nord", 6, 642_010),
    _one("nord-2", "rheinlogistik-nord", 3, 710_400),
    ToldInvoice("nord-credit", "rheinlogistik-nord", ((3, 64_000),), credit_for="nord-1"),
    _one("iberica-parent", "vegafoods-iberica", 8, 918_730),
    _one("turia-inside", "tejas-del-turia", 21, 687_333),
    # Instalments: one each paid, late and ahead; one late; all ahead; all paid.
    ToldInvoice("cala-parts", "hotelera-cala-roja", ((66, 420_000), (36, 420_000), (6, 420_000)), (420_000,)),
    ToldInvoice("levante-parts", "frigolevante", ((12, 985_000), (-18, 985_000))),
    ToldInvoice("elb-parts", "elbwerk-maschinen", ((-12, 600_000), (-42, 600_000), (-72, 600_000))),
    ToldInvoice("bodegas-parts", "bodegas-penaluz", ((110, 148_000), (80, 148_000)), (148_000, 148_000)),
)

LATE_INVOICE = _one("schwarz-late", "schwarzwald-mobelbau", -45, 842_000)
"""Issued only when its order is already disputed; handed in after the others."""


def _pays(key: str, amount: int, kind: AllocationKind = "payment") -> ToldPart:
    return ToldPart(key, amount, kind)


PAYMENTS: tuple[ToldPayment, ...] = (
    ToldPayment("ambiguous", 0, "vegafoods", 230_000, "VIREMENT", (_pays("vega-2", 230_000),)),
    ToldPayment("ambiguous", 1, "hydrametal", 1_500_000, "PAYMENT NORDWIND", (_pays("hydra-1", 1_500_000),)),
    ToldPayment(
        "set without numbers", 3, "maresplast", 3_140_277, "PAGO FACTURAS VENCIDAS",
        (_pays("mares-1", 1_184_322), _pays("mares-2", 902_155), _pays("mares-3", 1_053_800)),
    ),
    ToldPayment("paid twice", 8, "duerobau", 74_215, "PAGO FRA {0}", (_pays("duero-twice", 74_215),)),
    ToldPayment("paid twice", 8, "duerobau", 74_215, "PAGO FRA {0}", (_pays("duero-twice", 0),)),
    ToldPayment(
        "discount too late", 1, "isarglas", 438_750, "RE {0} ABZ 2,5% SKONTO", (_pays("isar-discount", 438_750),)
    ),
    ToldPayment("damaged number", 2, "loiretextil", 120_800, "REGLEMENT {0}", (_pays("loire-damaged", 120_800),)),
    ToldPayment(
        "third party", 0, "elbwerk-maschinen", 941_200, "I.A. ELBWERK MASCHINEN GMBH RE {0}",
        (_pays("elb-factored", 941_200),), payer="FACTORING UNION AG", iban="DE37999180990000004711",
    ),
    ToldPayment(
        "partial", 6, "puertonorte-logistica", 500_000, "A CUENTA FRA {0}", (_pays("puerto-partial", 500_000),)
    ),
    ToldPayment("overpaid", 13, "boulonnerie-du-vercors", 543_000, "FACT {0}", (_pays("vercors-overpaid", 540_300),)),
    ToldPayment(
        "bank fee", 12, "liffeyside-hotels", 326_500, "INV {0} CHGS SHA",
        (_pays("liffey-fee", 326_500), _pays("liffey-fee", 1_500, "fee")),
    ),
    ToldPayment(
        "bank fee", 36, "burrenside-dairy-co-op", 195_200, "{0}",
        (_pays("burren-fee", 195_200), _pays("burren-fee", 1_250, "fee")),
    ),
    ToldPayment(
        "credit taken", 0, "rheinlogistik-nord", 1_288_410, "RE {0} + {1} ABZGL. GS {2}",
        (_pays("nord-1", 642_010), _pays("nord-2", 710_400), _pays("nord-credit", 64_000, "credit")),
    ),
    ToldPayment(
        "parent pays", 5, "vegafoods-iberica", 918_730, "PAGO POR CUENTA VEGAFOODS IBERICA FRA {0}",
        (_pays("iberica-parent", 918_730),), payer="grupo-vega",
    ),
    ToldPayment(
        "number inside number", 17, "tejas-del-turia", 687_333, "N/REF 4500{other}98 REMESA 114",
        (_pays("turia-inside", 687_333),),
    ),
    ToldPayment("instalment", 33, "hotelera-cala-roja", 420_000, "PLAZO 2/3 FRA {0}", (_pays("cala-parts", 420_000),)),
    ToldPayment("number", 5, "almadraba-conservas", 624_000, "PAGO FRA {0}", (_pays("almadraba-promised", 624_000),)),
    ToldPayment("partial", 11, "transports-cazelous", 300_000, "ACOMPTE {0}", (_pays("cazelous-promised", 300_000),)),
    ToldPayment("in advance", 4, "viveros-montalt", 250_000, "ANTICIPO PEDIDO {order}", order="viveros-advance"),
    ToldPayment(
        "unknown payer", 2, "", 21_840, "AUFTRAG 922817700", payer="STADTWERKE ESCHENBRUECK",
        iban="DE13999180990000008150",
    ),
    ToldPayment(
        "unknown payer", 26, "", 194_000, "TRANSFERENCIA", payer="COMERCIAL TRES RIUS SL",
        iban="ES6699180418320000019400",
    ),
    ToldPayment("partial", 1, "altaprint", 390_000, "{0} PART 1", (_pays("altaprint-quantity", 390_000),)),
)  # fmt: skip
