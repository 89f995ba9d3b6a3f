"""The tables of a run as they stand before its as-of, and the cutoffs they allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import corner_shop
from retain.errors import ShortHistory, UsageError
from retain.learning.feature import Layout
from retain.learning.matrix import MatrixSpec
from retain.steps.reading import churn_definition, cutoffs, missing_inputs, read, read_here


@pytest.fixture
def run(trained):
    return trained.project._run()


def test_the_default_as_of_is_the_day_after_the_newest_order(run):
    with read(run, as_of=None) as events:
        assert events.summary.as_of == corner_shop.NEWEST


def test_a_row_of_2099_does_not_move_it(shop, tmp_path):
    project = shop(customers=20)
    corner_shop.add(tmp_path / "orders.csv", "0001,2099-01-01,5,food")
    with read(project._run(), as_of=None, rejects=tmp_path / "rejects") as events:
        assert events.summary.as_of == corner_shop.NEWEST
        assert events.summary.table("orders").rejected == {"time lies in the future": 1}
    assert (tmp_path / "rejects" / "orders.parquet").exists()


def test_the_cutoffs_lie_a_horizon_before_the_end(run):
    with read(run, as_of=None) as events:
        assert cutoffs(run, events.summary).all == (date(2019, 4, 11), date(2019, 5, 1), date(2019, 5, 21))


def test_training_on_an_earlier_day_knows_the_cutoffs_of_that_day(run):
    with read(run, as_of=date(2019, 5, 1)) as events:
        assert cutoffs(run, events.summary).test == date(2019, 4, 11)


def test_a_history_shorter_than_two_horizons_has_no_cutoff(run):
    with (
        read(run, as_of=date(2019, 2, 1)) as events,
        pytest.raises(ShortHistory, match=r"history of 31 days .* needs 40 .* so 9 are missing"),
    ):
        cutoffs(run, events.summary)


def test_churn_is_defined_in_a_sentence(run):
    assert churn_definition(run) == (
        "a customer counts with a row in orders in the 40 days before the cutoff, "
        "and has churned with none in the 20 days from it"
    )


def _missing(run, *, roles=(), attributes=()):
    spec = MatrixSpec(Layout(roles={"orders": frozenset(roles)}), dict.fromkeys(attributes, ()))
    with read(run, as_of=None) as events:
        return missing_inputs(spec, run, events)


def test_a_column_or_attribute_that_the_config_no_longer_names_is_missing(run):
    found = _missing(run, roles=["customer", "time", "order"], attributes=["country", "channel"])
    assert found == ["tables.orders.columns.order", "tables.customers.attributes: channel"]


def test_a_role_that_is_in_no_column_is_not(run):
    assert _missing(run, roles=["cancelled", "recorded"]) == []


def test_without_a_customers_table_every_attribute_is_missing(run):
    tables = run.config.tables.model_copy(update={"customers": None})
    bare = replace(run, config=run.config.model_copy(update={"tables": tables}))
    assert _missing(bare, attributes=["country"]) == ["tables.customers.attributes: country"]


def test_what_is_asked_in_sql_needs_the_tables_here(run):
    elsewhere = replace(run, config=run.config.model_copy(update={"engine": "spark"}))
    with pytest.raises(UsageError, match="retain check reads the tables on one machine"):
        read_here(elsewhere, as_of=None, command="retain check")
