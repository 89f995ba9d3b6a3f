"""Bars over named places: stacks that go up and down from zero, and waterfalls from one total to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from retain.reports.charts import Axis, drawing

WIDTH, HEIGHT = 520, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 16, 34
MOST_NAMES = 8


Kind = Literal["total", "up", "down"]


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall. total: it stands on the ground, and the next begins at its top."""

    name: str
    value: float
    kind: Kind

    @property
    def signed(self) -> float:
        """What it adds."""
        return -self.value if self.kind == "down" else self.value


@dataclass(frozen=True)
class Places:
    """Named places side by side under a drawing."""

    names: Sequence[str]
    width: float = WIDTH
    left: float = LEFT

    @property
    def room(self) -> float:
        """How wide a place is."""
        return (self.width - self.left - RIGHT) / max(len(self.names), 1)

    def middle(self, place: float) -> float:
        """Where a place's middle is."""
        return self.left + self.room * (place + 0.5)

    def labels(self, y: float) -> Iterator[str]:
        """The names, as many as can be read; the last one always."""
        step = -(-len(self.names) // MOST_NAMES)
        for place, name in enumerate(self.names):
            if (len(self.names) - 1 - place) % step == 0:
                yield f'<text class="tick mid" x="{self.middle(place):.1f}" y="{y}">{escape(name)}</text>'


def waterfall(bars: Sequence[Bar], *, title: str) -> Markup:
    """Bars that each begin where the one before ended."""
    ends, level = [], 0.0
    for bar in bars:
        start = 0.0 if bar.kind == "total" else level
        level = start + bar.signed
        ends.append((start, level))
    axis = _axis([value for pair in ends for value in pair])
    places = Places([bar.name for bar in bars])
    parts = [*grid(axis, width=WIDTH), *places.labels(HEIGHT - BOTTOM + 16)]
    for place, (bar, (start, stop)) in enumerate(zip(bars, ends, strict=True)):
        parts.append(
            _bar(places, place, (at(axis, start), at(axis, stop)), bar.kind, f"{bar.name}: {_exact(bar)}")
        )
        parts.append(_value(places, place, at(axis, max(start, stop)) - 4, _signed(bar, brief(bar.value))))
        if place + 1 < len(bars):
            x = places.middle(place)
            parts.append(f'<path class="link" d="M{x:.1f} {at(axis, stop):.1f}h{places.room:.1f}"/>')
    return drawing(WIDTH, HEIGHT, title, parts)


@dataclass(frozen=True)
class Layer:
    """A layer of a stack: values at every place, and its class in the style sheet."""

    name: str
    values: Sequence[float]
    kind: str


def stacks(names: Sequence[str], above: Sequence[Layer], below: Sequence[Layer], *, title: str) -> Markup:
    """Layers stacked up from zero, and others stacked down; all values are zero or more."""
    high = [sum(layer.values[i] for layer in above) for i in range(len(names))]
    low = [-sum(layer.values[i] for layer in below) for i in range(len(names))]
    axis = _axis([*high, *low, 0.0])
    places = Places(names)
    parts = [*grid(axis, width=WIDTH), *places.labels(HEIGHT - BOTTOM + 16)]
    for sign, layers in ((1, above), (-1, below)):
        for place in range(len(names)):
            level = 0.0
            for layer in layers:
                top = level + sign * layer.values[place]
                told = f"{names[place]}: {layer.name} {layer.values[place]:,.0f}"
                parts.append(_bar(places, place, (at(axis, level), at(axis, top)), layer.kind, told))
                level = top
    parts.append(f'<path class="zero" d="M{LEFT} {at(axis, 0):.1f}H{WIDTH - RIGHT}"/>')
    return drawing(WIDTH, HEIGHT, title, parts)


def grid(axis: Axis, *, width: float) -> Iterator[str]:
    """Level lines with their numbers."""
    for tick in axis.ticks():
        y = at(axis, tick)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{width - RIGHT}"/>'
        yield f'<text class="tick end" x="{LEFT - 6}" y="{y + 3.5:.1f}">{brief(tick)}</text>'


def at(axis: Axis, value: float) -> float:
    """How far down a value is."""
    return axis.at(value, start=HEIGHT - BOTTOM, end=TOP)


def brief(value: float) -> str:
    """A number that fits under a bar: 950, 12,300, 123k, 4.56M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= max(size, 1e5):
            return f"{value / size:.3g}{letter}"
    return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.0f}"


def _axis(values: Sequence[float]) -> Axis:
    low, high = min([*values, 0.0]), max([*values, 0.0])
    room = 0.06 * ((high - low) or 1.0)
    return Axis("", low - room if low < 0 else 0.0, high + room)


def _bar(places: Places, place: int, ends: tuple[float, float], kind: str, told: str) -> str:
    size = min(places.room * 0.72, 64)
    top, height = min(ends), abs(ends[0] - ends[1])
    return (
        f'<rect class="{kind}" x="{places.middle(place) - size / 2:.1f}" y="{top:.1f}" width="{size:.1f}" '
        f'height="{height:.1f}"><title>{escape(told)}</title></rect>'
    )


def _value(places: Places, place: int, y: float, text: str) -> str:
    return f'<text class="value mid" x="{places.middle(place):.1f}" y="{y:.1f}">{escape(text)}</text>'


def _exact(bar: Bar) -> str:
    return _signed(bar, f"{bar.value:,.2f}".removesuffix(".00"))


def _signed(bar: Bar, text: str) -> str:
    sign = {"total": "", "up": "+", "down": "−"}[bar.kind] if bar.value else ""
    return f"{sign}{text}"
