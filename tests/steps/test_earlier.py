"""What earlier lists said."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from retain.steps.earlier import MOST, Earlier

DAY = date(2020, 3, 1)


@pytest.fixture
def lists(tmp_path):
    """Publishes the list of a day: customer a's risk is the day of the month in percent."""

    def publish(day, **segments):
        folder = tmp_path / ".versions" / f"run of {day}"
        folder.mkdir(parents=True)
        manifest = {
            "as_of": str(day),
            "run_id": folder.name,
            "files": {"x": 1},
            **({"segments": segments} if segments else {}),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        scores = pd.DataFrame({"customer_id": ["a", "b"], "churn_probability": [day.day / 100, 0.9]})
        for name in ("scores", "at_risk"):
            scores.to_parquet(folder / f"{name}.parquet")
        (tmp_path / str(day)).symlink_to(folder)
        return tmp_path

    return publish


def test_there_is_nothing_before_a_first_list(tmp_path):
    found = Earlier.of(tmp_path / "none", as_of=DAY)
    assert (found.listed, found.scores, found.run_ids, found.segments) == (None, None, [], [])
    assert found.risks(["a"]) == {}


def test_only_lists_of_earlier_days_count(lists):
    for day in (date(2020, 2, 20), date(2020, 2, 10), DAY, date(2020, 3, 9)):
        folder = lists(day)
    found = Earlier.of(folder, as_of=DAY)
    assert found.run_ids == ["run of 2020-02-10", "run of 2020-02-20"]
    assert found.scores["churn_probability"][0] == 0.2


def test_risks_are_told_oldest_first_for_those_who_are_asked_for(lists):
    for day in (date(2020, 2, 20), date(2020, 2, 10)):
        folder = lists(day)
    found = Earlier.of(folder, as_of=DAY).risks(["a", "new"])
    assert found == {"a": [(date(2020, 2, 10), 0.1), (date(2020, 2, 20), 0.2)]}


def test_segments_are_counted_list_by_list(lists):
    lists(date(2020, 2, 10))
    folder = lists(date(2020, 2, 20), new=3, active=5)
    assert Earlier.of(folder, as_of=DAY).segments == [{"as_of": "2020-02-20", "new": 3, "active": 5}]


def test_only_the_newest_lists_are_looked_back_at(lists):
    for number in range(1, MOST + 3):
        folder = lists(date(2020, 2, number))
    assert len(Earlier.of(folder, as_of=DAY).run_ids) == MOST
