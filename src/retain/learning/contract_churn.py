"""Churn as the end of a subscription: who is live at a cutoff, whose last contract ends, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retain.config import Churn
from retain.events.contracts import FOREVER, ContractRows, spells
from retain.events.history import History
from retain.events.rows import Integers, Mask
from retain.events.view import View

TABLE = "subscriptions"
OTHER_REASON = "their subscription ended for another reason within the horizon"
ENDED_BEFORE = "their subscription had ended before the cutoff, which was recorded only later"


def eligible(view: View) -> Mask:
    """(rows,) whether a contract runs at the cutoff, as far as was known then."""
    return view.span(TABLE).contracts().live() > 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a chunk's customers from a cutoff on, whenever it was recorded.

    live: (customers,) whether a contract ran at the cutoff. end: the day after which they had none for longer
    than the grace, FOREVER where that has not come. lost: whether it came for a reason that is churn.
    """

    live: Mask
    end: Integers
    lost: Mask

    def churned(self, until: int) -> Mask:
        """(customers,) who was lost before the day `until`."""
        return self.live & (self.end < until) & self.lost

    def censored(self, until: int) -> Mask:
        """(customers,) who left before the day `until` for another reason."""
        return self.live & (self.end < until) & ~self.lost


def outcome(history: History, cutoff: int, churn: Churn) -> Outcome:
    """What became of the customers: contracts at most `grace` days apart are one run, which has one end."""
    rows = history.tables_at(cutoff, hindsight=True)[TABLE]
    if not isinstance(rows, ContractRows):
        raise TypeError("there are no contracts in this history")
    runs = spells(rows, rows.ends)
    running = np.flatnonzero((rows.day < cutoff) & (rows.ends >= cutoff))
    spell = np.full(len(history), -1, dtype=np.int64)
    spell[rows.customer[running]] = runs.number[running]
    if not len(running):
        return Outcome(spell >= 0, np.full(len(history), FOREVER), spell >= 0)
    last = rows.ends == runs.end[runs.number]
    lost = np.zeros(len(runs.end), dtype=bool)
    lost[runs.number[last & _counts(rows, churn)]] = True
    live = spell >= 0
    return Outcome(live, np.where(live, runs.end[spell], FOREVER), live & lost[spell])


def churned(history: History, cutoff: int, churn: Churn) -> Mask:
    """(customers,) whose last contract ends in [cutoff, cutoff + horizon) for a reason that counts."""
    return outcome(history, cutoff, churn).churned(cutoff + churn.horizon)


def left_out(history: History, cutoff: int, churn: Churn) -> dict[str, Mask]:
    """(customers,) whose outcome is neither staying nor churning, by why."""
    found = outcome(history, cutoff, churn)
    return {OTHER_REASON: found.censored(cutoff + churn.horizon), ENDED_BEFORE: ~found.live}


def _counts(rows: ContractRows, churn: Churn) -> Mask:
    """(n,) whether a contract's reason is one that counts as churn."""
    if not churn.reasons:
        return np.ones(len(rows), dtype=bool)
    named = pc.is_in(rows.agreed.ended_for, value_set=pa.array(churn.reasons, pa.string()))
    return np.asarray(named.to_numpy(zero_copy_only=False), dtype=bool)[rows.place]
