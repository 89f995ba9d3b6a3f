"""Columns that know the future: what tells who will churn far better than anything known at sign-up can."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.config import Config
from retain.events import sql
from retain.readiness.findings import Finding, Level
from retain.readiness.flags import GONE, LIVE
from retain.readiness.source import Source

IMPLAUSIBLE, SUSPECT = 0.9, 0.75
"""AUC of one column alone that makes an error and a warning; what is known at sign-up gives .5 to .65."""

FOLDS, BINS = 5, 20
PRIOR = 10.0  # customers that each value's churn rate is drawn to the overall one by
ENOUGH = 100, 20  # customers; churners and stayers
MOST_ROWS = 200_000  # customers that are looked at
MUTABLE = re.compile(
    r"(?i)^((account|customer|user|client|order|payment|subscription)_)?(status|stage)$|"
    r"(^|_)(last|latest|current|updated|lifetime)(_|$)"
)
"""Names of columns whose values change as time goes by."""


@dataclass(frozen=True)
class Foresight:
    """How well one column alone tells who churns: its AUC, and the value that tells most."""

    auc: float
    value: str
    customers: int
    rate: float
    others: float


def judge(config: Config, tables: Sequence[Source], labels: pa.Table) -> Iterator[Finding]:
    """Judge the columns of customers and contracts by the labels (`customer`, `churned`) of one cutoff."""
    for source in tables:
        if source.is_events:
            continue
        used, unused = set(getattr(source.table, "attributes", ())), {}
        for name, (values, churned) in _values(source, labels).items():
            found = foresight(*_numbers(values, text=source.types[name] == "VARCHAR"), churned)
            if found is None:
                continue
            if name in used and found.auc >= SUSPECT:
                yield _knows(source.name, name, found)
            if name not in used and found.auc >= IMPLAUSIBLE:
                unused[name] = found
        if unused:
            yield _would_know(source.name, unused)
        yield from _named(source, used)


def _knows(table: str, name: str, found: Foresight) -> Finding:
    return Finding(
        "knows-the-future",
        Level.ERROR if found.auc >= IMPLAUSIBLE else Level.WARNING,
        f"{table}.{name}",
        f"{name} {_alone(found)}",
        f"take it out of tables.{table}.attributes unless {name} was fixed at sign-up; a model with it looks "
        "brilliant in the test and is worthless in the week after",
        found.customers,
    )


def _would_know(table: str, found: Mapping[str, Foresight]) -> Finding:
    """Columns that are no attributes, and should not become any."""
    name = max(found, key=lambda each: found[each].auc)
    others = [each for each in found if each != name]
    more = f"; so do {', '.join(others[:4])}{' and more' if others[4:] else ''}" if others else ""
    return Finding(
        "knows-the-future",
        Level.ADVICE,
        f"{table}.{name}",
        f"{name}, which is not used, {_alone(found[name])}{more}",
        "never make an attribute of it: it was written, or changed, after the customer had gone",
        len(found),
    )


def _alone(found: Foresight) -> str:
    return (
        f"alone tells churners from others with an AUC of {found.auc:.2f} (0.5 is chance): of "
        f"{found.customers:,} customers with {found.value} {found.rate:.0%} churned, of the others "
        f"{found.others:.0%}"
    )


def _named(source: Source, used: set[str]) -> Iterator[Finding]:
    """Attributes whose names say that their values change."""
    for name in sorted(used):
        if GONE.search(name) or LIVE.search(name) or MUTABLE.search(name):
            yield Finding(
                "changing-attribute",
                Level.WARNING,
                f"{source.name}.{name}",
                f"{name} is used as an attribute, and its name sounds as if it changed with time",
                "an attribute must be what was known at sign-up and never changes; if it is what holds "
                "today, take it out of the attributes",
            )


def judge_where(tables: Sequence[Source]) -> Iterator[Finding]:
    """Conditions of `where` over columns that change after a row was written."""
    for source in tables:
        written = source.table.where or ""
        words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", written)))
        for name in source.types:
            if name in words and (
                MUTABLE.search(name)
                or name.lower().endswith("state")
                or GONE.search(name)
                or LIVE.search(name)
            ):
                yield Finding(
                    "where-knows-the-future",
                    Level.WARNING,
                    f"{source.name}.{name}",
                    f"`where` asks for {name}, which sounds like something that changes after the row was "
                    "written",
                    "rows are then chosen by what became of them, which nobody knew at the cutoff; for "
                    "cancellations map the time as `cancelled`, else ask only for what never changes",
                )


def _values(source: Source, labels: pa.Table) -> dict[str, tuple[NDArray[np.object_], NDArray[np.bool_]]]:
    """Each column's values and the labels of the customers that have them."""
    columns, roles = source.columns, source.roles()
    names = [
        name
        for name, kind in source.types.items()
        if roles.get(name, "attributes") == "attributes"
        and not kind.endswith("]")
        and not kind.startswith(("STRUCT", "MAP", "UNION"))
    ]
    churned = labels["churned"].to_numpy(zero_copy_only=False)
    least = min(int(churned.sum()), int(len(churned) - churned.sum())) if len(churned) else 0
    if not names or len(churned) < ENOUGH[0] or least < ENOUGH[1]:
        return {}
    who = sql.customer(columns.customer, source.types[columns.customer])
    chosen = ", ".join(f"min({sql.name(name)}) AS check_{i}" for i, name in enumerate(names))
    rows = source.query(
        f"""SELECT {", ".join(f"check_{i}" for i in range(len(names)))}, check_labels.churned
            FROM check_labels
            LEFT JOIN (SELECT {who} AS check_customer, {chosen} FROM {source.raw} GROUP BY 1)
            ON check_customer = check_labels.customer ORDER BY check_labels.customer LIMIT {MOST_ROWS}"""
    )
    happened = np.array([row[-1] for row in rows], dtype=bool)
    return {
        name: (np.array([row[i] for row in rows], dtype=object), happened) for i, name in enumerate(names)
    }


def _numbers(values: NDArray[np.object_], *, text: bool) -> tuple[NDArray[np.object_], bool]:
    """The values, numbers written as text as numbers, and whether they have an order."""
    if not text:
        return values, True
    try:
        numbers = [None if value is None or not value.strip() else float(value) for value in values]
    except ValueError:
        return values, False
    return np.array(numbers, dtype=object), True


def foresight(values: NDArray[np.object_], numeric: bool, churned: NDArray[np.bool_]) -> Foresight | None:
    """How well the values tell who churned, each customer by the churn rates of the others' folds.

    None for a column that has nearly as many values as customers and no order, as a name has.
    """
    codes, texts = _codes(values, numeric=numeric)
    if len(texts) < 2 or len(texts) > 0.2 * len(values):
        return None
    fold = np.random.default_rng(7).integers(0, FOLDS, len(codes))
    score = np.empty(len(codes))
    for one in range(FOLDS):
        others = fold != one
        score[~others] = _rates(codes[others], churned[others], len(texts))[codes[~others]]
    rates = _rates(codes, churned, len(texts))
    sizes = np.bincount(codes, minlength=len(texts))
    overall = churned.mean()
    told = int(np.argmax(np.abs(rates - overall) * np.sqrt(sizes)))
    mine = codes == told
    return Foresight(
        auc=auc(score, churned),
        value=texts[told],
        customers=int(mine.sum()),
        rate=float(churned[mine].mean()),
        others=float(churned[~mine].mean()),
    )


def _rates(codes: NDArray[np.int64], churned: NDArray[np.bool_], count: int) -> NDArray[np.float64]:
    """Churn rate of each value, drawn to the overall one."""
    sizes = np.bincount(codes, minlength=count)
    gone = np.bincount(codes, weights=churned, minlength=count)
    return np.asarray((gone + PRIOR * churned.mean()) / (sizes + PRIOR))


def _codes(values: NDArray[np.object_], *, numeric: bool) -> tuple[NDArray[np.int64], list[str]]:
    """A number for each value and what it is called; numbers and times in bins of equally many customers."""
    missing = np.array([value is None or value != value for value in values])
    known = values[~missing]
    codes = np.zeros(len(values), dtype=np.int64)
    distinct = sorted(set(known.tolist()), key=lambda value: (str(type(value)), value))
    if numeric and len(distinct) > BINS:
        edges = [distinct[int(i)] for i in np.linspace(0, len(distinct), BINS + 1)[1:-1]]
        index = np.searchsorted(np.array(edges, dtype=object), known, side="right")
        names = [f"less than {edges[0]}", *(f"{edge} or more" for edge in edges)]
    else:
        place = {value: i for i, value in enumerate(distinct)}
        index = np.array([place[value] for value in known], dtype=np.int64)
        names = [str(value) for value in distinct]
    codes[~missing] = index + 1
    used, codes = np.unique(codes, return_inverse=True)
    return codes, [["nothing", *names][i] for i in used]


def auc(score: NDArray[np.float64], churned: NDArray[np.bool_]) -> float:
    """Chance that a churner has a higher score than another customer, ties half (Mann and Whitney 1947)."""
    _, group = np.unique(score, return_inverse=True)
    gone, stayed = (np.bincount(group, weights=w, minlength=group.max() + 1) for w in (churned, ~churned))
    below = np.cumsum(stayed) - stayed / 2
    pairs = gone.sum() * stayed.sum()
    return float((gone * below).sum() / pairs) if pairs else float("nan")
