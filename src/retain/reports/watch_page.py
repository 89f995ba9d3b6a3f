"""What `retain watch` found, as a page: pictures and tables, self-contained, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from retain.reports.charts import Axis, Chart, Line
from retain.reports.html import page as rendered
from retain.reports.timelines import Point, Span, against, forest, stacked

if TYPE_CHECKING:  # the page is below what it shows
    from retain.steps.watch_results import WatchResult
    from retain.watch.effect import Contrast, Effect
    from retain.watch.outcomes import Outcome, Rate
    from retain.watch.qini import Qini

LEAST = 5
"""Customers that each group of a segment or an action needs to be drawn; the JSON has them all."""
FEATURES = 12
"""Features in the table of drift."""
LEVELS = {"none": "", "moderate": "fair", "large": "bad"}


def page(found: WatchResult) -> str:
    """The page."""
    return rendered(
        "watch.html",
        found=found,
        newest=found.outcomes[-1] if found.outcomes else None,
        bands=_bands(found),
        lists=_against(found.outcomes),
        effect=found.effect,
        forest=_forest(found.effect),
        parts=_parts(found.effect),
        qini=_qini(found.effect.qini) if found.effect and found.effect.qini else None,
        drift=found.drift,
        moved=_moved(found),
        least=LEAST,
        methods=found.to_json()["methods"],
    )


def day_name(day: date) -> str:
    """15 Aug."""
    return f"{day.day} {day:%b}"


def _bands(found: WatchResult) -> Markup | None:
    columns = []
    for one in found.bands:
        total = sum(one.customers.values())
        if total:
            columns.append((day_name(one.as_of), [(name, n / total) for name, n in one.customers.items()]))
    title = "Share of the scored customers in each band of risk, list by list"
    return stacked(columns, title=title) if columns else None


def _against(outcomes: Sequence[Outcome]) -> list[tuple[str, Markup]]:
    """Expected and actual churn of all scored customers, and of those on the list."""
    if not outcomes:
        return []
    days = [day_name(one.as_of) for one in outcomes]
    shown = {
        "All scored customers": [one.everyone.total for one in outcomes],
        "Customers on the list": [one.listed for one in outcomes],
    }
    about = "expected and actual churn, list by list"
    return [
        (title, against(_points(days, rates), title=f"{title}: {about}")) for title, rates in shown.items()
    ]


def _points(days: Sequence[str], rates: Sequence[Rate]) -> list[Point]:
    told = zip(days, rates, strict=True)
    return [Point(day, rate.expected, rate.actual, rate.low, rate.high) for day, rate in told]


def _forest(effect: Effect | None) -> Markup | None:
    """The pooled estimates, and each week's."""
    if effect is None:
        return None
    named = [(one, True) for one in (effect.intended, effect.treated, effect.recently) if one is not None]
    named += [(one, False) for one in effect.weeks]
    spans = [_span(one, strong=strong) for one, strong in named]
    return forest(spans, title="Share who stayed, contacted less held out, with 95 % intervals")


def _parts(effect: Effect | None) -> list[tuple[str, Markup]]:
    """Each segment's and each action's estimate."""
    if effect is None:
        return []
    parts = {"By segment": effect.segments, "By action": effect.actions}
    about = "share who stayed, contacted less held out"
    large = {
        title: [one for one in found if min(one.groups.contacted, one.groups.held) >= LEAST]
        for title, found in parts.items()
    }
    return [
        (title, forest([_span(one) for one in found], title=f"{title}: {about}"))
        for title, found in large.items()
        if found
    ]


def _span(one: Contrast, *, strong: bool = False) -> Span:
    groups, found = one.groups, one.difference
    name = one.name.replace("_", " ")
    note = f"{groups.contacted:,} contacted, {groups.held:,} not"
    return Span(name[:1].upper() + name[1:], note, found.value, found.low, found.high, strong)


def _qini(found: Qini) -> Markup:
    share, kept = np.array(found.share), np.array(found.kept)
    reach = [min(0.0, *found.kept), max(0.0, *found.kept)]
    room = 0.08 * (reach[1] - reach[0] or 1.0)
    ends = np.array([0.0, 1.0])
    return Chart(
        title="Qini curve: customers kept by contacting the first on the lists",
        x=Axis("Share of the customers, from the first to call", 0, 1),
        y=Axis("Customers kept", reach[0] - room, reach[1] + room, ",.0f"),
        lines=[
            Line("in any order", ends, ends * kept[-1], "reference"),
            Line("in the order of the list", share, kept, "strong"),
        ],
    ).svg()


def _moved(found: WatchResult) -> list[tuple[Any, str]]:
    """The features whose move matters most, with the style of its level."""
    if found.drift is None:
        return []
    return [(one, LEVELS[one.shift.level]) for one in found.drift.moved[:FEATURES]]
