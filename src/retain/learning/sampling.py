"""Which customers are learnt from where there are more than need be: whole customers, by a hash of the id.

Of those who stay, a share may stand for all: their rows then weigh its inverse, so that every sum over the
rows is expected to be what it would be over everybody's (Horvitz and Thompson, "A generalization of sampling
without replacement from a finite universe", JASA 47, 1952).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_IMPORTS = 600_000_000  # what a training takes before it has rows
_BYTES_A_NUMBER = 50  # of rows times columns: the matrix, and what models make of it
# Measured, 117 columns: 0.81 GB with 17,000 rows, 1.42 GB with 171,000.

WHO_CHURN = 0.5
"""The share of customers who churn at some cutoff, as reckoned with before anybody knows it."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """Who has rows. It depends on the ids and on what became of the customers, not on who else is there.

    customers: the share of all customers. stayers: the share of these who have rows although they churn at no
    cutoff; all have them at the `whole` cutoffs (days), where models are tested. only: nobody else has rows.
    most_rows: how many rows are to be left where not all customers are drawn.
    """

    customers: float = 1.0
    stayers: float = 1.0
    whole: tuple[int, ...] = ()
    only: frozenset[str] | None = None
    most_rows: int | None = field(default=None, compare=False)

    @property
    def thinned(self) -> bool:
        """Whether stayers are fewer than they were."""
        return self.stayers < 1

    @property
    def uniform(self) -> Sample:
        """The customers who would have rows whatever became of them."""
        return Sample(self.customers * self.stayers)

    def drawn(self, customer_id: NDArray[np.object_]) -> Mask:
        """(customers,) who may have rows."""
        drawn = sampled(customer_id, share=self.customers)
        return drawn if self.only is None else drawn & pd.Index(customer_id).isin(self.only)

    def fair(self, customer_id: NDArray[np.object_], day: int) -> Mask:
        """(customers,) who of those drawn has a row at the cutoff whatever became of them."""
        if day in self.whole:
            return np.ones(len(customer_id), dtype=bool)
        return sampled(customer_id, share=self.customers * self.stayers)

    def weight(self, churners: Mask, day: int) -> NDArray[np.float64]:
        """(rows,) how many customers each row stands for. churners: who churns at any cutoff."""
        return np.where(churners | (day in self.whole), 1.0, 1 / self.stayers)

    def note(self, most_rows: int) -> tuple[str, ...]:
        """What must be said of it. most_rows: `training.max_rows`."""
        notes = []
        if self.customers < 1:
            most = min(most_rows, self.most_rows or most_rows)
            why = "training.max_rows" if most == most_rows else "`memory` holds no more"
            share = f"{self.customers:.0%}" if self.customers >= 0.01 else f"{self.customers:.2%}"
            who = f"Learnt from a sample of {share} of the customers"
            notes.append(f"{who}: at most {most:,} rows ({why}).")
        if self.thinned:
            notes.append(
                f"Of the customers who churn at no training cutoff {self.stayers:.0%} are learnt from, each "
                f"counted {1 / self.stayers:.3g} times (training.share); tests are on all customers."
            )
        return tuple(notes)


EVERYBODY = Sample()


def sample_of(customers: int, cutoffs: Sequence[int], *, most_rows: int, share: float, tests: int) -> Sample:
    """The sample of so many customers with at most so many rows at the cutoffs (days, ascending).

    share: of the stayers. tests: how many of the newest cutoffs stay whole. Who churns is not known yet:
    half of the customers are reckoned to, so with a `share` the rows may be somewhat more.
    """
    kept = 1.0 if share >= 1 else share + (1 - share) * WHO_CHURN
    rows = customers * (min(tests, len(cutoffs)) + max(len(cutoffs) - tests, 0) * kept)
    whole = tuple(cutoffs[-tests:]) if share < 1 else ()
    if rows <= most_rows:
        return Sample(1.0, share, whole)
    return Sample(most_rows / rows, share, whole, most_rows=most_rows)


def rows_within(memory: int, *, columns: int) -> int:
    """How many rows a training can hold in so many bytes."""
    return max((memory - _IMPORTS) // (_BYTES_A_NUMBER * max(columns, 1)), 1)


def sampled(customer_id: NDArray[np.object_], *, share: float) -> Mask:
    """(customers,) whether a customer is in a sample of this share: by a hash of the id, on any machine."""
    return np.ones(len(customer_id), dtype=bool) if share >= 1 else within(hashed(customer_id), share=share)


def hashed(customer_id: NDArray[np.object_]) -> NDArray[np.uint64]:
    """(customers,) what `within` goes by."""
    return np.asarray(pd.util.hash_array(customer_id, categorize=False))


def within(hashes: NDArray[np.uint64], *, share: float) -> Mask:
    """(customers,) whether a customer of that hash is in a sample of this share."""
    return np.ones(len(hashes), dtype=bool) if share >= 1 else np.asarray(hashes < np.uint64(share * 2**64))
