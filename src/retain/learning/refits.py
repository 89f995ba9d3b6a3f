"""How sure an untested rule is of its own: fitted again to customers drawn again, as bootstrap draws them.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6. It tells what other customers of the
same kind would have changed, not whether the rule is right: only a test of it could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from retain.learning.bootstrap import interval
from retain.learning.scorer import Floats

REFITS = 50
WATCHED = 5_000  # customers whose own probabilities are followed through the refits


@dataclass(frozen=True)
class Expectation:
    """The churners that a rule expects among `customers`, with 95% intervals.

    interval: of their number, from refits and from chance in what each customer does. customer: half the
    width of the interval of one customer's probability, from refits alone; the median customer's. supposes:
    what must hold for all of it, as a clause.
    """

    customers: int
    churners: float
    interval: tuple[float, float]
    customer: float
    refits: int
    supposes: str = "customers order as the rule supposes"

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return asdict(self)

    def says(self, day: object) -> str:
        """It as a sentence."""
        low, high = self.interval
        share = f"{low / self.customers:.1%} to {high / self.customers:.1%}"
        return (
            f"Of {self.customers:,} customers as of {day} it expects {self.churners:,.0f} to churn "
            f"({self.churners / self.customers:.1%}; 95% interval {low:,.0f} to {high:,.0f}, {share}), by "
            f"{self.refits} refits to customers drawn again; a customer's own probability moves by "
            f"{100 * self.customer:.1f} points either way. This holds if {self.supposes}, which no test has "
            "shown yet."
        )


def expectation(
    again: Callable[[np.random.Generator], Floats], p: Floats, *, seed: int, refits: int = REFITS
) -> Expectation:
    """What a rule that needs no test expects of some customers.

    again: their probabilities by the rule fitted to customers drawn again. p: those by the rule itself.
    """
    generator, count = np.random.default_rng(seed), len(p)
    watched = np.sort(generator.permutation(count)[:WATCHED])
    counts, followed = [], []
    for _ in range(refits):
        found = again(generator)
        counts.append(int((generator.uniform(size=count) < found).sum()))
        followed.append(found[watched])
    low, high = np.quantile(followed, [0.025, 0.975], axis=0)
    return Expectation(count, float(p.sum()), interval(counts), float(np.median(high - low) / 2), refits)


def drawn(generator: np.random.Generator, customers: int) -> Floats:
    """(customers,) how often each comes up in as many draws."""
    return np.bincount(generator.integers(customers, size=customers), minlength=customers).astype(float)
