"""Whether retain's numbers are those of plain pandas and of Polars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import definitions, opened, training_days

if TYPE_CHECKING:
    import pandas as pd


def equality(folder: Path) -> Callable[[], dict[str, Any]]:
    """Where the features and labels of retain and of plain pandas differ at the newest training cutoff."""
    import plain_pandas

    from retain.learning.matrix import fit_spec
    from retain.learning.snapshots import build

    features = definitions()

    def work() -> dict[str, Any]:
        with opened(folder) as events:
            churn, cutoff = events.config.churn, training_days(events)[-1]
            ours = build(events, features, fit_spec(events), cutoffs=[cutoff], labelled=True).frame()
        theirs = plain_pandas.features(folder, cutoff=cutoff, active_within=churn.active_within)
        theirs["churned"] = plain_pandas.churned(folder, theirs.index, cutoff=cutoff, horizon=churn.horizon)
        ours = ours.drop(columns="cutoff").set_index("customer_id")
        return {"rows": len(ours), "columns": ours.shape[1], "differences": differences(ours, theirs)}

    return work


def polars_equality(folder: Path) -> Callable[[], dict[str, Any]]:
    """Where the features of retain and of Polars differ at the newest cutoff."""
    import plain_polars
    from generate import ACTIVE_WITHIN, END

    from retain.learning.matrix import fit_spec
    from retain.learning.snapshots import build

    features = definitions()

    def work() -> dict[str, Any]:
        with opened(folder) as events:
            ours = build(events, features, fit_spec(events), cutoffs=[END], labelled=False).frame()
        theirs = plain_polars.features(folder, cutoff=END, active_within=ACTIVE_WITHIN).to_pandas()
        ours = ours.drop(columns="cutoff").set_index("customer_id")
        found = differences(ours, theirs.set_index("customer_id"))
        return {"rows": len(ours), "columns": ours.shape[1], "differences": found}

    return work


def differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, str]:
    """What is wrong with which column; empty where all numbers are equal.

    Only where both sides have the same customers and the same columns are the numbers looked at.
    """
    wrong = {
        what: f"{len(apart)} are on one side only: {', '.join(map(str, apart[:5]))}"
        for what, apart in (
            ("customers", ours.index.symmetric_difference(theirs.index)),
            ("columns", ours.columns.symmetric_difference(theirs.columns)),
        )
        if len(apart)
    }
    return wrong or dict(_unequal(ours, theirs.loc[ours.index]))


def _unequal(ours: pd.DataFrame, theirs: pd.DataFrame) -> Iterator[tuple[str, str]]:
    import numpy as np

    for name in ours.columns:
        here, there = ours[name].to_numpy(np.float32), theirs[name].to_numpy(np.float32)
        off = ~np.isclose(here, there, rtol=1e-5, atol=1e-6, equal_nan=True)
        if off.any():
            at = int(off.argmax())
            yield name, f"{off.sum()} rows; {ours.index[at]}: {here[at]} here, {there[at]} there"
