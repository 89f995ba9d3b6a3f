"""The feature matrix: one row per eligible customer and cutoff, with what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.config import Churn
from retain.errors import ConfigError, DataError
from retain.events.days import to_date, to_day
from retain.events.duckdb import Events
from retain.events.history import History
from retain.events.span import View
from retain.learning.attributes import codes, contract_attribute, contract_column
from retain.learning.cutoffs import require_complete
from retain.learning.feature import Feature, FeatureColumn, Layout, expand
from retain.learning.feature_values import feature_values
from retain.learning.labels import churned, eligible, left_out, spent
from retain.learning.leakage import refuse_leaks

MOST_CATEGORIES = 64
RAREST_CATEGORY = 20
"""An attribute's value that fewer customers have is classed with the unseen ones."""

FACTS = ("days_since_last", "usual_gap")

Spend = Callable[[History, int], NDArray[np.float64]]


@dataclass(frozen=True)
class MatrixSpec:
    """What must be known to build the same columns again: stored with a model.

    attributes: for each customer attribute the values with a code of their own, from 1; every other
    value is 0, an empty one is null. contract_attributes: the same of contracts; those that are numbers
    have None in place of values.
    """

    layout: Layout
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contract_attributes: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)

    def columns(self, features: Iterable[Feature]) -> tuple[tuple[FeatureColumn, Feature | None], ...]:
        """Every column with its feature; attributes have none. Raises ConfigError for a name used twice."""
        made = [*expand(features, self.layout), *((_attribute(name), None) for name in self.attributes)]
        made += [(contract_column(name, values), None) for name, values in self.contract_attributes.items()]
        names = [column.name for column, _ in made]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ConfigError(
                f"feature columns {', '.join(sorted(twice))} are made twice; rename a feature or kind"
            )
        return tuple(made)

    def to_json(self) -> dict[str, Any]:
        """The spec as a document."""
        return {
            "roles": {table: sorted(roles) for table, roles in self.layout.roles.items()},
            "kinds": list(self.layout.kinds),
            "valued_kinds": sorted(self.layout.valued_kinds),
            "attributes": {name: list(values) for name, values in self.attributes.items()},
            "contract_attributes": {
                name: None if values is None else list(values)
                for name, values in self.contract_attributes.items()
            },
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> MatrixSpec:
        """The spec that `to_json` wrote."""
        return cls(
            layout=Layout(
                roles={table: frozenset(roles) for table, roles in document["roles"].items()},
                kinds=tuple(document["kinds"]),
                valued_kinds=frozenset(document["valued_kinds"]),
            ),
            attributes={name: tuple(values) for name, values in document["attributes"].items()},
            contract_attributes={
                name: None if values is None else tuple(values)
                for name, values in document.get("contract_attributes", {}).items()
            },
        )


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of eligible customers at cutoffs.

    customer_id: (rows,) str. cutoff: (rows,) datetime64[D]. churned: (rows,) or None where the horizon
    is not over. X: (rows, columns) float32, NaN for unknown. facts: what the list shows of a row,
    `last_order` (datetime64), `days_since_last` and `usual_gap` (days). spent: (rows,) what was spent in the
    `spend_horizon` days from the cutoff, net of returns; NaN where they are not over, None if not asked for.
    grace: days after the horizon until who churned is known. left_out: how many eligible customers are no
    rows, by why.
    """

    customer_id: NDArray[np.object_]
    cutoff: NDArray[np.datetime64]
    churned: NDArray[np.bool_] | None
    X: pd.DataFrame
    columns: tuple[FeatureColumn, ...]
    spec: MatrixSpec
    horizon: int
    facts: pd.DataFrame
    spent: NDArray[np.float64] | None = None
    grace: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.customer_id)

    def rows(self, chosen: NDArray[Any]) -> Dataset:
        """The rows that a mask or positions choose."""
        return replace(
            self,
            customer_id=self.customer_id[chosen],
            cutoff=self.cutoff[chosen],
            churned=None if self.churned is None else self.churned[chosen],
            X=self.X.iloc[np.flatnonzero(chosen) if chosen.dtype == bool else chosen],
            facts=self.facts.iloc[np.flatnonzero(chosen) if chosen.dtype == bool else chosen],
            spent=None if self.spent is None else self.spent[chosen],
        )

    def at(self, cutoff: date) -> Dataset:
        """The rows of one cutoff."""
        return self.rows(self.cutoff == np.datetime64(cutoff))

    def before(self, cutoff: date) -> Dataset:
        """The rows whose outcome is known at `cutoff`."""
        return self.rows(self.cutoff + np.timedelta64(self.settled, "D") <= np.datetime64(cutoff))

    @property
    def settled(self) -> int:
        """Days after a cutoff until who churned is known."""
        return self.horizon + self.grace

    def frame(self) -> pd.DataFrame:
        """The rows as one table: customer_id, cutoff, churned where known, and the features."""
        leading = {"customer_id": self.customer_id, "cutoff": self.cutoff.astype("datetime64[s]")}
        if self.churned is not None:
            leading["churned"] = self.churned
        return pd.concat([pd.DataFrame(leading), self.X.reset_index(drop=True)], axis=1)


def fit_spec(events: Events) -> MatrixSpec:
    """The spec of a business as its tables are now."""
    layout = Layout(roles=dict(events.roles), kinds=events.kinds, valued_kinds=events.valued_kinds)
    kept = {name: _kept(values) for name, values in events.attribute_values().items()}
    contracts = {
        name: None if values is None else _kept(values)
        for name, values in events.contract_attribute_values().items()
    }
    return MatrixSpec(layout, kept, contracts)


def _kept(values: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(sorted(value for value, n in values[:MOST_CATEGORIES] if n >= RAREST_CATEGORY))


def build(
    events: Events,
    features: Sequence[Feature],
    spec: MatrixSpec,
    *,
    cutoffs: Sequence[date],
    labelled: bool,
    **options: Any,
) -> Dataset:
    """All rows at once. Raises DataError where no customer is eligible at any cutoff."""
    parts = list(snapshots(events, features, spec, cutoffs=cutoffs, labelled=labelled, **options))
    if not any(map(len, parts)):
        raise DataError(_nobody(events.config.churn, cutoffs))
    return joined(parts)


def _nobody(churn: Churn, cutoffs: Sequence[date]) -> str:
    at = ", ".join(map(str, cutoffs))
    if churn.when == "ended":
        return f"no customer has a subscription that runs at {at}"
    return (
        f"no customer has {churn.counted_table} in the {churn.active_within} days (churn.active_within) "
        f"before {at}"
    )


def snapshots(
    events: Events,
    features: Sequence[Feature],
    spec: MatrixSpec,
    *,
    cutoffs: Sequence[date],
    labelled: bool,
    spend_horizon: int | None = None,
    share: float = 1.0,
    **options: Any,
) -> Iterator[Dataset]:
    """The rows of each chunk of customers and cutoff that has any; customers in the order of their ids.

    spend_horizon: also tell what was spent in so many days from the cutoff. share: of the customers, those
    to have rows; which ones depends on their ids alone.
    Raises DataError where labels are asked for at a cutoff whose horizon is not over, and ConfigError
    where a feature of training rows, tried on the customers of the first chunk, knows the future.
    """
    if labelled:
        for cutoff in cutoffs:
            require_complete(cutoff, horizon=events.config.churn.settled, end=events.summary.end)
    columns = spec.columns(features)
    days = sorted(to_day(cutoff) for cutoff in cutoffs)
    churn = events.config.churn
    spend = partial(_spent, days=spend_horizon, end=to_day(events.summary.end)) if spend_horizon else None
    proved = not labelled
    for history in events.stream(cutoffs=days, **options):
        drawn = sampled(history.names, share=share)
        for day in days:
            everyone = history.view(day)
            here = eligible(everyone, churn) & drawn
            out = left_out(history, day, churn) if labelled else {}
            counts = {why: int((here & masked).sum()) for why, masked in out.items()}
            for masked in out.values():
                here &= ~masked
            view = replace(everyone, chosen=np.flatnonzero(here))
            part = _snapshot(history, view, columns, spec, churn=churn, labelled=labelled, spend=spend)
            if not proved:
                _prove(part, history, view, columns)
            if len(part) or any(counts.values()):
                yield replace(part, left_out=counts)
        proved = True


def share_of_customers(events: Events, cutoffs: Sequence[date], *, most_rows: int) -> float:
    """The share of the customers with which there are at most so many rows at the cutoffs."""
    rows = events.count_customers([to_day(cutoff) for cutoff in cutoffs]) * len(cutoffs)
    return min(1.0, most_rows / rows) if rows else 1.0


def sampled(customer_id: NDArray[np.object_], *, share: float) -> NDArray[np.bool_]:
    """(customers,) whether a customer is in a sample of this share: by a hash of the id, on any machine."""
    if share >= 1:
        return np.ones(len(customer_id), dtype=bool)
    hashed = pd.util.hash_array(customer_id, categorize=False)
    return np.asarray(hashed < np.uint64(share * 2**64))


def _snapshot(
    history: History,
    view: View,
    columns: Sequence[tuple[FeatureColumn, Feature | None]],
    spec: MatrixSpec,
    *,
    churn: Churn,
    labelled: bool,
    spend: Spend | None,
) -> Dataset:
    chosen, day = view.chosen, view.cutoff
    return Dataset(
        customer_id=history.names[chosen],
        cutoff=np.full(len(chosen), day, dtype="datetime64[D]"),
        churned=churned(history, day, churn)[chosen] if labelled else None,
        X=matrix(history, view, columns, spec),
        columns=tuple(column for column, _ in columns),
        spec=spec,
        horizon=churn.horizon,
        facts=_facts(view, churn),
        spent=spend(history, day)[chosen] if spend else None,
        grace=churn.settled - churn.horizon,
    )


def _prove(
    part: Dataset,
    history: History,
    view: View,
    columns: Sequence[tuple[FeatureColumn, Feature | None]],
) -> None:
    """Raise ConfigError where features change when the rows at or after the cutoff are not there."""
    past = history.until(view.cutoff)
    rebuilt = matrix(past, past.view(view.cutoff, chosen=view.chosen), columns, part.spec)
    refuse_leaks(part.X, rebuilt, part.columns, cutoff=to_date(view.cutoff))


def _spent(history: History, day: int, *, days: int, end: int) -> NDArray[np.float64]:
    return spent(history, day, days) if day + days <= end else np.full(len(history), np.nan)


def matrix(
    history: History,
    view: View,
    columns: Sequence[tuple[FeatureColumn, Feature | None]],
    spec: MatrixSpec,
) -> pd.DataFrame:
    """(rows, columns) float32 features of the customers in view."""
    block = np.empty((len(columns), len(view.chosen)), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for row, (column, made_by) in zip(block, columns, strict=True):
            row[:] = _values(history, view, column, made_by, spec)
    return pd.DataFrame(block.T, columns=[column.name for column, _ in columns], copy=False)


def _values(
    history: History, view: View, column: FeatureColumn, made_by: Feature | None, spec: MatrixSpec
) -> NDArray[Any]:
    if made_by is None and column.name in spec.contract_attributes:
        return contract_attribute(view, column.name, spec.contract_attributes[column.name])
    if made_by is None:
        return codes(history.attributes[column.name], spec.attributes[column.name])[view.chosen]
    return feature_values(made_by, column, view)


def _attribute(name: str) -> FeatureColumn:
    return FeatureColumn(name, "attributes", name, doc=f"The customer's {name}, as a code.", categorical=True)


def _facts(view: View, churn: Churn) -> pd.DataFrame:
    span = view.span(churn.counted_table)
    age = span.age_of_last()
    last = (view.cutoff - np.nan_to_num(age)).astype("int64").astype("datetime64[D]")
    facts = {
        "last_order": np.where(np.isnan(age), np.datetime64("NaT"), last).astype("datetime64[s]"),
        "days_since_last": age,
        "usual_gap": span.gaps().mean(),
    }
    if churn.when == "ended":
        facts["subscribed_for"] = span.contracts().spell_age()
    return pd.DataFrame(facts)


def joined(parts: Sequence[Dataset]) -> Dataset:
    """The parts as one, its matrix a single block."""
    block = np.concatenate([part.X.to_numpy().T for part in parts], axis=1)
    first = parts[0]
    return replace(
        first,
        customer_id=np.concatenate([part.customer_id for part in parts]),
        cutoff=np.concatenate([part.cutoff for part in parts]),
        churned=None if first.churned is None else _concatenated(part.churned for part in parts),
        X=pd.DataFrame(block.T, columns=first.X.columns, copy=False),
        facts=pd.concat([part.facts for part in parts], ignore_index=True),
        spent=None if first.spent is None else _concatenated(part.spent for part in parts),
        left_out=added(part.left_out for part in parts),
    )


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same things, added up."""
    total: dict[str, int] = {}
    for one in counts:
        for why, count in one.items():
            total[why] = total.get(why, 0) + count
    return {why: count for why, count in total.items() if count}


def _concatenated(parts: Iterable[NDArray[Any] | None]) -> NDArray[Any]:
    return np.concatenate([part for part in parts if part is not None])
