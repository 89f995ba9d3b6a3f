"""The columns of a matrix: what they are made of, and how a chunk's rows get their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.errors import ConfigError
from retain.events.engine import Events
from retain.events.history import History
from retain.events.view import View
from retain.learning.attributes import codes, contract_attribute, contract_column
from retain.learning.feature import Feature, FeatureColumn, Layout, expand
from retain.learning.feature_values import feature_values

MOST_CATEGORIES = 64
RAREST_CATEGORY = 20
"""An attribute's value that fewer customers have is classed with the unseen ones."""

Columns = tuple[tuple[FeatureColumn, Feature | None], ...]
"""Every column with the feature that makes it; attributes have none."""


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

    def columns(self, features: Iterable[Feature]) -> Columns:
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


def column_names(events: Events, features: Iterable[Feature]) -> list[str]:
    """What the columns of a business are called, which is known before any value is counted."""
    customers, contracts = events.config.tables.customers, events.config.tables.subscriptions
    named = dict.fromkeys(customers.attributes if customers else (), ())
    agreed = dict.fromkeys(contracts.attributes if contracts else ())
    columns = MatrixSpec(_layout(events), named, agreed).columns(features)
    return [column.name for column, _ in columns]


def fit_spec(events: Events) -> MatrixSpec:
    """The spec of a business as its tables are now."""
    kept = {name: _kept(values) for name, values in events.attribute_values().items()}
    contracts = {
        name: None if values is None else _kept(values)
        for name, values in events.contract_attribute_values().items()
    }
    return MatrixSpec(_layout(events), kept, contracts)


def _layout(events: Events) -> Layout:
    return Layout(roles=dict(events.roles), kinds=events.kinds, valued_kinds=events.valued_kinds)


def _kept(values: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(sorted(value for value, n in values[:MOST_CATEGORIES] if n >= RAREST_CATEGORY))


def matrix(
    history: History,
    view: View,
    columns: Columns,
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
