"""The parts matching is made of: sets of items, differences, payers' names."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest

from payments.matching.book import Book, Candidate, KnownPayer, Line, Tolerance
from payments.matching.combinations import Explanation, explain
from payments.matching.differences import Fit, discount_of, settle
from payments.matching.payer_names import Names, legal_forms, plain_name

TODAY = date(2026, 11, 20)
NONE = Tolerance()


def item(amount: int, due: int = 5, *, number: str = "", instalment: int = 1, is_credit: bool = False) -> Candidate:
    due_on = TODAY + timedelta(days=due)
    return Candidate(uuid4(), uuid4(), number or f"F{uuid4()}", due_on, instalment, amount, is_credit)


def items(*amounts: int) -> list[Candidate]:
    return [item(amount, due=place + 1) for place, amount in enumerate(amounts)]


def explained(amount: int, account: Sequence[Candidate]) -> list[Explanation]:
    return explain(amount, account, TODAY, NONE)


def only(amount: int, account: Sequence[Candidate]) -> Explanation | None:
    """The answer, when there is one and it may be posted."""
    answers = explained(amount, account)
    return answers[0] if len(answers) == 1 and answers[0].may_post else None


# ── sets of items ───────────────────────────────────────────────────────────────────────────────


def test_a_set_is_the_answer_when_it_is_the_only_one() -> None:
    account = items(118_432, 90_217, 105_381, 96_444, 112_779)
    answer = only(118_432 + 96_444, account)
    assert answer is not None
    assert [each.open for each in answer.items] == [118_432, 96_444]


def test_round_amounts_meet_by_chance_and_are_not_posted_as_a_set() -> None:
    (answer,) = explained(80_000, items(30_000, 120_000, 50_000, 70_000, 200_000))
    assert (answer.how, answer.may_post) == ("a set of 2", False)


def test_many_small_sets_meet_by_chance_as_well() -> None:
    account = items(*(10_000 + 37 * place for place in range(20)))
    assert only(sum(each.open for each in account[2:6]), account) is None


def test_above_twenty_items_only_pairs_are_tried_and_above_sixty_single_items() -> None:
    odd = [100_003 * place + place * place for place in range(1, 62)]
    of_twenty_one, of_sixty_one = items(*odd[:21]), items(*odd)
    assert explained(odd[3] + odd[8] + odd[15], of_twenty_one) == []
    assert only(odd[3] + odd[8], of_twenty_one) is not None
    assert explained(odd[3] + odd[8], of_sixty_one) == []
    assert only(odd[3], of_sixty_one) is not None


def test_the_oldest_items_are_an_answer_unless_equal_ones_could_take_their_place() -> None:
    account = items(*(70_001 + 997 * place * place for place in range(70)))
    answer = only(sum(each.open for each in account[:30]), account)
    assert answer is not None
    assert answer.how == "the oldest 30 items"
    twin = [*account, item(account[4].open, due=400)]
    assert only(sum(each.open for each in account[:30]), twin) is None


def test_two_for_one_is_an_exchange_too() -> None:
    account = items(30_000, 20_011, 40_019, 50_012)
    assert only(30_000 + 20_011 + 40_019, account) is not None
    account = items(30_000, 20_011, 40_019, 50_011)
    assert only(30_000 + 20_011 + 40_019, account) is None


def test_everything_open_is_an_answer_even_of_equal_items() -> None:
    answer = only(300, items(100, 100, 100))
    assert answer is not None
    assert answer.how == "the whole balance"


def test_credit_notes_are_taken_off_the_whole_balance_and_off_single_items() -> None:
    account = [*items(80_013, 60_027, 90_211), item(7_003, is_credit=True)]
    for amount, count in ((80_013 + 60_027 + 90_211 - 7_003, 3), (60_027 - 7_003, 1)):
        answer = only(amount, account)
        assert answer is not None
        assert (len(answer.items), len(answer.credits)) == (count, 1)


def test_equal_instalments_of_one_invoice_are_no_ambiguity() -> None:
    account = [item(400, due=30 * place, number="F-1", instalment=place) for place in (1, 2, 3)]
    answer = only(400, account)
    assert answer is not None
    assert answer.items == (account[0],)


def test_a_single_item_less_its_discount_is_an_answer() -> None:
    account = [*items(40_000, 50_000), item(100_000)._replace(discount=2_000, discount_until=TODAY)]
    answer = only(98_000, account)
    assert answer is not None
    assert answer.settlement.fit is Fit.DISCOUNTED


# ── differences ─────────────────────────────────────────────────────────────────────────────────


def test_a_payer_may_round_the_discount_its_own_way() -> None:
    account = [each._replace(discount=each.open // 50, discount_until=TODAY) for each in items(10_049, 20_049)]
    settlement = settle(10_049 + 20_049 - 602, account, [], TODAY, NONE)
    assert settlement.fit is Fit.DISCOUNTED
    assert sum(line.amount for line in settlement.lines) == 10_049 + 20_049


def test_a_discount_on_one_of_two_invoices_is_found_when_only_one_explains_it() -> None:
    account = [each._replace(discount=each.open // 50, discount_until=TODAY) for each in items(10_000, 20_000)]
    settlement = settle(29_600, account, [], TODAY, NONE)
    assert [line for line in settlement.lines if line.kind == "discount"] == [Line(account[1].item_id, 400, "discount")]


def test_what_is_forgiven_is_never_more_than_a_share_of_what_is_open() -> None:
    tolerance = Tolerance(charges=1_500, basis_points=500)
    assert settle(9_600, items(10_000), [], TODAY, tolerance).fit is Fit.FORGIVEN
    assert settle(9_400, items(10_000), [], TODAY, tolerance).fit is Fit.SHORT


@pytest.mark.parametrize(
    ("gross", "basis_points", "currency", "discount"),
    [(450_000, 250, "EUR", 11_250), (10_025, 200, "EUR", 201), (10_024, 200, "EUR", 200), (1_025, 200, "JPY", 21)],
)
def test_the_discount_of_an_item_is_rounded_once(gross: int, basis_points: int, currency: str, discount: int) -> None:
    assert discount_of(gross, basis_points, currency) == discount


# ── names ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("master", "printed"),
    [
        ("Vegafoods Ibérica S.L.", "VEGAFOODS IBERICA SL"),
        ("Müller & Söhne GmbH & Co. KG", "MUELLER SOEHNE GMBH CO KG"),
        ("Müller & Söhne GmbH", "MULLER UND SOHNE"),
        ("Cartonnages de l'Yserand SAS", "CARTONNAGES DE LYSERAND"),
        ("Harrow & Pell Textiles Ltd", "HARROW AND PELL TEXTILES LIMITED"),
        ("Łódź Smørrebrød A/S", "LODZ SMORREBROD"),
        ("A.P. Møller B.V.", "A P MOLLER BV"),
    ],
)
def test_names_are_equal_but_for_what_banks_drop(master: str, printed: str) -> None:
    assert plain_name(master) == plain_name(printed) != ""


def test_a_name_of_nothing_but_a_legal_form_is_no_name() -> None:
    assert [plain_name(name) for name in ("GmbH", "S.L.", "", " - ")] == ["", "", "", ""]
    assert plain_name("SA Associates") == "SA ASSOCIATES"


def test_a_name_the_bank_cut_is_believed_when_one_customer_begins_so() -> None:
    names, iberica, other = Names(), uuid4(), uuid4()
    names.add(iberica, "Transportes Vegafoods Ibérica S.L.")
    assert names.named("TRANSPORTES VEGAFOODS IB") == (iberica,)
    assert names.named("TRANSPO") == ()
    names.add(other, "Transportes Vegafoods Ibiza S.L.")
    assert names.named("TRANSPORTES VEGAFOODS IB") == ()
    assert set(names.alike("TRANSPORTES VEGAFODS IBERICA")) == {iberica, other}


def test_a_name_of_two_customers_means_either() -> None:
    names = Names()
    for name in ("Kastmotor Ltd", "Kastmotor GmbH"):
        names.add(uuid4(), name)
    assert len(names.named("KASTMOTOR")) == 2


def test_a_legal_form_tells_two_companies_apart_only_when_both_state_one() -> None:
    names, kastmotor = Names(), uuid4()
    names.add(kastmotor, "Kastmotor Ltd")
    assert legal_forms("Müller GmbH & Co. KG") == {"GMBH", "CO", "KG"}
    assert names.has_other_form(kastmotor, "KASTMOTOR GMBH")
    assert not names.has_other_form(kastmotor, "KASTMOTOR")
    assert not names.has_other_form(kastmotor, "KASTMOTOR LTD")


# ── the book ────────────────────────────────────────────────────────────────────────────────────


def test_what_was_posted_is_seen_by_the_next_receipt() -> None:
    book, invoice = Book("EUR", payers={"A": [KnownPayer(uuid4())]}), item(500, number="F26/01702")
    book.add(invoice)
    book.take([Line(invoice.item_id, 200)])
    assert [each.open for each in book.of_customer(invoice.customer_id)] == [300]
    assert book.of_amount(500) == []
    assert [each.open for each in book.of_amount(300)] == [300]
    book.take([Line(invoice.item_id, 300)])
    assert book.of_customer(invoice.customer_id) == ()
    assert [each.open for each in book.of_number("F26/01702")] == [0]
