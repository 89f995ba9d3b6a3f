"""Who counts as a customer at a cutoff, who of them churned, and what they spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.history import History
from retain.events.rows import TEN_THOUSANDTHS, Mask
from retain.events.view import View
from retain.learning import contract_churn, event_churn


def eligible(view: View, churn: Churn) -> Mask:
    """(rows,) who is a customer at the cutoff, as far as could be known then.

    inactive: whoever has a row of the counted table in the `active_within` days before it. event: the same,
    unless the event came after it. ended: whoever has a contract that runs.
    """
    if churn.when == "ended":
        return contract_churn.eligible(view)
    if churn.when == "event":
        return event_churn.eligible(view, churn)
    return view.span(churn.counted_table, window=churn.active_within).count() > 0


def churned(history: History, cutoff: int, churn: Churn) -> Mask:
    """(customers,) who churned in [cutoff, cutoff + horizon).

    inactive: whoever has no row of the counted table in it; an order cancelled before its end is none. event:
    whoever has an activity of `kinds` in it. ended: whose last contract ends in it. The rows are judged as
    they stood at the end of the horizon, whenever they were recorded: the label is what became of the
    customer.
    """
    if churn.when == "ended":
        return contract_churn.churned(history, cutoff, churn)
    if churn.when == "event":
        return event_churn.churned(history, cutoff, churn)
    end = cutoff + churn.horizon
    rows = history.tables_at(end, hindsight=True)[churn.counted_table]
    stayed: Mask = rows.before(end) > rows.before(cutoff)
    return ~stayed


def left_out(history: History, cutoff: int, churn: Churn) -> dict[str, Mask]:
    """(customers,) those that neither stayed nor churned, by why; to be dropped from fit and test."""
    return contract_churn.left_out(history, cutoff, churn) if churn.when == "ended" else {}


def judged(history: History, cutoff: int, churn: Churn) -> Mask:
    """(customers,) who either stayed or churned."""
    found = np.ones(len(history), dtype=bool)
    for out in left_out(history, cutoff, churn).values():
        found &= ~out
    return found


def spent(history: History, cutoff: int, horizon: int) -> NDArray[np.float64]:
    """(customers,) amounts of the orders in [cutoff, cutoff + horizon) less what was sent back in it.

    As they stood at the end of the horizon, whenever they were recorded. A return counts on its own day,
    also of an order before the cutoff, so that a sum may be negative.
    """
    end = cutoff + horizon
    tables = history.tables_at(end, hindsight=True)
    both = (tables[name] for name in ("orders", "returns"))
    net = sum(rows.total[rows.before(end)] - rows.total[rows.before(cutoff)] for rows in both)
    return np.asarray(net, dtype=np.int64) / TEN_THOUSANDTHS
