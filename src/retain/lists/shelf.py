"""Everybody's features in a file, of which a few are wanted again: memory does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shelf:
    """Rows laid down one chunk after another, taken back by their positions.

    The file goes with the folder that it lies in.
    """

    path: Path

    def lay(self, X: pd.DataFrame) -> None:
        """Put the rows behind those that are there; columns are always the same, of float32."""
        with self.path.open("ab") as file:
            np.ascontiguousarray(X.to_numpy(np.float32)).tofile(file)

    def take(self, chosen: NDArray[np.intp], columns: pd.Index[str]) -> pd.DataFrame:
        """The rows at these positions, in this order."""
        every = np.memmap(self.path, np.float32, mode="r").reshape(-1, len(columns))
        return pd.DataFrame(np.asarray(every[chosen]), columns=columns, copy=False)
