"""Curves as pictures, drawn without a window."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from retain.learning.comparison import Comparison
from retain.reports import plots

PNG = b"\x89PNG"


def compared(rows=200):
    generator = np.random.default_rng(1)
    p = np.round(generator.uniform(size=rows), 2)
    churned = generator.uniform(size=rows) < p
    return Comparison(date(2011, 9, 1), 60, np.arange(rows), churned, {"gbm": p, "recency": p**2})


def test_every_curve_is_a_picture():
    drawn = plots.curves(compared())
    assert set(drawn) == {"reliability.png", "gains.png", "lift.png", "precision_recall.png"}
    assert all(picture.startswith(PNG) for picture in drawn.values())


@pytest.mark.parametrize("draw", [plots.reliability, plots.gains, plots.lift, plots.precision_recall])
def test_a_curve_shows_every_model_and_names_the_population(draw):
    axes = draw(compared()).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"gbm", "recency"} <= set(labels)
    assert "200 customers at 2011-09-01" in axes.get_title()


def test_gains_run_from_nobody_to_everybody():
    line = plots.gains(compared()).axes[0].get_lines()[0]
    assert line.get_xydata()[[0, -1]].tolist() == [[0, 0], [1, 1]]


def test_gains_of_equal_scores_are_those_of_chance():
    test = Comparison(
        date(2011, 9, 1), 60, np.arange(4), np.array([1, 0, 0, 0], bool), {"m": np.full(4, 0.5)}
    )
    line = plots.gains(test).axes[0].get_lines()[0]
    assert line.get_xydata().tolist() == [[0, 0], [1, 1]]


def test_the_pictures_do_not_touch_pyplot():
    from matplotlib import pyplot

    plots.curves(compared())
    assert pyplot.get_fignums() == []


def test_importance_puts_the_greatest_on_top():
    bars = plots.importance((("recency", 2.0), ("orders", 1.0))).axes[0]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["orders", "recency"]
