"""A dataset as Arrow tables and back, bit for bit: one of its rows, and one for any of its columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Churn
from retain.learning.dataset import Dataset
from retain.learning.lifetimes import Lifetimes
from retain.learning.matrix import Columns, MatrixSpec

_FACT = "fact_"
_LEFT_OUT = b"left_out"
_KNOWN_OR_NOT = {"churned": bool, "spent": float, "weight": float, "fair": bool}
_LIVES = ("lost", "followed")


def rows_table(dataset: Dataset) -> pa.Table:
    """Whose rows they are, of which cutoff, and all that is known of them besides the features."""
    columns: dict[str, pa.Array] = {
        "customer_id": pa.array(dataset.customer_id, pa.string()).dictionary_encode(),
        "cutoff": pa.array(dataset.cutoff.astype("datetime64[D]").astype(np.int64)),
    }
    for name in _KNOWN_OR_NOT:
        values = getattr(dataset, name)
        if values is not None:
            columns[name] = pa.array(values.view(np.uint8) if values.dtype == bool else values)
    if dataset.lives is not None:
        columns |= {name: pa.array(getattr(dataset.lives, name)) for name in _LIVES}
    for name in dataset.facts.columns:
        values = dataset.facts[name].to_numpy()
        columns[f"{_FACT}{name}"] = pa.array(values.view(np.int64) if values.dtype.kind == "M" else values)
    kinds = {name: str(dataset.facts[name].dtype) for name in dataset.facts.columns}
    told = {_LEFT_OUT: json.dumps(dict(dataset.left_out)), b"facts": json.dumps(kinds)}
    return pa.table(columns).replace_schema_metadata(told)


def columns_table(dataset: Dataset, names: Sequence[str]) -> pa.Table:
    """Some of the feature columns."""
    return pa.table(
        {name: pa.array(dataset.X[name].to_numpy(), pa.float32(), from_pandas=False) for name in names}
    )


def same_rows(dataset: Dataset, table: pa.Table) -> bool:
    """Whether the table is of just these rows, in this order."""
    return (
        len(dataset) == len(table)
        and bool(np.array_equal(dataset.cutoff.astype(np.int64), _numbers(table, "cutoff")))
        and bool(np.array_equal(dataset.customer_id, _ids(table)))
    )


def assembled(
    rows: pa.Table, parts: Iterable[pa.Table], *, columns: Columns, spec: MatrixSpec, churn: Churn
) -> Dataset:
    """The dataset of these rows, its columns found in the parts, its matrix a single block.

    Raises KeyError where no part has one of the columns.
    """
    found = {name: part[name] for part in parts for name in part.column_names}
    block = np.empty((len(columns), len(rows)), dtype=np.float32)
    for row, (column, _) in zip(block, columns, strict=True):
        row[:] = _values(found[column.name])
    names = [column.name for column, _ in columns]
    known: dict[str, Any] = {
        name: _numbers(rows, name).astype(kind)
        for name, kind in _KNOWN_OR_NOT.items()
        if name in rows.column_names
    }
    return Dataset(
        customer_id=_ids(rows),
        cutoff=_numbers(rows, "cutoff").astype("datetime64[D]"),
        X=pd.DataFrame(block.T, columns=names, copy=False),
        columns=tuple(column for column, _ in columns),
        spec=spec,
        horizon=churn.horizon,
        **{"churned": None, **known},
        facts=_facts(rows),
        grace=churn.settled - churn.horizon,
        left_out=json.loads(rows.schema.metadata[_LEFT_OUT]),
        lives=Lifetimes(*(_numbers(rows, name) for name in _LIVES)) if "lost" in rows.column_names else None,
    )


def _facts(rows: pa.Table) -> pd.DataFrame:
    kinds: dict[str, str] = json.loads(rows.schema.metadata[b"facts"])
    values = {name: _numbers(rows, f"{_FACT}{name}").copy() for name in kinds}
    return pd.DataFrame(
        {
            name: values[name].view(kind) if kind.startswith("datetime64") else values[name]
            for name, kind in kinds.items()
        }
    )


def _ids(rows: pa.Table) -> NDArray[np.object_]:
    """Texts that several rows share are one object."""
    encoded = rows["customer_id"].combine_chunks()
    names = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
    found: NDArray[np.object_] = names[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


def _numbers(rows: pa.Table, name: str) -> NDArray[Any]:
    return _values(rows[name])


def _values(column: pa.ChunkedArray) -> NDArray[Any]:
    found: NDArray[Any] = column.combine_chunks().to_numpy(zero_copy_only=True)
    return found
