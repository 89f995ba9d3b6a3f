"""Orders of a period and what they came to: AOV, purchase frequency, repeat customers, customer value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retain.events.rows import TEN_THOUSANDTHS
from retain.retention.periods import Scope
from retain.retention.population import BUYERS
from retain.retention.rates import ratio, share

Revenue = Literal["gross", "net"]

UNITS = "retain_units"


@dataclass(frozen=True)
class Trade:
    """What was ordered in a period. Money is in the units of the source.

    repeat: customers with two orders or more in the period. known: customers of the period who have two
    or more up to its end. amount: of the orders. returned: sent back in the period, whenever ordered.
    """

    customers: int
    repeat: int
    known: int
    orders: int
    amount: float
    returned: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Trade:
        """From a row of `traded`."""
        customers, repeat, known, orders = (int(row[name]) for name in _COUNTS)
        return cls(customers, repeat, known, orders, float(row["amount"]), float(row["returned"]))

    def revenue(self, kind: Revenue) -> float:
        """Amounts of the orders; `net` of what was sent back in the period."""
        return self.amount - self.returned if kind == "net" else self.amount

    def repeat_rate(self, over: Literal["period", "lifetime"]) -> float | None:
        """Customers with two orders or more / customers with one or more, in percent (PRACTICE.md)."""
        return share(self.repeat if over == "period" else self.known, self.customers)

    def order_value(self, kind: Revenue) -> float | None:
        """AOV = revenue / orders (PRACTICE.md)."""
        return ratio(self.revenue(kind), self.orders)

    @property
    def frequency(self) -> float | None:
        """Purchase frequency = orders / customers (PRACTICE.md)."""
        return ratio(self.orders, self.customers)


_COUNTS = ("customers", "repeat", "known", "orders")


def units(scope: Scope) -> str:
    """Orders of each customer and calendar unit; a unit that the period begins in is in two rows."""
    return f"""SELECT code, date_trunc('{scope.by}', day)::DATE AS unit,
            day >= DATE '{scope.whole.start}' AS inside, sum(orders)::INTEGER AS orders,
            sum(amount)::BIGINT AS amount, sum(returned)::BIGINT AS returned
        FROM {BUYERS.days} GROUP BY ALL"""


def traded(scope: Scope, *, whole: bool, segmented: bool) -> str:
    """The columns of `Trade` by unit and segment (null: all); for the whole period as one where `whole`."""
    unit, alone = ("", "()") if whole else ("unit, ", "(unit)")
    groups = f"GROUPING SETS ({alone}, ({unit}segment))" if segmented else f"GROUPING SETS ({alone})"
    one = f"""SELECT {unit}code, sum(orders) AS orders, sum(amount) AS amount, sum(returned) AS returned
        FROM {UNITS} WHERE inside GROUP BY {unit}code"""
    start = f"greatest(unit, DATE '{scope.whole.start}')" if not whole else f"DATE '{scope.whole.start}'"
    return f"""SELECT {unit}{"segment" if segmented else "NULL::VARCHAR AS segment"},
            count(*) FILTER (orders > 0) AS customers, count(*) FILTER (orders > 1) AS repeat,
            count(*) FILTER (orders > 1 OR orders = 1 AND first < {start}) AS known,
            coalesce(sum(orders), 0) AS orders,
            coalesce(sum(amount), 0) / {TEN_THOUSANDTHS} AS amount,
            coalesce(sum(returned), 0) / {TEN_THOUSANDTHS} AS returned
        FROM ({one}) JOIN {BUYERS.people} USING (code) GROUP BY {groups}"""


def lifetime_values(*, segmented: bool) -> str:
    """Customers, mean and median of what each has spent, net of returns, by segment (null: all)."""
    groups = "GROUPING SETS ((), (segment))" if segmented else "GROUPING SETS (())"
    return f"""SELECT {"segment" if segmented else "NULL::VARCHAR AS segment"}, count(*) AS customers,
            avg(spent) / {TEN_THOUSANDTHS} AS mean, median(spent) / {TEN_THOUSANDTHS} AS median
        FROM (SELECT code, sum(amount - returned) AS spent FROM {UNITS} GROUP BY code)
        JOIN {BUYERS.people} USING (code) GROUP BY {groups}"""
