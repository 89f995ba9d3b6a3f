"""Versions: which one serves, how it is found, how the one before comes back."""

from __future__ import annotations

import numpy as np
import pytest

from retain import tracking
from retain.errors import Refused, UsageError
from tracking.records import features, record


def test_the_champion_is_loaded_with_all_that_predicting_takes(business):
    registered = tracking.log_training(business, record())
    loaded = tracking.load(business)
    assert (loaded.version, loaded.run_id, loaded.label) == (1, registered.run_id, "model")
    assert loaded.spec == {"columns": ["orders_30d", "mean_gap"]}
    assert np.array_equal(loaded.scorer.predict(features()), record().package.scorer.predict(features()))


def test_a_version_is_found_by_number_and_by_alias(business):
    tracking.log_training(business, record())
    tracking.log_training(business, record(champion=False))
    assert [tracking.load(business, ref).version for ref in ("champion", "challenger", 1, "2")] == [
        1,
        2,
        1,
        2,
    ]


def test_a_business_without_a_model_is_told_to_train(business):
    with pytest.raises(UsageError, match="run `retain train` first"):
        tracking.load(business)


def test_a_version_that_is_not_there_is_named_beside_those_that_are(business):
    tracking.log_training(business, record())
    with pytest.raises(UsageError, match="no model version '9'; it has: 1, champion"):
        tracking.load(business, 9)


def test_there_is_no_champion_where_every_attempt_was_turned_down(business):
    tracking.log_training(business, record(champion=False, notes=("Nothing beats chance.",)))
    with pytest.raises(Refused, match=r"version 1: Nothing beats chance\."):
        tracking.load(business)
    assert tracking.champion(business) is None


def test_versions_are_listed_from_the_newest(business):
    for _ in range(2):
        tracking.log_training(business, record())
    newest, oldest = tracking.list_versions(business)
    assert (newest.number, newest.aliases, oldest.aliases) == (2, ("champion",), ())
    assert newest.metrics["gbm.auc"] == 0.8
    assert tracking.champion(business) == newest


def test_a_rollback_brings_the_previous_champion_back(business):
    for _ in range(2):
        tracking.log_training(business, record())
    assert tracking.roll_back(business) == 1
    assert tracking.load(business).version == 1
    with pytest.raises(UsageError, match="took over from no other version"):
        tracking.roll_back(business)


def test_an_alias_is_moved_by_hand(business):
    tracking.log_training(business, record())
    tracking.log_training(business, record(champion=False))
    tracking.set_alias(business, 2)
    assert tracking.load(business).version == 2
    assert tracking.roll_back(business) == 1
