"""The champion's copy: kept whole, known to be the right one, used when the store stays away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from retain import tracking
from retain.errors import Unavailable
from retain.tracking.local_copy import FOLDER, keep, kept_copy
from tracking.records import Business, features, record


@pytest.fixture
def away(monkeypatch):
    """The address of a server that is not there; how long it is asked again is for test_store.py to see."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    return "http://127.0.0.1:9"


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "MLmodel").write_text("one")
    (folder / "code" / "a.py").write_text("pass")
    return folder


def put(tmp_path: Path, model: Path, version: int = 3) -> None:
    keep(tmp_path, model, name="shop", version=version, run_id="r", tags={"label": "model"})


def test_a_copy_is_found_with_what_was_said_of_it(tmp_path, model):
    put(tmp_path, model)
    copy, files = kept_copy(tmp_path, name="shop")
    assert (copy.version, copy.run_id, copy.tags) == (3, "r", {"label": "model"})
    assert (files / "code" / "a.py").read_text() == "pass"


def test_a_newer_champion_takes_the_place_of_the_copy(tmp_path, model):
    put(tmp_path, model)
    (model / "MLmodel").write_text("two")
    put(tmp_path, model, version=4)
    copy, files = kept_copy(tmp_path, name="shop")
    assert (copy.version, (files / "MLmodel").read_text()) == (4, "two")
    assert len([path for path in (tmp_path / FOLDER).iterdir() if path.is_dir()]) == 1


def test_a_copy_that_was_changed_is_not_used(tmp_path, model):
    put(tmp_path, model)
    _, files = kept_copy(tmp_path, name="shop")
    (files / "MLmodel").write_text("other")
    assert kept_copy(tmp_path, name="shop") is None
    put(tmp_path, model)  # and is mended when the store is there again
    assert kept_copy(tmp_path, name="shop") is not None


@pytest.mark.parametrize("written", ["", "[]", '{"name": "shop"}'])
def test_what_cannot_be_read_is_no_copy(tmp_path, model, written):
    put(tmp_path, model)
    (tmp_path / FOLDER / "champion.json").write_text(written)
    assert kept_copy(tmp_path, name="shop") is None


def test_another_businesss_copy_is_not_taken(tmp_path, model):
    put(tmp_path, model)
    assert kept_copy(tmp_path, name="bakery") is None


def test_without_the_store_the_champion_scores_from_its_copy(business, tmp_path, away):
    tracking.log_training(business, record())
    first = tracking.load(business, output=tmp_path)
    again = tracking.load(Business(business.name, away), output=tmp_path)
    assert first.warning is None
    assert "does not answer" in again.warning
    assert "The local copy of version 1 was used." in again.warning
    assert (again.version, again.label, again.tags) == (1, "model", first.tags)
    assert np.array_equal(again.scorer.predict(features()), first.scorer.predict(features()))


def test_another_version_than_the_champion_is_not_taken_from_the_copy(business, tmp_path, away):
    tracking.log_training(business, record())
    tracking.load(business, output=tmp_path)
    with pytest.raises(Unavailable, match="does not answer"):
        tracking.load(Business(business.name, away), 1, output=tmp_path)


def test_training_asks_first_whether_the_store_is_there(business, away):
    tracking.require_answering(business)
    with pytest.raises(Unavailable, match="does not answer"):
        tracking.require_answering(Business("shop", away))


@pytest.mark.slow
def test_a_tracking_server_serves_and_may_stay_away(tmp_path):
    business = Business("served", f"http://127.0.0.1:{_free_port()}")
    server = _served(business.tracking_uri, tmp_path)
    try:
        registered = tracking.log_training(business, record())
        first = tracking.load(business, output=tmp_path / "output")
        assert (first.version, first.run_id) == (1, registered.run_id)
        assert [version.aliases for version in tracking.list_versions(business)] == [("champion",)]
    finally:
        server.terminate()
        server.wait()
    again = tracking.load(business, output=tmp_path / "output")
    assert "The local copy of version 1 was used." in again.warning
    told = json.loads((tmp_path / "output" / FOLDER / "champion.json").read_text())
    assert told["run_id"] == registered.run_id


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _served(uri: str, folder: Path) -> subprocess.Popen[bytes]:
    """An MLflow server of the test's own, once it answers."""
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1"]
    command += ["--port", uri.rpartition(":")[2], "--backend-store-uri", f"sqlite:///{folder / 'served.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}, **quiet
    )
    address = ("127.0.0.1", int(uri.rpartition(":")[2]))
    for _ in range(600):
        with socket.socket() as asked:
            if asked.connect_ex(address) == 0:
                return server
        time.sleep(0.2)
    server.kill()
    raise AssertionError("the MLflow server did not come up")
