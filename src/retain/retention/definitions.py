"""What each figure means, where its formula comes from, and which definition holds where authors disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from retain.config import Metrics
from retain.retention.wording import Wording


@dataclass(frozen=True)
class Definition:
    """A figure's title, unit (`%`, `money`, `customers`, `orders`, `x`), meaning and source.

    choice: the config's key, where authors disagree, with what it is set to.
    """

    title: str
    unit: str
    text: str
    source: str
    choice: str | None = None

    @property
    def whole(self) -> str:
        """The meaning and the choice as sentences."""
        return self.text if self.choice is None else f"{self.text} {self.choice}"


def definitions(words: Wording) -> Mapping[str, Definition]:
    """Every figure by its name, in the order in which they are shown."""
    metrics = words.config.metrics
    bought = {**_orders(metrics), **_spending(metrics)}
    return MappingProxyType({**_rates(words), **bought, **_values(words), **_mrr(words), **_lost()})


_CRR = "the customer retention rate as it is commonly taught, e.g. exprimere.net, Retention rate"
_STATUS = "what is left of the same customers: none are added"
_SHOP = "ecommercedb.com, Repeat customer rate; Metrilo, Purchase frequency"
_SAAS = "Baremetrics, Net revenue retention; gradient.works, Gross revenue retention"
_LADDER = "FirstOfficer, SaaS metrics glossary"
_REASONS = "Recurly, Voluntary and involuntary churn"
_FOLDED = "retain: how orders are read everywhere (README)"


def _rates(words: Wording) -> dict[str, Definition]:
    choice = _choice(words.config.metrics, "win_backs", _WIN_BACKS)
    start, end = words.active_at("the period's first day"), words.active_at("the day after its last")
    crr = (
        f"CRR = (E - N) / S x 100. S: {start}; E: {end}; N: those of E whose {words.first} inside the period."
    )
    return {
        "crr": Definition("Customer retention rate", "%", crr, _CRR, choice),
        "churn_rate": Definition(
            "Churn rate",
            "%",
            "100 - CRR, of the same customers: with the retention rate it makes 100. Below zero where more "
            "customers came back than were lost.",
            _CRR,
            choice,
        ),
        "annualised_churn": Definition(
            "Annualised churn",
            "%",
            "1 - (1 - churn)^(1 / years): what a year of such periods would lose; for a month 1 - (1 - "
            "churn)^12.",
            "compounding",
        ),
        "kept": Definition(
            "Start customers still active",
            "%",
            "Of the customers active at the start (S), the share that is active at the end, too. Never over "
            "100: "
            "neither new customers nor those who came back are in it.",
            _STATUS,
        ),
    }


def _orders(metrics: Metrics) -> dict[str, Definition]:
    return {
        "repeat_customer_rate": Definition(
            "Repeat-customer rate",
            "%",
            "Customers with two orders or more / customers with one or more.",
            _SHOP,
            _choice(metrics, "repeat", _REPEATS),
        ),
        "customers": Definition(
            "Customers who ordered", "customers", "Customers with an order in the period.", _SHOP
        ),
        "orders": Definition(
            "Orders",
            "orders",
            "Orders in the period: amounts of zero or more, not cancelled; lines of one order, customer and "
            "day are "
            "one. An opposite amount of the same customer and day takes an order back.",
            _FOLDED,
        ),
    }


def _spending(metrics: Metrics) -> dict[str, Definition]:
    revenue = _choice(metrics, "revenue", _REVENUES)
    return {
        "revenue": Definition("Revenue", "money", "Amounts of the orders.", _SHOP, revenue),
        "returns": Definition("Returns", "money", "Sent back in the period, whenever it was ordered.", _SHOP),
        "aov": Definition("Average order value", "money", "AOV = revenue / orders.", _SHOP, revenue),
        "purchase_frequency": Definition("Purchase frequency", "x", "Orders / customers who ordered.", _SHOP),
        "revenue_per_customer": Definition(
            "Revenue per customer",
            "money",
            "Revenue / customers who ordered: AOV x purchase frequency.",
            _SHOP,
            revenue,
        ),
    }


def _values(words: Wording) -> dict[str, Definition]:
    horizon = words.config.value.horizon
    return {
        "historic_clv": Definition(
            "Historic customer lifetime value",
            "money",
            "Sum of a customer's order values net of returns, from their first order to the period's end; "
            "mean over "
            "customers.",
            _SHOP,
        ),
        "predicted_clv": Definition(
            "Predicted customer lifetime value",
            "money",
            f"Revenue expected over the {horizon} days after the list's day if the customer stays "
            "(value.horizon), as in the newest published list or, without one, by the champion of that day; "
            "mean over its eligible customers.",
            "Fader, Hardie and Lee 2005, the model of models/value.py",
        ),
    }


def _mrr(words: Wording) -> dict[str, Definition]:
    metrics = words.config.metrics
    same = "of the customers paying at the start; those who left stay in it"
    return {
        "mrr": Definition(
            "Monthly recurring revenue",
            "money",
            "Amounts of the contracts that run at the period's end. End = start + new + expansion + "
            "reactivation - "
            "contraction - churned.",
            _LADDER,
            _choice(metrics, "trials", _TRIALS),
        ),
        "nrr": Definition(
            "Net revenue retention",
            "%",
            f"(start + expansion - contraction - churned) / start, {same}. Over 100 where expansion "
            "outweighs losses.",
            _SAAS,
        ),
        "grr": Definition(
            "Gross revenue retention",
            "%",
            f"(start - contraction - churned) / start, {same}. Never over 100.",
            _SAAS,
        ),
        "quick_ratio": Definition(
            "Quick ratio",
            "x",
            "(new + expansion) / (contraction + churned): what is gained for each unit lost.",
            _LADDER,
            _choice(metrics, "quick_ratio", _QUICK),
        ),
    }


def _lost() -> dict[str, Definition]:
    """How customers with contracts leave, and why."""
    return {
        "logo_churn": Definition(
            "Logo churn",
            "%",
            "Customers paying at the start and not at the end / those paying at the start.",
            _SAAS,
        ),
        "revenue_churn": Definition(
            "Revenue churn",
            "%",
            "MRR of the customers who left / MRR at the start: logo churn weighted by money.",
            _SAAS,
        ),
        "voluntary_churn": Definition(
            "Voluntary churn",
            "%",
            "Customers who left of their own will / customers paying at the start, by the reason of the "
            "contract that "
            "ended last; every reason not named in metrics.involuntary is voluntary.",
            _REASONS,
        ),
        "involuntary_churn": Definition(
            "Involuntary churn",
            "%",
            "Customers who left for a reason named in metrics.involuntary (a failed payment, a death) / "
            "customers paying "
            "at the start.",
            _REASONS,
        ),
    }


_WIN_BACKS = {
    "retained": "Customers who came back in the period count as retained",
    "apart": "Customers who came back in the period are left out of E",
}
_REPEATS = {
    "period": "Both orders lie in the period",
    "lifetime": "Orders before the period count towards the two",
}
_REVENUES = {"gross": "Returns are not deducted", "net": "What was sent back in the period is deducted"}
_QUICK = {"plain": "Reactivation is not in it", "reactivation": "Reactivation counts as gained"}
_TRIALS = {False: "Trials are not in it", True: "Trials are in it"}


def _choice(metrics: Metrics, key: str, told: Mapping[Any, str]) -> str:
    """What the config chose, and what else there is."""
    chosen, default = getattr(metrics, key), Metrics.model_fields[key].default
    others = " or ".join(_spelled(other) for other in told if other != chosen)
    which = "the default" if chosen == default else "not the default"
    return f"{told[chosen]} (metrics.{key}: {_spelled(chosen)}, {which}; else {others})."


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
