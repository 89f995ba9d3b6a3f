"""A measurement as a document: `metrics --json` and metrics.json. Shares are percent, unknown is null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from retain.retention.cohorts import Cohorts, Floats, names_of
from retain.retention.definitions import Definition, definitions
from retain.retention.measure import Measurement
from retain.retention.measured import Figure, Measured
from retain.retention.periods import Scope

FLOWS = (
    "Against the period before: new, first ever seen in this one; current, seen in both; resurrected, seen "
    "in "
    "this one and earlier, not in the one before; dormant, seen in the one before and not in this one. "
    "New + current + resurrected are the customers seen in the period."
)
RECURRING = ("mrr", "nrr", "grr", "quick_ratio", "logo_churn", "revenue_churn")
COHORTS = {
    "retention": "Bounded: share of the cohort seen in exactly that {by} after its first one, in percent.",
    "unbounded": (
        "Unbounded: share of the cohort seen in that {by} or a later one, in percent. What is to come can "
        "still "
        "raise it: the newest cells are the lowest."
    ),
    "average": "Averages weigh each cohort by its customers, over complete cells only.",
    "complete": "A cell is complete where the data reach the end of its {by}; others are empty.",
    "revenue_retention": (
        "Revenue of the cohort in that {by}, net of returns, in percent of its first one; over 100 where "
        "those who "
        "stay spend more than those who left did."
    ),
    "recurring": (
        "What the contracts of the cohort that run at the end of that {by} bring a month, in percent of "
        "those at the "
        "end of its first one; over 100 where those who stay pay more than those who left did."
    ),
    "revenue_per_customer": "What a customer of the cohort brought by the end of that {by}, net of returns.",
}


def document(
    found: Measurement,
    *,
    notes: Sequence[str],
    extra: Mapping[str, Figure],
    extra_of: Mapping[str, Mapping[str, Figure]] | None = None,
) -> dict[str, Any]:
    """The whole measurement. extra: figures that were not counted here, such as the predicted CLV.

    extra_of: the same of each segment.
    """
    words, scope = found.words, found.scope
    meanings = definitions(words)
    figures = {**found.whole.figures(words), **extra}
    absent = {name: Figure(None, "", {}, why) for name, why in _absent(found).items() if name not in figures}
    return {
        "name": words.config.name,
        "from": str(scope.whole.start),
        "to": str(scope.whole.last),
        "by": scope.by,
        "as_of": str(scope.as_of),
        "complete": scope.over(scope.whole),
        "currency": words.config.value.currency,
        "active": _sentence(f"{words.active_at('a day')} are active on it"),
        "target": _target(found),
        **{
            name: _explained({**figures, **absent}[name], each)
            for name, each in meanings.items()
            if name in {**figures, **absent}
        },
        "flows": {**_flows(found.whole), "definition": f"{FLOWS} Seen is {words.seen}."},
        "periods": [_period(part, found) for part in found.parts],
        "segments": [_segment(found, value, (extra_of or {}).get(value, {})) for value in found.segments],
        "cohorts": _cohorts(found.cohorts, scope),
        "cohort_averages": _averages(found.cohorts, found.revenue),
        "end_reasons": _reasons(found),
        "revenue_cohorts": _revenue(found, found.revenue),
        "cohort_definitions": _cohort_definitions(found),
        "notes": list(notes),
    }


def _segment(found: Measurement, value: str, extra: Mapping[str, Figure]) -> dict[str, Any]:
    """A segment's figures, periods and cohorts."""
    whole, parts = found.segments[value]
    cohorts = found.cohorts_of.get(value)
    return {
        "segment": value,
        "light": whole.light(found.words),
        **_plain(whole, found),
        **{name: figure.to_json() for name, figure in extra.items()},
        "periods": [_period(part, found) for part in parts],
        "cohorts": [] if cohorts is None else _cohorts(cohorts, found.scope),
        "revenue_cohorts": _revenue(found, found.revenue_of.get(value)),
    }


def _cohort_definitions(found: Measurement) -> dict[str, str]:
    told = {name: text.format(by=found.scope.by) for name, text in COHORTS.items()}
    recurring = told.pop("recurring")
    return {**told, "revenue_retention": recurring} if found.words.recurring else told


def _reasons(found: Measurement) -> list[dict[str, Any]]:
    """Why customers with a contract at the start had none at the end, the most frequent first."""
    money = found.whole.recurring
    named = found.words.config.metrics.involuntary
    return [] if money is None else [{**vars(one), "involuntary": one.reason in named} for one in money.left]


def _explained(figure: Figure, meaning: Definition) -> dict[str, Any]:
    told = figure.to_json()
    return {
        **told,
        "title": meaning.title,
        "unit": meaning.unit,
        "definition": meaning.whole,
        "source": meaning.source,
    }


def _absent(found: Measurement) -> dict[str, str]:
    """Why figures that others have are not there."""
    orders = found.words.config.tables.orders
    why = (
        "the config has no table of orders"
        if orders is None
        else "the orders have no amounts (columns.amount)"
    )
    if found.words.config.tables.subscriptions is not None and not found.words.paid:
        absent = dict.fromkeys(
            RECURRING, "the contracts have no amounts (tables.subscriptions.columns.amount)"
        )
    else:
        absent = {}
    bought = ("repeat_customer_rate", "customers", "orders", "purchase_frequency")
    priced = ("revenue", "returns", "aov", "revenue_per_customer", "historic_clv")
    return dict.fromkeys((*bought, *priced), why) | absent


def _target(found: Measurement) -> dict[str, Any]:
    metrics = found.words.config.metrics
    target, minimum = 100 * metrics.target, 100 * metrics.minimum
    return {
        "target": target,
        "minimum": minimum,
        "light": found.whole.light(found.words),
        "definition": (
            f"Green from {target:g} % on (metrics.target), amber from {minimum:g} % on (metrics.minimum), "
            "red below."
        ),
    }


def _period(part: Measured, found: Measurement) -> dict[str, Any]:
    scope, period = found.scope, part.period
    return {
        "name": period.name,
        "from": str(period.start),
        "to": str(period.last),
        "complete": scope.over(period),
        "remembered": scope.remembered(period),
        "light": part.light(found.words) if scope.over(period) else None,
        **_plain(part, found),
    }


def _plain(part: Measured, found: Measurement) -> dict[str, Any]:
    figures = {name: figure.to_json() for name, figure in part.figures(found.words).items()}
    return {**figures, "flows": _flows(part)}


def _flows(part: Measured) -> dict[str, Any]:
    flows = part.flows
    return (
        {} if flows is None else {**vars(flows), "active": flows.active, "active_before": flows.active_before}
    )


def _cohorts(found: Cohorts, scope: Scope) -> list[dict[str, Any]]:
    tables = {"active": found.active, "retention": found.retention, "unbounded": found.unbounded}
    return _table_rows(found, scope, tables)


def _revenue(found: Measurement, cohorts: Cohorts | None) -> list[dict[str, Any]]:
    """What contracts bring a month cannot be added up over the months of a quarter, so it is not."""
    if cohorts is None:
        return []
    tables = {"revenue": cohorts.revenue, "revenue_retention": cohorts.revenue_retention}
    if not found.words.recurring:
        tables["revenue_per_customer"] = cohorts.revenue_per_customer
    there = {name: table for name, table in tables.items() if table is not None}
    return _table_rows(cohorts, found.scope, there)


def _table_rows(found: Cohorts, scope: Scope, tables: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """One row a cohort; of each table its complete cells."""
    return [
        {
            "cohort": name,
            "from": str(start),
            "size": int(size),
            **{key: _cells(table[row], whole=key == "active") for key, table in tables.items()},
        }
        for row, (name, start, size) in enumerate(
            zip(names_of(found, scope), found.starts, found.sizes, strict=True)
        )
    ]


def _cells(row: Floats, *, whole: bool) -> list[float]:
    """The complete cells; customers are whole numbers."""
    return [int(cell) if whole else float(cell) for cell in row if np.isfinite(cell)]


def _averages(found: Cohorts, revenue: Cohorts | None) -> dict[str, list[float]]:
    tables = {"retention": found.average(found.retention), "unbounded": found.average(found.unbounded)}
    if revenue is not None and revenue.revenue_retention is not None:
        tables["revenue_retention"] = revenue.average(revenue.revenue_retention)
    return {name: [cell for cell in cells if cell is not None] for name, cells in tables.items()}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
