"""What an answer seems to say, in the seven languages of our letters."""

from datetime import date

import pytest

from dunning.replies import own_words, proposal
from runtime.clock import stopwatch

TODAY = date(2026, 11, 20)

SAID = {
    "We will pay on 15 December.": ("promise", "2026-12-15"),
    "we will transfer the money December 3rd": ("promise", "2026-12-03"),
    "The payment will be made next week": ("promise", None),
    "We have already paid this invoice on Monday.": ("paid", None),
    "Payment was made on 12/11/2026": ("paid", None),
    "We never received the goods.": ("dispute", None),
    "This invoice is wrong, please send a credit note": ("dispute", None),
    "Pagaremos el 30 de noviembre.": ("promise", "2026-11-30"),
    "Ya hemos pagado la factura.": ("paid", None),
    "No estamos de acuerdo con la factura": ("dispute", None),
    "Nous réglerons cette facture le 1er décembre 2026.": ("promise", "2026-12-01"),
    "La facture a été réglée.": ("paid", None),
    "Nous contestons la facture": ("dispute", None),
    "Wir überweisen den Betrag am 27.11.2026.": ("promise", "2026-11-27"),
    "Der Betrag wird am 3. Dezember überwiesen.": ("promise", "2026-12-03"),
    "Wir haben die Rechnung bereits am Montag bezahlt.": ("paid", None),
    "Die Rechnung ist falsch, wir bitten um Gutschrift.": ("dispute", None),
    "Pagheremo entro il 5 dicembre.": ("promise", "2026-12-05"),
    "Bonifico effettuato ieri": ("paid", None),
    "Non siamo d'accordo con questa fattura": ("dispute", None),
    "We zullen op 3 december betalen.": ("promise", "2026-12-03"),
    "Factuur is al betaald.": ("paid", None),
    "Wij betwisten deze factuur": ("dispute", None),
    "Pagaremos até 10/12": ("promise", "2026-12-10"),
    "Já pagámos a fatura.": ("paid", None),
    "Não recebemos a mercadoria": ("dispute", None),
}


@pytest.mark.parametrize("text", SAID)
def test_an_answer_is_understood_by_its_words(text: str) -> None:
    found = proposal(f"Hello,\n\n{text}\n\nAnn", TODAY, ())
    meaning, day = SAID[text]
    assert found is not None
    assert (found.meaning, found.promised_on and str(found.promised_on)) == (meaning, day)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, noted.", "Merci", "", "Wir haben noch nicht bezahlt.", "We haven't paid yet.", "Have a nice weekend!",
        "On Mon 3 Nov 2026 Nordwind wrote:\n> we will pay", "Falls wir bezahlt haben, melden wir uns.",
    ],
)  # fmt: skip
def test_what_says_nothing_is_left_to_the_reader(text: str) -> None:
    assert proposal(text, TODAY, ()) is None


def test_a_complaint_counts_before_a_promise_and_paid_before_both() -> None:
    assert getattr(proposal("We will pay. But the price is wrong.", TODAY, ()), "meaning", None) == "dispute"
    assert getattr(proposal("F-1 will be paid soon. F-2 has been paid.", TODAY, ()), "meaning", None) == "paid"


def test_only_invoices_named_whole_count() -> None:
    found = proposal("We will pay F-10 and 2026/7.", TODAY, ("F-1", "F-10", "F-100", "2026/7", "26/7"))
    assert found is not None
    assert found.invoices == ("F-10", "2026/7")


def test_a_day_of_the_past_or_far_away_is_no_promise_for_it() -> None:
    for said in ("1 January 2020", "01.01.2030", "31.02.2027", "2026-02-30", "99/99/9999"):
        found = proposal(f"We will pay on {said}.", TODAY, ())
        assert found is not None
        assert found.promised_on is None
    found = proposal("We will pay on 5 January.", TODAY, ())
    assert found is not None
    assert str(found.promised_on) == "2027-01-05"


@pytest.mark.parametrize(
    "quote",
    ["> old", "-----Original Message-----", "On Fri, 20 Nov 2026 at 10:00, N <n@x.example> wrote:",
     "Am 20.11.2026 um 10:00 schrieb N:", "El vie, 20 nov 2026, N escribió:", "Le 20 nov. 2026 à 10:00, N a écrit :",
     "Il giorno ven 20 nov 2026 N ha scritto:", "Op vr 20 nov. 2026 schreef N:", "Em sex., 20 de nov. N escreveu:",
     "From: Nordwind <cobros@nordwind.example>", "Von: Nordwind <cobros@nordwind.example>"],
)  # fmt: skip
def test_what_was_quoted_is_not_the_customers_word(quote: str) -> None:
    assert own_words(f"Noted.\n\n{quote}\nwe will pay") == "Noted."


@pytest.mark.parametrize(
    "text",
    ["haben " * 11_000, "will " * 13_000, "(" * 64_000, "a " * 32_000, "1" * 64_000, "1/" * 32_000, "- " * 32_000,
     "werden " + "x " * 32_000, "On " + "a" * 64_000, "no" * 32_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    proposal("warm", TODAY, ())
    began = stopwatch()
    proposal(text, TODAY, ("F-1",))
    assert stopwatch() - began < 2
