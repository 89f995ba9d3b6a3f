"""The one pass in which the tasks of Spark check a table, and what its sums say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from retain.events import contract_sql
from retain.events.days import MICROSECONDS_A_DAY, to_day
from retain.events.tables import UNREADABLE_LINE

CHECKED = pa.schema(
    [
        ("what", pa.string()),
        ("label", pa.string()),
        ("day", pa.int32()),
        ("reason", pa.string()),
        ("known", pa.bool_()),
        ("sampled", pa.string()),
        ("rows", pa.int64()),
        ("valued", pa.int64()),
        ("oldest", pa.int64()),
        ("newest", pa.int64()),
        ("until_now", pa.int64()),
        ("digest", pa.int64()),
    ]
)
"""Sums of a part of a table.

what: `day` (by label of activity, day, reason and whether the customer is known), `label` (of orders), `fact`
(usable contracts by the day their end was known), `sample`, `torn`. oldest, newest, until_now: microseconds;
the last one of what is not later than now. digest: of the rows, whatever their order.
"""

TORN = f"""SELECT 'torn' AS what, NULL AS label, NULL AS day, '{UNREADABLE_LINE}' AS reason,
    NULL AS known, NULL AS sampled, count(*) AS rows, 0 AS valued, NULL AS oldest, NULL AS newest,
    NULL AS until_now, 0 AS digest FROM torn_"""


def checked(name: str, *, now: datetime, one_in: int, by_label: bool = False) -> str:
    """The sums over the clean view `name`. one_in: of how many rows one tells where the customers lie.

    by_label: the labels are categories, too many to be counted day by day.
    """
    contract = name == contract_sql.NAME
    moment = f"TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}'"
    sets = ["(day, reason, known), (label)" if by_label else "(label, day, reason, known)", "(sampled)"]
    what = "WHEN grouping(day) = 0 THEN 'day' ELSE 'label'"
    if contract:
        sets.append("(fact)")
        what = f"WHEN grouping(fact) = 0 THEN 'fact' {what}"
    return f"""SELECT CASE WHEN grouping(sampled) = 0 THEN 'sample' {what} END AS what, label,
            {"coalesce(day, fact)" if contract else "day"} AS day, reason, known, sampled,
            count(*) AS rows, count(number) AS valued, epoch_us(min(time)) AS oldest,
            epoch_us(max(happened)) AS newest, epoch_us(max(time) FILTER (time <= {moment})) AS until_now,
            (bit_xor(row)::HUGEINT - 9223372036854775808::HUGEINT)::BIGINT AS digest
        FROM ({_told(name, moment=moment, one_in=one_in)}) GROUP BY GROUPING SETS ({", ".join(sets)})"""


def _told(name: str, *, moment: str, one_in: int) -> str:
    """What is summed up of each row."""
    contract = name == contract_sql.NAME
    label = "NULL::VARCHAR" if contract else "retain_label"
    told = f"""{label} AS label, {_day("retain_time")} AS day, retain_reason AS reason,
        retain_customer IS NOT NULL AS known, retain_time AS time, retain_number AS number,
        {_HAPPENED.format(moment=moment) if contract else "retain_time"} AS happened,
        hash(*COLUMNS('^retain_')) AS row,
        CASE WHEN retain_reason IS NULL AND retain_customer IS NOT NULL
             AND hash(retain_id, retain_time) % {one_in} = 0 THEN retain_id END AS sampled"""
    fact = f", CASE WHEN retain_reason IS NULL THEN {_day(_FACT)} END AS fact" if contract else ""
    return f"SELECT {told}{fact} FROM {name}"


_FACT = "coalesce(retain_known_at, retain_until)"
_HAPPENED = f"""greatest(CASE WHEN retain_time <= {{moment}} THEN retain_time END,
        CASE WHEN {_FACT} <= {{moment}} THEN {_FACT} END)"""
"""The last thing a contract tells of that is not later than now, as `contract_sql.seen_table` has it."""


def _day(moment: str) -> str:
    return f"{moment}::DATE - DATE '1970-01-01'"


@dataclass(frozen=True)
class Checked:
    """The sums of all parts of a table. one_in: of how many rows one is in the sample."""

    rows: Sequence[Mapping[str, Any]]
    one_in: int

    def of(self, what: str) -> Iterator[Mapping[str, Any]]:
        """The sums of one sort."""
        return (row for row in self.rows if row["what"] == what)

    def counts(self) -> tuple[int, int, int]:
        """Rows, used rows, anonymous rows; torn lines are no rows here."""
        days = list(self.of("day"))
        used = sum(row["rows"] for row in days if _usable(row))
        return sum(row["rows"] for row in days), used, sum(row["rows"] for row in days if not row["known"])

    def torn(self) -> int:
        """Lines that are no rows."""
        return sum(row["rows"] for row in self.of("torn"))

    def rejected(self) -> dict[str, int]:
        """Rows set aside by reason, and torn lines."""
        found: dict[str, int] = {}
        for row in (*self.of("day"), *self.of("torn")):
            if row["reason"] is not None and row["known"] is not False:
                found[row["reason"]] = found.get(row["reason"], 0) + row["rows"]
        torn = found.pop(UNREADABLE_LINE, 0)
        return dict(sorted(found.items())) | ({UNREADABLE_LINE: torn} if torn else {})

    def extent(self) -> tuple[datetime | None, datetime | None]:
        """The oldest and the newest used time."""
        used = [row for row in self.of("day") if _usable(row)]
        oldest = min((row["oldest"] for row in used if row["oldest"] is not None), default=None)
        newest = max((row["newest"] for row in used if row["newest"] is not None), default=None)
        return _moment(oldest), _moment(newest)

    def newest_until_now(self) -> datetime | None:
        """The newest used time that is not later than the moment of the run."""
        used = (row["until_now"] for row in self.of("day") if _usable(row))
        return _moment(max((time for time in used if time is not None), default=None))

    def days(self, *, as_of: date) -> dict[int, int]:
        """The usable rows of each day before the as-of; a contract counts at its start and once settled."""
        found: dict[int, int] = {}
        for row in (*self.of("day"), *self.of("fact")):
            if row["reason"] is None and row["day"] is not None and row["day"] < to_day(as_of):
                found[row["day"]] = found.get(row["day"], 0) + row["rows"]
        return found

    def labels(self, *, as_of: date) -> list[str]:
        """The categories with a row before the as-of, in alphabetical order."""
        before = to_day(as_of) * MICROSECONDS_A_DAY
        early = (r["label"] for r in self.of("label") if r["oldest"] is not None and r["oldest"] < before)
        return sorted({label for label in early if label is not None})

    def kinds(self, *, as_of: date) -> dict[str, tuple[int, int]]:
        """The rows before the as-of and the known values of each kind of activity."""
        found: dict[str, tuple[int, int]] = {}
        for row in self.of("day"):
            if row["label"] is not None and row["day"] is not None and row["day"] < to_day(as_of):
                rows, valued = found.get(row["label"], (0, 0))
                found[row["label"]] = rows + row["rows"], valued + row["valued"]
        return found

    def sample(self) -> dict[str, int]:
        """About how many rows some customers have, those with many among them."""
        found: dict[str, int] = {}
        for row in self.of("sample"):
            if row["sampled"] is not None:
                found[row["sampled"]] = found.get(row["sampled"], 0) + row["rows"] * self.one_in
        return found

    def digest(self) -> int:
        """A number that other rows would not have."""
        total = 0
        for row in self.of("day"):
            total ^= row["digest"]
        return total


def _usable(row: Mapping[str, Any]) -> bool:
    return row["reason"] is None and bool(row["known"])


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime(1970, 1, 1) + timedelta(microseconds=microseconds)
