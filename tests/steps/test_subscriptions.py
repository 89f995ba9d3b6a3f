"""A business of subscriptions alone, from its contracts to its list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import subscribers

pytestmark = pytest.mark.slow  # trainings


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


@pytest.mark.parametrize(("days", "error"), [(30, 0.015), (60, 0.025), (90, 0.03), (365, 0.08)])
def test_the_estimates_recover_the_hazard_that_made_the_data(trained, days, error):
    """On average within two standard errors of some 300 churners, of 90 customers for the longest horizon."""
    _, project, _ = trained
    scores = pd.read_parquet(project.predict().folder / "scores.parquet").set_index("customer_id")
    known = subscribers.contracts().groupby("who").last().loc[scores.index]
    daily = subscribers.hazard(known["paid"].to_numpy(), (known["plan"] == "lite").to_numpy())
    true, risk = 1 - np.exp(-daily * days), scores[f"churn_probability_{days}d"]
    assert abs(risk.mean() - true.mean()) < error
    assert np.corrcoef(risk.rank(), pd.Series(true).rank())[0, 1] > 0.6


def test_every_listed_customer_has_a_reason_and_an_action(trained):
    listed = trained[1].predict().at_risk
    assert listed["reason_1"].str.contains("month|contract|ubscribed").all()
    assert (listed["action"] != "").all()


def test_a_subscriber_who_stays_is_worth_a_year_of_the_contract(trained):
    scores = pd.read_parquet(trained[1].predict().folder / "scores.parquet").set_index("customer_id")
    paid = subscribers.contracts().groupby("who")["paid"].last()[scores.index]
    np.testing.assert_allclose(scores["expected_value"], paid * 365 / 30.436875, rtol=1e-5)


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # openpyxl does not know the bars in cells
def test_contracts_that_are_cancelled_or_end_soon_are_on_lists_of_their_own(trained):
    listed = trained[1].predict()
    folder, sheets = listed.folder, pd.read_excel(listed.folder / "at_risk.xlsx", sheet_name=None)
    cancelled = pd.read_csv(folder / "cancelled_running.csv")
    assert {"Cancelled, still running", "Ending soon"} <= set(sheets)
    assert len(cancelled) == len(sheets["Cancelled, still running"]) > 3
    assert (cancelled["cancelled_on"] < str(listed.manifest["as_of"])).all()
    assert (cancelled["days_left"] >= 0).all()
    held = listed.at_risk.loc[listed.at_risk["group"] == "holdout", "customer_id"]
    assert not set(cancelled["customer_id"]) & set(held)
    assert any("cancelled but still running" in note for note in listed.manifest["notes"])


def test_the_risk_is_told_at_four_horizons_and_rises(trained):
    _, project, result = trained
    scores = pd.read_parquet(project.predict().folder / "scores.parquet")
    columns = [f"churn_probability_{days}d" for days in (30, 60, 90, 365)]
    assert (np.diff(scores[columns].to_numpy(), axis=1) >= 0).all()
    np.testing.assert_array_equal(scores["churn_probability_60d"], scores["churn_probability"])
    assert any("(concordance), by Kaplan-Meier of the tenure alone" in note for note in result.notes)


def test_the_published_risks_are_tested_and_the_list_says_how_they_did(trained):
    _, project, result = trained
    tested = project.predict().manifest["model"]["horizons"]["calibration"]
    assert [one["horizon"] for one in tested] == [30, 60, 90, 365]
    assert [one["later"] for one in tested] == [True, True, True, False]
    assert all(0 <= one["risk"] <= 1 and one["rows"] >= 50 for one in tested)
    assert any("Risks as they are published, on rows that nothing was learnt from" in n for n in result.notes)


def test_the_evaluation_holds_them_too(trained):
    found = trained[1].evaluate(folds=1)
    horizons = found.document["horizons"]
    assert [one["horizon"] for one in horizons["calibration"]] == [30, 60, 90, 365]
    assert horizons["concordance"] > horizons["concordance_by_tenure"]
    assert "Risk at other horizons" in found.page.read_text(encoding="utf-8")
