"""Whom training learns from, and that nobody is misjudged because others were left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from learning.rows import sample, thinned
from retain.events.days import to_day
from retain.events.duckdb import engine
from retain.learning.matrix import fit_spec
from retain.learning.model import Model
from retain.learning.recipe import Recipe, Workbench
from retain.learning.sampling import EVERYBODY, Sample, rows_within, sample_of
from retain.learning.snapshots import build
from shipped import features
from shops import ORDERS, orders

CUTOFFS = (date(2020, 1, 25), date(2020, 2, 1))
DAYS = tuple(map(to_day, CUTOFFS))
SHARE = 0.3
MANY = (
    "who,at,paid\n"
    + "".join(
        f"c{n},2020-01-{1 + n % 28:02},5\n" + (f"c{n},2020-02-03,5\n" if n % 3 else "") for n in range(400)
    )
    + "later,2020-03-01,5\n"
)


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    return orders(tmp_path_factory.mktemp("many"), MANY, columns={**ORDERS, "amount": "paid"})


@pytest.fixture(scope="module")
def everyone(events):
    return built(events, labelled=True)


def built(events, *, labelled=False, taken=EVERYBODY):
    return build(events, features(), fit_spec(events), cutoffs=CUTOFFS, labelled=labelled, sample=taken)


def test_a_sample_is_of_whole_customers_and_always_of_the_same(events, everyone, monkeypatch):
    parts = []
    for share, chunk_rows in ((0.5, 30), (0.5, 10_000), (0.25, 30)):
        monkeypatch.setattr(engine, "CHUNK_ROWS", chunk_rows)
        parts.append(built(events, labelled=True, taken=Sample(share)))
    few, many = (part.frame().sort_values(["customer_id", "cutoff"], ignore_index=True) for part in parts[:2])
    assert few.equals(many)
    assert 150 < len(set(parts[0].customer_id)) < 250
    assert set(parts[2].customer_id) < set(parts[0].customer_id)
    taken = np.isin(everyone.customer_id, list(set(parts[0].customer_id)))
    assert len(parts[0]) == taken.sum()


def test_the_share_keeps_to_the_most_rows(events):
    customers = events.count_customers(DAYS)
    most = partial(sample_of, customers, DAYS, share=1, tests=1)
    assert most(most_rows=800) == EVERYBODY
    taken = most(most_rows=400)
    assert 250 < len(built(events, taken=taken)) < 430
    assert sample_of(0, DAYS, most_rows=1, share=1, tests=1) == EVERYBODY


def test_with_a_share_of_the_stayers_more_customers_fit_into_the_most_rows():
    ten = range(10)
    few = sample_of(1000, ten, most_rows=1000, share=1, tests=1)
    more = sample_of(1000, ten, most_rows=1000, share=0.2, tests=1)
    assert (few.customers, more.whole) == (0.1, (9,))
    assert more.customers == pytest.approx(1000 / (1000 * (1 + 9 * 0.6)))


def test_whoever_churns_at_any_cutoff_keeps_all_rows(events, everyone):
    rows = built(events, labelled=True, taken=Sample(1, SHARE))
    churners = everyone.customer_id[everyone.churned]
    kept = everyone.rows(np.isin(everyone.customer_id, churners))
    there = rows.rows(np.isin(rows.customer_id, churners))
    assert (there.customer_id == kept.customer_id).all()
    assert (there.weight == 1).all()
    stayers = ~np.isin(rows.customer_id, churners)
    assert 0.15 < stayers.sum() / (len(everyone) - len(kept)) < 0.45


def test_the_rows_stand_for_everybody_s(events, everyone):
    rows = built(events, labelled=True, taken=Sample(1, SHARE))
    assert set(rows.weight) == {1, 1 / SHARE}
    assert rows.weight.sum() == pytest.approx(len(everyone), rel=0.2)
    assert np.average(rows.churned, weights=rows.weight) == pytest.approx(everyone.churned.mean(), abs=0.05)


def test_fair_rows_are_the_same_customers_whatever_became_of_them(events, everyone):
    rows = built(events, labelled=True, taken=Sample(1, SHARE)).fairly()
    assert rows.weight is None
    taken = np.isin(everyone.customer_id, list(set(rows.customer_id)))
    assert taken.sum() == len(rows)
    assert rows.churned.mean() == pytest.approx(everyone.churned.mean(), abs=0.1)


def test_nobody_is_left_out_where_models_are_tested(events, everyone):
    rows = built(events, labelled=True, taken=Sample(1, SHARE, whole=DAYS[1:]))
    assert (rows.at(CUTOFFS[1]).customer_id == everyone.at(CUTOFFS[1]).customer_id).all()
    assert (rows.at(CUTOFFS[1]).weight == 1).all()
    assert len(rows.at(CUTOFFS[0])) < len(everyone.at(CUTOFFS[0]))


def rare(churners_in=9, **how):
    """Snapshots of customers of whom one row in so many is of a churner."""
    data = sample(**how)
    keep = np.random.default_rng(4).uniform(size=len(data)) < 1 / churners_in
    return replace(data, churned=data.churned & keep)


@pytest.fixture(scope="module")
def population():
    return rare(cutoffs=6, customers=6000, signal=3)


def expected(rows, at):
    """What a logistic regression that learnt from these rows expects of the rows at a cutoff."""
    model = Model("logit", LogisticRegression)
    scorer = Workbench(seed=7).make(model, Recipe("logit"), rows, at=date(2011, 5, 31))
    return scorer.predict(at.X)


def test_probabilities_stay_calibrated_with_a_share_of_the_stayers(population):
    last = np.unique(population.cutoff)[-1].astype("datetime64[D]")
    newest = population.at(last.item())
    rows = thinned(population, Sample(1, SHARE, whole=(int(last.astype(int)),)))
    assert len(rows) < 0.75 * len(population)
    p = expected(rows, newest)
    assert p.mean() == pytest.approx(newest.churned.mean(), rel=0.1)
    of_everybody = expected(population, newest)
    for tenth in np.array_split(np.argsort(of_everybody), 10):
        assert p[tenth].mean() == pytest.approx(of_everybody[tenth].mean(), rel=0.15, abs=0.002)


def test_the_weights_are_what_keeps_them_so(population):
    last = population.cutoff.max().astype("datetime64[D]")
    newest = population.at(last.item())
    rows = thinned(population, Sample(1, SHARE))
    unweighted = replace(rows, weight=None, fair=None)
    assert expected(unweighted, newest).mean() > 1.2 * newest.churned.mean()
    assert expected(rows, newest).mean() == pytest.approx(newest.churned.mean(), rel=0.1)


class Unweighable(LogisticRegression):
    def fit(self, X, y):
        return super().fit(X, y)


def test_a_model_that_takes_no_weights_learns_from_the_fair_rows(population):
    rows = thinned(population, Sample(1, SHARE))
    fitted = Workbench(seed=7).fitted(Model("plain", Unweighable), {}, rows)
    fair = rows.fairly()
    assert (fitted.coef_ == LogisticRegression().fit(fair.X, fair.churned).coef_).all()


def test_what_was_sampled_is_said():
    assert EVERYBODY.note(100) == ()
    (of_stayers,) = Sample(1, 0.25).note(100)
    assert "25% are learnt from, each counted 4 times (training.share)" in of_stayers
    assert len(Sample(0.5, 0.5).note(100)) == 2


def test_where_memory_holds_no_more_the_sample_says_so():
    rows = rows_within(1_500_000_000, columns=100)
    assert rows == 180_000
    drawn = sample_of(400_000, [0], most_rows=rows, share=1.0, tests=1)
    (note,) = drawn.note(1_000_000)
    assert note.endswith("of the customers: at most 180,000 rows (`memory` holds no more).")
    assert rows_within(1, columns=100) == 1
