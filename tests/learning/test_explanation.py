"""What moves a model, in all and by band."""

from __future__ import annotations

import numpy as np
import pytest

import backtests
from retain.learning.explanation import explain
from retain.learning.recipe import Workbench

BANDS = {"high": 0.6, "medium": 0.3}


def explained(model=backtests.logit, **keys):
    data = backtests.rows(cutoffs=1)
    _, scorer = Workbench(7).find(model, data, at=data.cutoff[0].item())
    p = scorer.predict(data.X)
    return explain(scorer, data, p, bands=BANDS, seed=7), data, p


def test_importance_is_the_mean_size_of_contributions_greatest_first():
    found, data, _ = explained()
    assert found.rows == len(data)
    sizes = [one.size for one in found.features]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(np.abs(found.features[0].contributions).mean())


@pytest.mark.parametrize(
    ("name", "says"), [("days_since_last_order", "more raises risk"), ("orders_90d", "more lowers risk")]
)
def test_the_direction_is_told(name, says):
    found, _, _ = explained()
    assert next(one for one in found.features if one.column.name == name).says == says


def test_every_customer_is_in_one_band():
    found, _, p = explained()
    assert [band.name for band in found.bands] == ["high", "medium", "low"]
    assert [band.customers for band in found.bands] == [
        (p >= 0.6).sum(), ((p >= 0.3) & (p < 0.6)).sum(), (p < 0.3).sum()
    ]  # fmt: skip


def test_a_band_is_what_its_drivers_make_it():
    found, data, p = explained()
    high, low = found.bands[0], found.bands[-1]
    assert high.drivers[0].contribution > 0 > low.drivers[0].contribution
    assert high.predicted == pytest.approx(p[p >= 0.6].mean())
    assert high.churned == pytest.approx(data.churned[p >= 0.6].mean())


def test_an_empty_band_has_no_drivers():
    data = backtests.rows(cutoffs=1)
    _, scorer = Workbench(7).find(backtests.logit, data, at=data.cutoff[0].item())
    found = explain(scorer, data, np.full(len(data), 0.1), bands=BANDS, seed=7)
    assert [band.customers for band in found.bands] == [0, 0, len(data)]
    assert found.bands[0].drivers == ()


def test_a_model_that_cannot_explain_itself_has_no_explanation():
    prior = backtests.models("prior")["prior"]
    assert explained(prior)[0] is None


def test_the_document_names_features_and_bands():
    document = explained()[0].to_json()
    assert {one["feature"] for one in document["importance"]} == {"days_since_last_order", "orders_90d"}
    assert [band["band"] for band in document["bands"]] == ["high", "medium", "low"]
