"""What the page tells of each customer to call."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

import shops
from retain.progress import Silent
from retain.reports.listing import Event
from retain.steps.earlier import Earlier
from retain.steps.lives import lives

ORDERS = "who,at,paid\na,2020-01-05,10\na,2020-01-09,5\nb,2020-01-05,10\n"
COLUMNS = {"customer": "who", "time": "at", "amount": "paid"}


@pytest.fixture
def told(tmp_path):
    """The lives of a, to be contacted, and b, held out."""
    events = shops.orders(tmp_path, ORDERS, columns=COLUMNS, as_of="2020-02-01")
    frame = {"customer_id": ["a", "b"], "group": ["contact", "holdout"], "churn_probability": [0.4, 0.5]}

    def _told(**before):
        earlier = SimpleNamespace(risks=lambda ids: {one: before[one] for one in ids if one in before})
        run = SimpleNamespace(step=Silent().step)
        return lives(run, events, pd.DataFrame(frame), earlier=earlier)

    return _told


def test_events_are_told_oldest_first_and_nobody_held_out_is(told):
    found = told()
    assert found["timelines"] == {
        "a": [Event(date(2020, 1, 5), "order", 1, 10.0), Event(date(2020, 1, 9), "order", 1, 5.0)]
    }
    assert found["happened"] == {"a": 2}


def test_the_risk_goes_on_to_the_day_of_the_list(told):
    found = told(a=[(date(2020, 1, 25), 0.3)])["risks"]
    assert found == {"a": [(date(2020, 1, 25), 0.3), (date(2020, 2, 1), 0.4)]}


def test_on_a_first_list_there_is_no_history(told):
    assert told()["risks"] == {}
    assert Earlier().risks([]) == {}
