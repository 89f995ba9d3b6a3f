"""A store that stays away costs one sentence, without its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from databases import SECRET, execute
from retain import tracking
from retain.errors import ConfigError, Unavailable
from retain.tracking.store import connected, shown
from tracking.records import Business, record


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


def test_a_postgresql_store_keeps_and_serves_versions(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    execute(database, f"GRANT ALL ON DATABASE {database.split('/')[3].partition('?')[0]} TO guarded")
    execute(database, "GRANT ALL ON SCHEMA public TO guarded")
    business = Business("shop", database.replace("postgres@", f"guarded:{SECRET}@"))
    registered = tracking.log_training(business, record())
    assert [version.number for version in tracking.list_versions(business)] == [registered.version]
    assert tracking.load(business).metadata == {"horizon": 60}
    assert execute(database, "SELECT count(*) FROM model_versions") == [(1,)]


def test_a_postgresql_store_that_is_away_is_unavailable():
    with pytest.raises(Unavailable, match=r"postgresql://127\.0\.0\.1:9/mlflow does not answer") as raised:
        tracking.list_versions(Business("shop", "postgresql://me:secret@127.0.0.1:9/mlflow"))
    assert "secret" not in str(raised.value)


def test_a_postgresql_store_that_refuses_the_password_is_a_mistake_of_the_config(database):
    with pytest.raises(ConfigError, match=r"mlflow.tracking_uri: .* password authentication failed"):
        tracking.list_versions(Business("shop", database.replace("postgres@", "guarded:hunter2@")))
