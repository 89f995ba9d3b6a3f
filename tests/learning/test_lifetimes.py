"""How long customers were there after a cutoff: to the day."""

from __future__ import annotations

import numpy as np
import pytest

from retain.config import Churn
from retain.events.tables import ACTIVITY, SUBSCRIPTIONS
from retain.learning.lifetimes import Lifetimes, after
from strategies import DAY, FOREVER, Event, history

ENDED = Churn(when="ended", horizon=10, grace=5, reasons=("left",))
EVENT = Churn(when="event", table="activity", horizon=10, active_within=20, kinds=("visit",))
END = 200


def lived(*rows, churn=ENDED):
    found = after(history(rows, grace=5), 100, churn, end=END)
    return found.lost.tolist()[0], found.followed.tolist()[0]


def contract(start, end=FOREVER, reason=None):
    settled = end if end == FOREVER else end + 1
    return Event("a", start * DAY, SUBSCRIPTIONS, until=end, settled=settled, reason=reason)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (contract(50, 130, "left"), (30, 95)),
        (contract(50, 130, "died"), (np.inf, 30)),
        (contract(50), (np.inf, 95)),
        (contract(50, 195, "left"), (np.inf, 95)),  # a renewal might still come
    ],
)
def test_a_subscriber_is_followed_until_an_end_or_as_far_as_renewals_are_known(row, found):
    assert lived(row) == found


def test_an_event_comes_on_its_day():
    visit = Event("a", 107 * DAY, ACTIVITY, 1)
    assert lived(Event("a", 99 * DAY, ACTIVITY, 0), visit, churn=EVENT) == (7, 100)
    assert lived(Event("a", 99 * DAY, ACTIVITY, 1), churn=EVENT) == (np.inf, 100)


def test_what_was_known_sooner_is_less():
    lives = Lifetimes(np.array([10.0, 40.0, np.inf]), np.array([90.0, 90.0, 25.0]))
    then = lives.until(np.array([30.0, 30.0, 30.0]))
    assert then.lost.tolist() == [10, np.inf, np.inf]
    assert then.followed.tolist() == [30, 30, 25]
    assert lives.until(np.array([-5.0, -5.0, -5.0])).followed.tolist() == [0, 0, 0]


def test_rows_of_one_customer_are_followed_until_the_next_ones_cutoff():
    cutoff = np.array(["2020-01-01", "2020-01-31", "2020-01-01"], dtype="datetime64[D]")
    apart = Lifetimes(np.array([40.0, 10.0, 12.0]), np.full(3, 90.0)).apart(cutoff)
    assert apart.lost.tolist() == [np.inf, 10, 12]
    assert apart.followed.tolist() == [30, 90, 30]
