"""A checked shop, as its page gets it: something of everything, and text that is no HTML."""

from __future__ import annotations

from collections import namedtuple
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from retain.config import Churn
from retain.events.tables import Summary, TableSummary
from retain.readiness.calendar import Calendar
from retain.readiness.columns import Column
from retain.readiness.counters import Counter
from retain.readiness.findings import Finding, Level
from retain.readiness.gaps import Gaps
from retain.readiness.window import Choice, Window, advise, candidates
from retain.reports.check_page import Report

NASTY = '<script>alert(1)</script> & "Sons"'
START = date(2019, 1, 1)
Cutoff = namedtuple("Cutoff", ["cutoff", "customers", "churners", "churn_rate"])


def report(**changes: Any) -> Report:
    """The report; changes replace its parts."""
    parts: dict[str, Any] = {
        "name": "shop",
        "verdict": "Not enough for a model yet: a rule will serve, and the list says so. 1 error below.",
        "enough": False,
        "summary": Summary((table(),), as_of=date(2020, 1, 1), start=START, end=date(2020, 1, 1)),
        "churn": "a customer has churned with no order in 60 days",
        "counters": counters(),
        "cutoffs": (Cutoff(pd.Timestamp("2019-11-02"), 400, 80, 0.2),),
        "findings": findings(),
        "columns": {"orders": columns()},
        "calendars": {"orders": calendar()},
        "window": window(),
    }
    return Report(**parts | changes)


def table() -> TableSummary:
    return TableSummary(
        "orders", 1000, 900, 95, {"time cannot be read": 5}, datetime(2019, 1, 1), datetime(2019, 12, 31), 3
    )


def counters() -> tuple[Counter, ...]:
    return (
        Counter("test_customers", "eligible customers at the test cutoff", 500, 400, "customers"),
        Counter("missing_share", "rows that cannot be used", 0.2, 0.005, "share", most=True),
    )


def findings() -> tuple[Finding, ...]:
    return (
        Finding("mostly-negative", Level.ERROR, "orders.paid", "most are negative", "turn the sign round", 5),
        Finding("placeholder-customer", Level.WARNING, "orders.who", NASTY, NASTY, 1, {"who": NASTY, "n": 2}),
        Finding("cut-month", Level.ADVICE, "orders.at", "the last month is cut", "leave it out"),
    )


def columns() -> tuple[Column, ...]:
    return (
        Column("who", "VARCHAR", "customer", 1000, 95, 300, NASTY, "z"),
        Column("kind", "VARCHAR", None, 1000, 0, 1, "x", "x"),
        Column("empty", "DOUBLE", None, 1000, 1000, 0, None, None),
    )


def calendar() -> Calendar:
    rows = np.full(365, 3, dtype=np.int64)
    hours = np.zeros(24, dtype=np.int64)
    hours[12] = int(rows.sum())
    return Calendar(START, rows, np.full(365, np.nan), hours, int(rows.sum()), 12.0, 12.0)


def window(horizon: int = 60) -> Window:
    gaps = Gaps.none(365)
    gaps.closed[1:200] = np.arange(200, 1, -1)
    gaps.open[0:360] = 5
    churn = Churn(horizon=horizon)
    choices = [
        Choice(h, w, 300, 0.5 - h / 1000 if h < 180 else 0.0, 0.4 if h < 120 else None, h == horizon)
        for h, w in candidates(churn)
    ]
    return advise(gaps, choices, churn=churn, history=(START + timedelta(days=365) - START).days)
