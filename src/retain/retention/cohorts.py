"""Cohorts: customers who began in the same month (quarter, year), and what share is still there later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.events.rows import TEN_THOUSANDTHS
from retain.retention.periods import Period, Scope, next_unit, unit_of, units_between
from retain.retention.population import BUYERS, Names
from retain.retention.trade import UNITS

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Cohort tables: a row a cohort, a column for each unit since its own (column 0).

    starts: the first day of each cohort's unit. sizes: customers. active: those with a row in exactly that
    unit (bounded). lasting: those with one in it or later (unbounded). revenue: of orders less returns; None
    where there are no amounts. Cells of units that are not over are NaN.
    """

    starts: tuple[date, ...]
    sizes: NDArray[np.int64]
    active: Floats
    lasting: Floats
    revenue: Floats | None = None

    @property
    def retention(self) -> Floats:
        """Share of each cohort that is active in each unit, in percent: bounded."""
        return self._shares(self.active)

    @property
    def unbounded(self) -> Floats:
        """Share of each cohort that is active in that unit or a later one, in percent."""
        return self._shares(self.lasting)

    @property
    def revenue_retention(self) -> Floats | None:
        """Each cohort's revenue in percent of that of its first unit; NaN where that is nothing."""
        if self.revenue is None:
            return None
        first = self.revenue[:, :1]
        return 100 * np.divide(self.revenue, first, out=np.full_like(self.revenue, np.nan), where=first > 0)

    @property
    def revenue_per_customer(self) -> Floats | None:
        """What a customer of the cohort has brought up to the end of each unit."""
        return None if self.revenue is None else self.revenue.cumsum(axis=1) / self.sizes[:, None]

    def average(self, table: Floats) -> list[float | None]:
        """The mean of each column over complete cells, weighted by the cohorts' sizes."""
        known = np.isfinite(table)
        weights = np.where(known, self.sizes[:, None], 0).astype(float)
        total = (np.where(known, table, 0) * weights).sum(axis=0)
        return [t / w if w else None for t, w in zip(total, weights.sum(axis=0), strict=True)]

    def _shares(self, counts: Floats) -> Floats:
        shares: Floats = 100 * counts / self.sizes[:, None]
        return shares


def sizes(names: Names, scope: Scope) -> str:
    """Customers by segment, cohort and the unit of their last row."""
    return f"""SELECT segment, date_trunc('{scope.by}', first)::DATE AS cohort,
            date_trunc('{scope.by}', last)::DATE AS unit, count(*) AS customers
        FROM {names.people} GROUP BY ALL"""


def active(names: Names, scope: Scope) -> str:
    """Customers with a row, by segment, cohort and unit."""
    return f"""SELECT segment, date_trunc('{scope.by}', first)::DATE AS cohort, unit, count(*) AS customers
        FROM (SELECT DISTINCT code, date_trunc('{scope.by}', day)::DATE AS unit
            FROM {names.days} WHERE orders > 0)
        JOIN {names.people} USING (code) GROUP BY ALL"""


def revenue(scope: Scope) -> str:
    """Order amounts less what was sent back, by segment, cohort of buyers and unit."""
    return f"""SELECT segment, date_trunc('{scope.by}', first)::DATE AS cohort, unit,
            sum(amount - returned) / {TEN_THOUSANDTHS} AS customers
        FROM {UNITS} JOIN {BUYERS.people} USING (code) GROUP BY ALL"""


def cohorts(
    scope: Scope, *, sized: pd.DataFrame, active: pd.DataFrame, revenue: pd.DataFrame | None = None
) -> Cohorts:
    """The tables from the frames of `sizes`, `active` and `revenue`, of all segments in them together."""
    starts = tuple(sorted({_day(day) for day in sized["cohort"]}))
    width = 1 + units_between(min(starts, default=scope.seen), unit_of(scope.seen, scope.by), scope.by)
    grid = _Grid(scope, starts, width)
    last = grid.filled(sized)
    lasting = last[:, ::-1].cumsum(axis=1)[:, ::-1]
    whole = grid.complete()
    return Cohorts(
        starts,
        last.sum(axis=1).astype(np.int64),
        np.where(whole, grid.filled(active), np.nan),
        np.where(whole, lasting, np.nan),
        None if revenue is None else np.where(whole, grid.filled(revenue), np.nan),
    )


@dataclass(frozen=True)
class _Grid:
    scope: Scope
    starts: Sequence[date]
    width: int

    def filled(self, found: pd.DataFrame) -> Floats:
        """(cohorts, units since) the counts, 0 where there is no row."""
        place = {start: row for row, start in enumerate(self.starts)}
        cells = np.zeros((len(self.starts), self.width))
        for cohort, unit, value in found[["cohort", "unit", "customers"]].itertuples(index=False):
            start, since = _day(cohort), units_between(_day(cohort), _day(unit), self.scope.by)
            if start in place and since >= 0:  # what was sent back before the first order seen is nobody's
                cells[place[start], since] += value
        return cells

    def complete(self) -> NDArray[np.bool_]:
        """(cohorts, units since) whether the data reach to the unit's end."""
        cells = [list(self._complete(start)) for start in self.starts]
        return np.array(cells, dtype=bool).reshape(len(cells), self.width)

    def _complete(self, start: date) -> Iterator[bool]:
        stop = start
        for _ in range(self.width):
            stop = next_unit(stop, self.scope.by)
            yield stop <= min(self.scope.reached, self.scope.seen)


def names_of(found: Cohorts, scope: Scope) -> list[str]:
    """What each cohort is called."""
    return [Period(start, next_unit(start, scope.by)).name for start in found.starts]


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
