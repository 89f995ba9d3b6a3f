"""Spark and DuckDB make the same of a shop in which everything is wrong that can be."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import shops
import sparks
from retain.errors import ConfigError, DataError
from retain.events.days import to_day
from retain.events.duckdb import engine as one_machine
from retain.events.engine import open_events
from retain.events.history import History
from retain.events.spark import engine, gather
from retain.events.spark.session import Session
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from shipped import features, same_bits

CUTOFFS = (17_990, 18_150, 18_230)
BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
DATES = (date(2019, 4, 4), date(2019, 9, 11), date(2019, 11, 30))


@dataclass
class Steps:
    """Remembers the steps and how far they came."""

    totals: dict[str, float | None] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Any]:
        self.totals[name] = total
        yield SimpleNamespace(advance=lambda amount=1: self.done.update({name: amount}))


@dataclass
class Pair:
    """The same shop read by both engines."""

    folder: Path
    here: one_machine.Events
    there: engine.Events
    steps: Steps


@pytest.fixture(scope="module")
def both(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("nasty")
    config = sparks.nasty(folder)
    spark.conf.set(BATCH, "7")  # so that customers lie in several batches
    asked, steps = {"now": shops.NOW, "duplicates": True}, Steps()
    patched = pytest.MonkeyPatch()
    patched.setattr(gather, "FEWEST_ROWS", 500)  # so that there are several partitions
    with (
        one_machine.open_events(config, rejects=folder / "here", **asked) as here,
        open_events(config, rejects=folder / "there", progress=steps, **asked) as there,
    ):
        assert isinstance(there, engine.Events)
        yield Pair(folder, here, there, steps)
    patched.undo()
    spark.conf.set(BATCH, "50000")


@dataclass(frozen=True)
class Names:
    """Who is in a chunk, and how many rows of theirs."""

    def __call__(self, history: History) -> Iterator[tuple[list[str], int]]:
        yield list(history.names), len(history.tables_at(CUTOFFS[-1])["orders"])


@dataclass(frozen=True)
class FailsOnce:
    """Fails the first time that it is tried on the customers from `name` on, after it has given results."""

    mark: Path
    name: str

    def __call__(self, history: History) -> Iterator[list[str]]:
        yield list(history.names)
        if history.names[-1] >= self.name and not self.mark.exists():
            self.mark.touch()
            raise RuntimeError("the machine went away")


@dataclass(frozen=True)
class Noted:
    """Notes where it is loaded."""

    notes: Path

    def __call__(self, history: History) -> Iterator[list[str]]:
        yield list(history.names)

    def __reduce__(self) -> Any:
        return _noted, (self.notes,)


def _noted(notes: Path) -> Noted:
    with notes.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return Noted(notes)


def names(found: list[tuple[list[str], int]]) -> list[str]:
    return [name for part, _ in found for name in part]


def test_the_same_is_read(both):
    assert both.there.summary == both.here.summary
    rejected = {table.name: table.rejected for table in both.there.summary.tables}
    assert all(rejected.values()), "each table has rows that are set aside"


def test_the_customer_with_half_of_the_rows_is_alone(both):
    found = list(both.there.each(Names()))
    assert both.there.gathered.parts == len(found) > 3
    assert [part for part, _ in found if "whale" in part] == [["whale"]]


def test_the_same_rows_are_set_aside(both):
    for table in both.here.summary.tables:
        files = [both.folder / side / f"{table.name}.parquet" for side in ("here", "there")]
        here, there = (_sorted(pq.read_table(file).to_pandas()) for file in files)
        pd.testing.assert_frame_equal(there, here)
        assert len(there) == sum(table.rejected.values())


def test_the_features_and_labels_are_the_same_bit_for_bit(both):
    here, there = (_matrix(events, labelled=True) for events in (both.here, both.there))
    assert list(there.customer_id) == list(here.customer_id)
    assert same_bits(there.X, here.X)
    assert (there.churned == here.churned).all()
    assert len(here) > 60
    pd.testing.assert_frame_equal(there.facts, here.facts)
    assert there.left_out == here.left_out


def test_in_batches_of_another_size_and_at_an_old_as_of_the_same_customers_count(both):
    both.there.session.spark.conf.set(BATCH, "50000")
    asked = {"as_of": date(2019, 9, 1), "now": shops.NOW}
    config, days = both.there.config, [to_day(asked["as_of"])]
    ended = config.churn.model_copy(update={"when": "ended"})
    with open_events(config, **asked) as there, one_machine.open_events(config, **asked) as here:
        assert names(list(there.each(Names()))) == names(list(here.each(Names())))
        for churn in (config.churn, ended):
            counts = [events.under(churn).count_customers(days) for events in (here, there)]
            assert counts == [len(names(list(here.under(churn).each(Names(), cutoffs=days))))] * 2


def test_a_task_that_fails_and_is_tried_again_doubles_no_rows(both, tmp_path):
    mark = tmp_path / "failed"
    found = list(both.there.each(FailsOnce(mark, "c3")))
    assert mark.exists()
    everyone = [name for part in found for name in part]
    assert everyone == sorted(set(everyone)) == names(list(both.here.each(Names())))


def test_work_is_loaded_once_by_each_worker_and_freed_after_use(both, tmp_path):
    kept = Path(both.there.session.context._temp_dir)
    before = set(kept.iterdir())
    found = list(both.there.each(Noted(tmp_path / "notes")))
    workers = (tmp_path / "notes").read_text().split()
    assert len(workers) == len(set(workers)) < both.there.gathered.parts <= len(found)
    assert set(kept.iterdir()) == before


def test_without_a_context_work_goes_along_with_the_tasks(both, monkeypatch):
    monkeypatch.setattr(Session, "context", None)
    assert names(list(both.there.each(Names()))) == names(list(both.here.each(Names())))


def test_how_far_the_tasks_are_is_told(both):
    both.steps.done.clear()
    list(both.there.each(Names(), progress=both.steps))
    parts = both.there.gathered.parts
    assert both.steps.totals["Bringing customers together"] == both.steps.totals["Building features"] == parts
    assert both.steps.done["Building features"] == parts


def test_each_customer_is_whole_and_in_order(both):
    here, there = (list(events.each(Names(), cutoffs=CUTOFFS)) for events in (both.here, both.there))
    assert names(there) == names(here) == sorted(names(here))
    assert sum(rows for _, rows in there) == sum(rows for _, rows in here)
    assert both.there.count_customers(CUTOFFS) == both.here.count_customers(CUTOFFS) == len(names(here))


def test_what_people_are_shown_is_the_same(both):
    ids = ["whale", "c7", "not there", "Ünal", "c1"]
    here, there = both.here, both.there
    pd.testing.assert_frame_equal(there.timeline(ids, most=4), here.timeline(ids, most=4))
    assert there.top_users(ids, window=400) == here.top_users(ids, window=400)
    pd.testing.assert_frame_equal(there.facts(ids), here.facts(ids))


def test_what_is_counted_of_all_is_the_same(both):
    here, there = both.here, both.there
    pd.testing.assert_frame_equal(there.rows_by_day(), here.rows_by_day())
    since = date(2019, 10, 1)
    pd.testing.assert_frame_equal(there.labels(since=since), here.labels(since=since))
    assert there.attribute_values() == here.attribute_values()
    assert there.contract_attribute_values() == here.contract_attribute_values()


def test_the_contracts_that_run_are_the_same(both):
    (here, usual), (there, also) = both.here.running_contracts(), both.there.running_contracts()
    pd.testing.assert_frame_equal(there, here)
    assert (also, usual) == (usual, usual)
    assert usual is not None


def test_other_terms_of_churn_take_the_same_rows(both):
    ended = both.here.config.churn.model_copy(update={"when": "ended"})
    here, there = (_matrix(events.under(ended), labelled=False) for events in (both.here, both.there))
    assert list(there.customer_id) == list(here.customer_id)
    assert same_bits(there.X, here.X)
    here, there = (events.under(ended).count_customers(CUTOFFS) for events in (both.here, both.there))
    assert there == here > 0


def test_what_a_definition_raises_in_a_task_is_one_sentence(both):
    with pytest.raises(DataError, match=r"^the tables cannot be used: for a reason$"):
        list(both.there.each(_refuse))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"orders": {"source": "none.parquet", "columns": sparks.ROLES}}, "there is no file"),
        ({"gates": {"max_missing": 0.0}}, "cannot be used"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(spark, tmp_path, keys, told):
    config = sparks.nasty(tmp_path, **keys)
    with pytest.raises((ConfigError, DataError), match=told) as error:
        open_events(config, now=shops.NOW)
    assert "\n" not in str(error.value)
    assert "java" not in str(error.value)


def _refuse(history: History) -> Iterator[None]:
    raise DataError("the tables cannot be used: for a reason")
    yield


def _matrix(events: Any, *, labelled: bool) -> Any:
    """The rows in an order that no chunks leave a trace in."""
    rows = build(events, features(), fit_spec(events), cutoffs=DATES, labelled=labelled)
    rows = rows.rows(np.lexsort((rows.customer_id.astype(str), rows.cutoff)))
    return replace(rows, X=rows.X.reset_index(drop=True), facts=rows.facts.reset_index(drop=True))


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), ignore_index=True)
