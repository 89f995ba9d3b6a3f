"""Recurring revenue: how it moved from a period's start to its end, and what share of it was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from retain.retention.rates import ratio, share

Quick = Literal["plain", "reactivation"]
MOVEMENTS = ("start", "new", "expansion", "reactivation", "contraction", "churned", "end")


@dataclass(frozen=True)
class Left:
    """Customers who left for one reason, and what they paid a month."""

    reason: str
    customers: int
    mrr: float


@dataclass(frozen=True)
class Recurring:
    """Monthly recurring revenue of a period, in the units of the source.

    end = start + new + expansion + reactivation - contraction - churned (PRACTICE.md, Revenue): a customer
    at the end against the same one at the start. customers: how many stand behind each. left: why those
    who left did.
    """

    start: float
    new: float
    expansion: float
    reactivation: float
    contraction: float
    churned: float
    end: float
    customers: Mapping[str, int] = field(default_factory=dict)
    left: Sequence[Left] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any], left: Sequence[Left] = ()) -> Recurring:
        """From a row of `contracts.movements`."""
        customers = {name: int(row[f"{name}_customers"]) for name in MOVEMENTS}
        money = {name: float(row[name]) for name in MOVEMENTS}
        return cls(**money, customers=customers, left=left)

    @property
    def nrr(self) -> float | None:
        """Net revenue retention = (start + expansion - contraction - churned) / start, in percent."""
        return share(self.start + self.expansion - self.contraction - self.churned, self.start)

    @property
    def grr(self) -> float | None:
        """Gross revenue retention = (start - contraction - churned) / start, in percent; never over 100."""
        return share(self.start - self.contraction - self.churned, self.start)

    def quick_ratio(self, kind: Quick = "plain") -> float | None:
        """(new + expansion) / (contraction + churned); None where nothing was lost."""
        gained = self.new + self.expansion + (self.reactivation if kind == "reactivation" else 0)
        return ratio(gained, self.contraction + self.churned)

    @property
    def revenue_churn(self) -> float | None:
        """What the customers who left had paid / start, in percent."""
        return share(self.churned, self.start)

    @property
    def logo_churn(self) -> float | None:
        """Customers who left / customers at the start, in percent."""
        return share(self.customers.get("churned", 0), self.customers.get("start", 0))

    def involuntary(self, reasons: Sequence[str]) -> int:
        """Customers who left for one of the reasons."""
        return sum(left.customers for left in self.left if left.reason in reasons)
