"""The registered versions as people see them."""

from __future__ import annotations

from retain.steps.results import ModelsResult


def test_a_version_has_its_alias_its_test_and_its_own_figures(trained):
    (version,) = trained.project.models().versions
    assert version["aliases"] == ["champion"]
    assert (version["model"], version["label"], version["cutoff"]) == ("rfm_logit", "model", "2019-05-21")
    assert version["auc"] == trained.result.metrics["rfm_logit"]["auc"]
    assert version["run_id"] == trained.result.run_id


def test_a_version_is_one_line(trained):
    (line,) = trained.project.models().lines()
    assert line.split()[:3] == ["1", "champion", "rfm_logit"]


def test_where_nothing_was_trained_the_command_to_run_is_named(shop):
    found = shop(customers=20).models()
    assert found == ModelsResult(())
    assert found.lines() == ["No model was trained yet: run `retain train`."]
    assert found.to_json() == {"versions": []}
