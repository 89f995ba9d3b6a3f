"""Training: tested, decided, registered; refused where nothing beats chance."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow.tracking import MlflowClient

import corner_shop
from retain import tracking
from retain.errors import ConfigError, Refused
from retain.learning.model import model
from retain.learning.outcomes import newest_cutoff
from retain.learning.snapshots import build
from retain.project import Definitions, load_definitions
from retain.steps import train, training_rows
from retain.steps.incumbent import Incumbent

pytestmark = pytest.mark.slow  # a training each


def _client(project):
    return MlflowClient(project.config.tracking_uri)


def _artifacts(project, run_id):
    client, found, folders = _client(project), set(), [None]
    while folders:
        for one in client.list_artifacts(run_id, folders.pop()):
            (folders.append if one.is_dir else found.add)(one.path)
    return found


def test_the_model_and_every_rule_are_tested_on_the_same_customers(trained):
    figures = trained.result.metrics
    assert set(figures) == {"rfm_logit", "no_order", "own_gap", "prior", "recency"}
    assert {(one["cutoff"], one["customers"], one["churners"]) for one in figures.values()} == {
        ("2019-05-21", 137, 60)
    }
    assert figures["rfm_logit"]["auc"] > 0.7 > figures["prior"]["auc"] == 0.5


def test_a_model_that_beats_the_rules_becomes_champion(trained):
    result = trained.result
    assert (result.champion, result.label, result.alias) == ("rfm_logit", "model", "champion")
    assert tracking.champion(trained.project.config).number == result.version


def test_what_went_in_and_came_out_is_kept_in_the_run(trained):
    kept = _artifacts(trained.project, trained.result.run_id)
    assert {"config.json", "data.json", "metrics.json", "importance.csv"} <= kept
    assert {"definitions/features/recency.py", "definitions/models/rfm_logit.py"} <= kept
    assert any(path.startswith("curves/") and path.endswith(".png") for path in kept)
    run = _client(trained.project).get_run(trained.result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["rfm_logit.auc"] == trained.result.metrics["rfm_logit"]["auc"]
    assert run.data.params["horizon"] == "20"
    assert "1 row set aside: time cannot be read" in run.data.tags["notes"]


def test_the_registered_model_scores_a_feature_frame_as_the_list_does(trained):
    name, version = trained.project.config.name, trained.result.version
    mlflow.set_tracking_uri(trained.project.config.tracking_uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{name}/{version}")
    assert {str(column.type) for column in loaded.metadata.signature.inputs} == {"DataType.double"}
    assert loaded.metadata.get_input_schema() is not None
    frame = trained.project.features().frame.set_index("customer_id")
    scored = loaded.predict(frame)["churn_probability"]
    listed = trained.listed.at_risk.set_index("customer_id")["churn_probability"]
    # The last bit of an exponential depends on how many are computed at once, and a list is scored in chunks.
    np.testing.assert_allclose(scored[listed.index], listed, rtol=1e-14)


def test_two_trainings_give_identical_scores(trained, shop):
    again = shop(name="again")
    result = again.train()
    assert result.metrics == trained.result.metrics
    first, second = trained.listed.at_risk, again.predict().at_risk
    np.testing.assert_array_equal(first["churn_probability"], second["churn_probability"])


def test_below_the_minimum_a_rule_serves_and_the_number_missing_is_told(shop):
    project = shop(gates={"min_customers": 200, "min_churners": 10})
    result = project.train()
    assert result.label == "rule"
    assert any("63 are missing" in reason for reason in result.reasons)
    assert tracking.champion(project.config).label == "rule"
    listed = project.predict()
    assert set(listed.at_risk["model_version"]) == {f"{result.version} (rule)"}
    assert listed.manifest["model"]["label"] == "rule"


def test_where_nothing_beats_chance_the_attempt_is_a_challenger_and_both_commands_refuse(shop):
    project = shop(leaving=False, customers=150)
    with pytest.raises(Refused, match=r"version 1 was not promoted\.\nrfm_logit does not beat chance"):
        project.train()
    (version,) = tracking.list_versions(project.config)
    assert version.aliases == ("challenger",)
    assert version.notes.startswith("rfm_logit does not beat chance")
    with pytest.raises(Refused, match="does not beat chance"):
        project.predict()


def _shuffled(rows):
    """The outcomes of each cutoff dealt out anew among its customers."""
    generator, churned = np.random.default_rng(1), rows.churned.copy()
    for cutoff in np.unique(rows.cutoff):
        here = rows.cutoff == cutoff
        churned[here] = generator.permutation(churned[here])
    return replace(rows, churned=churned)


def test_on_shuffled_labels_both_commands_refuse_and_name_what_was_tested(shop, monkeypatch):
    monkeypatch.setattr(training_rows, "build", lambda *args, **options: _shuffled(build(*args, **options)))
    project = shop()
    with pytest.raises(Refused) as told:
        project.train()
    assert told.value.exit_code == 3
    for name in ("rfm_logit", "recency", "no_order", "own_gap", "prior"):
        tested = rf"{name} on 137 customers, 60 churners, at 2019-05-21: AUC 0\.\d+ \(99% interval 0\.\d+ to "
        assert re.search(tested, str(told.value))
    assert "nothing to learn" in str(told.value)
    assert "log loss less than the churn rate's by" in str(told.value)
    with pytest.raises(Refused, match="does not beat chance"):
        project.predict()


def test_a_second_training_is_compared_with_the_champions_recipe(shop):
    project = shop()
    project.train()
    result = project.train()
    assert (result.version, result.alias) == (2, "champion")
    assert any("rfm_logit against the champion (version 1, rfm_logit)" in one for one in result.reasons)


def _foresight(run, events, dataset, **options):
    newest = dataset.at(newest_cutoff(dataset))
    return Incumbent("the champion (version 1)", np.where(newest.churned, 0.9, 0.1))


def test_a_champion_that_predicts_better_stays_and_both_are_told_apart(shop, monkeypatch):
    project = shop()
    first = project.train()
    monkeypatch.setattr(train, "find_incumbent", _foresight)
    with pytest.raises(Refused, match=r"the champion \(version 1\) stays"):
        project.train()
    assert tracking.champion(project.config).number == first.version
    assert tracking.list_versions(project.config)[0].aliases == ("challenger",)
    assert len(project.predict().at_risk) > 0


def test_promote_makes_it_the_champion_all_the_same(shop):
    project = shop(leaving=False, customers=150)
    result = project.train(promote=True)
    assert (result.champion, result.label) == ("rfm_logit", "model")
    assert "Promoted all the same (--promote)." in result.reasons
    assert len(project.predict().at_risk) > 0


def test_training_on_an_earlier_day_is_tested_as_on_that_day(shop):
    result = shop().train(as_of=date(2019, 5, 21))
    assert {one["cutoff"] for one in result.metrics.values()} == {"2019-05-01"}


def test_a_model_that_is_not_there_is_named(shop):
    with pytest.raises(ConfigError, match=r"there is no gbn in models/; there are: .*gbm"):
        shop(customers=20, model="gbn").train()


def test_a_rule_that_the_features_do_not_feed_is_left_out(shop):
    result = shop(features=["recency"]).train()
    assert "own_gap" not in result.metrics
    assert any(note.startswith("own_gap is not tested: ") for note in result.notes)


def test_a_model_that_the_features_do_not_feed_is_a_mistake_in_the_config(shop):
    with pytest.raises(ConfigError, match="own_gap cannot be trained on these features: the rule needs"):
        shop(model="own_gap", features=["recency"]).train()


def _with_source(project, path, text):
    sources = {**load_definitions(corner_shop.ROOT).sources, path: text}
    object.__setattr__(project, "definitions", Definitions.from_sources(sources))
    return project


SAYS = '''
from retain import feature

@feature(table="orders", says="{valu:n} orders; {mean_gap:n day} apart, {order_days_since:n day}")
def mine(span):
    """Orders."""
    return span.count()
'''


def test_a_sentence_that_could_never_be_said_stops_before_training(shop):
    project = _with_source(shop(customers=20), "features/mine.py", SAYS)
    with pytest.raises(
        ConfigError, match=r"features/mine\.py: mine says .*\{valu\} is no feature column"
    ) as told:
        project.train()
    assert "mean_gap}" not in str(told.value).replace("{mean_gap:n day}", "")


def test_a_sentence_may_name_a_family_that_the_config_leaves_out(shop):
    assert shop(features=["recency"]).train().champion  # recency's sentences name mean_gap


def test_models_without_rules_can_be_trained(shop):
    project = shop()
    kept = {name: one for name, one in project.definitions.models.items() if not one.rule}
    object.__setattr__(project.definitions, "models", kept)
    assert list(project.train().metrics) == ["rfm_logit"]


def test_a_model_that_predicts_spending_is_no_churn_model(shop):
    project = shop(customers=20, model="worth")
    worth = model(predicts="spend")(lambda: None)
    object.__setattr__(project.definitions, "models", {**project.definitions.models, "worth": worth})
    with pytest.raises(ConfigError, match=r"model: .*worth"):
        project.train()
