"""The curves of a test as pictures: are probabilities right, who is found first, how precisely."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from retain.learning.comparison import Comparison
from retain.reports.curves import gains as found_by_share
from retain.reports.curves import reliability as binned

Floats = NDArray[np.float64]

BARS = 20  # features shown


def curves(test: Comparison) -> dict[str, bytes]:
    """Every curve of the test as a PNG file, by file name."""
    drawn = {"reliability": reliability, "gains": gains, "lift": lift, "precision_recall": precision_recall}
    return {f"{name}.png": png(draw(test)) for name, draw in drawn.items()}


def png(figure: Figure) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def reliability(test: Comparison) -> Figure:
    """Churn rate against mean probability, in bins of equal mass."""
    figure, axes = _axes(test, x="Predicted probability", y="Share who churned", title="Reliability")
    top = 0.0
    for name, p in test.predictions.items():
        x, y, _ = binned(test.churned, p)
        axes.plot(x, y, marker="o", markersize=3, label=name)
        top = max(top, float(x.max()), float(y.max()))
    axes.plot([0, top], [0, top], color="grey", linestyle=":", label="as predicted")
    axes.legend()
    return figure


def gains(test: Comparison) -> Figure:
    """Share of the churners found against share of the customers contacted."""
    figure, axes = _axes(test, x="Share of customers contacted", y="Share of churners found", title="Gains")
    _each(test, axes, lambda share, found: (share, found))
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="at random")
    axes.legend()
    return figure


def lift(test: Comparison) -> Figure:
    """How many times more churners than at random, against share of the customers contacted."""
    figure, axes = _axes(test, x="Share of customers contacted", y="Lift", title="Lift")
    _each(test, axes, lambda share, found: (share[1:], found[1:] / share[1:]))
    axes.axhline(1, color="grey", linestyle=":", label="at random")
    axes.legend()
    return figure


def precision_recall(test: Comparison) -> Figure:
    """Share of churners on a list against share of all churners that it holds."""
    title = "Precision and recall"
    figure, axes = _axes(test, x="Recall", y="Precision", title=title)
    for name, p in test.predictions.items():
        precision, recall, _ = precision_recall_curve(test.churned, p)
        axes.step(recall[:-1], precision[:-1], where="post", label=name)
    axes.axhline(float(test.churned.mean()), color="grey", linestyle=":", label="at random")
    axes.legend()
    return figure


def importance(features: tuple[tuple[str, float], ...]) -> Figure:
    """The features that move the model's log-odds most."""
    shown = features[:BARS][::-1]
    figure = _figure(height=1.2 + 0.22 * len(shown))
    axes = figure.add_subplot()
    axes.barh([name for name, _ in shown], [size for _, size in shown])
    axes.set(xlabel="Mean size of the contribution to the log-odds", title="Feature importance")
    return figure


def _each(test: Comparison, axes: Axes, points: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> None:
    for name, p in test.predictions.items():
        axes.plot(*points(*found_by_share(test.churned, p)), label=name)


def _axes(test: Comparison, *, x: str, y: str, title: str) -> tuple[Figure, Axes]:
    figure = _figure()
    axes = figure.add_subplot()
    population = (
        f"{test.customers:,} customers at {test.cutoff}, {test.churners:,} churned in {test.horizon} days"
    )
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(f"{title}\n{population}", fontsize=9)
    return figure, axes


def _figure(height: float = 4.5) -> Figure:
    """A figure that no window and no global state of matplotlib knows of."""
    figure = Figure(figsize=(6, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
