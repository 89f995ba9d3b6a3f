"""Customers with what the model says of each, chunk by chunk: what any engine does beside the events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.events.history import History
from retain.learning.dataset import Dataset
from retain.learning.horizons import RiskCurve
from retain.learning.sampling import sampled
from retain.learning.scorer import Floats, Scorer
from retain.learning.snapshots import Snapshots
from retain.learning.threads import one_for_products
from retain.learning.valuation import ValueModel
from retain.lists.interactions import by_activity

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Scored:
    """The eligible customers of a chunk.

    customer_id: (rows,). churn_probability: (rows,) calibrated. expected_value: (rows,) None where there is
    no model of it. risks: (rows,) for each other horizon in days. facts: as `Dataset` has them. asked:
    (rows, columns) the features that the list's rules ask of everybody. rows: all features of those whose
    features are handed on, see `Scoring`.
    """

    customer_id: pd.Series[str]
    churn_probability: Floats
    expected_value: Floats | None
    risks: Mapping[int, Floats]
    facts: pd.DataFrame
    asked: pd.DataFrame
    rows: Dataset = field(repr=False)

    def __len__(self) -> int:
        return len(self.churn_probability)


@dataclass(frozen=True, eq=False)
class Everyone:
    """All eligible customers, in the order of their ids.

    scored: with nobody's features. asked: those that the list's rules ask of everybody. sample: the features
    of some, to be counted for `watch`. features: those of the customers at some positions.
    """

    scored: Scored
    asked: Callable[[], pd.DataFrame] = field(repr=False)
    sample: Dataset = field(repr=False)
    features: Callable[[Rows], Dataset] = field(repr=False)


@dataclass(frozen=True)
class Scoring:
    """Makes and scores the rows of a chunk of customers; a value that can be sent to other machines.

    asked: the features that the list's rules ask of everybody. by_activity: they speak of orders, and are
    answered by activity (see `interactions`). share: of the customers, those whose features are handed back.
    """

    snapshots: Snapshots
    scorer: Scorer
    value: ValueModel | None = None
    curve: RiskCurve | None = None
    asked: tuple[str, ...] = ()
    by_activity: bool = False
    share: float = 1.0

    def __call__(self, history: History) -> Iterator[Scored]:
        """The customers of the chunk who are eligible, if there are any."""
        for rows in self.snapshots(history):
            if len(rows):
                with one_for_products():
                    scored = self.scored(rows)
                yield scored

    def scored(self, rows: Dataset) -> Scored:
        """The rows with what the models say of them."""
        p = self.scorer.predict(rows.X)
        chosen = sampled(rows.customer_id, share=self.share)
        return Scored(
            customer_id=pd.Series(rows.customer_id, dtype="str"),
            churn_probability=p,
            expected_value=None if self.value is None else self.value.predict(rows.X),
            risks={} if self.curve is None else self.curve.risks(rows.X, p, horizon=rows.horizon),
            facts=rows.facts,
            asked=self._asked(rows),
            rows=rows if chosen.all() else rows.rows(chosen),
        )

    def _asked(self, rows: Dataset) -> pd.DataFrame:
        X = by_activity(rows.X, rows.columns, facts=rows.facts) if self.by_activity else rows.X
        return X[[name for name in self.asked if name in X]]


def joined(parts: Sequence[Scored]) -> Scored:
    """The parts, of which there is at least one, as one; the features of none are kept."""
    first = parts[0]
    values = [part.expected_value for part in parts if part.expected_value is not None]
    return Scored(
        customer_id=_concatenated([part.customer_id for part in parts]),
        churn_probability=np.concatenate([part.churn_probability for part in parts]),
        expected_value=np.concatenate(values) if values else None,
        risks={days: np.concatenate([part.risks[days] for part in parts]) for days in first.risks},
        facts=_concatenated([part.facts for part in parts]),
        asked=_concatenated([part.asked for part in parts]),
        rows=first.rows.rows(np.empty(0, dtype=np.intp)),
    )


def _concatenated(parts: Sequence[Any]) -> Any:
    """Frames or columns one below the other."""
    return pd.concat(parts, ignore_index=True)
