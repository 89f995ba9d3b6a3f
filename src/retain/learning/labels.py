"""Who counts as a customer at a cutoff, and who of them churned."""

from __future__ import annotations

from retain.config import Churn
from retain.events.history import History
from retain.events.rows import Mask
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
