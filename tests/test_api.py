"""`retain.open` and what it returns: the commands as methods."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import FrozenInstanceError

import pytest
from typer.main import get_command

import corner_shop
import retain
from retain.api import Project
from retain.cli import app
from retain.errors import ConfigError, UsageError
from retain.progress import Silent

WITHOUT_A_PROJECT = {"demo", "init"}


@pytest.fixture
def shop(tmp_path):
    corner_shop.write(tmp_path, customers=20)
    return tmp_path


def test_a_config_opens_as_text_or_path(shop):
    file = corner_shop.config(shop)
    assert retain.open(str(file)).config == retain.open(file).config
    assert retain.open(file).config.name == "shop"


def test_every_mistake_in_a_config_comes_at_once(shop):
    tables = {"orders": {"source": "orders.csv", "columns": {"customer": "who", "time": "att"}}}
    file = corner_shop.config(shop, tables=tables, chrun={}, churn={"horizon": 0})
    with pytest.raises(ConfigError) as told:
        retain.open(file)
    for part in ("chrun: unknown key", "churn.horizon", "tables.orders.columns.time: 'att' is not a column"):
        assert part in str(told.value)


def test_a_config_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"no config file .*shop\.yaml"):
        retain.open(tmp_path / "shop.yaml")


def test_a_project_may_be_given(shop):
    opened = retain.open(corner_shop.config(shop), project=corner_shop.ROOT)
    assert (opened.folder.path, opened.folder.origin) == (corner_shop.ROOT, "given")
    assert "rfm_logit" in opened.definitions.models


def test_a_folder_that_is_no_project_is_told(shop):
    with pytest.raises(UsageError, match="is not a project"):
        retain.open(corner_shop.config(shop), project=shop)


def test_a_project_does_not_change_and_shows_no_definitions(shop):
    opened = retain.open(corner_shop.config(shop))
    with pytest.raises(FrozenInstanceError):
        opened.config = None
    assert "sources" not in repr(opened)


def test_nothing_is_shown_unless_asked_for(shop, capsys):
    opened = retain.open(corner_shop.config(shop))
    assert isinstance(opened.progress, Silent)
    opened.features()
    assert capsys.readouterr() == ("", "")


def test_progress_is_told_of_every_step(shop):
    seen = []

    class Told:
        @contextmanager
        def step(self, name, total=None):
            seen.append(name)
            with Silent().step(name, total) as step:
                yield step

    retain.open(corner_shop.config(shop), progress=Told()).features()
    assert seen == ["Reading orders", "Reading activity", "Building features"]


def test_features_come_as_a_frame(shop):
    frame = retain.open(corner_shop.config(shop)).features(as_of=corner_shop.NEWEST).frame
    assert frame.columns[0] == "customer_id"
    assert set(frame.dtypes[1:].astype(str)) == {"float32"}


@pytest.mark.parametrize("name", sorted(set(get_command(app).commands) - WITHOUT_A_PROJECT))
def test_every_command_is_a_method(name):
    methods = {"features": "write_features", "dataset": "write_dataset"}
    assert inspect.getdoc(getattr(Project, methods.get(name, name)))
