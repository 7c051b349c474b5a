"""Which customer records may be one party: what they share is named, and groups share rightly."""

from uuid import UUID

from merging.likeness import MOST_SHARING, Record, alike


def a_record(key: int, name: str = "", **said: object) -> Record:
    values: dict[str, object] = {
        "vat_id": "", "accounts": frozenset(), "postal_code": "", "city": "", "country": "ES", "group": UUID(int=key)
    }  # fmt: skip
    return Record(id=UUID(int=key), name=name or f"Firm {key}", **(values | said))  # type: ignore[arg-type]


def found(*records: Record) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(each.first.int, each.second.int, each.reasons) for each in alike(records)]


def test_a_vat_number_counts_however_it_is_written() -> None:
    assert found(a_record(1, vat_id="ES B-12.345.678"), a_record(2, vat_id="esb12345678")) == [(1, 2, ("vat_id",))]


def test_a_shared_account_counts_wherever_it_stands() -> None:
    one = a_record(1, accounts=frozenset({"ES91", "ES77"}))
    assert found(one, a_record(2, accounts=frozenset({"ES77"})), a_record(3)) == [(1, 2, ("account",))]


def test_a_name_counts_with_its_place_and_without_its_legal_form_and_accents() -> None:
    one = a_record(1, "Vegafoods Ibérica, S.L.", postal_code="08005", city="Barcelona")
    assert found(one, a_record(2, "VEGAFOODS IBERICA", postal_code="08005")) == [(1, 2, ("name_and_place",))]
    assert found(one, a_record(2, "Vegafoods Iberica SL", city="barcelona")) == [(1, 2, ("name_and_place",))]
    assert found(one, a_record(2, "Vegafoods Iberica SL", city="Madrid")) == []
    assert found(one, a_record(2, "Vegafoods Iberica SL", postal_code="08005", country="FR")) == []
    assert found(a_record(1, "Vegafoods"), a_record(2, "Vegafoods")) == []


def test_what_says_most_comes_first_and_all_reasons_are_named() -> None:
    place = {"postal_code": "1000", "city": "Bern"}
    records = [a_record(1, "A", **place), a_record(2, "A", **place), a_record(3, "B", vat_id="X1", **place)]
    records.append(a_record(4, "B", vat_id="X1", **place))
    assert found(*records) == [(3, 4, ("vat_id", "name_and_place")), (1, 2, ("name_and_place",))]


def test_a_group_shares_its_account_and_its_vat_number_rightly() -> None:
    head = a_record(1, vat_id="X1", accounts=frozenset({"ES91"}))
    assert found(head, a_record(2, vat_id="X1", accounts=frozenset({"ES91"}), group=UUID(int=1))) == []


def test_several_that_share_one_thing_are_each_held_against_the_one_known_first() -> None:
    records = [a_record(key, vat_id="X1") for key in (3, 1, 2)]
    assert found(*records) == [(1, 2, ("vat_id",)), (1, 3, ("vat_id",))]


def test_an_account_of_very_many_says_nothing() -> None:
    records = [a_record(key, accounts=frozenset({"ES91"})) for key in range(1, MOST_SHARING + 2)]
    assert found(*records) == []
    assert len(found(*records[:-1])) == MOST_SHARING - 1
