"""Lists for the tests of the page and the workbook, as large as wanted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from retain.reports.listing import Event, Listing

DAY = date(2018, 1, 1)
NASTY = '</script><script>alert(1)</script> & "Sons"'
REASONS = (
    "Usually orders every {gap} days; last ordered {days} days ago",
    "Ordered {few} times in the last 90 days; {many} in the 90 before",
    "Spent {few}0 in the last 90 days; {many}0 in the 90 before",
    "Opened {few} mails in the last 28 days",
)
FAMILIES = ("recency", "frequency", "monetary", "engagement")
FIRST = ("Ada", "Bo", "Chidi", "Dana", "Emre", "Freya", "Gus", "Hana", "Ivo", "Jo")
LAST = ("Ahmed", "Berg", "Costa", "Dupont", "Eriksen", "Fischer", "García", "Hughes")


def frame(rows: int = 6, *, held_out: int = 0, seed: int = 7) -> pd.DataFrame:
    """The list's columns with everything filled, the last customers held out."""
    draw = np.random.default_rng(seed)
    p = np.sort(draw.beta(2.2, 2.6, rows))[::-1]
    value = np.round(draw.gamma(2, 220, rows), 2)
    days, gap = draw.integers(5, 90, rows), np.round(draw.uniform(4, 60, rows), 1)
    last = [DAY - timedelta(days=int(each)) for each in days]
    due = [day + timedelta(days=round(each)) for day, each in zip(last, gap, strict=True)]
    columns: dict[str, Any] = {
        "rank": np.arange(1, rows + 1),
        "customer_id": [f"{number:05}" for number in draw.permutation(rows) + 100],
        "churn_probability": p,
        "risk_percentile": np.round(100 - np.arange(rows) / max(rows, 1) * 20, 3),
        "risk_band": np.select([p >= 0.5, p >= 0.25], ["high", "medium"], "low"),
        "segment": draw.choice(["new", "active", "high_value", "at_risk", "lapsing"], rows),
        "expected_value": value,
        "value_at_risk": p * value,
        "expected_saving": p * 0.3 * (value - 10) - 4,
        "last_order": pd.Series(last, dtype="datetime64[s]"),
        "days_since_last": pd.Series(days, dtype="Int64"),
        "usual_gap": gap,
        "expected_next_order": pd.Series(due, dtype="datetime64[s]"),
        "days_overdue": pd.Series([max((DAY - each).days, 0) for each in due], dtype="Int64"),
        **{f"reason_{n}": _reasons(n - 1, days, gap) for n in (1, 2, 3)},
        "action": [
            f"Write personally that they are missed (e-mail, by 2018-01-0{4 + n % 5})" for n in range(rows)
        ],
        "owner": draw.choice(["Kim Park", "Lena Sørensen", "Team North"], rows),
        "name": [f"{FIRST[n % 10]} {LAST[n * 7 % 8]}" for n in range(rows)],
        "email": [f"customer{n}@example.com" for n in range(rows)],
        "group": ["contact"] * (rows - held_out) + ["holdout"] * held_out,
        "change": draw.choice(["new", "up", "down", "same"], rows),
        "as_of": pd.Series([DAY] * rows, dtype="datetime64[s]"),
        "model_version": ["3"] * rows,
        "run_id": ["20180101T060000-abc123"] * rows,
        "segment_percentile": np.round(draw.uniform(0, 100, rows), 2),
        "break_even": np.round(draw.uniform(0, 0.3, rows), 4),
        "tier": draw.choice(["bronze", "silver", "gold"], rows),
        "next_tier": "platinum",
        "to_next_tier": np.round(draw.uniform(1, 900, rows), 2),
        "act_on": ["1, 2", "2", "1", "1, 3"] * (rows // 4) + ["1"] * (rows % 4),
        "action_channel": "e-mail",
        "action_who": "customer success",
        "action_by": pd.Series([DAY + timedelta(days=5)] * rows, dtype="datetime64[s]"),
        "action_offer": np.floor(value / 20),
        "lever": [
            f"Ordering {d % 7 + 6} times in 90 days as before, not {d % 4 + 2}: "
            f"{r / 2:.0%} risk instead of {r:.0%}"
            for d, r in zip(days, p, strict=True)
        ],
        "lever_risk": p / 2,
    }
    return pd.DataFrame(columns)


def listing(listed: pd.DataFrame | None = None, **given: Any) -> Listing:
    """The list with what is said of it."""
    about = {
        "name": "shop",
        "as_of": DAY,
        "churn": "a customer has churned with no row in orders in the 60 days from the cutoff",
        "model": "gbm 3",
        "eligible": 12_345,
        "currency": "GBP",
    }
    return Listing(frame() if listed is None else listed, **(about | given))


def full(rows: int = 50, *, held_out: int = 5) -> Listing:
    """A list with everything that can stand beside it."""
    listed = frame(rows, held_out=held_out)
    ids = list(listed["customer_id"])
    week = [DAY + timedelta(days=day) for day in (0, 4, 9, 14)]
    told = (
        "Personal message, no offer",
        "Recommend from their history",
        "Tell what is new",
        "Offer for a week",
    )
    return listing(
        listed,
        families=[[FAMILIES[(n + place) % 4] for place in range(3)] for n in range(rows)],
        steps={one: list(zip(week, told, strict=True)) for one in ids},
        timelines={one: _events(place) for place, one in enumerate(ids)},
        risks={
            one: [(DAY - timedelta(days=7 * n), 0.1 + 0.08 * (5 - n)) for n in (5, 4, 3, 2, 1, 0)]
            for one in ids
        },
        what_if=what_if(rows * 20),
        left=left(12),
        overlap={
            "previous_as_of": "2017-12-25",
            "previous": rows,
            "listed": rows,
            "both": rows // 2,
            "kept_share": 0.5,
        },
        segments=[
            {"as_of": str(DAY - timedelta(days=7 * n)), "new": 20 + n, "active": 900 - 9 * n}
            for n in (2, 1, 0)
        ],
        notes=("activity: kind 'survey' was there in training and has vanished",),
    )


def what_if(customers: int) -> pd.DataFrame:
    """As lists.length makes it: profit rises, then falls."""
    length = np.unique(np.linspace(10, customers, 100).astype(int))
    reached = 0.6 * customers * (1 - np.exp(-length / customers))
    cost, saved = 6.5 * length, 40 * reached
    sums = {"expected_churners": reached, "contacts_wasted": length - reached}
    return pd.DataFrame({"length": length, **sums, "cost": cost, "saved": saved, "profit": saved - cost})


def left(customers: int) -> pd.DataFrame:
    """As lists.change makes it."""
    why = ["returned", "churned", "below the line"] * customers
    frame = {"customer_id": [f"gone{n}" for n in range(customers)], "rank": range(1, customers + 1)}
    return pd.DataFrame({**frame, "churn_probability": 0.2, "why": why[:customers]})


def _reasons(place: int, days: np.ndarray, gap: np.ndarray) -> list[str]:
    forms = (REASONS[(n + place) % 4] for n in range(len(days)))
    told = zip(forms, days, gap, strict=True)
    return [form.format(days=d, gap=f"{g:.0f}", few=d % 4 + 2, many=d % 7 + 6) for form, d, g in told]


def _events(place: int) -> list[Event]:
    orders = [
        Event(DAY - timedelta(days=9 * n + place % 7 + 3), "order", 1 + n % 2, 20.0 + 3 * n) for n in range(9)
    ]
    mails = [Event(DAY - timedelta(days=14 * n + 5), "mail_opened") for n in range(4)]
    return orders + mails
