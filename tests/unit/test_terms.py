"""The terms of agreements: read exactly, or refused with everything that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Invalid
from dunning.terms import read_terms

SHIPPED = json.loads((Path(__file__).parents[2] / "config/agreements/standard.json").read_text("utf-8"))


def changed(path: str, value: Any) -> dict[str, Any]:
    body = json.loads(json.dumps(SHIPPED))
    *within, name = path.strip("/").split("/")
    inner = body
    for each in within:
        inner = inner[each]
    inner[name] = value
    return body


def test_the_shipped_terms_are_fit_and_wait_two_banking_days() -> None:
    terms = read_terms(1, SHIPPED)
    assert (terms.clearing_business_days, terms.forgiven("EUR"), terms.forgiven("JPY")) == (2, 100, 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/clearing_business_days", "2"),
        ("/clearing_business_days", 16),
        ("/promise", []),
        ("/promise/per_item", 0),
        ("/promise/horizon_days", True),
        ("/promise/wishes", 3),
        ("/portal/pauses", "yes"),
        ("/portal/colour", 1),
        ("/plan/most_instalments", 121),
        ("/tolerance", 5),
        ("/tolerance/EUR", "1,00"),
        ("/tolerance/EUR", 1),
        ("/tolerance/EUR", "-1.00"),
        ("/tolerance/XXX", "1.00"),
        ("/surprise", 1),
    ],
)
def test_what_is_wrong_is_named_by_its_pointer(path: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_terms(2, changed(path, value))
    assert path in [each.where for each in refused.value.problems]
