"""When a weekly run trains."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from retain.steps.due import because
from retain.tracking import Version

TRAINED = datetime(2020, 5, 4, 4, tzinfo=UTC)
TAGS = {"churn": "lost", "digest": "d1", "data_end": "2020-05-04"}


def asked(*versions, day=date(2020, 5, 25), **given):
    known = {"every": 28, "digest": "d1", "churn": "lost"} | given
    return because(versions, as_of=day, **known)


def version(**tags):
    return Version(1, "r1", TRAINED, (), {**TAGS, **tags}, {}, "")


def test_where_nothing_was_ever_trained():
    assert asked() == "no model was trained yet"


def test_not_before_so_many_days():
    assert asked(version()) is None
    said = "the last training saw no row of the last 28 days"
    assert asked(version(), day=date(2020, 6, 1)) == said


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"churn": "other"}, "what counts as churn has changed"),
        ({"digest": "d2"}, "features/ or models/ have changed"),
    ],
)
def test_where_the_last_training_was_of_something_else(tags, said):
    assert asked(version(**tags)) == said


def test_where_watch_asks_for_it_once():
    later = (TRAINED + timedelta(days=7), "the list was less precise than promised")
    earlier = (TRAINED - timedelta(days=7), "the list was less precise than promised")
    said = "watch asks for it: the list was less precise than promised"
    assert asked(version(), watch=later) == said
    assert asked(version(), watch=earlier) is None


def test_an_attempt_that_was_turned_down_is_not_repeated_every_week():
    turned_down = version(data_end="2020-05-18")
    assert asked(turned_down, version(), day=date(2020, 6, 1)) is None
