"""Which version serves, as MLflow's own file says."""

from __future__ import annotations

import sqlite3

import pytest

from retain import tracking
from retain.tracking.pointer import Pointer, pointed_to
from tracking.records import record


def serving(business):
    return pointed_to(business.tracking_uri, name=business.name, alias="champion")


def test_it_is_the_version_that_mlflow_names_also_after_a_rollback(business):
    first = tracking.log_training(business, record())
    assert serving(business) == Pointer(first.version, first.run_id)
    second = tracking.log_training(business, record())
    assert serving(business) == Pointer(second.version, second.run_id)
    tracking.roll_back(business)
    assert serving(business) == Pointer(first.version, first.run_id)


def test_a_business_without_a_champion_has_none(business):
    assert serving(business) is None
    tracking.log_training(business, record(champion=False))
    assert serving(business) is None


@pytest.mark.parametrize(
    "uri", ["http://localhost:5000", "postgresql://localhost/mlflow", "sqlite:///gone.db"]
)
def test_of_any_other_store_only_mlflow_can_tell(uri):
    assert pointed_to(uri, name="shop", alias="champion") is None


def test_tables_that_it_does_not_know_tell_nothing(tmp_path):
    sqlite3.connect(tmp_path / "other.db").close()
    assert pointed_to(f"sqlite:///{tmp_path / 'other.db'}", name="shop", alias="champion") is None
