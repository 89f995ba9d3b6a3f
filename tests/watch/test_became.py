"""The labels of past lists are those of training."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

import shops
from retain.errors import DataError
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from retain.watch.became import became

START = date(2020, 1, 1)


@pytest.fixture
def events(tmp_path):
    draw = np.random.default_rng(8)
    rows = [
        f"{who},{START + timedelta(days=int(day))}" for who in range(40) for day in draw.integers(0, 90, 4)
    ]
    return shops.orders(tmp_path, "who,at\n" + "\n".join(rows) + "\n")


def test_they_are_the_labels_of_the_training_rows(events):
    cutoffs = [date(2020, 2, 1), date(2020, 3, 1)]
    found = became(events, events.config.churn, cutoffs)
    rows = build(events, (), fit_spec(events), cutoffs=cutoffs, labelled=True)
    for cutoff in cutoffs:
        at = rows.at(cutoff)
        assert found[cutoff].to_dict() == dict(zip(at.customer_id, at.churned, strict=True))


def test_another_meaning_of_churn_gives_its_own_labels(events):
    longer = events.config.churn.model_copy(update={"horizon": 25, "active_within": 30})
    cutoff = date(2020, 2, 15)
    short, long = (became(events, churn, [cutoff])[cutoff] for churn in (events.config.churn, longer))
    assert len(long) > len(short)
    assert not (long.reindex(short.index) & ~short).any()  # who is lost for longer is lost for shorter


def test_a_horizon_that_is_not_over_has_no_labels(events):
    with pytest.raises(DataError, match="its horizon of 10 days ends on 2020-04-"):
        became(events, events.config.churn, [date(2020, 3, 29)])


def test_a_day_without_customers_has_nobody(events):
    assert became(events, events.config.churn, [date(2019, 12, 1)])[date(2019, 12, 1)].empty


def test_contracts_that_end_for_another_reason_are_nobody(tmp_path):
    rows = [
        "a,2020-01-01,2020-02-10,left",
        "b,2020-01-01,,",
        "c,2020-01-01,2020-03-05,death",
        "d,2020-04-20,,",
    ]
    shops.write(tmp_path / "contracts.csv", "who,from,to,why\n" + "\n".join(rows) + "\n")
    columns = {"customer": "who", "start": "from", "end": "to", "reason": "why"}
    churn = {"when": "ended", "horizon": 20, "grace": 10, "reasons": ["left"]}
    table = {"source": "contracts.csv", "columns": columns}
    events = shops.opened(tmp_path, subscriptions=table, churn=churn, as_of="2020-05-01")
    found = became(events, events.config.churn, [date(2020, 2, 1), date(2020, 3, 1)])
    assert found[date(2020, 2, 1)].to_dict() == {"a": True, "b": False, "c": False}
    assert found[date(2020, 3, 1)].to_dict() == {"b": False}


def test_a_day_on_which_all_are_left_out_has_nobody(tmp_path):
    shops.write(
        tmp_path / "contracts.csv", "who,from,to,why\nc,2020-01-01,2020-03-05,death\nd,2020-04-20,,\n"
    )
    columns = {"customer": "who", "start": "from", "end": "to", "reason": "why"}
    churn = {"when": "ended", "horizon": 20, "grace": 10, "reasons": ["left"]}
    table = {"source": "contracts.csv", "columns": columns}
    events = shops.opened(tmp_path, subscriptions=table, churn=churn, as_of="2020-05-01")
    assert became(events, events.config.churn, [date(2020, 3, 1)])[date(2020, 3, 1)].empty
