"""Definitions say what holds, and the manual has them all."""

from __future__ import annotations

from pathlib import Path

import pytest

import shops
from ledgers import day, period
from retain.config import Metrics
from retain.retention.definitions import definitions
from retain.retention.periods import Scope
from retain.retention.wording import Wording

MANUAL = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")


def told(folder, **metrics):
    config = shops.config(folder, orders={"source": "o.csv", "columns": shops.ORDERS}, metrics=metrics)
    end = day("2019-05-01")
    scope = Scope.of(
        period("2019-01-01", "2019-04-30"), by="month", as_of=end, reached=end, began=end, active_within=20
    )
    return definitions(Wording(config, scope))


def test_the_manual_has_every_figure_and_every_key(tmp_path):
    for name, one in told(tmp_path).items():
        assert f"| {one.title} | `{name}` |" in MANUAL
    for key in Metrics.model_fields:
        assert f"  {key}: " in MANUAL


@pytest.mark.parametrize(
    ("key", "other", "figure"),
    [
        ("win_backs", "apart", "crr"),
        ("repeat", "lifetime", "repeat_customer_rate"),
        ("revenue", "net", "aov"),
        ("quick_ratio", "reactivation", "quick_ratio"),
        ("trials", True, "mrr"),
    ],
)
def test_where_authors_disagree_the_choice_is_named(tmp_path, key, other, figure):
    default, chosen = told(tmp_path)[figure].whole, told(tmp_path, **{key: other})[figure].whole
    assert f"metrics.{key}: " in default
    assert "the default; else" in default
    assert f"metrics.{key}: {str(other).lower()}, not the default" in chosen
    assert default != chosen


def test_active_is_told_with_its_days(tmp_path):
    assert "customers with an order in the 20 days before" in told(tmp_path)["crr"].text
