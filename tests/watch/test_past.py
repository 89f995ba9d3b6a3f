"""Which lists there were, and when their outcome is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from past_lists import MONDAYS, customers, written
from retain.config import Churn
from retain.lists import publish, published
from retain.watch.past import past_lists


@pytest.fixture
def lists(tmp_path):
    project = written(tmp_path, customers(count=5), store="sqlite:///none.db")
    return project.config.output / "lists"


def _edit(lists, day, **changes):
    path = (lists / str(day)).resolve() / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_lists_of_the_day_and_before_are_found_oldest_first(lists):
    found = past_lists(lists, until=MONDAYS[1])
    assert [one.as_of for one in found.lists] == [*MONDAYS[:2]]
    assert found.lists[0].over == date(2019, 2, 24)
    assert found.broken == ()


def test_without_a_folder_there_are_none(tmp_path):
    assert past_lists(tmp_path / "lists", until=MONDAYS[0]).lists == ()


def test_a_broken_list_is_named_and_the_others_are_found(lists):
    ((lists / str(MONDAYS[0])).resolve() / "manifest.json").write_text("{")
    _edit(lists, MONDAYS[1], watch={}, config={"churn": {"horizon": "***"}})
    found = past_lists(lists, until=MONDAYS[2])
    assert [one.as_of for one in found.lists] == [MONDAYS[2]]
    assert found.broken[0].startswith("The list of 2019-02-04 cannot be read (")
    assert "(what it means by churn is not known)" in found.broken[1]


def test_a_list_of_an_older_retain_is_judged_by_the_config_it_was_made_with(lists):
    _edit(lists, MONDAYS[0], watch={})
    one = past_lists(lists, until=MONDAYS[0]).lists[0]
    assert one.churn.horizon == 20
    assert (one.promised, one.population) == (None, None)


def test_a_list_without_its_people_says_so(lists):
    publish.replace(
        lists, {}, as_of=MONDAYS[0], manifest=published.manifest((lists / str(MONDAYS[0])).resolve())
    )
    assert [one.expired for one in past_lists(lists, until=MONDAYS[1]).lists] == [True, False]


def test_what_became_of_a_contract_is_known_after_its_grace(lists):
    one = past_lists(lists, until=MONDAYS[0]).lists[0]
    assert replace(one, churn=Churn(when="ended", horizon=30, grace=14)).over == date(2019, 3, 20)
