"""How long the list should be: what each length is expected to cost and to earn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.lists.value import Terms

Vector = NDArray[np.float64]
Rows = NDArray[np.intp]

SHORTEST = 10
STEPS = 100


def best_length(saving: Vector) -> int:
    """How many of the first customers to contact for the greatest sum of `saving`; 0 where all lose.

    saving: in the order of the list. The shortest of equally good lists is taken.
    """
    total = np.cumsum(np.nan_to_num(saving))
    if not len(total) or total.max() <= 0:
        return 0
    return int(total.argmax()) + 1


def what_if(scores: pd.DataFrame, *, order_by: str, terms: Terms, order: Rows | None = None) -> pd.DataFrame:
    """What lists of growing length are expected to do, from 10 customers to all of them.

    Columns: length; expected_churners (reached by a contact); contacts_wasted (on customers who stay
    anyway); cost (contacts, and incentives to those who stay); saved (margin of those won over); profit.
    Money is empty where customers have no value. The most profitable length is always a row. At most about
    `STEPS` rows, evenly spread in tens. order: `call_order`, where it is known already.
    """
    order = call_order(scores, order_by) if order is None else order
    p = scores["churn_probability"].to_numpy(float)[order]
    worth = terms.margin * scores["expected_value"].to_numpy(float)[order]
    priced = np.where(np.isnan(worth), np.nan, 1.0)
    cost = priced * (terms.contact + terms.incentive * (1 - p * (1 - terms.accept)))
    saved = terms.accept * p * worth
    lengths = _lengths(len(p), best=best_length(saved - cost))

    def summed(each: Vector) -> Vector:
        return np.asarray(np.cumsum(each)[lengths - 1])

    return pd.DataFrame(
        {
            "length": lengths,
            "expected_churners": summed(p),
            "contacts_wasted": summed(1 - p),
            "cost": summed(cost),
            "saved": summed(saved),
            "profit": summed(saved - cost),
        }
    )


def call_order(scores: pd.DataFrame, order_by: str) -> Rows:
    """All rows by `order_by`, greatest first; by churn probability where nobody has a value.

    Equals keep the order of the rows. A customer without a value comes after those with one.
    """
    key = scores[ranked_by(scores, order_by)].to_numpy(float)
    return np.argsort(-np.where(np.isnan(key), -np.inf, key), kind="stable")


def ranked_by(scores: pd.DataFrame, order_by: str) -> str:
    """The column that the list is ranked by."""
    return order_by if scores[order_by].notna().any() else "churn_probability"


def _lengths(customers: int, *, best: int) -> NDArray[np.intp]:
    step = SHORTEST * max(1, -(-customers // (SHORTEST * STEPS)))
    lengths = {*range(step, customers + 1, step), min(SHORTEST, customers), customers, best}
    return np.array(sorted(lengths - {0}), dtype=np.intp)
