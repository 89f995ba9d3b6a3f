"""A business of subscriptions alone, from its contracts to its list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import subscribers


@pytest.fixture(scope="module")
def trained(tmp_path_factory, store_uri):
    folder = tmp_path_factory.mktemp("subscribers")
    subscribers.write(folder)
    project = subscribers.opened(folder, store=store_uri)
    return folder, project, project.train()


def test_the_model_beats_the_rule_by_tenure(trained):
    _, _, result = trained
    assert set(result.metrics) == {"rfm_logit", "prior", "tenure"}
    assert result.metrics["rfm_logit"]["auc"] > 0.65 > result.metrics["tenure"]["auc"]
    assert (result.champion, result.label) == ("rfm_logit", "model")


def test_those_who_left_for_another_reason_are_counted(trained):
    folder, project, result = trained
    (why,) = result.left_out
    assert why == "their subscription ended for another reason within the horizon"
    assert any(f"{result.left_out[why]} rows are left out" in note for note in result.notes)
    written = project.write_dataset(folder / "rows.parquet")
    assert written.left_out == result.left_out
    assert written.rows == result.rows


def test_the_estimates_recover_the_hazard_that_made_the_data(trained):
    _, project, _ = trained
    scores = pd.read_parquet(project.predict().folder / "scores.parquet").set_index("customer_id")
    last = subscribers.contracts().groupby("who").last()
    known = last.loc[scores.index]
    daily = subscribers.hazard(known["paid"].to_numpy(), (known["plan"] == "lite").to_numpy())
    true = 1 - np.exp(-daily * 60)
    assert abs(scores["churn_probability"].mean() - true.mean()) < 0.03
    assert np.corrcoef(scores["churn_probability"].rank(), pd.Series(true).rank())[0, 1] > 0.6


def test_the_reasons_speak_of_the_contract_and_have_an_action(trained):
    _, project, _ = trained
    riskiest = project.predict().at_risk.head(100)
    assert riskiest["reason_1"].str.contains("month|contract").all()
    assert (riskiest["action"] != "").all()
