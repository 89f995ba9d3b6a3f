"""The SQL of who was a customer when: one row a customer, with a bit for every moment and period.

A customer's bits are ORed together over their rows: however many periods there are, the rows are read
once, and no row is repeated for the periods it counts in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from retain.config import Config
from retain.events import sql
from retain.retention.periods import Period, Scope

UNKNOWN_SEGMENT = "(unknown)"


@dataclass(frozen=True)
class Names:
    """A population's tables: `days` are counted, `people` is made of them."""

    days: str
    people: str


ACTIVE = Names("retain_days", "retain_people")
"""Customers by the table that defines churn."""

CALENDAR, STOPS = "retain_calendar", "retain_stops"

BUYERS = Names("retain_order_days", "retain_buyers")
"""Customers by their orders."""


def calendar(scope: Scope) -> str:
    """Each day with the moments at which a row of that day still makes active, and the periods it lies in.

    Columns: day; alive and present, sums of powers of two (see `moments` and `eras`); upto, the moments not
    later than the day.
    """
    starts = [scope.moments[0], *(period.start for _, period in _eras(scope))]
    first = min(starts) - timedelta(days=scope.active_within)
    return f"""SELECT day::DATE AS day, bit_or(moment) AS alive, bit_or(era) AS present,
            bit_or(earlier) AS upto
        FROM range(DATE '{first}', DATE '{scope.seen}', INTERVAL 1 DAY) days(day)
        LEFT JOIN {moments(scope)} ON moved > day AND moved <= day + INTERVAL {scope.active_within} DAY
        LEFT JOIN {eras(scope)} ON day >= start AND day < stop
        LEFT JOIN (SELECT moved AS passed, moment AS earlier FROM {moments(scope)}) ON passed <= day
        GROUP BY ALL"""


def people(names: Names, segments: str | None, *, stops: bool = False) -> str:
    """One row a customer with a row before the scope's end: code, first, last, alive, present, segment.

    first and last are days, alive and present as in `calendar`. segments: a query of customer and
    segment (`segment_of`); None where nobody asked for segments. stops: there is a table `STOPS` of days
    (code, day) on which customers were lost: nothing up to such a day keeps them active after it.
    """
    alive, stopped = "alive", ""
    if stops:
        alive = "alive & CASE WHEN stop IS NULL THEN -1::HUGEINT ELSE coalesce(upto, 0::HUGEINT) END"
        stopped = f"LEFT JOIN (SELECT day AS stop, upto FROM {CALENDAR}) USING (stop)"
    days = f"(SELECT * FROM {names.days} WHERE orders > 0) days"
    source = f"(SELECT days.*, stops.day AS stop FROM {days} ASOF LEFT JOIN {STOPS} stops ON {_NEXT_STOP})"
    found = f"""SELECT code, min(day) AS first, max(day) AS last,
            coalesce(bit_or({alive}), 0::HUGEINT) AS alive, coalesce(bit_or(present), 0::HUGEINT) AS present
        FROM {source if stops else days} LEFT JOIN (SELECT day, alive, present FROM {CALENDAR}) USING (day)
        {stopped} GROUP BY code"""
    return with_segments(found, segments)


_NEXT_STOP = "stops.code = days.code AND stops.day >= days.day"


def with_segments(people: str, segments: str | None) -> str:
    """The people with the column `segment`."""
    if segments is None:
        return f"SELECT *, NULL::VARCHAR AS segment FROM ({people})"
    return f"""SELECT people.*, coalesce(segment, {sql.text(UNKNOWN_SEGMENT)}) AS segment
        FROM ({people}) people JOIN customer_codes USING (code)
        LEFT JOIN ({segments}) chosen ON chosen.customer = customer_codes.customer"""


def segment_of(column: str) -> str:
    """Each customer's value of a column of `customers`; blank ones are unknown."""
    return f"""SELECT retain_customer AS customer, nullif(trim({sql.name(column)}), '') AS segment
        FROM customers WHERE retain_customer IS NOT NULL"""


def segment_columns(config: Config) -> list[str]:
    """The columns of the customers' table that segments can be made of."""
    table = config.tables.customers
    if table is None:
        return []
    columns = table.columns
    named = (*table.attributes, *table.show, columns.owner, columns.since, columns.opted_out)
    return list(dict.fromkeys(column for column in named if column is not None))


def counted(names: Names, scope: Scope, *, segmented: bool) -> str:
    """Customers of each period: number, segment (null: all), and how many were what.

    started, ended: active at its start and end (S, E). fresh: of E, first row inside (N). kept: in S and
    in E. new, current, resurrected, dormant: see `flows`.
    """
    groups = "GROUPING SETS ((number), (number, segment))" if segmented else "GROUPING SETS ((number))"
    segment = "segment" if segmented else "NULL::VARCHAR AS segment"
    return f"""SELECT number, {segment},
            count(*) FILTER (s) AS started, count(*) FILTER (e) AS ended,
            count(*) FILTER (e AND fresh) AS fresh, count(*) FILTER (s AND e) AS kept,
            count(*) FILTER (now AND fresh) AS new,
            count(*) FILTER (now AND earlier) AS current,
            count(*) FILTER (now AND NOT earlier AND NOT fresh) AS resurrected,
            count(*) FILTER (earlier AND NOT now) AS dormant,
            count(*) FILTER (first < stop) AS ever
        FROM (SELECT number, segment, first, stop, first >= start AND first < stop AS fresh,
                alive & opening <> 0 AS s, alive & closing <> 0 AS e,
                present & inside <> 0 AS now, present & former <> 0 AS earlier
            FROM {names.people}, {periods_relation(scope)})
        GROUP BY {groups}"""


def moments(scope: Scope) -> str:
    """The relation (moved, moment): where a period begins or ends, and its bit."""
    rows = [f"(DATE '{at}', {1 << bit}::HUGEINT)" for bit, at in enumerate(scope.moments)]
    return f"(VALUES {', '.join(rows)}) moments(moved, moment)"


def eras(scope: Scope) -> str:
    """The relation (start, stop, era): the periods and those before them, and their bits."""
    rows = [f"(DATE '{p.start}', DATE '{p.stop}', {1 << bit}::HUGEINT)" for bit, p in _eras(scope)]
    return f"(VALUES {', '.join(rows)}) eras(start, stop, era)"


def _eras(scope: Scope) -> Iterator[tuple[int, Period]]:
    """Bit 0: the unit before the first part; then the parts; then the period before the whole."""
    parts = scope.parts
    yield from enumerate((parts[0].before(), *parts, scope.whole.before()))


def periods_relation(scope: Scope) -> str:
    """The relation of the periods, by number, the whole one last, with the bits that tell who was there."""
    bit = {at: 1 << place for place, at in enumerate(scope.moments)}
    count = len(scope.parts)
    rows = []
    for number, period in enumerate(scope.periods):
        whole = number == count
        inside = sum(1 << place for place in range(1, count + 1)) if whole else 1 << (number + 1)
        former = 1 << (count + 1) if whole else 1 << number
        bits = (bit[period.start], bit[period.stop], inside, former)
        masks = ", ".join(f"{mask}::HUGEINT" for mask in bits)
        rows.append(f"({number}, DATE '{period.start}', DATE '{period.stop}', {masks})")
    named = "periods(number, start, stop, opening, closing, inside, former)"
    return f"(VALUES {', '.join(rows)}) {named}"
