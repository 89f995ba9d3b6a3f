"""A share over periods, with the target it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

from markupsafe import Markup, escape

from retain.reports.charts import Axis, drawing
from retain.reports.waterfall import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Places, at, grid


@dataclass(frozen=True)
class Point:
    """A period's value in percent. light: its class in the style sheet. firm: whether it is final."""

    name: str
    value: float | None
    light: str | None = None
    firm: bool = True


@dataclass(frozen=True)
class Level:
    """A level that values are held against."""

    name: str
    value: float


def timeline(points: Sequence[Point], *, title: str, levels: Sequence[Level] = ()) -> Markup:
    """A line through the points; hollow ones are not final."""
    known = [(place, point.value, point) for place, point in enumerate(points) if point.value is not None]
    values = [value for _, value, _ in known] + [level.value for level in levels]
    axis, places = _axis(values), Places([point.name for point in points])
    parts = [*grid(axis, width=WIDTH), *places.labels(HEIGHT - BOTTOM + 16), *_levels(axis, levels)]
    form = "z.1f" if values and max(values) - min(values) < _CLOSE else "z.0f"
    path = "L".join(f"{places.middle(place):.1f} {at(axis, value):.1f}" for place, value, _ in known)
    parts.append(f'<g class="strong"><path class="line" d="M{path or "0 0"}"/></g>')
    for place, value, point in known:
        kind = f"{point.light or 'none'}{'' if point.firm else ' hollow'}"
        told = f"{point.name}: {value:.1f} %{'' if point.firm else ' (not final)'}"
        x, y = places.middle(place), at(axis, value)
        parts.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"><title>{escape(told)}</title></circle>'
        )
        if len(known) <= _MOST_VALUES:
            parts.append(f'<text class="value mid" x="{x:.1f}" y="{y - 9:.1f}">{value:{form}}</text>')
    return drawing(WIDTH, HEIGHT, title, parts)


_MOST_VALUES = 13
_CLOSE = 20  # values closer together than this need a decimal


def _levels(axis: Axis, levels: Sequence[Level]) -> Iterator[str]:
    for level in levels:
        y = at(axis, level.value)
        yield f'<path class="mark" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text class="tick end" x="{WIDTH - RIGHT}" y="{y - 4:.1f}">{escape(level.name)}</text>'


def _axis(values: Sequence[float]) -> Axis:
    """Whole tens around the values."""
    low, high = min(values, default=0.0), max(values, default=100.0)
    bottom, top = 10 * floor((low - 3) / 10), 10 * ceil((high + 3) / 10)
    if low >= 0:
        bottom = max(bottom, 0)
    return Axis("", bottom, top, ".0f")
