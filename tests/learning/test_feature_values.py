"""What a feature gives, and how a mistake in its file is told."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from retain.errors import ConfigError, DataError
from retain.learning.feature import feature
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from shops import orders

ORDERS = "who,at\na,2020-01-10\na,2020-01-20\nb,2020-01-15\n"


def _built(folder, function):
    made = feature(table="orders")(function)
    events = orders(folder, ORDERS)
    return build(events, [made], fit_spec(events), cutoffs=(date(2020, 2, 1),), labelled=False)


def test_one_value_a_customer_as_float32(tmp_path):
    def ordered(span):
        return span.count() > 1

    dataset = _built(tmp_path, ordered)
    assert dataset.X["ordered"].tolist() == [1.0, 0.0]
    assert set(dataset.X.dtypes) == {np.dtype(np.float32)}


@pytest.mark.parametrize("given", [None, 5.0, np.zeros(3), np.zeros((2, 1))])
def test_another_shape_than_one_value_a_customer_is_refused(tmp_path, given):
    def wrong(span):
        return given

    with pytest.raises(ConfigError, match=r"the feature wrong gave values of shape .* for 2 customers"):
        _built(tmp_path, wrong)


def test_a_feature_that_fails_is_named_with_its_line(tmp_path):
    def wrong(span):
        return span.median()

    line = wrong.__code__.co_firstlineno + 1
    with pytest.raises(ConfigError, match=f"wrong failed in line {line}: AttributeError: .*median"):
        _built(tmp_path, wrong)


def test_a_feature_of_texts_is_refused(tmp_path):
    def wrong(span):
        return np.array(["many", "few"])

    with pytest.raises(ConfigError, match="the feature wrong failed: ValueError: could not convert"):
        _built(tmp_path, wrong)


def test_a_failure_that_retain_expected_keeps_its_words(tmp_path):
    def wrong(span):
        raise DataError("the tables cannot be read")

    with pytest.raises(DataError, match=r"^the tables cannot be read$"):
        _built(tmp_path, wrong)
