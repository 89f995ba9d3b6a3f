"""What a feature is computed from: a `Span` of the customers' rows, none of them at or after the cutoff."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import numpy as np
from numpy.typing import NDArray

from retain.events.contracts import ContractRows, Contracts
from retain.events.favourites import Categories
from retain.events.gaps import Gaps
from retain.events.rows import (
    TEN_THOUSANDTHS,
    UNKNOWN,
    Integers,
    Mask,
    Rows,
    at,
    ragged,
    reduce_spans,
    unknown_unless,
)
from retain.events.windows import Levels

if TYPE_CHECKING:  # a view makes its spans
    from retain.events.view import View

Values = NDArray[np.float64]
P = ParamSpec("P")


def _remembered(word: Callable[Concatenate[Span, P], Values]) -> Callable[Concatenate[Span, P], Values]:
    """Let several features share what a word gives; nobody may write into it."""

    @wraps(word)
    def remembering(span: Span, /, *arguments: P.args, **named: P.kwargs) -> Values:
        def made() -> Values:
            values = word(span, *arguments, **named)
            values.setflags(write=False)
            return values

        return span.view.shared((word, arguments, *named.items(), *span.where_from), made)

    return remembering


@dataclass(frozen=True, eq=False)
class Span:
    """For each customer, a run of rows in the half-open window [cutoff - start, cutoff - end).

    Every word gives one value a customer as float64; NaN means unknown, as where there are no rows.
    Amounts and values are in the units of the source, ages and gaps in days.
    """

    view: View = field(repr=False)
    table: str
    rows: Rows = field(repr=False)
    start: int | None
    end: int
    kind: str | None = None

    # where the rows are

    @property
    def where_from(self) -> tuple[Hashable, ...]:
        """What tells this span from others of the view."""
        return self.table, self.kind, self.start, self.end

    @cached_property
    def lo(self) -> Integers:
        """(rows,) the position of the first row inside."""
        day = None if self.start is None else self.view.cutoff - self.start
        return self.view.position(self.table, self.kind, day=day)

    @cached_property
    def hi(self) -> Integers:
        """(rows,) the position after the last row inside."""
        return self.view.position(self.table, self.kind, day=self.view.cutoff - self.end)

    @property
    def empty(self) -> NDArray[np.bool_]:
        """(rows,) whether there is no row inside."""
        return self.hi <= self.lo

    # other spans of the same customers

    def within(self, window: int | None) -> Span:
        """The rows of the last `window` days (None: all)."""
        return self._from(window, 0)

    def before(self) -> Span:
        """The window of the same length just before this one (empty before an endless one)."""
        if self.start is None:
            return self._from(None, 10**6)
        return self._from(2 * self.start - self.end, self.start)

    def of(self, table: str) -> Span:
        """The same window of another table, such as the returns beside the orders."""
        return Span(self.view, table, self.view.rows(table), self.start, self.end)

    def where(self, *, kind: str) -> Span:
        """The rows of one kind of activity."""
        return Span(self.view, self.table, self.view.rows(self.table, kind), self.start, self.end, kind)

    def _from(self, start: int | None, end: int) -> Span:
        return Span(self.view, self.table, self.rows, start, end, self.kind)

    # counts

    @_remembered
    def count(self) -> Values:
        """Rows."""
        return (self.hi - self.lo).astype(np.float64)

    @_remembered
    def days(self) -> Values:
        """Distinct days with a row."""
        return self._gained("days", self.rows.days).astype(np.float64)

    def weeks(self) -> Values:
        """Distinct seven-day weeks, counted back from the cutoff, with a row."""
        total = self.rows.weeks(self.view.cutoff)
        if self.start is None or self.start % 7 == 0:
            return self._gained("weeks", total).astype(np.float64)
        later = (at(total, self.hi) - at(total, self.lo + 1)).astype(np.float64)
        later += 1  # the first day's week began before the window
        return later * ~self.empty

    def length(self) -> Values:
        """Days in the window; for all of a customer's rows, days since the first."""
        if self.start is None:
            return self.age_of_first()
        return np.full(len(self.view.chosen), float(self.start - self.end))

    # ages

    @_remembered
    def age_of_first(self) -> Values:
        """Days from the first row to the cutoff; at least 1."""
        return self._age(self.lo, self.lo < self.hi)

    @_remembered
    def age_of_last(self, n: int = 1) -> Values:
        """Days from the n-th last row to the cutoff; at least 1."""
        position = self.hi - n
        return self._age(position, position >= self.lo)

    def gaps(self) -> Gaps:
        """The days between one day with a row and the next."""
        gaps = partial(Gaps, self.rows, self.view.chosen, self.lo, self.hi)
        return self.view.shared(("gaps", *self.where_from), gaps)

    # the number column: amount of orders, value of activity

    @_remembered
    def sum(self) -> Values:
        """The numbers added up, exactly to the ten-thousandth; 0 where there are no rows."""
        return self._gained("total", self.rows.total) / TEN_THOUSANDTHS

    def mean(self) -> Values:
        """The mean of the known numbers."""
        return ratio(self.sum(), self._known_numbers())

    def min(self) -> Values:
        """The smallest known number."""
        if self.rows.numbers_below is not None:
            return self._extreme("numbers_below", self.rows.numbers_below, -1)
        lowest = self._reduce(np.minimum, np.where(self.rows.numbers == UNKNOWN, _HIGHEST, self.rows.numbers))
        return unknown_unless(~self.empty & (lowest != _HIGHEST), lowest / TEN_THOUSANDTHS)

    def max(self) -> Values:
        """The largest known number."""
        if self.rows.numbers_above is not None:
            return self._extreme("numbers_above", self.rows.numbers_above, 1)
        highest = self._reduce(np.maximum, self.rows.numbers)
        return unknown_unless(~self.empty & (highest != UNKNOWN), highest / TEN_THOUSANDTHS)

    def std(self) -> Values:
        """The sample standard deviation (n - 1) of the known numbers; unknown for fewer than two."""
        known = self.rows.numbers != UNKNOWN
        numbers = self.rows.numbers / TEN_THOUSANDTHS
        count = self._known_numbers()
        row, owner = ragged(self.lo, self.hi)
        square = np.where(known[row], (numbers[row] - self.mean()[owner]) ** 2, 0.0)
        squares = np.bincount(owner, weights=square, minlength=len(self.lo))
        return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)

    def first(self) -> Values:
        """The number of the first row."""
        return self._number(self.lo, self.lo < self.hi)

    def last(self, n: int = 1) -> Values:
        """The number of the n-th last row."""
        position = self.hi - n
        return self._number(position, position >= self.lo)

    # categories

    def categories(self) -> Categories:
        """What categories the orders are of."""
        return self._favourites("categories")

    def users(self) -> Categories:
        """Which of the customer's people the activity is of: how many, and the one of most of it."""
        return self._favourites("users")

    def _favourites(self, table: str) -> Categories:
        cutoff = self.view.cutoff
        start = None if self.start is None else cutoff - self.start
        favourites = partial(
            Categories, self.view.rows(table), self.view.chosen, start, cutoff - self.end, cutoff
        )
        return self.view.shared(("favourites", table, self.start, self.end), favourites)

    # contracts

    def contracts(self, *, ago: int | None = None) -> Contracts:
        """The contracts as they stood `ago` days before the cutoff; only of the table `subscriptions`."""
        day = self.view.cutoff - (ago or 0)
        return self.view.shared(("contracts", day), partial(self._contracts, day))

    def _contracts(self, day: int) -> Contracts:
        rows = self.view.rows("subscriptions")
        if not isinstance(rows, ContractRows):
            raise TypeError("the contracts have no terms")
        return Contracts(rows, self.view.chosen, self.view.cutoff, day)

    def _known_numbers(self) -> Values:
        if self.rows.complete:
            return self.count()
        return self._gained("known_numbers", self.rows.known_numbers).astype(np.float64)

    def _gained(self, name: str, total: Integers) -> Integers:
        """What a cumulative array of the rows gains inside."""
        return self._until(name, self.end, total, self.hi) - self._until(name, self.start, total, self.lo)

    def _until(self, name: str, ago: int | None, total: Integers, position: Integers) -> Integers:
        """A cumulative array at a position, which is that of so many days ago."""
        return self.view.shared((name, self.table, self.kind, ago), lambda: total.take(position))

    def _extreme(self, name: str, levels: Levels, sign: int) -> Values:
        """The number of the highest level inside."""
        day = self.view.cutoff - self.end
        key = ("highest", name, self.table, self.kind, self.end)
        onwards = self.view.shared(key, lambda: levels.onwards(self.rows.day < day))
        level = at(onwards, self.lo)
        number = sign * (level - 1 + levels.lowest) / TEN_THOUSANDTHS
        return unknown_unless((self.lo < self.hi) & (level > 0), number)

    def _age(self, position: Integers, inside: Mask) -> Values:
        return unknown_unless(inside, self.view.cutoff - at(self.rows.day, position))

    def _number(self, position: Integers, inside: Mask) -> Values:
        number = at(self.rows.numbers, position)
        return unknown_unless(inside & (number != UNKNOWN), number / TEN_THOUSANDTHS)

    def _reduce(self, how: np.ufunc, values: Integers) -> Integers:
        return reduce_spans(how, values, self.lo, self.hi)


_HIGHEST = np.iinfo(np.int64).max


def ratio(part: Values, whole: Values) -> Values:
    """part / whole, unknown where the whole is zero or unknown."""
    with np.errstate(invalid="ignore", over="ignore"):
        shares: Values = np.divide(part, unknown_unless(whole != 0, whole))
    return shares
