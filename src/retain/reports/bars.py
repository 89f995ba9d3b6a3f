"""Upright bars as SVG that is written into a page. Colours come from its style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

WIDE, HIGH = 520, 120
LEFT, BOTTOM, TOP = 52, 18, 8


def bars(
    values: Sequence[float], *, title: str, names: Sequence[str], ticks: Mapping[int, str], width: int = WIDE
) -> Markup:
    """One bar a value, from zero. names: what each says when pointed at. ticks: words under some bars."""
    top = max([*values, 0]) or 1
    step = (width - LEFT) / max(len(values), 1)
    floor = HIGH - BOTTOM
    parts = [
        f'<path class="grid" d="M{LEFT} {floor}H{width}"/>',
        f'<text class="tick end" x="{LEFT - 6}" y="{TOP + 8}">{top:,.0f}</text>',
        f'<text class="tick end" x="{LEFT - 6}" y="{floor}">0</text>',
    ]
    for i, (value, name) in enumerate(zip(values, names, strict=True)):
        height = (floor - TOP) * value / top
        parts.append(
            f'<rect class="upright" x="{LEFT + i * step:.2f}" y="{floor - height:.2f}" '
            f'width="{max(step * 0.86, 0.5):.2f}" height="{height:.2f}"><title>{escape(name)}</title></rect>'
        )
    for i, word in ticks.items():
        end = LEFT + i * step > width - 40
        x, side = (width, "end") if end else (LEFT + i * step, "start")
        parts.append(f'<text class="tick {side}" x="{x:.1f}" y="{HIGH - 4}">{escape(word)}</text>')
    opening = f'<svg viewBox="0 0 {width} {HIGH}" role="img" aria-label="{escape(title)}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")
