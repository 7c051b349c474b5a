"""What holds of every answer, whatever the book and the receipt: nothing twice, none lost, never over what is open."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cash_cases import House, is_right
from benchmarks.cash_situations import house_of, in_order_of_arrival
from payments.matching.answers import Answer, Certain, Match, Receipt
from payments.matching.book import Book, Candidate, KnownPayer, NotRead, Tolerance
from payments.matching.ladder import match
from payments.matching.numbers_in_text import read
from payments.matching.spelling import spellings
from payments.matching.wanted import Wanted
from receivables.number_keys import digits_key, reference_key

TODAY = date(2026, 11, 20)
CUSTOMERS = [UUID(int=place) for place in range(1, 5)]
NAMES = ("Kastmotor Ltd", "Kastmotor Ireland Ltd", "Vegafoods S.L.", "Maresplast S.L.")

amounts = st.sampled_from((100, 250, 500, 1_000, 1_037, 2_499, 12_345, 100_000))
tolerances = st.builds(Tolerance, rounding=st.integers(0, 5), charges=st.integers(0, 200), grace_days=st.integers(0, 3))


@st.composite
def books(draw: st.DrawFn) -> Book:
    payers = {f"A{place}": [KnownPayer(owner)] for place, owner in enumerate(CUSTOMERS)}
    payers["GROUP"] = [KnownPayer(CUSTOMERS[0]), KnownPayer(CUSTOMERS[1], 3)]
    book = Book("EUR", draw(tolerances), payers)
    for owner, name in zip(CUSTOMERS, NAMES, strict=True):
        book.names.add(owner, name)
    for place in range(draw(st.integers(1, 14))):
        open_amount, is_credit = draw(st.sampled_from((0, 1, 1, 1))) * draw(amounts), draw(st.integers(0, 5)) == 0
        discount = draw(st.sampled_from((0, 0, 2))) if open_amount and not is_credit else 0
        number = f"{'G' if is_credit else 'F'}26/017{place // 2:02d}"
        item = Candidate(
            UUID(int=100 + place), draw(st.sampled_from(CUSTOMERS)), number,
            TODAY + timedelta(days=draw(st.integers(-30, 30))), place % 2 + 1, open_amount, is_credit, discount,
            TODAY + timedelta(days=draw(st.integers(-5, 5))) if discount else None, draw(st.integers(0, 9)) == 0,
        )  # fmt: skip
        book.add(item, draw(st.sampled_from(("", "", f"RF{place:02d}F26017{place // 2:02d}", "77001177"))))
    return book


pieces = st.sampled_from(
    ("F26/01700", "F26/01701", "26/01702", "F26/017O3", "G26/01704", "01705", "703", "-", ", ", " ", " BIS ", "RE ",
     "PO ", "45002601700", "FRA", "12.11.2026", "77001177", "1.037,00 EUR", "ANTICIPO", "ü", "\n")
)  # fmt: skip
receipts = st.builds(
    Receipt,
    amount=st.one_of(st.integers(1, 5_000), st.lists(amounts, min_size=1, max_size=4).map(sum)),
    currency=st.just("EUR"),
    on=st.just(TODAY),
    text=st.lists(pieces, max_size=6).map("".join),
    reference=st.sampled_from(("", "", "RF04F2601702", "77001177", "RF02F2601701")),
    end_to_end=st.sampled_from(("", "NOTPROVIDED", "F2601700")),
    payer_account=st.sampled_from(("", "A0", "A1", "A2", "GROUP", "NOBODY")),
    payer_name=st.sampled_from(("", "KASTMOTOR LTD", "KASTMOTOR IRELAND", "VEGAFOODS SL", "QUIDAM AG")),
)


def check(found: Match, receipt: Receipt, book: Book) -> None:
    taken: Counter[UUID] = Counter()
    for line in found.lines:
        assert line.amount > 0
        assert (line.kind == "credit") == (line.credit_id is not None)
        assert not book.items[line.item_id].is_credit
        taken[line.item_id] += line.amount
        if line.credit_id:
            assert book.items[line.credit_id].is_credit
            assert book.items[line.credit_id].customer_id == book.items[line.item_id].customer_id
            taken[line.credit_id] += line.amount
    assert all(amount <= book.items[item_id].open for item_id, amount in taken.items())
    money = sum(line.amount for line in found.lines if line.kind == "payment")
    assert money + found.rest == receipt.amount
    assert found.rest >= 0
    assert 0 <= found.confidence <= 100
    assert all(reason[:2] in ("✓ ", "– ") for reason in found.reasons)
    forgiven = sum(line.amount for line in found.lines if line.kind in ("fee", "write_off"))
    assert forgiven <= max(book.tolerance.rounding, book.tolerance.charges)


@settings(max_examples=600, deadline=None)
@given(books(), receipts)
def test_every_answer_adds_up_and_never_takes_more_than_is_open(book: Book, receipt: Receipt) -> None:
    answer = match(receipt, book)
    found = (answer.match,) if isinstance(answer, Certain) else answer.matches
    for each in found:
        check(each, receipt, book)
    if not isinstance(answer, Certain):
        assert len({(each.customer_id, frozenset(each.lines)) for each in found}) == len(found)


@settings(max_examples=300, deadline=None)
@given(books(), receipts)
def test_the_same_receipt_again_never_takes_the_same_money_twice(book: Book, receipt: Receipt) -> None:
    before = sum(item.open for item in book.items.values())
    taken = 0
    for _ in range(4):
        answer = match(receipt, book)
        if isinstance(answer, Certain):
            book.take(answer.match.lines)
            taken += sum(line.amount * (2 if line.credit_id else 1) for line in answer.match.lines)
    assert sum(item.open for item in book.items.values()) == before - taken
    assert all(item.open >= 0 for item in book.items.values())


@given(st.from_regex(r"[0-9]{5,10}", fullmatch=True), st.text("0123456789", min_size=1, max_size=6), st.booleans())
def test_a_number_with_digits_touching_it_is_never_firmly_named(number: str, digits: str, is_before: bool) -> None:
    known = {key: [(number, strength)] for key, strength in spellings(number).items()}
    text = digits + number if is_before else number + digits
    if text.lstrip("0") != number.lstrip("0"):
        assert read(f"REF {text} DANKE", known).named == ()


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read(text, {key: [("F26/01702", strength)] for key, strength in spellings("F26/01702").items()})


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_lifelike_receipts_and_traps_are_never_posted_wrong(seed: int) -> None:
    house = house_of(seed, 120)
    book = house.book()
    for case in in_order_of_arrival(house):
        answer = match(case.receipt, book)
        if isinstance(answer, Certain):
            assert is_right(answer.match, case.truth, book), (case.situation, case.receipt, case.truth, answer)
            book.take(answer.match.lines)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_a_book_read_only_as_far_as_needed_gives_the_same_answers(seed: int) -> None:
    house = house_of(seed, 120)
    whole = house.book()
    wanted = Wanted()
    for case in house.cases:
        wanted.add(case.receipt)
    part = Book(house.currency, whole.tolerance, whole.payers, whole.names, is_whole=False)
    for bill in house.bills:
        part.series.know([bill.number])
        part.prints_references |= bool(bill.reference)
        if digits_key(bill.number) in wanted.numbers or reference_key(bill.reference) in wanted.references:
            part.add(bill.candidate, bill.reference)
    for case in house.cases:
        assert _read_as_needed(case.receipt, part, house) == match(case.receipt, whole), case


def _read_as_needed(receipt: Receipt, book: Book, house: House) -> Answer:
    while True:
        try:
            return match(receipt, book)
        except NotRead as missing:
            for bill in house.bills:
                if bill.open and (bill.candidate.customer_id == missing.customer_id or bill.open == missing.amount):
                    book.add(bill.candidate, bill.reference)
            book.accounts_read.update({missing.customer_id} if missing.customer_id else ())
            book.amounts_read.update({missing.amount} if missing.amount else ())
