"""What `retain watch` found, as large as wanted, for the tests of its page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from past_lists import customers
from retain.learning.feature import FeatureColumn
from retain.steps.watch_results import Bands, Waiting, WatchResult
from retain.watch.drift import Drift, Reference, compare
from retain.watch.effect import effect
from retain.watch.estimated import estimate
from retain.watch.outcomes import Outcome, judged, matched

START = date(2018, 1, 1)
NASTY = '</script><script>alert(1)</script> & "Sons"'
MANIFEST = {"model": {"name": "gbm", "version": 3}}
CONTACTS = pd.DataFrame(
    {"customer_id": ["00001", "00002"], "contacted_at": pd.to_datetime(["2018-01-03", "2018-01-04"])}
)


@cache
def outcome(week: int) -> Outcome:
    """A list of 400 customers, `week` weeks after the first."""
    people = customers(count=400, weeks=1, seed=week)
    as_of = START + timedelta(days=7 * week)
    churned = pd.Series((~people["stayed"]).to_numpy(), index=pd.Index(people["customer_id"], dtype=object))
    rows = matched(people, people, churned, contacts=CONTACTS, as_of=as_of, horizon=60)
    manifest = {**MANIFEST, "as_of": str(as_of)}
    bands = {"high": 0.5, "medium": 0.25}
    return judged(rows, manifest, over=as_of + timedelta(days=60), scored=401, bands=bands)


def drift(*, doc: str = "Orders in the window.") -> Drift:
    """Customers who order twice as often as those of the training."""
    draw = np.random.default_rng(1)
    before, now = (pd.DataFrame({"orders_30d": draw.poisson(mean, 800)}) for mean in (2.0, 4.0))
    columns = (FeatureColumn("orders_30d", "frequency", "orders", 30, doc=doc),)
    known = Reference.of(
        before,
        1 / (2 + before["orders_30d"]),
        columns=columns,
        cutoff="2017-12-01",
        importance=(("orders_30d", 1.0),),
    )
    return compare(known, known.count(now, 1 / (2 + now["orders_30d"])))


def result(weeks: int = 8, *, count: int = 600, **changes: Any) -> WatchResult:
    """Everything there can be: judged and waiting lists, an effect with its curve, drift, alerts."""
    people = customers(count=count)
    units = people.assign(
        contacted=people["group"] == "contact", contacted_recently=False, score=people["expected_saving"]
    )
    p = np.linspace(0.05, 0.95, 200)
    days = [START + timedelta(days=7 * week) for week in range(weeks + 2)]
    found = WatchResult(
        name="shop",
        as_of=date(2018, 6, 1),
        churn="a customer counts with a row in orders and has churned with none in the 60 days from it",
        outcomes=tuple(outcome(week) for week in range(weeks)),
        waiting=(Waiting(days[-1], days[-1] + timedelta(days=60), 40, estimate(p, p > 0.7)),),
        bands=tuple(Bands(day, {"high": 30 + n, "medium": 40, "low": 130 - n}) for n, day in enumerate(days)),
        effect=effect(units, feedback=True),
        drift=drift(),
        alerts=("The list of 2018-02-19 ranked customers worse than it promised.",),
        retrain_because="The customers scored are not as those the model learnt from.",
        notes=("A note.",),
        contacted_means="Contacted: whom the feedback says.",
        currency="GBP",
    )
    return replace(found, **changes)


def nothing() -> WatchResult:
    """Before anything was published."""
    nobody: dict[str, Any] = dict.fromkeys(("outcomes", "waiting", "bands", "alerts", "notes"), ())
    return result(1, **nobody, effect=None, drift=None, retrain_because=None)
