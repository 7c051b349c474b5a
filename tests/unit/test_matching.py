"""The ladder of cash application, seen from a controller's desk: what is posted, what is only suggested, and why."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from payments.matching.answers import Answer, Certain, Match, Receipt, Suggested
from payments.matching.book import Book, Candidate, KnownPayer, Tolerance
from payments.matching.ladder import match

TODAY = date(2026, 11, 20)
TOLERANCE = Tolerance(rounding=5, charges=1_500, basis_points=500, grace_days=3)


class Desk:
    """A book with customers by name; receipts are answered in words: `{"F26/01702": 500}` or the phrases."""

    def __init__(self, tolerance: Tolerance = TOLERANCE) -> None:
        self.payers: dict[str, list[KnownPayer]] = {}
        self.book = Book("EUR", tolerance, self.payers)
        self.customers: dict[str, UUID] = {}

    def customer(self, name: str, account: str = "", seen: int = 0) -> None:
        self.customers[name] = uuid4()
        self.book.names.add(self.customers[name], name)
        if account:
            self.payers.setdefault(account, []).append(KnownPayer(self.customers[name], seen))

    def bill(
        self, name: str, number: str, amount: int, due: int = -5, *, is_credit: bool = False, reference: str = "",
        instalment: int = 1, discount: int = 0, discount_days: int = 0, is_contested: bool = False,
    ) -> None:  # fmt: skip
        if name not in self.customers:
            self.customer(name, f"ACCOUNT OF {name}")
        until = TODAY + timedelta(days=discount_days) if discount else None
        candidate = Candidate(
            uuid4(), self.customers[name], number, TODAY + timedelta(days=due), instalment, amount, is_credit, discount,
            until, is_contested,
        )  # fmt: skip
        self.book.add(candidate, reference)

    def receive(
        self, amount: int, text: str = "", payer: str = "", *, account: str | None = None, name: str = "",
        reference: str = "", end_to_end: str = "", currency: str = "EUR",
    ) -> Answer:  # fmt: skip
        account = (f"ACCOUNT OF {payer}" if payer else "") if account is None else account
        receipt = Receipt(amount, currency, TODAY, text, reference, end_to_end, account, name)
        answer = match(receipt, self.book)
        if isinstance(answer, Certain):
            self.book.take(answer.match.lines)
        return answer

    def lines(self, match: Match) -> list[tuple[str, str, int]]:
        number_of = {item_id: item.number for item_id, item in self.book.items.items()}
        return [(number_of[line.item_id], line.kind, line.amount) for line in match.lines]

    def posted(self, answer: Answer) -> dict[str, int]:
        assert isinstance(answer, Certain), answer
        assert {kind for _, kind, _ in self.lines(answer.match)} <= {"payment"}
        return {number: amount for number, _, amount in self.lines(answer.match)}

    def suggested(self, answer: Answer) -> list[dict[str, int]]:
        assert isinstance(answer, Suggested), answer
        return [{number: amount for number, _, amount in self.lines(each)} for each in answer.matches]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.bill("Acme", "F26/01701", 120_000, due=-40)
    desk.bill("Acme", "F26/01702", 35_050, due=-10)
    desk.bill("Acme", "F26/01703", 78_025, due=20)
    desk.bill("Borealis", "F26/01704", 35_050, due=-30)
    desk.bill("Cygnus", "F26/01705", 99_999, due=-3)
    return desk


def reasons(answer: Answer) -> Sequence[str]:
    return answer.match.reasons if isinstance(answer, Certain) else answer.matches[0].reasons


# ── references ──────────────────────────────────────────────────────────────────────────────────


def test_a_structured_reference_we_printed_posts_whoever_pays() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 500, reference="RF04F2601702")
    answer = desk.receive(500, reference="RF04 F260 1702", account="SOMEBODY")
    assert desk.posted(answer) == {"F26/01702": 500}
    assert reasons(answer)[0] == "✓ structured reference of F26/01702"


def test_a_creditor_reference_made_of_the_number_counts_even_if_we_did_not_store_it(desk: Desk) -> None:
    assert desk.posted(desk.receive(35_050, reference="RF04F2601702")) == {"F26/01702": 35_050}


def test_a_reference_padded_with_zeros_is_the_same_reference() -> None:
    desk = Desk()
    desk.bill("Acme", "R-1", 500, reference="210000000003139471430009017")
    desk.bill("Acme", "R-2", 700, reference="000000000000000001234567894")
    assert desk.posted(desk.receive(700, reference="1234567894")) == {"R-2": 700}


def test_an_end_to_end_id_that_is_our_number_counts_like_a_number_in_the_text(desk: Desk) -> None:
    assert desk.posted(desk.receive(99_999, end_to_end="F26-01705")) == {"F26/01705": 99_999}


def test_text_and_end_to_end_id_never_make_a_number_together(desk: Desk) -> None:
    assert desk.suggested(desk.receive(99_998, text="F26", end_to_end="01705")) == []


def test_a_reference_of_all_invoices_of_a_customer_says_only_who_pays() -> None:
    desk = Desk()
    for number, amount in (("K-1", 500), ("K-2", 700), ("K-3", 900)):
        desk.bill("Acme", number, amount, reference="7700011")
    assert desk.posted(desk.receive(700, reference="7700011")) == {"K-2": 700}
    assert isinstance(desk.receive(650, reference="7700011"), Suggested)


def test_a_reference_that_is_not_ours_keeps_an_amount_from_being_posted_alone() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 500, reference="RF04F2601702")
    assert desk.suggested(desk.receive(500, payer="Acme", reference="RF18539007547034"))


def test_a_creditor_reference_with_wrong_check_digits_names_nothing_and_stops_the_posting() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 500)
    desk.bill("Cygnus", "F26/01705", 500)
    assert desk.suggested(desk.receive(500, "RF99F2601705", payer="Acme"))[0] == {}


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def test_number_and_amount_post_without_knowing_the_payer(desk: Desk) -> None:
    answer = desk.receive(99_999, "INV F26/01705")
    assert desk.posted(answer) == {"F26/01705": 99_999}
    assert reasons(answer) == ("✓ number F26/01705", "✓ amount, exact", "– payer not known")


def test_a_damaged_number_needs_the_payer_too(desk: Desk) -> None:
    assert desk.suggested(desk.receive(99_999, "F26/O17O5"))[0] == {"F26/01705": 99_999}
    answer = desk.receive(99_999, "F26/O17O5", payer="Cygnus")
    assert desk.posted(answer) == {"F26/01705": 99_999}
    assert reasons(answer)[0] == "✓ number F26/01705, damaged in the text"


def test_several_numbers_post_when_their_sum_is_the_amount(desk: Desk) -> None:
    answer = desk.receive(113_075, "RE F26/01702 + 703", payer="Acme")
    assert desk.posted(answer) == {"F26/01702": 35_050, "F26/01703": 78_025}


def test_numbers_of_several_customers_are_paid_together(desk: Desk) -> None:
    answer = desk.receive(135_049, "F26/01702 F26/01705", account="A FACTOR")
    assert desk.posted(answer) == {"F26/01702": 35_050, "F26/01705": 99_999}


def test_somebody_else_may_pay_what_it_names_in_full(desk: Desk) -> None:
    answer = desk.receive(99_999, "I.A. CYGNUS RE F26/01705", payer="Acme")
    assert desk.posted(answer) == {"F26/01705": 99_999}
    assert "– paid by somebody else" in reasons(answer)


def test_somebody_else_with_an_own_item_of_that_amount_is_asked_about(desk: Desk) -> None:
    assert {"F26/01704": 35_050} in desk.suggested(desk.receive(35_050, "RE F26/01704", payer="Acme"))


def test_a_number_of_somebody_else_and_another_amount_posts_nothing_there(desk: Desk) -> None:
    for suggestion in desk.suggested(desk.receive(35_050, "RE F26/01705", payer="Acme"))[:1]:
        assert suggestion == {"F26/01702": 35_050}


def test_a_number_inside_a_longer_one_is_not_named(desk: Desk) -> None:
    answer = desk.receive(35_050, "N/REF 45002601704998 REMESA 114", payer="Acme")
    assert desk.posted(answer) == {"F26/01702": 35_050}


def test_of_several_numbers_the_payers_own_count(desk: Desk) -> None:
    answer = desk.receive(35_050, "F26/01702 (IHRE BESTELLUNG WIE F26/01705)", payer="Acme")
    assert desk.posted(answer) == {"F26/01702": 35_050}


def test_one_of_several_numbers_that_fits_is_suggested_first(desk: Desk) -> None:
    assert desk.suggested(desk.receive(35_050, "F26/01702, F26/01703 FOLGT", payer="Acme"))[0] == {"F26/01702": 35_050}


def test_a_list_that_the_bank_cut_short_goes_on_in_the_order_of_numbers() -> None:
    desk = Desk()
    for place in range(12):
        desk.bill("Acme", f"F26/0170{place:02d}", 10_007 + 1_013 * place * place)
    amounts = {f"F26/0170{place:02d}": 10_007 + 1_013 * place * place for place in range(1, 9)}
    text = ", ".join(list(amounts)[:5]) + ", F26/017"
    answer = desk.receive(sum(amounts.values()), text, payer="Acme")
    assert desk.posted(answer) == amounts
    assert "✓ amount, the list as it goes on" in reasons(answer)


def test_instalments_are_paid_oldest_first() -> None:
    desk = Desk()
    for place, due in enumerate((-20, 10, 40), start=1):
        desk.bill("Acme", "F26/01417", 420_000, due, instalment=place)
    assert desk.posted(desk.receive(420_000, "PLAZO 1/3 FRA F26/01417", payer="Acme")) == {"F26/01417": 420_000}
    assert [item.open for item in desk.book.of_number("F26/01417")] == [0, 420_000, 420_000]
    assert desk.posted(desk.receive(420_000, "", payer="Acme")) == {"F26/01417": 420_000}


# ── credit notes ────────────────────────────────────────────────────────────────────────────────


def test_a_credit_note_that_is_named_is_taken_off() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01635", 642_010)
    desk.bill("Acme", "F26/01639", 710_400, due=1)
    desk.bill("Acme", "G26/01026", 64_000, is_credit=True)
    answer = desk.receive(1_288_410, "RE F26/01635 + F26/01639 ABZGL. GS G26/01026", payer="Acme")
    assert isinstance(answer, Certain)
    assert desk.lines(answer.match) == [
        ("F26/01635", "credit", 64_000), ("F26/01635", "payment", 578_010), ("F26/01639", "payment", 710_400),
    ]  # fmt: skip
    assert desk.book.of_customer(desk.customers["Acme"]) == ()


def test_the_only_credit_note_that_explains_the_difference_is_taken_off() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01635", 50_000)
    desk.bill("Acme", "G26/01026", 6_400, is_credit=True)
    answer = desk.receive(43_600, "F26/01635", payer="Acme")
    assert isinstance(answer, Certain)
    assert "✓ less credit note G26/01026, not named" in answer.match.reasons


def test_two_credit_notes_that_explain_the_difference_equally_are_a_question() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01635", 50_000)
    desk.bill("Acme", "G26/01026", 6_400, is_credit=True)
    desk.bill("Acme", "G26/01027", 6_400, is_credit=True)
    assert isinstance(desk.receive(43_600, "F26/01635", payer="Acme"), Suggested)


# ── differences ─────────────────────────────────────────────────────────────────────────────────


def test_bank_charges_and_rounding_inside_the_tolerance_are_forgiven(desk: Desk) -> None:
    answer = desk.receive(98_749, "F26/01705", payer="Cygnus")
    assert isinstance(answer, Certain)
    assert desk.lines(answer.match) == [("F26/01705", "fee", 1_250), ("F26/01705", "payment", 98_749)]
    answer = desk.receive(78_022, "F26/01703", payer="Acme")
    assert isinstance(answer, Certain)
    assert desk.lines(answer.match) == [("F26/01703", "write_off", 3), ("F26/01703", "payment", 78_022)]


def test_nothing_is_forgiven_on_a_contested_item_without_a_person() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 50_000, is_contested=True)
    answer = desk.receive(49_900, "F26/01702", payer="Acme")
    assert desk.posted(answer) == {"F26/01702": 49_900}
    assert "– short by 1.00" in reasons(answer)


def test_a_difference_is_not_forgiven_when_another_item_fits_exactly() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 50_000)
    desk.bill("Acme", "F26/01703", 49_900)
    assert isinstance(desk.receive(49_900, "F26/01702", payer="Acme"), Suggested)


@pytest.mark.parametrize(("days", "is_in_time"), [(0, True), (-3, True), (-4, False)])
def test_a_discount_is_given_through_its_last_day_and_grace_and_no_longer(days: int, is_in_time: bool) -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 450_000, discount=9_000, discount_days=days)
    answer = desk.receive(441_000, "RE F26/01702 ABZGL 2% SKONTO", payer="Acme")
    assert isinstance(answer, Certain)
    kinds = {kind: amount for _, kind, amount in desk.lines(answer.match)}
    assert kinds == ({"discount": 9_000, "payment": 441_000} if is_in_time else {"payment": 441_000})
    if not is_in_time:
        assert "– short by 90.00: discount taken too late" in answer.match.reasons


def test_a_discount_is_a_perfect_match_or_none() -> None:
    desk = Desk()
    desk.bill("Acme", "F26/01702", 450_000, discount=9_000, discount_days=5)
    answer = desk.receive(440_000, "F26/01702", payer="Acme")
    assert desk.posted(answer) == {"F26/01702": 440_000}


def test_a_short_payment_of_a_known_payer_leaves_the_rest_open(desk: Desk) -> None:
    answer = desk.receive(60_000, "A CUENTA F26/01705", payer="Cygnus")
    assert desk.posted(answer) == {"F26/01705": 60_000}
    assert "– short by 399.99" in reasons(answer)


def test_a_short_payment_of_an_unknown_payer_is_a_question(desk: Desk) -> None:
    assert desk.suggested(desk.receive(60_000, "F26/01705"))[0] == {"F26/01705": 60_000}


def test_a_short_payment_of_several_numbers_is_a_question(desk: Desk) -> None:
    assert isinstance(desk.receive(100_000, "F26/01702 F26/01703", payer="Acme"), Suggested)


def test_what_is_paid_too_much_stays_unapplied(desk: Desk) -> None:
    answer = desk.receive(100_299, "F26/01705", payer="Cygnus")
    assert desk.posted(answer) == {"F26/01705": 99_999}
    assert isinstance(answer, Certain)
    assert (answer.match.rest, answer.match.customer_id) == (300, desk.customers["Cygnus"])


def test_an_amount_that_fits_the_named_and_another_item_pays_both(desk: Desk) -> None:
    answer = desk.receive(155_050, "F26/01701 U.A.", payer="Acme")
    assert desk.posted(answer) == {"F26/01701": 120_000, "F26/01702": 35_050}


def test_much_left_over_beside_other_open_items_is_a_question(desk: Desk) -> None:
    assert isinstance(desk.receive(70_000, "F26/01702", payer="Acme"), Suggested)


def test_a_second_payment_is_real_money_and_goes_to_no_other_invoice(desk: Desk) -> None:
    desk.receive(35_050, "F26/01702", payer="Acme")
    answer = desk.receive(35_050, "F26/01702", payer="Acme")
    assert desk.suggested(answer)[0] == {}
    assert "– second payment?" in reasons(answer)


def test_the_number_of_a_paid_invoice_keeps_other_items_untouched(desk: Desk) -> None:
    desk.receive(99_999, "F26/01705", payer="Cygnus")
    desk.bill("Cygnus", "F26/01799", 44_400)
    assert desk.suggested(desk.receive(44_400, "F26/01705", payer="Cygnus"))[0] == {}


# ── payers ──────────────────────────────────────────────────────────────────────────────────────


def test_a_known_account_and_an_amount_that_fits_one_item_post(desk: Desk) -> None:
    answer = desk.receive(78_025, "TRANSFERENCIA", payer="Acme")
    assert desk.posted(answer) == {"F26/01703": 78_025}
    assert reasons(answer) == ("✓ amount, one item", "✓ account of the customer", "– no number in the text")


def test_a_learned_account_says_how_often_it_was_seen() -> None:
    desk = Desk()
    desk.customer("Vegafoods", "FR76", seen=4)
    desk.bill("Vegafoods", "F26/01877", 230_000)
    assert "✓ paid from this account before (4×)" in reasons(desk.receive(230_000, "virement", account="FR76"))


@pytest.mark.parametrize(
    ("numbers", "how"),
    [
        (("F26/01701", "F26/01702"), "all items due"),
        (("F26/01701", "F26/01702", "F26/01703"), "the whole balance"),
        (("F26/01702", "F26/01703"), "a set of 2"),
    ],
)
def test_a_known_account_may_pay_what_is_due_all_of_it_or_a_set(desk: Desk, numbers: tuple[str, ...], how: str) -> None:
    wanted = {number: desk.book.of_number(number)[0].open for number in numbers}
    answer = desk.receive(sum(wanted.values()), "", payer="Acme")
    assert desk.posted(answer) == wanted
    assert f"✓ amount, {how}" in reasons(answer)


def test_two_items_of_one_amount_are_a_question_with_the_older_first() -> None:
    desk = Desk()
    desk.bill("Hydrametal", "F26/02001", 1_500_000, due=-6)
    desk.bill("Hydrametal", "F26/01998", 1_500_000, due=-20)
    answer = desk.receive(1_500_000, "PAYMENT", payer="Hydrametal")
    assert desk.suggested(answer)[:2] == [{"F26/01998": 1_500_000}, {"F26/02001": 1_500_000}]


def test_one_item_or_a_pair_of_others_is_a_question() -> None:
    desk = Desk()
    for number, amount in (("F26/01702", 115_000), ("F26/01877", 230_000), ("F26/01904", 115_000)):
        desk.bill("Vegafoods", number, amount)
    answer = desk.receive(230_000, "virement", payer="Vegafoods")
    assert desk.suggested(answer)[:2] == [{"F26/01877": 230_000}, {"F26/01702": 115_000, "F26/01904": 115_000}]


def test_an_advance_is_not_laid_on_an_item_of_the_same_amount(desk: Desk) -> None:
    assert desk.suggested(desk.receive(78_025, "ANTICIPO PEDIDO 90618", payer="Acme"))[0] == {}


def test_an_invoice_that_is_not_imported_yet_is_not_taken_for_another(desk: Desk) -> None:
    assert desk.suggested(desk.receive(78_025, "FRA F26/01999", payer="Acme"))[0] == {}


def test_an_account_of_two_customers_posts_when_only_one_has_such_an_item() -> None:
    desk = Desk()
    desk.customer("Kastmotor", "GROUP")
    desk.customer("Kastmotor Ireland", "GROUP")
    desk.bill("Kastmotor", "F26/01702", 500)
    desk.bill("Kastmotor Ireland", "F26/01703", 700)
    assert desk.posted(desk.receive(700, "", account="GROUP")) == {"F26/01703": 700}
    desk.bill("Kastmotor Ireland", "F26/01704", 500)
    assert isinstance(desk.receive(500, "", account="GROUP"), Suggested)


def test_a_name_and_an_amount_that_fits_one_item_post() -> None:
    desk = Desk()
    desk.customer("Vegafoods Ibérica S.L.")
    desk.bill("Vegafoods Ibérica S.L.", "F26/01702", 500)
    assert desk.posted(desk.receive(500, "", account="NEW", name="VEGAFOODS IBERICA SL")) == {"F26/01702": 500}


def test_a_name_is_not_enough_for_a_set_of_items() -> None:
    desk = Desk()
    desk.customer("Vegafoods")
    for number, amount in (("F26/01701", 50_011), ("F26/01702", 70_023), ("F26/01703", 90_041)):
        desk.bill("Vegafoods", number, amount, due=5)
    answer = desk.receive(140_052, "", name="VEGAFOODS")
    assert desk.suggested(answer)[0] == {"F26/01701": 50_011, "F26/01703": 90_041}


@pytest.mark.parametrize("name", ["KASTMOTOR GMBH", "KASTMOTOR SPARES LTD", "KASTMOTR LTD", ""])
def test_another_name_or_legal_form_is_not_the_customer(name: str) -> None:
    desk = Desk()
    desk.customer("Kastmotor Ltd")
    desk.bill("Kastmotor Ltd", "F26/01702", 500)
    assert isinstance(desk.receive(500, "", name=name), Suggested)


def test_name_and_account_that_disagree_are_a_question(desk: Desk) -> None:
    assert isinstance(desk.receive(78_025, "", payer="Acme", name="Cygnus"), Suggested)


def test_the_only_open_item_of_an_amount_is_a_hint_when_nobody_knows_the_payer(desk: Desk) -> None:
    assert desk.suggested(desk.receive(99_999, "AUFTRAG 922817700", account="NOBODY")) == [{"F26/01705": 99_999}]


def test_money_of_a_known_payer_that_fits_nothing_may_stay_unapplied(desk: Desk) -> None:
    answer = desk.receive(12_345, "", payer="Acme")
    assert desk.suggested(answer) == [{}, {"F26/01701": 12_345}]


# ── what never happens ──────────────────────────────────────────────────────────────────────────


def test_another_currency_is_never_matched(desk: Desk) -> None:
    assert desk.receive(99_999, "F26/01705", currency="USD") == Suggested(())


def test_money_going_out_is_never_matched(desk: Desk) -> None:
    assert desk.receive(-99_999, "F26/01705") == Suggested(())


def test_ten_thousand_equal_items_are_left_to_a_person() -> None:
    desk = Desk()
    for place in range(10_000):
        desk.bill("Acme", f"F26/1{place:05d}", 10_000, due=place % 90 - 60)
    assert isinstance(desk.receive(10_000, "", payer="Acme"), Suggested)
    assert isinstance(desk.receive(150_000, "", payer="Acme"), Suggested)


def test_fifteen_of_thirty_equal_items_are_left_to_a_person() -> None:
    desk = Desk()
    for place in range(30):
        desk.bill("Acme", f"F26/1{place:05d}", 10_000, due=place - 60)
    assert isinstance(desk.receive(150_000, "", payer="Acme"), Suggested)
