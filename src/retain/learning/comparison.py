"""Several models' predictions of the same customers at the same cutoff, beside what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retain.learning.bootstrap import REPLICATES, Replicates, Terms, Trial, bootstrap_together
from retain.learning.metrics import Metrics, auc, evaluate, log_loss

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """A test at `cutoff`: who churned within `horizon` days, and each model's probability of it."""

    cutoff: date
    horizon: int
    customer_id: NDArray[Any]
    churned: NDArray[np.bool_]
    predictions: dict[str, Floats]

    @property
    def customers(self) -> int:
        """How many were tested."""
        return len(self.churned)

    @property
    def churners(self) -> int:
        """How many of them churned."""
        return int(self.churned.sum())

    def best(self, names: Iterable[str]) -> str | None:
        """The model of least log loss among `names`, of those whose order of the customers is not wrong."""
        able = [name for name in names if auc(self.churned, self.predictions[name]) > 0.5]
        return min(able, key=lambda name: log_loss(self.churned, self.predictions[name]), default=None)

    def trial(self) -> Trial:
        """The test as it is resampled."""
        return Trial(self.churned, self.predictions, self.customer_id)

    def replicates(
        self, *, seed: int, count: int = REPLICATES, terms: Terms | None = None
    ) -> dict[str, Replicates]:
        """Every model's figures in the same resamples of the customers."""
        return bootstrap_together([self.trial()], terms=terms, replicates=count, seed=seed)[0]

    def metrics(self, *, seed: int, terms: Terms | None = None) -> dict[str, Metrics]:
        """Every model's figures with their intervals."""
        terms = terms or Terms()
        return self.measured(self.replicates(seed=seed, terms=terms), terms)

    def measured(self, samples: Mapping[str, Replicates], terms: Terms) -> dict[str, Metrics]:
        """Every model's figures, their intervals from resamples that were drawn before."""
        return {
            name: evaluate(
                self.churned,
                p,
                cutoff=self.cutoff,
                horizon=self.horizon,
                capacity=terms.capacity,
                offer=terms.offer,
                replicates=samples[name],
            )
            for name, p in self.predictions.items()
        }
