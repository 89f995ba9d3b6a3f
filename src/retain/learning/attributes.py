"""What is known of customers and of their contracts from the start, as columns: codes of text, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from retain.events.contracts import ContractRows
from retain.events.view import View
from retain.learning.feature import FeatureColumn

TABLE = "subscriptions"


def codes(values: pa.Array, vocabulary: Sequence[str]) -> NDArray[np.float32]:
    """1 and up for known values, 0 for others, NaN for none."""
    known = pc.index_in(values, value_set=pa.array(vocabulary, pa.string()))
    numbers = pc.fill_null(known, -1).to_numpy(zero_copy_only=False).astype(np.float32) + 1
    return np.where(pc.is_null(values).to_numpy(zero_copy_only=False), np.float32("nan"), numbers)


def contract_column(name: str, vocabulary: Sequence[str] | None) -> FeatureColumn:
    """The column of a contract attribute, a number where it has no vocabulary."""
    doc = f"The current contract's {name}" + ("." if vocabulary is None else ", as a code.")
    return FeatureColumn(name, "attributes", name, doc=doc, categorical=vocabulary is not None)


def contract_attribute(view: View, name: str, vocabulary: Sequence[str] | None) -> NDArray[Any]:
    """(rows,) the attribute of each customer's current contract; NaN for none."""
    rows = view.rows(TABLE)
    if not isinstance(rows, ContractRows) or not len(rows):
        return np.full(len(view.chosen), np.nan)
    place = view.span(TABLE).contracts().current()
    values = rows.agreed.attributes[name].take(pa.array(place, mask=place < 0))
    if vocabulary is not None:
        return codes(values.cast(pa.string()), vocabulary)
    return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False))
