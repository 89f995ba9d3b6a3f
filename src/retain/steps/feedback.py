"""Recording what customer success did and heard, and telling what the history remembers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from retain.lists import history, holdout
from retain.lists.feedback import known_ids, read_feedback
from retain.steps.history_results import FeedbackResult, HistoryResult
from retain.steps.past import remembered
from retain.steps.run import Run

NAMED = 5
"""How many customers a note names."""


def feedback(run: Run, path: Path) -> FeedbackResult:
    """Record a file of contacts; with a mistake in any line nothing is recorded.

    Contacts with customers who were never listed count too: the cooldown is theirs as well.
    """
    kept = remembered(run)
    members = history.memberships(kept)
    known = known_ids(members["customer_id"])
    table = run.config.tables.customers
    show = table.show if table else ()
    found = read_feedback(path, timezone=run.config.timezone, now=run.now, known=known, show=show)
    with run.step("Recording feedback"):
        counts = history.record_feedback(kept, found.rows, now=run.now)
    contacted = set(found.rows["customer_id"])
    return FeedbackResult(
        path=kept,
        customers=len(contacted),
        untouched=found.untouched,
        notes=tuple(_notes(contacted, members)),
        **counts,
    )


def past_runs(run: Run) -> HistoryResult:
    """The lists that were published and the runs that were refused."""
    kept = remembered(run)
    return HistoryResult(kept, history.runs(kept))


def _notes(contacted: set[str], members: pd.DataFrame) -> list[str]:
    never = sorted(contacted - set(members["customer_id"]))
    held = sorted(contacted & set(members.loc[members["group"] == holdout.HOLDOUT, "customer_id"]))
    said = (
        (never, "never on a list; recorded all the same"),
        (held, "held out of the last list they were on; contacting them blurs the comparison"),
    )
    return [f"{_customers(who)} {'was' if len(who) == 1 else 'were'} {what}" for who, what in said if who]


def _customers(ids: list[str]) -> str:
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return f"{', '.join(ids[:NAMED])}{more}"
