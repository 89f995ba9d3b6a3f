"""Contracts: when they run, what is known of their ends at a cutoff, how one follows another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retain.events.rows import TEN_THOUSANDTHS, UNKNOWN, Integers, Mask, Rows, at

FOREVER = 2**31 - 1
"""The end of what has none."""

Values = NDArray[np.float64]
_APART = 1 << 33  # keeps the days of one customer apart from the next one's


@dataclass(frozen=True, eq=False)
class Terms:
    """What the contracts say beside start and amount, by place: the label of their rows.

    until: the day they end, FOREVER while live. settled: the first cutoff at which that is known.
    price_until: the day an introductory price ends. seats, term (days): in ten-thousandths, UNKNOWN for none.
    ended_for: why, as text. attributes: as in the source. grace: days between two contracts that are no end.
    """

    until: Integers
    settled: Integers
    trial: Mask
    price_until: Integers
    seats: Integers
    term: Integers
    ended_for: pa.Array
    attributes: Mapping[str, pa.Array] = field(default_factory=dict)
    grace: int = 30

    def until_known(self, day: int) -> Terms:
        """The terms without the ends that were recorded at or after `day`."""
        later = self.settled > day
        until, settled = (np.where(later, FOREVER, days) for days in (self.until, self.settled))
        return replace(self, until=until, settled=settled)


@dataclass(frozen=True, eq=False)
class ContractRows(Rows):
    """The starts of contracts; `number` is the amount, `label` the place among the terms."""

    terms: Terms | None = None

    def until(self, day: int) -> Self:
        """The contracts that had started before `day`, as they were known to end then."""
        earlier = self.take(self.day < day)
        return replace(earlier, terms=self.agreed.until_known(day))

    @property
    def agreed(self) -> Terms:
        """The terms; none at all where there are no contracts."""
        return NO_TERMS if self.terms is None else self.terms

    @property
    def place(self) -> Integers:
        """(n,) each contract's place among the terms."""
        return np.zeros(len(self), dtype=np.int64) if self.label is None else self.label

    @cached_property
    def ends(self) -> Integers:
        """(n,) the day each contract ends, whenever that was recorded; FOREVER while live."""
        return self.agreed.until[self.place]

    @cached_property
    def settled(self) -> Integers:
        """(n,) the first cutoff at which each end is known."""
        return self.agreed.settled[self.place]

    def ends_at(self, cutoff: int) -> Integers:
        """(n,) the day each contract ends, as far as was known at the cutoff."""
        return np.where(self.settled <= cutoff, self.ends, FOREVER)


_NOTHING = np.zeros(0, dtype=np.int64)
NO_TERMS = Terms(
    _NOTHING, _NOTHING, np.zeros(0, dtype=bool), _NOTHING, _NOTHING, _NOTHING, pa.nulls(0, pa.string())
)


@dataclass(frozen=True, eq=False)
class Spells:
    """Unbroken runs of contracts: the next starts at most `grace` days after all before it have ended.

    number: (n,) which spell each contract is in. customer, start, end: (spells,), ends FOREVER while live.
    """

    number: Integers
    customer: Integers
    start: Integers
    end: Integers


def spells(rows: ContractRows, ends: Integers) -> Spells:
    """The spells of contracts with these ends, which are sorted by customer and start."""
    offset = rows.customer * _APART
    covered = np.maximum.accumulate(ends + offset) if len(rows) else ends
    before = np.concatenate([[-_APART], covered[:-1]]) if len(rows) else covered
    begins = rows.day + offset > before + rows.agreed.grace
    begins |= rows.first_of_customer
    number = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    last = np.append(first, len(rows))[1:] - 1
    return Spells(number, rows.customer[first], rows.day[first], covered[last] - offset[last])


@dataclass(frozen=True, eq=False)
class Contracts:
    """The contracts of the chosen customers on `day`, as far as was known at midnight of `cutoff`.

    Every word gives one value a customer; NaN is unknown. The current contract is the one started last of
    those that are live, or of all where none is.
    """

    rows: ContractRows
    chosen: Integers
    cutoff: int
    day: int

    # how many, and since when

    def live(self) -> Values:
        """Contracts that run."""
        return self._count(self._live)

    def age(self) -> Values:
        """Days since the current contract started."""
        return self._of_current(self.day - self.rows.day)

    def spell_age(self) -> Values:
        """Days since the customer came, or came back, without a break since."""
        newest = self._newest(np.ones(len(self._spells.customer), dtype=bool), self._spells.customer)
        return self._picked(self.day - self._spells.start, newest)

    def breaks(self) -> Values:
        """How often the customer had no contract any more, now or before they came back."""
        return self._count(self._spells.end < self.day, self._spells.customer)

    def age_of_change(self) -> Values:
        """Days since a contract started that was not the customer's first."""
        later = self._begun & ~self.rows.first_of_customer
        return self._picked(self.day - self.rows.day, self._newest(later))

    # what was agreed

    def amount(self) -> Values:
        """Amounts of the contracts that run, added up; unknown where none runs or none has an amount."""
        known = self._live & (self.rows.numbers != UNKNOWN)
        amounts = np.where(known, self.rows.numbers, 0) / TEN_THOUSANDTHS
        total = np.bincount(self.rows.customer, weights=amounts, minlength=self.rows.customers)
        return np.where(self._count(known) > 0, total[self.chosen], np.nan)

    def first_paid(self) -> Values:
        """Amount of the first contract whose amount is more than nothing."""
        paid = np.flatnonzero(self._begun & (self.rows.numbers > 0))
        first = np.full(self.rows.customers, -1, dtype=np.int64)
        first[self.rows.customer[paid[::-1]]] = paid[::-1]
        return self._picked(self.rows.numbers / TEN_THOUSANDTHS, first)

    def seats(self) -> Values:
        """Seats of the contracts that run, added up."""
        seats = self.rows.agreed.seats[self.rows.place]
        known = self._live & (seats != UNKNOWN)
        total = np.bincount(
            self.rows.customer,
            weights=np.where(known, seats, 0) / TEN_THOUSANDTHS,
            minlength=self.rows.customers,
        )
        return np.where(self._count(known) > 0, total[self.chosen], np.nan)

    def trial(self) -> Values:
        """1 where the current contract is a trial, else 0."""
        return self._of_current(self.rows.agreed.trial[self.rows.place])

    def price_left(self) -> Values:
        """Days until the current contract's introductory price ends; unknown where there is none to come."""
        until = self.rows.agreed.price_until[self.rows.place]
        left = self._of_current(until - self.day)
        return np.where((left >= 0) & (left < FOREVER - self.day), left, np.nan)

    # the end

    def left(self) -> Values:
        """Days until the last of the contracts that run ends; unknown where the end of one is not known."""
        last = np.zeros(self.rows.customers, dtype=np.int64)
        np.maximum.at(last, self.rows.customer[self._live], self._ends[self._live])
        left = last[self.chosen] - self.day
        return np.where((self.live() > 0) & (last[self.chosen] < FOREVER), left, np.nan)

    def age_of_notice(self) -> Values:
        """Days since it was recorded that the current contract will end; unknown where that is not known."""
        recorded = self.rows.settled - 1
        age = self._of_current(self.cutoff - recorded)
        return np.where(self._of_current(self._ends) < FOREVER, age, np.nan)

    def term(self) -> Values:
        """Days until the current contract renews: as agreed, or as long as the one before it ran."""
        agreed = self.rows.agreed.term[self.rows.place]
        given = np.where(agreed == UNKNOWN, np.nan, agreed / TEN_THOUSANDTHS)
        return self._of_current(np.where(np.isnan(given), self._run_before, given))

    def renewal(self) -> Values:
        """Days until the current contract renews next, at most its term; unknown where the term is."""
        term, age = self.term(), self.age()
        running = self._of_current(self._live.astype(np.float64)) > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(running & (term > 0), term - np.mod(age, term), np.nan)

    def current(self) -> Integers:
        """(rows,) the place of the current contract among the terms; -1 for who never had one."""
        position = self._current[self.chosen]
        return np.where(position >= 0, at(self.rows.place, position), -1)

    # within the chunk

    @cached_property
    def _begun(self) -> Mask:
        begun: Mask = self.rows.day < self.day
        return begun

    @cached_property
    def _ends(self) -> Integers:
        return self.rows.ends_at(self.cutoff)

    @cached_property
    def _live(self) -> Mask:
        live: Mask = self._begun & (self._ends >= self.day)
        return live

    @cached_property
    def _spells(self) -> Spells:
        begun = self.rows.take(self._begun)
        return spells(begun, self._ends[self._begun])

    @cached_property
    def _current(self) -> Integers:
        running = self._newest(self._live)
        return np.where(running >= 0, running, self._newest(self._begun))

    @cached_property
    def _run_before(self) -> Values:
        """(n,) how long the customer's contract before each one ran, where it was followed at once."""
        length = np.concatenate([[np.nan], (self._ends - self.rows.day)[:-1]])[: len(self.rows)]
        pause = np.concatenate([[np.nan], (self.rows.day[1:] - self._ends[:-1])])[: len(self.rows)]
        followed = ~self.rows.first_of_customer & (np.abs(pause) <= 1) & (length > 0)
        return np.where(followed, length, np.nan)

    def _newest(self, among: Mask, customer: Integers | None = None) -> Integers:
        """(customers,) the position of the last of these; -1 for none."""
        whose = self.rows.customer if customer is None else customer
        positions = np.flatnonzero(among)
        newest = np.full(self.rows.customers, -1, dtype=np.int64)
        newest[whose[positions]] = positions
        return newest

    def _of_current(self, values: NDArray[Any]) -> Values:
        return self._picked(values, self._current)

    def _picked(self, values: NDArray[Any], position: Integers) -> Values:
        if not len(values):
            return np.full(len(self.chosen), np.nan)
        picked = values.take(position[self.chosen], mode="clip").astype(np.float64)
        return np.where(position[self.chosen] >= 0, picked, np.nan)

    def _count(self, among: Mask, customer: Integers | None = None) -> Values:
        whose = self.rows.customer if customer is None else customer
        counted = np.bincount(whose[among], minlength=self.rows.customers)
        return counted[self.chosen].astype(np.float64)
