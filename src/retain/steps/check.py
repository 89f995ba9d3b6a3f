"""Whether the tables are good enough to learn from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from retain.events.checks import unusable_notes
from retain.events.days import to_day
from retain.events.duckdb import Events
from retain.learning.cutoffs import Cutoffs
from retain.learning.labels import churned, eligible, judged
from retain.steps.reading import churn_definition, cutoffs, read
from retain.steps.results import CheckResult
from retain.steps.run import Run


def check(run: Run, *, as_of: date | None) -> CheckResult:
    """Count rows, customers and churners against what training needs."""
    with read(run, as_of=as_of, duplicates=True) as events:
        summary = events.summary
        found = cutoffs(run, summary)
        counts = _counts(run, events, found)
    gates, newest = run.config.gates, counts.iloc[-1]
    missing = [
        f"{least:,} {what} are needed at the newest complete cutoff, there are {newest[what]:,}: "
        f"{least - newest[what]:,} are missing, so a rule will serve in place of a model"
        for what, least in (("customers", gates.min_customers), ("churners", gates.min_churners))
        if newest[what] < least
    ]
    notes = (*unusable_notes(summary), *found.notes, *missing)
    return CheckResult(summary, churn_definition(run), counts, notes, enough=not missing)


def _counts(run: Run, events: Events, found: Cutoffs) -> pd.DataFrame:
    """Customers and churners at each cutoff."""
    days = [to_day(cutoff) for cutoff in found.all]
    customers, churners = np.zeros(len(days), np.int64), np.zeros(len(days), np.int64)
    for history in events.stream(cutoffs=days, progress=run.progress):
        for index, day in enumerate(days):
            here = eligible(history.view(day), run.config.churn) & judged(history, day, run.config.churn)
            customers[index] += here.sum()
            churners[index] += (here & churned(history, day, run.config.churn)).sum()
    return pd.DataFrame(
        {
            "cutoff": pd.to_datetime(list(found.all)),
            "customers": customers,
            "churners": churners,
            "churn_rate": churners / np.maximum(customers, 1),
        }
    )
