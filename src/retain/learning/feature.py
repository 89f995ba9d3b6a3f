"""The words feature definitions are written in: `feature`, and the columns a definition becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from retain.events.span import Span

Values = NDArray[np.float64]
FeatureFunction = Callable[[Span], Values]

TABLES = ("orders", "activity", "subscriptions")


@dataclass(frozen=True)
class Feature:
    """A feature: one small function of a `Span`, and where it applies.

    table: the table whose rows the span holds. windows: lengths in days before the cutoff; None is
    everything before it. each: "kind" makes one column for each kind of activity. needs: roles that
    must be mapped in the table ("amount", "category", "value"; "subscriptions.seats" in another one), else
    the feature is left out.
    says: sentences for a customer-success person, the first whose fields are all known is used. Fields are
    feature columns, `value`, `window`, `kind`, `normal`, and `fall` and `rise`: the normal, known only where
    the value is below or above it.
    normal: what it would be if all were well with the customer: another feature (of the same kind and
    window where it has them) or a number. A feature that has one is a reason that can be acted on; one
    that has none is context.
    """

    name: str
    function: FeatureFunction
    table: str
    windows: tuple[int | None, ...] = (None,)
    each: str | None = None
    needs: frozenset[str] = frozenset()
    says: tuple[str, ...] = ()
    doc: str = ""
    family: str = ""
    normal: str | float | None = None


@dataclass(frozen=True)
class FeatureColumn:
    """One column of the feature matrix. `categorical` columns hold category codes.

    actionable: whether its feature has a normal. normal: the column or number that is, None where these
    tables have no such column.
    """

    name: str
    family: str
    feature: str
    window: int | None = None
    kind: str | None = None
    says: tuple[str, ...] = ()
    doc: str = ""
    categorical: bool = False
    actionable: bool = False
    normal: str | float | None = None

    @property
    def meaning(self) -> str:
        """What the column holds: its feature's documentation, its kind and its window."""
        parts = [part for part in (self.kind, f"last {self.window} days" if self.window else None) if part]
        doc = self.doc.rstrip(".")
        return f"{doc} ({', '.join(parts)})" if parts and doc else doc or self.name


@dataclass(frozen=True)
class Layout:
    """What the tables of a business hold, as far as features depend on it.

    roles: for each table the mapped roles. kinds: the kinds of activity; valued_kinds: those of them
    with a number in the value column.
    """

    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    valued_kinds: frozenset[str] = frozenset()


def feature(
    *,
    table: str,
    windows: Sequence[int | None] = (None,),
    each: str | None = None,
    needs: Iterable[str] = (),
    says: str | Sequence[str] = (),
    normal: str | float | None = None,
) -> Callable[[FeatureFunction], Feature]:
    """Make a feature of a function that takes a `Span` and gives one value a row (NaN: unknown).

    Raises ValueError for a table, window or `each` that there is not.
    """
    _require(table in TABLES, f"table={table!r}: there are {', '.join(TABLES)}")
    _require(each in (None, "kind"), f"each={each!r}: it can only be 'kind'")
    for window in windows:
        whole = isinstance(window, int) and window > 0
        _require(window is None or whole, f"window {window!r} is no number of days (None: ever)")

    def define(function: FeatureFunction) -> Feature:
        return Feature(
            name=function.__name__,
            function=function,
            table=table,
            windows=tuple(windows),
            each=each,
            needs=frozenset(needs),
            says=(says,) if isinstance(says, str) else tuple(says),
            doc=(function.__doc__ or "").strip().split("\n")[0],
            normal=normal,
        )

    return define


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def expand(features: Iterable[Feature], layout: Layout) -> tuple[tuple[FeatureColumn, Feature], ...]:
    """The columns that `features` become in a business laid out like `layout`, in a fixed order."""
    made = [
        (_column(one, window=window, kind=kind), one)
        for one in features
        if one.table in layout.roles
        for kind in _kinds(one, layout)
        for window in one.windows
    ]
    names = {column.name for column, _ in made}
    return tuple((replace(column, normal=_normal(column, one, names)), one) for column, one in made)


def slug(text: str) -> str:
    """`text` as a part of a column name: lower case, other characters as underscores."""
    return re.sub(r"\W+", "_", text.strip().lower()).strip("_") or "blank"


def _kinds(one: Feature, layout: Layout) -> tuple[str | None, ...]:
    if not all(_mapped(role, one.table, layout) for role in one.needs):
        return ()
    if one.each != "kind":
        return (None,)
    if "value" in one.needs:
        return tuple(kind for kind in layout.kinds if kind in layout.valued_kinds)
    return layout.kinds


def _mapped(role: str, table: str, layout: Layout) -> bool:
    """Whether a role is mapped: of the feature's own table, or as `table.role` of another."""
    elsewhere, _, name = role.rpartition(".")
    return name in layout.roles.get(elsewhere or table, frozenset())


def _column(one: Feature, *, window: int | None, kind: str | None) -> FeatureColumn:
    return FeatureColumn(
        column_name(one.name, window=window, kind=kind),
        one.family,
        one.name,
        window,
        kind,
        one.says,
        one.doc,
        actionable=one.normal is not None,
    )


def column_name(feature: str, *, window: int | None = None, kind: str | None = None) -> str:
    """<feature>[_<kind>][_<N>d]."""
    parts = [feature, *([] if kind is None else [slug(kind)]), *([] if window is None else [f"{window}d"])]
    return "_".join(parts)


def _normal(column: FeatureColumn, one: Feature, names: Collection[str]) -> str | float | None:
    """The column that `normal` names: of the same kind and window, or failing that of all time."""
    if not isinstance(one.normal, str):
        return one.normal
    nearest = (
        column_name(one.normal, window=window, kind=kind)
        for window in dict.fromkeys((column.window, None))
        for kind in dict.fromkeys((column.kind, None))
    )
    return next((name for name in nearest if name in names and name != column.name), None)
