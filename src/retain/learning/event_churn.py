"""Churn as an event: a cancellation page, an uninstall, whatever the activity of some kinds means."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from retain.config import Churn
from retain.errors import ConfigError
from retain.events.history import History
from retain.events.rows import Mask
from retain.events.view import View


def eligible(view: View, churn: Churn) -> Mask:
    """(rows,) whether a row of the counted table lies in the `active_within` days before the cutoff.

    The event itself is no such row. Whoever had the event is a customer again once a row of the counted
    table lies on a later day than the newest event.
    """
    counted = _age_of_last(
        view, churn.counted_table, (kind for kind in view.kinds if kind not in churn.kinds)
    )
    event = _youngest(view, (kind for kind in view.kinds if kind in churn.kinds))
    active: Mask = counted <= churn.active_within
    return active & (counted < event)


def churned(history: History, cutoff: int, churn: Churn) -> Mask:
    """(customers,) whether an activity of `kinds` lies in [cutoff, cutoff + horizon).

    Raises ConfigError where there is no activity of any of the kinds.
    """
    kinds = known_kinds(churn, history.kinds)
    end = cutoff + churn.horizon
    happened = np.zeros(len(history), dtype=bool)
    for kind in kinds:
        rows = history.kinds[kind].visible(end, hindsight=True)
        happened |= rows.before(end) > rows.before(cutoff)
    return happened


def known_kinds(churn: Churn, there: Collection[str]) -> list[str]:
    """Those of `churn.kinds` that there are. Raises ConfigError where there is none of them."""
    kinds = [kind for kind in churn.kinds if kind in there]
    if not kinds:
        raise ConfigError(_no_such_kind(churn.kinds, there))
    return kinds


def _age_of_last(view: View, table: str, kinds: Iterable[str]) -> NDArray[np.float64]:
    """(rows,) days since the last row of the table, of activity of one of the kinds; infinite for none."""
    if table == "activity":
        return _youngest(view, kinds)
    return _or_never(view.span(table).age_of_last())


def _youngest(view: View, kinds: Iterable[str]) -> NDArray[np.float64]:
    ages = [_or_never(view.span("activity", kind=kind).age_of_last()) for kind in kinds]
    return np.minimum.reduce(ages) if ages else np.full(len(view.chosen), np.inf)


def _or_never(age: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(age), np.inf, age)


def _no_such_kind(asked: Iterable[str], there: Iterable[str]) -> str:
    return (
        f"churn.kinds: there is no activity of the kind {', '.join(asked)}; "
        f"there are: {', '.join(there) or 'none'}"
    )
