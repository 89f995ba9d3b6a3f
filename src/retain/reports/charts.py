"""Charts as SVG that is written into a page: lines, intervals, dots. Colours come from its style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 340, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 18, 10, 40
WIDE = 520  # of a drawing of intervals
MOST_POINTS = 240  # of a line: more than a screen can show


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with numbers at the ticks."""

    title: str
    low: float
    high: float
    form: str = ".0%"

    def ticks(self) -> list[float]:
        """Four to six round numbers."""
        span = self.high - self.low
        step = 10.0 ** np.floor(np.log10(span / 4)) if span > 0 else 1.0
        step = next(step * k for k in (1, 2, 2.5, 5, 10) if span / (step * k) <= 5.5)
        first = np.ceil(self.low / step - 1e-9)
        return [float((first + i) * step) for i in range(12) if (first + i) * step <= self.high + step * 1e-6]

    def at(self, value: float, *, start: float, end: float) -> float:
        """Where a value is between two ends of a drawing."""
        span = (self.high - self.low) or 1.0
        return start + (value - self.low) / span * (end - start)


@dataclass(frozen=True)
class Line:
    """A named line. kind: its class in the style sheet. dots: mark the points. bars: their (low, high)."""

    name: str
    x: Floats
    y: Floats
    kind: str
    dots: bool = False
    bars: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Chart:
    """Lines over two axes; `marks` are upright lines with a word, at places on the x axis."""

    title: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    marks: Sequence[tuple[float, str]] = field(default_factory=tuple)

    def svg(self) -> Markup:
        """The drawing; its title is what a screen reader says."""
        parts = [*self._grid(), *self._marks(), *(self._line(line) for line in self.lines)]
        return drawing(WIDTH, HEIGHT, self.title, parts)

    def _x(self, value: float) -> float:
        return self.x.at(value, start=LEFT, end=WIDTH - RIGHT)

    def _y(self, value: float) -> float:
        return self.y.at(value, start=HEIGHT - BOTTOM, end=TOP)

    def _grid(self) -> list[str]:
        parts = []
        for tick in self.y.ticks():
            y = self._y(tick)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(
                f'<text class="tick end" x="{LEFT - 6}" y="{y + 3.5:.1f}">{tick:{self.y.form}}</text>'
            )
        for tick in self.x.ticks():
            x = self._x(tick)
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
            text = f"{tick:{self.x.form}}"
            parts.append(f'<text class="tick mid" x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}">{text}</text>')
        middle = (TOP + HEIGHT - BOTTOM) / 2
        parts.append(
            f'<text class="axis mid" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 5}">{escape(self.x.title)}'
            f'</text><text class="axis mid" transform="translate(11 {middle}) rotate(-90)">'
            f"{escape(self.y.title)}</text>"
        )
        return parts

    def _marks(self) -> list[str]:
        parts = []
        for place, word in self.marks:
            x, y = self._x(place), HEIGHT - BOTTOM
            side, shift = ("end", -4) if x > WIDTH / 2 else ("start", 4)
            text = f'<text class="tick {side}" x="{x + shift:.1f}" y="{y - 6}">{escape(word)}</text>'
            parts.append(f'<path class="mark" d="M{x:.1f} {TOP}V{y}"/>{text}')
        return parts

    def _line(self, line: Line) -> str:
        x, y = np.array([self._x(a) for a in line.x]), np.array([self._y(b) for b in line.y])
        shown = thinned(len(x))
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x[shown], y[shown], strict=True))
        parts = [f'<path class="line" d="{path}"/>']
        parts += [
            f'<path class="bar" d="M{a:.1f} {self._y(low):.1f}V{self._y(high):.1f}"/>'
            for a, (low, high) in zip(x, line.bars, strict=False)
        ]
        if line.dots:
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.6"/>' for a, b in zip(x, y, strict=True)]
        return f'<g class="{line.kind}"><title>{escape(line.name)}</title>{"".join(parts)}</g>'


def intervals(rows: Sequence[tuple[str, float, float, float]], *, form: str, title: str) -> Markup:
    """Points with their intervals around an upright zero: rows of (name, value, low, high)."""
    left, right, height = 110, 20, 26
    ends = [abs(value) for row in rows for value in row[1:] if np.isfinite(value)]
    reach = max([*ends, 1e-9]) * 1.15
    axis = Axis("", -reach, reach, form)
    bottom = 8 + height * len(rows)

    def at(value: float) -> float:
        return axis.at(value, start=left, end=WIDE - right)

    parts = [f'<path class="mark" d="M{at(0):.1f} 4V{bottom}"/>']
    for i, (name, value, low, high) in enumerate(rows):
        y = 8 + height * (i + 0.5)
        parts.append(f'<text class="tick" x="0" y="{y + 3.5}">{escape(name)}</text>')
        if np.isfinite([value, low, high]).all():
            parts.append(
                f'<g class="{"strong" if i == 0 else "plain"}"><path class="bar" d="M{at(low):.1f} {y}'
                f'H{at(high):.1f}"/><circle cx="{at(value):.1f}" cy="{y}" r="4"/></g>'
            )
    parts += [
        f'<text class="tick mid" x="{at(tick):.1f}" y="{bottom + 14}">{tick:{form}}</text>'
        for tick in axis.ticks()[::2]
    ]
    return drawing(WIDE, bottom + 20, title, parts)


def dots(values: Floats, contributions: Floats, *, reach: float, seed: int, title: str) -> Markup:
    """One dot a customer: where it stands is its contribution, its colour how high its value ranks.

    reach: the contribution at either end. Dots are scattered up and down so that they do not hide each other.
    """
    width, height = 320, 30
    generator = np.random.default_rng(seed)
    axis = Axis("", -reach, reach)
    x = [axis.at(each, start=4, end=width - 4) for each in np.clip(contributions, -reach, reach)]
    y = height / 2 + generator.triangular(-1, 0, 1, size=len(x)) * (height / 2 - 3)
    parts = [f'<path class="mark" d="M{width / 2} 2V{height - 2}"/>']
    for colour, chosen in enumerate(_fifths(values)):
        circles = "".join(f'<circle cx="{x[i]:.0f}" cy="{y[i]:.0f}" r="2"/>' for i in chosen)
        parts.append(f'<g class="v{colour}">{circles}</g>')
    return drawing(width, height, title, parts)


def thinned(count: int) -> NDArray[np.intp]:
    """Positions of a line's points that are drawn: all where they are few, the ends always."""
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MOST_POINTS).round().astype(np.intp))


def _fifths(values: Floats) -> list[NDArray[np.intp]]:
    """Positions of the values of each fifth of their ranks, equal ones together; those not known last."""
    known = np.isfinite(values)
    seen = np.sort(values[known])
    middle = (np.searchsorted(seen, values, "left") + np.searchsorted(seen, values, "right")) / 2
    fifth = np.minimum((5 * middle / max(len(seen), 1)).astype(int), 4)
    return [np.flatnonzero(known & (fifth == i)) for i in range(5)] + [np.flatnonzero(~known)]


def drawing(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    """An SVG of these parts; its title is what a screen reader says."""
    opening = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")
