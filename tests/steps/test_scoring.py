"""Everybody scored: the same whether features are at hand or made again where the events are."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lists.test_scored import CUTOFF, ROWS, ByRecency, Halved, Spend
from retain.errors import DataError
from retain.events.days import to_day
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import Snapshots
from retain.lists.scored import Scoring
from retain.steps import scoring
from retain.steps.scoring import everyone
from shipped import features
from shops import ORDERS, orders


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    content = "\n".join(["who,at,paid", *ROWS, "later,2020-02-01,1"])
    folder = tmp_path_factory.mktemp("shop")
    with orders(folder, content, columns={**ORDERS, "amount": "paid"}, as_of=str(CUTOFF)) as shop:
        yield shop


@pytest.fixture(scope="module")
def work(events):
    spec, day = fit_spec(events), to_day(CUTOFF)
    rows = Snapshots(spec.columns(features()), spec, events.config.churn, (day,), day, labelled=False)
    return Scoring(rows, ByRecency(), Spend(), Halved(), asked=("spend",))


def scored(events, work, folder, *, engine):
    config = events.config.model_copy(update={"engine": engine})
    return everyone(SimpleNamespace(config=config, progress=None), events, work, shelf=folder / engine)


@pytest.fixture
def both(events, work, tmp_path):
    return [scored(events, work, tmp_path, engine=engine) for engine in ("duckdb", "spark")]


def test_the_scores_are_the_same_at_hand_and_afar(both):
    here, afar = (one.scored for one in both)
    assert here.customer_id.tolist() == afar.customer_id.tolist()
    assert here.churn_probability.tolist() == afar.churn_probability.tolist()


@pytest.mark.parametrize("asked", [("spend",), ("spend", "order_days"), ()])
def test_the_rules_are_answered_the_same_at_hand_and_afar(events, work, tmp_path, asked):
    work = replace(work, asked=asked)
    here, afar = (scored(events, work, tmp_path, engine=engine).asked() for engine in ("duckdb", "spark"))
    assert len(here) == 18
    pd.testing.assert_frame_equal(here, afar, check_index_type=False, check_column_type=False)


@pytest.mark.parametrize("chosen", [[3, 0, 7], [5], []])
def test_the_listed_customers_features_are_the_same_in_their_order(both, chosen):
    here, afar = (one.features(np.array(chosen, dtype=np.intp)) for one in both)
    assert here.customer_id.tolist() == afar.customer_id.tolist()
    pd.testing.assert_frame_equal(here.X.reset_index(drop=True), afar.X.reset_index(drop=True))
    pd.testing.assert_frame_equal(here.facts.reset_index(drop=True), afar.facts.reset_index(drop=True))


def test_only_a_sample_s_features_come_from_afar(events, work, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "MOST_COUNTED", 9)
    sent = []
    counted = replace(work, scorer=ByRecency())
    monkeypatch.setattr(Scoring, "scored", _watched(Scoring.scored, sent))
    afar = scored(events, counted, tmp_path, engine="spark")
    assert sum(sent) == len(afar.sample) < len(afar.scored)


def _watched(made, sent):
    def scored(self, rows):
        part = made(self, rows)
        sent.append(len(part.rows))
        return part

    return scored


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_nobody_to_score_is_told(events, work, tmp_path, engine):
    early = replace(work.snapshots, days=(to_day(CUTOFF) - 300,))
    with pytest.raises(DataError, match="no customer has orders in the"):
        scored(events, replace(work, snapshots=early), tmp_path, engine=engine)
