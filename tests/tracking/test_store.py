"""A store that stays away costs one sentence, without its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from retain import tracking
from retain.errors import Unavailable
from retain.tracking.store import connected, shown
from tracking.records import Business


def test_a_server_that_is_not_there_is_unavailable_in_one_sentence():
    business = Business("shop", "http://me:secret@127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"MLflow store at http://127\.0\.0\.1:9 does not answer") as raised:
        tracking.list_versions(business)
    assert "secret" not in str(raised.value)


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path):
    (tmp_path / "mlflow.db").mkdir()
    with pytest.raises(Unavailable, match="does not answer"):
        tracking.list_versions(Business("shop", f"sqlite:///{tmp_path / 'mlflow.db'}"))


def test_an_address_is_shown_without_its_password():
    assert shown("postgresql://me:secret@db:5432/mlflow?sslkey=x") == "postgresql://db:5432/mlflow"
    assert shown("sqlite:///mlflow.db") == "sqlite:///mlflow.db"


def test_a_database_is_known_by_its_path_from_the_root(store_uri, monkeypatch):
    """MLflow would take the same relative address in another folder for the same database."""
    monkeypatch.chdir(Path(store_uri.removeprefix("sqlite:///")).parent)
    with connected(Business("shop", "sqlite:///mlflow.db")) as store:
        assert store.uri == store_uri
