"""The features that ship with retain, and the matrix they make of plain events."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from retain.events.history import History
from retain.learning.feature import Feature, Layout
from retain.learning.matrix import MatrixSpec, matrix
from retain.project import Definitions
from strategies import KINDS, Event, chunks

FOLDER = Path(__file__).parents[1] / "features"
ROLES = {
    "orders": frozenset({"customer", "time", "amount", "category"}),
    "activity": frozenset({"customer", "time", "value", "user"}),
    "subscriptions": frozenset({"customer", "start", "end", "amount", "trial", "price_until", "seats"}),
}
SPEC = MatrixSpec(Layout(roles=ROLES, kinds=KINDS, valued_kinds=frozenset(KINDS)))


@cache
def features() -> tuple[Feature, ...]:
    """All that features/ defines."""
    texts = {f"features/{file.name}": file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py")}
    return Definitions.from_sources(texts).features


def columns_of(
    events: Iterable[Event], cutoff: int, *, ids: tuple[str, ...] | None = None, chunk_rows: int = 10**6
) -> pd.DataFrame:
    """The matrix of all customers, eligible or not, by customer."""
    return pd.concat([matrix_of(one, cutoff) for one in chunks(events, ids=ids, chunk_rows=chunk_rows)])


def matrix_of(history: History, cutoff: int) -> pd.DataFrame:
    """The matrix of the customers of a chunk."""
    made = matrix(history, history.view(cutoff), SPEC.columns(features()), SPEC)
    return made.set_axis(history.names)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Whether two matrices have the same rows and columns, bit for bit."""
    same_labels = list(left.index) == list(right.index) and list(left.columns) == list(right.columns)
    return same_labels and np.array_equal(_bits(left), _bits(right))


def _bits(frame: pd.DataFrame) -> np.ndarray:
    return np.ascontiguousarray(frame.to_numpy(dtype=np.float32)).view(np.uint32)
