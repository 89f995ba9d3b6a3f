"""The retention metrics as a page that stands alone, drawn from their document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from retain.reports.heat import Heat, heat
from retain.reports.html import page as rendered
from retain.reports.timeline import Level, Point, timeline
from retain.reports.waterfall import Bar, Kind, Layer, stacks, waterfall

Document = Mapping[str, Any]

LIGHTS = {
    "green": "on target",
    "amber": "below the target, above the minimum",
    "red": "below the minimum",
    None: "not known",
}
"""What a traffic light says: colour alone tells nothing to many."""

RATES = ("churn_rate", "annualised_churn", "kept", "repeat_customer_rate")
TRADE = ("customers", "orders", "purchase_frequency", "revenue", "returns", "aov", "revenue_per_customer")
RECURRING = (
    "mrr",
    "nrr",
    "grr",
    "quick_ratio",
    "logo_churn",
    "revenue_churn",
    "voluntary_churn",
    "involuntary_churn",
)
VALUES = ("historic_clv", "predicted_clv")


def page(document: Document) -> str:
    """The metrics as one self-contained HTML page."""
    return rendered(
        "metrics.html",
        document=document,
        light=LIGHTS[document["target"]["light"]],
        cards=[(title, _figures(document, names)) for title, names in GROUPS],
        explained=[one for one in _explained(document) if one["value"] is not None or one["population"]],
        absent=_absent(document),
        bridge=bridge(document),
        crr=_line(document, "crr", "Customer retention rate by", _levels(document)),
        churned=_line(document, "churn_rate", "Churn rate by"),
        flows=_flows(document),
        money=_money(document),
        kept_money=_kept_money(document),
        maps=_maps(document),
        segment_maps=_segment_maps(document),
        expected=any("predicted_clv" in one for one in document["segments"]),
        lights=LIGHTS,
        shown=shown,
    )


GROUPS = (
    ("Churn and loyalty", RATES),
    ("Orders", TRADE),
    ("Contracts", RECURRING),
    ("What a customer is worth", VALUES),
)


def shown(value: float | None, unit: str, currency: str | None = None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "%":
        return f"{value:.1f} %"
    if unit == "money":
        amount = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.2f}"
        return f"{amount} {currency}" if currency else amount
    return f"{value:,.0f}" if unit in ("customers", "orders") else f"{value:,.2f}"


def bridge(document: Document) -> Markup:
    """From the customers at the start to those at the end."""
    crr, kept = document["crr"], document["kept"]
    bars = [
        Bar("Start (S)", crr["S"], "total"),
        Bar("Lost", kept["lost"], "down"),
        Bar("Came back", crr["returned"], "up"),
        Bar("New (N)", crr["N"], "up"),
        Bar("End (E)", crr["E"], "total"),
    ]
    return waterfall(bars, title="Customers from the period's start to its end")


def _figures(document: Document, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Those that the tables allow."""
    there = [document[name] for name in names if name in document]
    return [one for one in there if one["value"] is not None or one["population"]]


def _absent(document: Document) -> dict[str, list[str]]:
    """The titles of those that they do not allow, by why."""
    found: dict[str, list[str]] = {}
    for one in _explained(document):
        if one["value"] is None and not one["population"]:
            found.setdefault(one["why"], []).append(one["title"])
    return found


def _explained(document: Document) -> list[Mapping[str, Any]]:
    return [one for one in document.values() if isinstance(one, Mapping) and "title" in one]


def _levels(document: Document) -> list[Level]:
    target = document["target"]
    return [Level(f"{name} {target[name]:g} %", target[name]) for name in ("target", "minimum")]


def _line(document: Document, name: str, title: str, levels: Sequence[Level] = ()) -> Markup:
    points = [
        Point(
            one["name"],
            one[name]["value"],
            one["light"] if levels else None,
            firm=one["complete"] and one["remembered"],
        )
        for one in document["periods"]
    ]
    return timeline(points, title=f"{title} {document['by']}", levels=levels)


def _flows(document: Document) -> Markup:
    periods = document["periods"]

    def layer(name: str) -> Layer:
        return Layer(name, [one["flows"].get(name, 0) for one in periods], name)

    names = [one["name"] for one in periods]
    above = [layer(name) for name in ("current", "resurrected", "new")]
    return stacks(names, above, [layer("dormant")], title=f"Lifecycle flows by {document['by']}")


def _money(document: Document) -> Markup | None:
    """How the recurring revenue moved from the period's start to its end."""
    if "mrr" not in document or document["mrr"]["value"] is None:
        return None
    bars = [Bar(title, document["mrr"][name], kind) for name, title, kind in MOVES]
    return waterfall(bars, title="Monthly recurring revenue from the period's start to its end")


def _kept_money(document: Document) -> Markup | None:
    """Net revenue retention of every period."""
    there = any(one.get("nrr", {}).get("value") is not None for one in document["periods"])
    return _line(document, "nrr", "Net revenue retention by") if there else None


MOVES: tuple[tuple[str, str, Kind], ...] = (
    ("start", "Start", "total"),
    ("new", "New", "up"),
    ("expansion", "Expansion", "up"),
    ("reactivation", "React.", "up"),
    ("contraction", "Contract.", "down"),
    ("churned", "Churned", "down"),
    ("end", "End", "total"),
)


def _maps(document: Document) -> list[tuple[str, str, Heat]]:
    """Title, definition and table of each heat-map."""
    averages, meanings = document["cohort_averages"], document["cohort_definitions"]
    tables = [
        ("Who is still active", "retention", document["cohorts"]),
        ("Who is not gone yet", "unbounded", document["cohorts"]),
        ("Revenue that stays", "revenue_retention", document["revenue_cohorts"]),
    ]
    return [
        (title, meanings[name], heat(rows, name, averages.get(name, ())))
        for title, name, rows in tables
        if rows
    ]


def _segment_maps(document: Document) -> list[tuple[str, Heat]]:
    """Of each segment the heat-map of who is still active."""
    segments = [one for one in document["segments"] if one.get("cohorts")]
    return [(one["segment"], heat(one["cohorts"], "retention", ())) for one in segments]
