from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from retain.learning.model import Model, model


def constant(share: float = 0.5) -> dict[str, float]:
    """The same probability for everyone.

    More words.
    """
    return {"share": share}


def test_a_model_is_named_and_documented_by_its_factory() -> None:
    made = model(constant)
    assert (made.name, made.doc) == ("constant", "The same probability for everyone.")


def test_build_passes_the_parameters_on() -> None:
    assert model(constant).build(share=0.2) == {"share": 0.2}


def test_a_model_is_no_rule_and_searches_nothing_unless_it_says_so() -> None:
    made = model()(constant)
    assert (made.rule, made.search, made.label) == (False, None, "model")


def test_a_rule_is_labelled_rule() -> None:
    assert model(rule=True)(constant).label == "rule"


def test_search_is_kept_with_the_model() -> None:
    def search(trial: Any) -> dict[str, Any]:
        return {"share": trial}

    made = model(search=search)(constant)
    assert made.search is not None
    assert made.search(0.3) == {"share": 0.3}


def test_a_factory_without_a_docstring_has_an_empty_one() -> None:
    assert model(lambda: None).doc == ""


def test_a_model_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        model(constant).name = "other"  # type: ignore[misc]


def test_the_decorator_leaves_a_value_not_a_function() -> None:
    @model
    def always() -> None:
        """Always."""

    assert isinstance(always, Model)


def test_a_model_is_for_those_who_have_one_of_its_tables() -> None:
    of_orders = model(tables=("orders", "activity"))(constant)
    assert of_orders.reads(["activity", "subscriptions"])
    assert not of_orders.reads(["subscriptions"])
    assert model(constant).reads(["subscriptions"])
