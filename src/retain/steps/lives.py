"""What the page tells of each customer to call: what happened before the list, and how the risk went."""

from __future__ import annotations

from typing import Any

import pandas as pd

from retain.events.engine import Events
from retain.freed import give_back
from retain.lists import holdout
from retain.reports.listing import Event
from retain.steps.earlier import Earlier
from retain.steps.run import Run

MOST = 30
"""Events of a customer, the newest."""

IN_ALL = 60_000
"""Events of a list: on a long one each customer has fewer, but never less than `FEWEST`."""

FEWEST = 10


def lives(run: Run, events: Events, listed: pd.DataFrame, *, earlier: Earlier) -> dict[str, Any]:
    """timelines, happened and risks as `Listing` takes them, of the customers who are not held out."""
    called = listed[listed["group"] != holdout.HOLDOUT]
    ids = [str(one) for one in called["customer_id"]]
    give_back()  # so that the engine may take it
    with run.step("Collecting what happened"):
        found = events.timeline(ids, most=max(FEWEST, min(MOST, IN_ALL // max(len(ids), 1))))
        before = earlier.risks(ids)
    now = zip(ids, called["churn_probability"].tolist(), strict=True)
    risks = {one: [*before[one], (events.summary.as_of, risk)] for one, risk in now if one in before}
    return {"timelines": _timelines(found), "happened": _counted(found), "risks": risks}


def _timelines(found: pd.DataFrame) -> dict[str, list[Event]]:
    """By customer, oldest first."""
    made: dict[str, list[Event]] = {}
    days = found["day"].dt.date
    amounts = found["amount"].astype(object).where(found["amount"].notna(), None)
    rows = zip(found["customer_id"], days, found["kind"], found["times"].tolist(), amounts, strict=True)
    for one, *event in rows:
        made.setdefault(one, []).append(Event(*event))
    return {one: events[::-1] for one, events in made.items()}


def _counted(found: pd.DataFrame) -> dict[str, int]:
    return dict(zip(found["customer_id"], found["all"].tolist(), strict=True))
