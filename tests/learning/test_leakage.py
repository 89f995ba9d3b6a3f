"""The leakage guard catches a feature that looks past its span, and lets honest ones be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.shops import orders

from retain.errors import ConfigError
from retain.events.span import Span
from retain.learning.feature import FeatureColumn, feature
from retain.learning.leakage import refuse_leaks
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import snapshots

COLUMNS = (FeatureColumn("orders", "frequency", "orders"), FeatureColumn("peek", "mine", "peek"))
ROWS = "who,at\na,2020-01-05\na,2020-02-05\nb,2020-01-06\nb,2020-03-01\n"


@feature(table="orders")
def peek(span: Span):
    """All orders there will ever be, of everyone."""
    return np.full(len(span.lo), float(len(span.rows)))


@feature(table="orders")
def honest(span: Span):
    """Orders."""
    return span.count()


@feature(table="orders")
def crowd(span: Span):
    """How many customers there are here: no feature to have, but one that knows nothing of the future."""
    return np.full(len(span.lo), float(len(span.lo)))


def _frame(*values):
    return pd.DataFrame(np.array(values, dtype=np.float32), columns=["orders", "peek"])


def test_a_feature_that_changes_without_the_future_is_named_with_its_file():
    with pytest.raises(ConfigError, match=r"2020-01-31.* differently: peek \(features/mine\.py\)"):
        refuse_leaks(_frame([1, 2]), _frame([1, 3]), COLUMNS, cutoff=date(2020, 1, 31))


def test_unknown_values_that_stay_unknown_are_no_leak():
    refuse_leaks(_frame([1, np.nan]), _frame([1, np.nan]), COLUMNS, cutoff=date(2020, 1, 31))


def test_a_value_that_was_unknown_without_the_future_is_a_leak():
    with pytest.raises(ConfigError, match="peek"):
        refuse_leaks(_frame([1, 2]), _frame([1, np.nan]), COLUMNS, cutoff=date(2020, 1, 31))


@pytest.mark.parametrize(("one", "leaks"), [(peek, True), (honest, False), (crowd, False)])
def test_training_rows_are_proved(tmp_path, monkeypatch, one, leaks):
    monkeypatch.setattr("retain.learning.snapshots.PROVED", 1)
    with orders(tmp_path, ROWS, horizon=20, active_within=60) as events:
        parts = snapshots(
            events,
            [replace(one, family="mine")],
            fit_spec(events),
            cutoffs=[date(2020, 1, 31)],
            labelled=True,
        )
        if leaks:
            with pytest.raises(ConfigError, match=r"know the future.*peek"):
                list(parts)
        else:
            assert sum(map(len, parts)) == 2
