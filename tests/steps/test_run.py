"""A run: its id, its clock, and the features it uses."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from retain.errors import ConfigError
from retain.progress import Silent
from retain.steps.run import Run, Stages, chosen_features, peak_memory


def _definitions(*families):
    features = tuple(SimpleNamespace(family=family) for family in families)
    return SimpleNamespace(features=features)


def _families(found):
    return [feature.family for feature in found]


def test_each_run_has_an_id_of_its_own_and_its_moment():
    first, second = (Run.begin(None, None, None, progress=Silent()) for _ in range(2))
    assert first.id != second.id
    assert first.id.startswith(f"{first.now:%Y%m%dT%H%M%S}-")
    assert abs((datetime.now(UTC) - second.now).total_seconds()) < 60


def test_a_config_that_names_no_families_uses_all():
    definitions = _definitions("recency", "frequency", "recency")
    assert _families(chosen_features(definitions, None)) == ["recency", "frequency", "recency"]


def test_the_families_that_a_config_names_keep_the_order_of_the_files():
    definitions = _definitions("frequency", "recency", "monetary")
    assert _families(chosen_features(definitions, ("recency", "frequency"))) == ["frequency", "recency"]


def test_a_family_that_is_not_there_is_named():
    with pytest.raises(
        ConfigError, match=r"there is no recencey in features/; there are: frequency, recency"
    ):
        chosen_features(_definitions("recency", "frequency"), ("recencey", "frequency"))


def test_a_stage_keeps_its_seconds_and_the_peak_memory():
    stages = Stages()
    with stages.step("Reading orders", total=2) as step:
        step.advance(2)
    kept = stages.stages["Reading orders"]
    assert 0 <= kept["seconds"] < 1
    assert 1_000_000 < kept["peak_memory_bytes"] <= peak_memory()


def test_a_stage_that_begins_again_adds_up(monkeypatch):
    clock = iter([0.0, 1.5, 10.0, 12.0])
    monkeypatch.setattr("retain.steps.run.time.perf_counter", lambda: next(clock))
    stages = Stages()
    for _ in range(2):
        with stages.step("Building features"):
            pass
    assert stages.stages["Building features"]["seconds"] == 3.5


def test_a_stage_is_shown_as_it_runs():
    seen = []

    class Shown:
        @contextmanager
        def step(self, name, total=None):
            seen.append((name, total))
            yield SimpleNamespace(advance=seen.append)

    with Stages(Shown()).step("Scoring customers", 3) as step:
        step.advance(3)
    assert seen == [("Scoring customers", 3), 3]
