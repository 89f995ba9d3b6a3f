"""Pictures of one list after another: bands of risk, expected against actual, differences with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from retain.reports.charts import Axis, drawing

WIDTH, HEIGHT = 340, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
LABELS = 5  # dates below a picture
WIDEST = 34  # of a column


@dataclass(frozen=True)
class Point:
    """A list's expected and actual share, with the interval of the actual one."""

    name: str
    expected: float
    actual: float
    low: float
    high: float


@dataclass(frozen=True)
class Span:
    """A named difference with its interval; note: what stands below the name."""

    name: str
    note: str
    value: float
    low: float
    high: float
    strong: bool = False


def stacked(columns: Sequence[tuple[str, Sequence[tuple[str, float]]]], *, title: str) -> Markup:
    """A column a list, of (kind, share) from the bottom; the kind is its class in the style sheet."""
    share = Axis("", 0, 1)
    parts = _rows(share)
    for x, width, (name, shares) in zip(*_places(len(columns)), columns, strict=True):
        bottom = 0.0
        for kind, size in shares:
            y, below = _y(share, bottom + size), _y(share, bottom)
            told = f"{name}: {kind} {size:.0%}"
            parts.append(
                f'<rect class="{escape(kind)}" x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{max(below - y, 0):.1f}"><title>{escape(told)}</title></rect>'
            )
            bottom += size
    return drawing(WIDTH, HEIGHT, title, [*parts, *_dates([name for name, _ in columns])])


def against(points: Sequence[Point], *, title: str) -> Markup:
    """What was expected of each list, a bar across, and what happened, a dot with its interval."""
    known = [each for one in points for each in (one.expected, one.low, one.high) if np.isfinite(each)]
    axis = _shares(known)
    parts = _rows(axis)
    for x, width, one in zip(*_places(len(points)), points, strict=True):
        if not np.isfinite([one.expected, one.actual]).all():
            continue
        expected, half = _y(axis, one.expected), min(width / 2, 9)
        told = f"{one.name}: expected {one.expected:.1%}, actual {one.actual:.1%}"
        parts.append(
            f'<g class="strong"><title>{escape(told)}</title>'
            f'<path class="bar" d="M{x:.1f} {_y(axis, one.low):.1f}V{_y(axis, one.high):.1f}"/>'
            f'<circle cx="{x:.1f}" cy="{_y(axis, one.actual):.1f}" r="4"/></g>'
            f'<path class="expected" d="M{x - half:.1f} {expected:.1f}H{x + half:.1f}"/>'
        )
    return drawing(WIDTH, HEIGHT, title, [*parts, *_dates([one.name for one in points])])


def forest(spans: Sequence[Span], *, title: str, form: str = "+.0%") -> Markup:
    """Differences below one another around an upright zero."""
    left, right, height, width = 300, 16, 30, 760
    ends = [abs(each) for one in spans for each in (one.value, one.low, one.high) if np.isfinite(each)]
    axis = _around_zero(max([*ends, 0.01]) * 1.08, form)
    bottom = 6 + height * len(spans)

    def at(value: float) -> float:
        return axis.at(value, start=left, end=width - right)

    parts = [f'<path class="grid" d="M{at(tick):.1f} 2V{bottom}"/>' for tick in axis.ticks()]
    parts.append(f'<path class="mark" d="M{at(0):.1f} 2V{bottom}"/>')
    for place, one in enumerate(spans):
        parts.append(_span(one, y=6 + height * (place + 0.5), at=(at(one.low), at(one.value), at(one.high))))
    parts += [
        f'<text class="tick mid" x="{at(tick):.1f}" y="{bottom + 14}">{tick:{form if tick else ".0%"}}</text>'
        for tick in axis.ticks()
    ]
    return drawing(width, bottom + 20, title, parts)


def _span(one: Span, *, y: float, at: tuple[float, float, float]) -> str:
    name = f'<text class="name" x="0" y="{y - 1:.1f}">{escape(_cut(one.name))}</text>'
    note = f'<text class="tick" x="0" y="{y + 11:.1f}">{escape(one.note)}</text>'
    if not np.isfinite([one.value, one.low, one.high]).all():
        return name + note
    low, value, high = at
    told = f"{one.name}: {one.value:+.1%} ({one.low:+.1%} to {one.high:+.1%})"
    return (
        f'{name}{note}<g class="{"strong" if one.strong else "plain"}"><title>{escape(told)}</title>'
        f'<path class="bar" d="M{low:.1f} {y:.1f}H{high:.1f}"/>'
        f'<circle cx="{value:.1f}" cy="{y:.1f}" r="4"/></g>'
    )


def _cut(text: str, most: int = 46) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _shares(known: Sequence[float]) -> Axis:
    """Shares from a round number below all to one above all."""
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    return Axis("", max(np.floor(low * 20 - 0.2) / 20, 0.0), min(np.ceil(high * 20 + 0.2) / 20, 1.0))


def _around_zero(reach: float, form: str) -> Axis:
    return Axis("", -reach, reach, form)


def _rows(axis: Axis) -> list[str]:
    """The grid of a picture, with its shares at the left."""
    parts = []
    for tick in axis.ticks():
        y = _y(axis, tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="tick end" x="{LEFT - 6}" y="{y + 3.5:.1f}">{tick:{axis.form}}</text>')
    return parts


def _y(axis: Axis, value: float) -> float:
    return axis.at(value, start=HEIGHT - BOTTOM, end=TOP)


def _places(count: int) -> tuple[list[float], list[float]]:
    """The middle and the width of each column."""
    room = (WIDTH - LEFT - RIGHT) / max(count, 1)
    return [LEFT + room * (place + 0.5) for place in range(count)], [min(0.78 * room, WIDEST)] * count


def _dates(names: Sequence[str]) -> list[str]:
    """The names below the columns: every one where they are few, else evenly chosen ones."""
    middles, _ = _places(len(names))
    step = -(-len(names) // LABELS) if len(names) > LABELS else 1
    y = HEIGHT - BOTTOM + 16
    return [
        f'<text class="tick mid" x="{middles[place]:.1f}" y="{y}">{escape(names[place])}</text>'
        for place in range(len(names) - 1, -1, -step)
    ]
