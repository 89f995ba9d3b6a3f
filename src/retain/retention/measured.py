"""A period measured: its counts, and the figures that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retain.retention import rates
from retain.retention.flows import Flows
from retain.retention.periods import Period
from retain.retention.rates import Counts, Light, share
from retain.retention.revenue import MOVEMENTS, Recurring
from retain.retention.trade import Trade
from retain.retention.wording import Wording


@dataclass(frozen=True)
class Figure:
    """A number with whom it is about. why: what keeps it from being known. parts: what it is made of."""

    value: float | None
    population: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    why: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        told = {"value": self.value, **self.parts, "population": self.population}
        return told if self.why is None else {**told, "why": self.why}


@dataclass(frozen=True)
class Lifetime:
    """What customers have spent since their first order, net of returns."""

    customers: int
    mean: float | None
    median: float | None


@dataclass(frozen=True)
class Measured:
    """What was counted of a period: of all customers, or of one segment.

    ever: customers whose first row lies before the period's end.
    """

    period: Period
    counts: Counts
    ever: int
    flows: Flows | None = None
    trade: Trade | None = None
    lifetime: Lifetime | None = None
    recurring: Recurring | None = None

    def light(self, words: Wording) -> Light | None:
        """How the retention rate stands to the target."""
        metrics = words.config.metrics
        crr = rates.retention(self.counts, metrics.win_backs)
        return rates.traffic_light(crr, target=metrics.target, minimum=metrics.minimum)

    def figures(self, words: Wording) -> dict[str, Figure]:
        """Every figure of `definitions` that the tables allow, by its name."""
        found = self._rates(words)
        if self.trade is not None:
            found |= self._buying(words, self.trade)
        if self.lifetime is not None:
            found["historic_clv"] = self._lifetime(self.lifetime)
        if self.recurring is not None:
            found |= self._recurring(words, self.recurring)
        return found

    def _rates(self, words: Wording) -> dict[str, Figure]:
        counts, win_backs = self.counts, words.config.metrics.win_backs
        started = f"{counts.start:,} {words.at_start(self.period)}"
        churned = rates.churn(counts, win_backs)
        parts: dict[str, Any] = {"S": counts.start, "N": counts.new, "E": counts.end}
        parts |= {"returned": counts.returned, "win_backs": win_backs}
        nobody = None if counts.start else f"nobody was active at the start, {self.period.start}"
        return {
            "crr": Figure(rates.retention(counts, win_backs), started, parts, nobody),
            "churn_rate": Figure(churned, started, {}, nobody),
            "annualised_churn": Figure(
                rates.annualised(churned, years=self.period.years),
                started,
                {"years": self.period.years},
                nobody,
            ),
            "kept": Figure(
                rates.kept_share(counts), started, {"kept": counts.kept, "lost": counts.lost}, nobody
            ),
        }

    def _buying(self, words: Wording, trade: Trade) -> dict[str, Figure]:
        metrics = words.config.metrics
        days = f"from {self.period.start} to {self.period.last}"
        buyers = f"{trade.customers:,} customers who ordered {days}"
        bought = f"{trade.orders:,} orders of {buyers}"
        repeat = trade.repeat if metrics.repeat == "period" else trade.known
        revenue = trade.revenue(metrics.revenue)
        nobody = None if trade.orders else f"nobody ordered {days}"
        found = {
            "repeat_customer_rate": Figure(
                trade.repeat_rate(metrics.repeat),
                buyers,
                {"repeat_customers": repeat, "customers": trade.customers},
                nobody,
            ),
            "customers": Figure(trade.customers, buyers),
            "orders": Figure(trade.orders, bought),
            "purchase_frequency": Figure(trade.frequency, buyers, {}, nobody),
        }
        if not words.priced:
            return found
        return found | {
            "revenue": Figure(revenue, bought),
            "returns": Figure(trade.returned, f"what customers with an order on record sent back {days}"),
            "aov": Figure(
                trade.order_value(metrics.revenue),
                bought,
                {"revenue": revenue, "orders": trade.orders},
                nobody,
            ),
            "revenue_per_customer": Figure(rates.ratio(revenue, trade.customers), buyers, {}, nobody),
        }

    def _lifetime(self, lifetime: Lifetime) -> Figure:
        people = f"{lifetime.customers:,} customers with an order up to {self.period.last}"
        return Figure(lifetime.mean, people, {"median": lifetime.median})

    def _recurring(self, words: Wording, money: Recurring) -> dict[str, Figure]:
        metrics, customers = words.config.metrics, money.customers
        payers = f"{customers.get('start', 0):,} customers with a contract at the start, {self.period.start}"
        running = f"{customers.get('end', 0):,} customers with a contract at the end, {self.period.last}"
        nobody = None if money.start else f"nothing was paid at the start, {self.period.start}"
        parts = {name: getattr(money, name) for name in MOVEMENTS}
        quick = money.quick_ratio(metrics.quick_ratio)
        return {
            "mrr": Figure(money.end, running, {**parts, "customers": dict(customers)}),
            "nrr": Figure(money.nrr, payers, {}, nobody),
            "grr": Figure(money.grr, payers, {}, nobody),
            "quick_ratio": Figure(quick, payers, {}, "nothing was lost" if quick is None else None),
            "logo_churn": Figure(money.logo_churn, payers, {"lost": customers.get("churned", 0)}, nobody),
            "revenue_churn": Figure(money.revenue_churn, payers, {"lost": money.churned}, nobody),
            **self._by_reason(words, money, payers),
        }

    def _by_reason(self, words: Wording, money: Recurring, payers: str) -> dict[str, Figure]:
        """Voluntary and involuntary churn; unknown where the config does not tell them apart."""
        named, start = words.config.metrics.involuntary, money.customers.get("start", 0)
        if not named or not words.reasoned:
            lacking = "metrics.involuntary names no end reason" if words.reasoned else NO_REASONS
            return {
                name: Figure(None, payers, {}, lacking) for name in ("voluntary_churn", "involuntary_churn")
            }
        forced = money.involuntary(named)
        counts = {"voluntary_churn": money.customers.get("churned", 0) - forced, "involuntary_churn": forced}
        return {name: Figure(share(lost, start), payers, {"lost": lost}) for name, lost in counts.items()}


NO_REASONS = "the contracts have no reasons (tables.subscriptions.columns.reason)"
