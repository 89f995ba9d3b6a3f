"""A list against what became of its customers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from retain.learning.metrics import auc, log_loss
from retain.watch.outcomes import auc_error, judged, matched

MAY = date(2019, 5, 1)
MANIFEST = {"as_of": "2019-05-01", "model": {"name": "gbm", "version": 3}}
BANDS = {"high": 0.5, "medium": 0.25}


def contacts(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "contacted_at"])
    return frame.astype({"customer_id": "str", "contacted_at": "datetime64[us]"})


NOBODY = contacts()


def scores(rows=1000, *, seed=2):
    p = np.random.default_rng(seed).uniform(0.05, 0.95, rows).round(3)
    return pd.DataFrame(
        {
            "customer_id": [f"{n:04}" for n in range(rows)],
            "churn_probability": p,
            "risk_band": np.select([p >= 0.5, p >= 0.25], ["high", "medium"], "low"),
            "segment": "active",
            "expected_value": 10.0,
            "expected_saving": p,
        }
    )


def outcomes(frame, *, more=0.0, seed=3):
    """Who churned: as the probabilities say, or more often."""
    p = np.clip(frame["churn_probability"] + more, 0, 1)
    draw = np.random.default_rng(seed).uniform(size=len(frame))
    return pd.Series((draw < p).to_numpy(), index=pd.Index(frame["customer_id"], dtype=object))


def rows(frame, *, churned=None, contacted=NOBODY):
    listed = frame.nlargest(100, "churn_probability")[["customer_id"]].assign(action="Call")
    listed["group"] = ["holdout" if n % 10 == 0 else "contact" for n in range(len(listed))]
    became = outcomes(frame) if churned is None else churned
    return matched(frame, listed, became, contacts=contacted, as_of=MAY, horizon=20)


def judge(found, scored=1000):
    return judged(found, MANIFEST, over=date(2019, 5, 21), scored=scored, bands=BANDS)


def test_probabilities_that_are_right_are_found_so():
    found = judge(rows(scores()))
    assert [band.name for band in found.everyone.bands] == ["high", "medium", "low"]
    assert not any(band.surprising for band in found.everyone.bands)
    assert found.everyone.ratio[1] < 1 < found.everyone.ratio[2]
    assert abs(found.everyone.auc - found.everyone.promised.auc) < 3 * found.everyone.auc_error
    assert found.everyone.log_loss == pytest.approx(
        found.everyone.promised.log_loss, abs=3 * found.everyone.promised.log_loss_error
    )


def test_more_churn_than_expected_shows_in_bands_and_ratio():
    frame = scores()
    found = judge(rows(frame, churned=outcomes(frame, more=0.2)))
    assert found.everyone.ratio[1] > 1.1
    assert all(band.surprising for band in found.everyone.bands)


def test_figures_are_those_of_the_metrics():
    found = rows(scores())
    y, p = found["churned"], found["churn_probability"]
    assert (judge(found).everyone.auc, judge(found).everyone.log_loss) == (auc(y, p), log_loss(y, p))


def test_precision_and_lost_value_are_those_of_the_published_list():
    found = rows(scores())
    one = judge(found)
    listed = found[found["listed"]]
    assert (one.listed.customers, one.held.customers) == (100, 10)
    assert one.listed.actual == listed["churned"].mean()
    assert one.value_lost == 10 * found["churned"].sum()
    assert one.value_lost_listed == 10 * listed["churned"].sum()


def test_customers_whom_the_tables_no_longer_have_are_counted():
    frame = scores()
    found = rows(frame, churned=outcomes(frame).iloc[:-7])
    assert (judge(found).unknown, judge(found).everyone.total.customers) == (7, 993)


@pytest.mark.parametrize(
    ("day", "during", "before"),
    [
        ("2019-05-01", True, False),
        ("2019-05-20 23:59", True, False),
        ("2019-05-21", False, False),
        ("2019-04-30 23:59", False, True),
        ("2018-11-02", False, True),
        ("2018-11-01", False, False),
    ],
)
def test_a_contact_counts_in_the_horizon_and_the_half_year_before_apart(day, during, before):
    found = rows(scores(), contacted=contacts(("0007", day))).set_index("customer_id").loc["0007"]
    assert (found["contacted"], found["contacted_recently"]) == (during, before)


def test_contacted_customers_are_judged_apart():
    told = contacts(*((f"{n:04}", "2019-05-03") for n in range(50)))
    found = judge(rows(scores(), contacted=told))
    counts = (found.everyone.total.customers, found.untouched.total.customers, found.contacted.customers)
    assert counts == (1000, 950, 50)
    assert found.untouched.promised.customers == 950


def test_where_everybody_was_contacted_there_is_nobody_to_judge_the_model_by():
    told = contacts(*((f"{n:04}", "2019-05-03") for n in range(1000)))
    found = judge(rows(scores(), contacted=told))
    assert np.isnan(found.untouched.log_loss)
    assert np.isnan(found.untouched.ratio[0])
    assert found.to_json()["total"]["customers"] == 1000


def test_a_band_and_a_figure_are_found_by_name_in_the_document():
    document = judge(rows(scores())).to_json()
    assert [band["name"] for band in document["bands"]] == ["high", "medium", "low"]
    assert set(document["untouched"]) == set(document) & set(document["untouched"])


def test_without_values_nothing_is_lost():
    assert judge(rows(scores().assign(expected_value=np.nan))).value_lost is None


def test_the_error_of_an_area_of_chance_is_that_of_the_rank_test():
    """Mann and Whitney: (n + m + 1) / (12 n m)."""
    wanted = ((51 + 58 + 1) / (12 * 51 * 58)) ** 0.5
    assert auc_error(0.5, churners=51, stayers=58) == pytest.approx(wanted)
    assert auc_error(0.9, churners=51, stayers=58) < wanted
    assert np.isnan(auc_error(0.5, churners=0, stayers=10))
