"""Everybody's features in a file, of which a few are wanted again: memory does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PIECE = 64_000_000
"""Bytes of the file looked at at a time: what is mapped counts as held."""


@dataclass(frozen=True)
class Shelf:
    """Rows laid down one chunk after another, taken back by their positions.

    All have the same columns of one type, which `like`, a frame with or without rows, tells again. The file
    goes with the folder that it lies in.
    """

    path: Path

    def lay(self, X: pd.DataFrame) -> None:
        """Put the rows behind those that are there."""
        with self.path.open("ab") as file:
            np.ascontiguousarray(X.to_numpy()).tofile(file)

    def take(self, chosen: NDArray[np.intp], like: pd.DataFrame) -> pd.DataFrame:
        """The rows at these positions, in this order."""
        kind, width = like.to_numpy().dtype, max(like.shape[1], 1)
        found = np.empty((len(chosen), like.shape[1]), dtype=kind)
        rows = self.path.stat().st_size // (kind.itemsize * width)
        step = max(PIECE // (kind.itemsize * width), 1)
        for first in range(0, rows, step):
            here = np.flatnonzero((chosen >= first) & (chosen < first + step))
            if len(here):
                shape = (min(step, rows - first), width)
                place = first * kind.itemsize * width
                piece = np.memmap(self.path, kind, mode="r", offset=place, shape=shape)
                found[here] = piece[chosen[here] - first]
        return pd.DataFrame(found, columns=like.columns, copy=False)

    def all(self, like: pd.DataFrame) -> pd.DataFrame:
        """Every row; there must be a column."""
        values = np.fromfile(self.path, like.to_numpy().dtype).reshape(-1, like.shape[1])
        return pd.DataFrame(values, columns=like.columns, copy=False)
