"""Every situation of cash application as a function that enters its items and its receipt into a house.

The number beside each is how many of a thousand receipts are of that kind.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

from benchmarks.cash_cases import (
    _ADVANCE,
    _LESS,
    _MANY,
    _NOTHING,
    _RANGE,
    _WORDS,
    STYLES,
    TODAY,
    Bill,
    CashCase,
    Firm,
    House,
    damaged,
    iban,
    paid,
)

Situation = Callable[[House], None]


def _words(house: House, firm: Firm, number: str) -> str:
    return house.rng.choice(_WORDS[firm.language]).format(number)


def _nothing(house: House, firm: Firm) -> str:
    return house.rng.choice(_NOTHING[firm.language])


def _many(house: House, firm: Firm, numbers: Sequence[str], separator: str | None = None) -> str:
    separator = separator or house.rng.choice((", ", " ", " + ", "/ ", ",", "; "))
    return _MANY[firm.language].format(separator.join(numbers))


def _bills(house: House, firm: Firm, least: int, most: int) -> list[Bill]:
    return [house.bill(firm) for _ in range(house.rng.randrange(least, most + 1))]


def _sum(bills: Sequence[Bill]) -> int:
    return sum(bill.open for bill in bills)


# ── references and numbers ──────────────────────────────────────────────────────────────────────


def structured_reference(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, has_reference=True)
    text = house.rng.choice(("", bill.reference, _nothing(house, firm)))
    house.receive("structured reference", firm, bill.open, text, paid(bill), reference=bill.reference)


def end_to_end_is_our_number(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, has_reference=house.rng.random() < 0.5)
    said = bill.reference or bill.number
    house.receive("end-to-end id", firm, bill.open, _nothing(house, firm), paid(bill), end_to_end=said)


def reference_in_text(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, has_reference=True)
    groups = " ".join(bill.reference[start : start + 4] for start in range(0, len(bill.reference), 4))
    house.receive("reference in the text", firm, bill.open, f"REF {groups}", paid(bill))


def number(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    house.receive("number", firm, bill.open, _words(house, firm, bill.number), paid(bill))


def number_from_other_account(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    account = iban("DE", house.rng)
    house.receive(
        "number, other account of the payer", firm, bill.open, _words(house, firm, bill.number), paid(bill),
        account=account,
    )  # fmt: skip


def number_by_third_party(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    text = f"I.A. {firm.name.upper()} {bill.number}"
    house.receive(
        "number, paid by a third party", firm, bill.open, text, paid(bill), account=iban("DE", house.rng),
        name="FACTORING UNION AG",
    )  # fmt: skip


def number_by_parent(house: House) -> None:
    firm, parent = house.regular(), house.regular()
    bill = house.bill(firm)
    text = _words(house, firm, bill.number)
    is_long = any(sign.isalpha() for sign in bill.number) or len(bill.number) > 7
    house.receive(
        "number, paid by the parent", firm, bill.open, text, paid(bill), payer=parent, owner=firm, clear=is_long
    )


def damaged_number(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    text = _words(house, firm, damaged(bill.number, house.rng))
    house.receive("damaged number", firm, bill.open, text, paid(bill))


def several_numbers(house: House) -> None:
    firm = house.regular()
    bills = _bills(house, firm, 2, 6)
    house.receive("several numbers", firm, _sum(bills), _many(house, firm, [b.number for b in bills]), paid(*bills))


def abbreviated_list(house: House) -> None:
    firm = house.regular()
    bills = _bills(house, firm, 2, 4)
    first, *rest = [bill.number for bill in bills]
    short = [each[-house.rng.randrange(3, 5) :] for each in rest]
    if not house.style[0].endswith("}") or not all(each.isdecimal() for each in short):
        short = rest
    text = _many(house, firm, [first, *short], house.rng.choice((", ", " + ", "/")))
    house.receive("abbreviated list", firm, _sum(bills), text, paid(*bills))


def range_of_numbers(house: House) -> None:
    firm = house.regular()
    bills = _bills(house, firm, 3, 5)
    text = _RANGE[firm.language].format(bills[0].number, bills[-1].number)
    house.receive("range of numbers", firm, _sum(bills), text, paid(*bills))


def cut_list(house: House) -> None:
    firm = house.firm()
    _bills(house, firm, 0, 3)
    bills = _bills(house, firm, 12, 16)
    text = _many(house, firm, [bill.number for bill in bills], ", ")
    is_cut = len(text) > 140
    if not is_cut:
        text = text[: text.rindex(",")] + " U.A."
    house.receive("list cut short", firm, _sum(bills), text, paid(*bills))


def several_customers(house: House) -> None:
    firms = [house.regular() for _ in range(3)]
    bills = [house.bill(firm) for firm in firms]
    text = _many(house, firms[0], [bill.number for bill in bills])
    house.receive("numbers of several customers", firms[0], _sum(bills), text, paid(*bills))


# ── credit notes, discounts, differences ────────────────────────────────────────────────────────


def _credited(bills: Sequence[Bill], credits: Sequence[Bill]) -> dict[str, dict[str, int]]:
    return paid(*bills) | {credit.number: {"credit": credit.open} for credit in credits}


def credit_named(house: House) -> None:
    firm = house.regular()
    bills = _bills(house, firm, 1, 3)
    credit = house.bill(firm, bills[0].open // house.rng.randrange(5, 20), is_credit=True)
    text = f"{_many(house, firm, [b.number for b in bills])} {_LESS[firm.language]} {credit.number}"
    house.receive("credit note named", firm, _sum(bills) - credit.open, text, _credited(bills, [credit]))


def credit_not_named(house: House) -> None:
    firm = house.firm()
    bill = house.bill(firm)
    credit = house.bill(firm, bill.open // house.rng.randrange(5, 20), is_credit=True)
    text = _words(house, firm, bill.number)
    house.receive("credit note not named", firm, bill.open - credit.open, text, _credited([bill], [credit]))


def _discounted(house: House, firm: Firm, days: int) -> Bill:
    amount = house.amount()
    return house.bill(firm, amount, due=20, discount=max(1, round(amount * 0.02)), discount_days=days)


def discount_in_time(house: House) -> None:
    firm = house.regular()
    bill = _discounted(house, firm, house.rng.randrange(-3, 5))
    discount = bill.candidate.discount
    text = _words(house, firm, bill.number) + house.rng.choice((" -2%", " ABZGL 2% SKONTO", ""))
    meant = {bill.number: {"paid": bill.open - discount, "discount": discount}}
    house.receive("discount in time", firm, bill.open - discount, text, meant)


def discount_too_late(house: House) -> None:
    firm = house.regular()
    bill = _discounted(house, firm, house.rng.randrange(-20, -3))
    came = bill.open - bill.candidate.discount
    text = _words(house, firm, bill.number) + " 2% SKONTO"
    house.receive("discount too late", firm, came, text, {bill.number: {"paid": came}}, clear=False)


def bank_charges(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, house.rng.randrange(200_000, 3_000_000))
    charges = house.rng.randrange(150, 1_500)
    meant = {bill.number: {"paid": bill.open - charges, "fee": charges}}
    house.receive("bank charges", firm, bill.open - charges, _words(house, firm, bill.number), meant)


def rounding(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, house.rng.randrange(20_000, 3_000_000))
    little = house.rng.randrange(1, 6)
    meant = {bill.number: {"paid": bill.open - little, "write_off": little}}
    house.receive("rounding", firm, bill.open - little, _words(house, firm, bill.number), meant)


def short(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, house.rng.randrange(30_000, 3_000_000))
    came = bill.open - max(1_600, bill.open * house.rng.randrange(6, 25) // 100)
    house.receive("short payment", firm, came, _words(house, firm, bill.number), {bill.number: {"paid": came}})


def part(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, house.rng.randrange(30_000, 3_000_000))
    came = bill.open // house.rng.randrange(2, 5)
    text = f"A CUENTA {bill.number}"
    house.receive("part payment", firm, came, text, {bill.number: {"paid": came}})


def too_much(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    more = house.rng.randrange(100, 9_900)
    house.receive("overpayment", firm, bill.open + more, _words(house, firm, bill.number), paid(bill))


def instalment(house: House) -> None:
    firm = house.regular()
    amount = house.amount()
    first = house.bill(firm, amount, due=-5)
    for place in range(2, 4):
        house.bill(firm, amount, due=-5 + 30 * (place - 1), number=first.number, instalment=place)
    house.receive("one instalment", firm, amount, _words(house, firm, first.number), paid(first))


def paid_twice(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm)
    text = _words(house, firm, bill.number)
    house.receive("paid twice: first", firm, bill.open, text, paid(bill))
    house.receive("paid twice: second", firm, bill.open, text, {}, clear=False)


def paid_already(house: House) -> None:
    firm = house.regular()
    bill = house.bill(firm, paid=True)
    amount = house.amount()
    if house.rng.random() < 0.5:
        house.bill(firm, amount)
    house.receive("paid already", firm, amount, _words(house, firm, bill.number), {}, clear=False)


# ── no number ───────────────────────────────────────────────────────────────────────────────────


def one_item(house: House) -> None:
    firm = house.firm()
    bills = _bills(house, firm, 1, 12)
    bill = house.rng.choice(bills)
    is_alone = sum(each.open == bill.open for each in bills) == 1
    house.receive("account: one item", firm, bill.open, _nothing(house, firm), paid(bill), clear=is_alone)


def everything_due(house: House) -> None:
    firm = house.firm()
    due = [house.bill(firm, due=-house.rng.randrange(1, 50)) for _ in range(house.rng.randrange(2, 7))]
    for _ in range(house.rng.randrange(1, 6)):
        house.bill(firm, due=house.rng.randrange(5, 50))
    house.receive("account: everything due", firm, _sum(due), _nothing(house, firm), paid(*due))


def whole_balance(house: House) -> None:
    firm = house.firm()
    bills = _bills(house, firm, 2, 15)
    credits = [house.bill(firm, house.rng.randrange(500, 1_900), is_credit=True)] if house.rng.random() < 0.3 else []
    amount = _sum(bills) - _sum(credits)
    house.receive("account: whole balance", firm, amount, _nothing(house, firm), _credited(bills, credits))


def oldest_items(house: House) -> None:
    firm = house.firm()
    days = sorted(house.rng.sample(range(-90, 60), house.rng.randrange(5, 25)))
    bills = [house.bill(firm, due=day) for day in days]
    chosen = bills[: house.rng.randrange(2, len(bills))]
    house.receive("account: oldest items", firm, _sum(chosen), _nothing(house, firm), paid(*chosen))


def a_set(house: House) -> None:
    firm = house.firm()
    bills = _bills(house, firm, 4, 12)
    chosen = house.rng.sample(bills, house.rng.randrange(2, 4))
    house.receive("account: a set", firm, _sum(chosen), _nothing(house, firm), paid(*chosen))


def one_item_by_name(house: House) -> None:
    firm = house.firm()
    bill = house.rng.choice(_bills(house, firm, 1, 8))
    house.receive("name: one item", firm, bill.open, _nothing(house, firm), paid(bill), account=iban("FR", house.rng))


def one_number_and_more(house: House) -> None:
    firm = house.firm()
    bills = _bills(house, firm, 3, 8)
    text = _words(house, firm, bills[0].number) + " U.A."
    house.receive("one number and more", firm, _sum(bills[:2]), text, paid(*bills[:2]))


# ── only a person can say ───────────────────────────────────────────────────────────────────────


def equal_items(house: House) -> None:
    firm = house.firm()
    amount = house.amount()
    bills = [house.bill(firm, amount, due=day) for day in (-40, -10, 20)]
    house.receive("equal items", firm, amount, _nothing(house, firm), paid(bills[0]), clear=False)


def advance(house: House) -> None:
    firm = house.firm()
    amount = house.rng.randrange(2, 60) * 50_00
    if house.rng.random() < 0.5:
        house.bill(firm, amount)
    text = _ADVANCE[firm.language].format(house.rng.randrange(10_000, 99_999))
    house.receive("trap: advance payment", firm, amount, text, {}, clear=False)


def unrelated_amount(house: House) -> None:
    firm, amount = house.regular(), _nobodys_amount(house)
    house.receive("trap: unrelated amount", firm, amount, _nothing(house, firm), {}, clear=False)


def nobody_we_know(house: House) -> None:
    amount = house.rng.choice(house.bills).open or 4_200
    house.receive(
        "trap: unknown payer", None, amount, f"AUFTRAG {house.rng.randrange(10**8, 10**9)}", {}, clear=False,
        account=iban("DE", house.rng), name="STADTWERKE ESCHENBRUECK",
    )  # fmt: skip


# ── traps ───────────────────────────────────────────────────────────────────────────────────────


def _victim(house: House, number: str = "", *, has_reference: bool = False) -> Bill:
    """Somebody's open item, which must not be touched; nobody else owes this amount."""
    return house.bill(house.regular(), _nobodys_amount(house), number=number, has_reference=has_reference)


def _nobodys_amount(house: House) -> int:
    return house.rng.randrange(10_000, 900_000) * 10 + 7


def _digits(bill: Bill) -> str:
    return "".join(sign for sign in bill.number if sign.isdecimal())


def _trap(house: House, name: str, text: str, victim: Bill) -> None:
    """Somebody else pays the victim's amount, owes nothing of this amount, and the text seems to name the victim."""
    firm = house.firm() if house.rng.random() < 0.7 else house.regular()
    while firm.id == victim.candidate.customer_id:
        firm = house.regular()
    house.receive(f"trap: {name}", firm, victim.open, text, {}, clear=False)


def inside_longer_number(house: House) -> None:
    bill, firm = _victim(house), house.firm()
    own = house.bill(firm, bill.open if house.rng.random() < 0.5 else None)
    text = f"N/REF 4{house.rng.randrange(10)}{_digits(bill)}{house.rng.randrange(10, 99)} REMESA 114"
    house.receive("trap: number inside a number", firm, own.open, text, paid(own), clear=False)


def inside_longer_number_of_nobody(house: House) -> None:
    bill = _victim(house)
    text = f"REF {house.rng.randrange(1, 99)}{_digits(bill)}"
    house.receive(
        "trap: number inside a number, unknown payer", None, bill.open, text, {}, clear=False,
        account=iban("DE", house.rng), name="QUIDAM GMBH",
    )  # fmt: skip


def inside_iban(house: House) -> None:
    bill = _victim(house)
    digits = (_digits(bill) * 3)[:18]
    account = f"DE{98 - int(digits + '131400') % 97:02d}{digits}"
    grouped = " ".join(account[start : start + 4] for start in range(0, len(account), 4))
    said = house.rng.choice((account, grouped))
    _trap(house, "digits of an IBAN", f"IBAN {said} VERWENDUNG UNBEKANNT", bill)


def as_date(house: House) -> None:
    """The number of an invoice looks like a date, and the text has that date."""
    day = TODAY - timedelta(days=house.rng.randrange(9_000))
    written = house.rng.choice(("%d%m%Y", "%Y%m%d", "%d/%m/%Y"))
    number = day.strftime(written)
    if any(bill.number == number for bill in house.bills):
        return
    bill = _victim(house, number)
    text = house.rng.choice((f"RECHNUNG VOM {number}", f"FACTURE DU {number}", f"LEISTUNG {day:%d.%m.%Y}"))
    _trap(house, "date", text, bill)


def as_telephone(house: House) -> None:
    bill = _victim(house)
    digits = _digits(bill)
    text = house.rng.choice(("TEL {}", "TEL. +49 {}", "PHONE: 0{}", "FAX 00{}")).format(digits)
    _trap(house, "telephone", text, bill)


def as_order(house: House) -> None:
    bill = _victim(house)
    word = house.rng.choice(("PO", "ORDER NO", "BESTELLUNG", "PEDIDO", "COMMANDE N°", "KD-NR", "CUSTOMER", "PO-"))
    _trap(house, "order number", f"{word} {_digits(bill)}", bill)


def as_amount(house: House) -> None:
    bill = _victim(house, f"{50_000 + house.serial}")
    _trap(house, "amount in the text", f"TOTAL {bill.number},00 EUR", bill)


def other_series(house: House) -> None:
    bill = _victim(house, f"F26/{40_000 + house.serial:05d}")
    tail = bill.number.partition("/")[2]
    text = house.rng.choice((f"F25/{tail}", f"G26/{tail}", f"X-26/{tail}", f"{bill.number}9", f"{bill.number}-17"))
    _trap(house, "number of another series", f"FRA {text}", bill)


def wrong_check_digits(house: House) -> None:
    bill = _victim(house, has_reference=True)
    wrong = (
        f"RF{(int(bill.reference[2:4]) + 1) % 97:02d}{bill.reference[4:-1]}{(int(bill.reference[-1]) + 3) % 10}"
        if bill.reference[-1].isdecimal()
        else "RF00" + bill.reference[5:]
    )
    _trap(house, "reference with wrong check digits", wrong, bill)


def not_imported_yet(house: House) -> None:
    """The price everybody pays, for an invoice that the book does not know yet."""
    firm = house.firm()
    amount = house.rng.choice((10_000, 25_000, 49_900))
    house.bill(firm, amount)
    house.serial += 1
    ahead = house.style[0].format(house.style[2] + house.serial)
    house.receive("trap: invoice not imported yet", firm, amount, f"RE {ahead}", {}, clear=False)


def number_of_another(house: House) -> None:
    """The payer mistypes: a number of somebody else, its own amount."""
    bill, firm = _victim(house), house.firm()
    own = house.bill(firm)
    text = _words(house, firm, bill.number)
    house.receive("trap: number of somebody else", firm, own.open, text, paid(own), clear=False)


def number_and_amount_of_another(house: House) -> None:
    """Both have an item of this amount, and the text names the other's."""
    bill, firm = _victim(house), house.firm()
    own = house.bill(firm, bill.open)
    text = _words(house, firm, _digits(bill))
    house.receive("trap: same amount, number of somebody else", firm, own.open, text, paid(own), clear=False)


def name_alike(house: House) -> None:
    base = "".join(house.rng.choices(("Kast", "Nord", "Rhein", "Elb", "Isar", "Tamar", "Vega"), k=2))
    first, second = house.firm(name=f"{base} Ltd"), house.firm(name=f"{base} Ireland Ltd")
    amount = house.amount()
    house.bill(first, amount)
    own = house.bill(second, amount)
    house.receive("trap: names alike", second, amount, "", paid(own), clear=False, account=iban("DE", house.rng))


def number_too_short(house: House) -> None:
    bill = _victim(house, f"{house.serial % 10_000}")
    _trap(house, "number of four digits", f"RE {bill.number}", bill)


SITUATIONS: tuple[tuple[int, Situation], ...] = (
    (230, structured_reference), (20, end_to_end_is_our_number), (30, reference_in_text),
    (150, number), (25, number_from_other_account), (12, number_by_third_party), (10, number_by_parent),
    (70, damaged_number), (50, several_numbers), (12, abbreviated_list), (8, range_of_numbers), (6, cut_list),
    (8, several_customers), (14, credit_named), (8, credit_not_named), (25, discount_in_time), (6, discount_too_late),
    (20, bank_charges), (10, rounding), (16, short), (10, part), (12, too_much), (10, instalment), (8, paid_twice),
    (8, paid_already), (45, one_item), (12, everything_due), (12, whole_balance), (8, oldest_items), (16, a_set),
    (25, one_item_by_name), (4, one_number_and_more), (10, equal_items), (6, advance), (14, unrelated_amount),
    (8, nobody_we_know), (8, inside_longer_number), (6, inside_longer_number_of_nobody), (6, inside_iban), (5, as_date),
    (5, as_telephone), (7, as_order), (4, as_amount), (7, other_series), (5, wrong_check_digits), (5, not_imported_yet),
    (6, number_of_another), (3, number_and_amount_of_another), (3, name_alike), (3, number_too_short),
)  # fmt: skip


def house_of(seed: int, receipts: int) -> House:
    """A company with `receipts` receipts, its numbering and its chance chosen by the seed."""
    rng = Random(f"cash {seed}")
    house = House(rng, STYLES[seed % len(STYLES)], "EUR")
    for _ in range(300):
        firm = house.firm()
        for _ in range(rng.randrange(0, 9)):
            house.bill(firm)
    weights = [weight for weight, _ in SITUATIONS]
    for _, situation in rng.choices(SITUATIONS, weights, k=receipts):
        situation(house)
    return house


def in_order_of_arrival(house: House) -> Sequence[CashCase]:
    """The cases shuffled, but a second payment never before the first."""
    cases = list(house.cases)
    house.rng.shuffle(cases)
    return sorted(cases, key=lambda case: case.situation == "paid twice: second")
