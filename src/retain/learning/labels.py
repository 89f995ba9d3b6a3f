"""Who counts as a customer at a cutoff, who of them churned, and what they spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retain.config import Churn
from retain.events.history import History
from retain.events.rows import TEN_THOUSANDTHS, Mask
from retain.events.span import View


def eligible(view: View, churn: Churn) -> Mask:
    """(rows,) whether a row of the counted table lies in the `active_within` days before the cutoff."""
    return view.span(churn.counted_table, window=churn.active_within).count() > 0


def churned(history: History, cutoff: int, churn: Churn) -> Mask:
    """(customers,) whether no row of the counted table lies in [cutoff, cutoff + horizon).

    An order cancelled before the horizon's end is none. The rows are judged as they stood at the end
    of the horizon, whenever they were recorded: the label is what became of the customer.
    """
    end = cutoff + churn.horizon
    rows = history.tables_at(end, hindsight=True)[churn.counted_table]
    stayed: Mask = rows.before(end) > rows.before(cutoff)
    return ~stayed


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
