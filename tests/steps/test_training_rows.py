"""What is kept of the rows of a training: used only as long as it is what would be built."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

import corner_shop
import retain
from retain.cache.folder import CacheFolder
from retain.learning.sampling import EVERYBODY
from retain.steps import training_rows as module
from retain.steps.reading import cutoffs, read, training_sample
from retain.steps.training_rows import training_rows


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The shop's tables, written a while ago."""
    folder = tmp_path_factory.mktemp("rows")
    corner_shop.write(folder, customers=80)
    return folder


@pytest.fixture
def shop(home, tmp_path):
    """Open the shop in a folder of the test's own, with a project that may be edited."""
    for file in home.glob("*.csv"):
        shutil.copy(file, tmp_path)
    project = tmp_path / "project"
    for name in ("features", "models", "configs"):
        shutil.copytree(corner_shop.ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))

    def _shop(**changes):
        changes = {"output": str(tmp_path / "output"), **changes}
        return retain.open(corner_shop.config(tmp_path, **changes), project=project)

    return _shop


@pytest.fixture
def built(monkeypatch):
    """The families of the features that were built, a list for each time."""
    there, build = [], module.build

    def _build(events, features, spec, **options):
        there.append(sorted({feature.family for feature in features}))
        return build(events, features, spec, **options)

    monkeypatch.setattr(module, "build", _build)
    return there


def rows(project, *, spend_horizon=20):
    run = project._run()
    with read(run, as_of=None) as events:
        found = cutoffs(run, events.summary)
        sample = training_sample(run, events, found.all)
        return training_rows(run, events, found.all, spend_horizon=spend_horizon, sample=sample)


def same(one, other):
    """Whether two datasets are the same to the last bit."""
    block, another = one.X.to_numpy(), other.X.to_numpy()
    return (
        list(one.X) == list(other.X)
        and block.dtype == another.dtype
        and block.flags.f_contiguous == another.flags.f_contiguous
        and block.tobytes() == another.tobytes()
        and one.customer_id.tolist() == other.customer_id.tolist()
        and one.customer_id.dtype == other.customer_id.dtype
        and np.array_equal(one.cutoff, other.cutoff)
        and one.cutoff.dtype == other.cutoff.dtype
        and np.array_equal(one.churned, other.churned)
        and one.spent.tobytes() == other.spent.tobytes()
        and np.array_equal(one.weight, other.weight)
        and np.array_equal(one.fair, other.fair)
        and one.facts.equals(other.facts)
        and list(one.facts.dtypes) == list(other.facts.dtypes)
        and (one.columns, one.spec, one.horizon, one.grace)
        == (other.columns, other.spec, other.horizon, other.grace)
        and dict(one.left_out) == dict(other.left_out)
    )


def test_rows_from_the_cache_are_the_same_to_the_last_bit(shop, built):
    first, second = rows(shop()), rows(shop())
    assert len(built) == 1
    assert same(first, second)
    assert same(second, rows(shop(cache=False)))
    assert len(built) == 2


def test_the_weights_of_a_sample_are_kept_too(shop, built):
    half = {"training": {"cutoffs": 3, "every": 20, "trials": 0, "share": 0.5}}
    first, second = rows(shop(**half)), rows(shop(**half))
    assert len(built) == 1
    assert same(first, second)
    assert set(second.weight) == {1.0, 2.0}


def test_how_long_customers_stayed_is_kept_too(shop, built):
    project = shop(churn={"when": "event", "kinds": ["call"], "horizon": 20})
    fresh, again = rows(project), rows(project)
    assert len(built) == 1
    assert fresh.lives is not None
    assert np.isinf(fresh.lives.lost).any()
    assert again.lives.lost.tobytes() == fresh.lives.lost.tobytes()
    assert again.lives.followed.tobytes() == fresh.lives.followed.tobytes()


def test_a_changed_feature_file_rebuilds_only_its_columns(shop, built, tmp_path):
    rows(shop())
    file = tmp_path / "project/features/recency.py"
    file.write_text(file.read_text().replace("return span.age_of_last()", "return span.age_of_last() + 1", 1))
    changed = rows(shop())
    assert built[1:] == [["recency"]]
    assert same(changed, rows(shop(cache=False)))


def test_a_new_feature_file_builds_only_its_columns(shop, built, tmp_path):
    rows(shop())
    (tmp_path / "project/features/mine.py").write_text(
        'from retain import feature\n\n\n@feature(table="orders", windows=(9,))\ndef mine(span):\n'
        '    """Mine."""\n    return span.count()\n'
    )
    assert "mine_9d" in rows(shop()).X
    assert built[1:] == [["mine"]]


def test_a_family_that_may_not_be_pure_is_never_kept(shop, built, tmp_path):
    (tmp_path / "project/features/mine.py").write_text(
        'import os\n\nfrom retain import feature\n\n\n@feature(table="orders")\ndef mine(span):\n'
        '    """Mine."""\n    return span.count() + len(os.environ)\n'
    )
    rows(shop()), rows(shop())
    assert built[1:] == [["mine"]]


@pytest.mark.parametrize(
    "change",
    [
        {"churn": {"horizon": 25}},
        {"timezone": "America/New_York"},
        {"training": {"cutoffs": 2, "every": 20, "trials": 0}},
        {"tables": {**corner_shop.TREE["tables"], "customers": None}},
    ],
)
def test_what_the_rows_depend_on_in_the_config_is_noticed(shop, built, change):
    rows(shop())
    changed = rows(shop(**change))
    assert len(built) == 2
    assert same(changed, rows(shop(**change, cache=False)))


def test_a_changed_table_is_noticed_though_its_size_and_time_are_the_same(shop, built, tmp_path):
    rows(shop())
    file, text = tmp_path / "orders.csv", (tmp_path / "orders.csv").read_text()
    before = file.stat()
    file.write_text(text.replace(",food", ",toys", 1))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    rows(shop())
    assert len(built) == 2


def test_newer_orders_make_new_labels(shop, built, tmp_path):
    rows(shop())
    corner_shop.add(tmp_path / "orders.csv", f"0001,{corner_shop.NEWEST},5,food")
    moved = rows(shop())
    assert len(built) == 2
    assert same(moved, rows(shop(cache=False)))


def test_a_damaged_file_is_noticed_and_made_anew(shop, built, tmp_path):
    first = rows(shop())
    for file in (tmp_path / "output/.cache").glob("rows-*.kept"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert same(first, rows(shop()))
    assert len(built) == 2
    rows(shop())
    assert len(built) == 2


def test_a_family_that_was_dropped_is_built_again_alone(shop, built, tmp_path):
    first = rows(shop())
    files = sorted((tmp_path / "output/.cache").glob("columns-*.kept"))
    files[0].unlink()
    assert same(first, rows(shop()))
    assert len(built) == 2
    assert len(built[1]) <= 1


def test_rows_of_other_customers_are_not_put_together(shop, built, monkeypatch, tmp_path):
    rows(shop())
    next(iter((tmp_path / "output/.cache").glob("columns-*.kept"))).unlink()
    monkeypatch.setattr(module, "same_rows", lambda *_: False)
    rows(shop())
    assert len(built) == 3
    assert built[2] == built[0]


def test_nothing_is_kept_where_the_config_says_so(shop, built, tmp_path):
    rows(shop(cache=False)), rows(shop(cache=False))
    assert len(built) == 2
    assert not (tmp_path / "output/.cache").exists()


def test_nothing_is_kept_of_tables_that_nobody_can_tell_apart(shop, monkeypatch, tmp_path):
    run = shop()._run()
    with read(run, as_of=None) as events:
        files = [replace(table, files=()) for table in events.summary.tables]
        unknown = replace(events, summary=replace(events.summary, tables=tuple(files)))
        days = cutoffs(run, events.summary).all
        training_rows(run, unknown, days, spend_horizon=20, sample=EVERYBODY)
    assert not list((tmp_path / "output").rglob("*.kept"))


def test_the_cache_is_nobody_elses_to_read(shop, tmp_path):
    rows(shop())
    folder = tmp_path / "output/.cache"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.kept")} == {0o640}
    assert isinstance(shop()._run().cache, CacheFolder)
