"""The tables read once for the steps of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

import corner_shop
import retain
from retain.events.duckdb import engine
from retain.steps.one_reading import OneReading
from retain.steps.reading import read, read_here

DAY = corner_shop.NEWEST


@pytest.fixture
def run(tmp_path):
    corner_shop.write(tmp_path, customers=20)
    corner_shop.add(tmp_path / "orders.csv", ",2019-03-01,5,food", "0001,31/02/2019,5,food")
    opened = retain.open(
        corner_shop.config(tmp_path, output=str(tmp_path / "output")), project=corner_shop.ROOT
    )
    with OneReading(tmp_path / "staging/rejects") as tables:
        yield replace(opened._run(), tables=tables)


@pytest.fixture
def readings(monkeypatch):
    """The days of which tables were read."""
    there, open_events = [], engine.open_events

    def counted(config, **options):
        there.append(options["as_of"])
        return open_events(config, **options)

    monkeypatch.setattr(engine, "open_events", counted)
    return there


def test_steps_that_see_the_same_day_share_a_reading(run, readings):
    with read(run, as_of=DAY) as first, read_here(run, as_of=DAY, command="retain check") as second:
        assert first is second
    with read(run, as_of=DAY, duplicates=True) as third:
        assert third.summary.table("orders").duplicates is not None
        assert len(third.rows_by_day())
    assert readings == [DAY]


def test_another_day_or_config_is_another_reading(run, readings):
    gates = run.config.gates.model_copy(update={"max_missing": 1.0})
    lenient = replace(run, config=run.config.model_copy(update={"gates": gates}))
    for one, day in ((run, DAY), (run, None), (lenient, None)):
        with read(one, as_of=day):
            pass
    assert readings == [DAY, None, None]


def test_whoever_asks_for_the_rejects_gets_them_of_a_reading_that_was_there(run, readings, tmp_path):
    with read(run, as_of=DAY):
        pass
    with read(run, as_of=DAY, rejects=tmp_path / "mine"):
        pass
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["orders.parquet"]
    assert readings == [DAY]


def test_closed_tables_are_read_anew(run, readings):
    with read(run, as_of=DAY) as first:
        pass
    run.tables.close()
    with read(run, as_of=DAY) as second:
        assert second is not first
    assert len(readings) == 2


def test_a_run_that_keeps_nothing_open_closes_what_it_read(run):
    with read(replace(run, tables=None), as_of=DAY) as events:
        scratch = events.scratch
        assert scratch.exists()
    assert not scratch.exists()
