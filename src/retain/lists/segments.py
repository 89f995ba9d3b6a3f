"""Which segment a customer is in: explicit rules, the first that fits; and where they stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from retain.config.document import Problem, did_you_mean
from retain.config.rulebook import read_rules, told
from retain.config.values import Money, Number, Section, Share, Text, clash
from retain.errors import ConfigError
from retain.learning.feature import Feature
from retain.learning.net_spend import net_of
from retain.lists.scoring import risk_percentile, texts

Mask = NDArray[np.bool_]

OTHERWISE = "active"
SEGMENTS = ("new", "high_value", "lapsing", "at_risk", OTHERWISE)


class Condition(Section):
    """What a feature must be; all that is given holds. top: among this share with most of it."""

    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None
    top: Annotated[Share, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Condition:
        if self == Condition.model_construct(**dict.fromkeys(type(self).model_fields)):
            raise clash("at_least", "a condition needs at_least, at_most, above, below or top")
        return self

    def holds(self, values: ArrayLike) -> Mask:
        """(rows,) where the condition is known to hold."""
        known = np.asarray(values, float)
        fits: Mask = np.isfinite(known)
        if self.at_least is not None:
            fits &= known >= self.at_least
        if self.at_most is not None:
            fits &= known <= self.at_most
        if self.above is not None:
            fits &= known > self.above
        if self.below is not None:
            fits &= known < self.below
        if self.top is not None:
            fits &= _at_top(known, self.top)
        return fits


Rule = dict[Text, Condition]


class Segments(Section):
    """The rules of each segment but the last, in the order in which they are tried."""

    new: tuple[Rule, ...] = ()
    high_value: tuple[Rule, ...] = ()
    lapsing: tuple[Rule, ...] = ()
    at_risk: tuple[Rule, ...] = ()

    def each(self) -> Iterator[tuple[str, tuple[Rule, ...]]]:
        """The segments' rules by name."""
        yield from ((name, getattr(self, name)) for name in SEGMENTS if name != OTHERWISE)


class Tiers(Section):
    """Loyalty tiers: names and the accumulated spend from which they are reached."""

    measure: Text = "spend"
    base: Text = "bronze"
    thresholds: dict[Text, Money] = Field(default_factory=dict)
    keep: Share = 0.9

    @model_validator(mode="after")
    def _rising(self) -> Tiers:
        steps = list(self.thresholds.values())
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise clash("thresholds", "each threshold must be more than the one before it")
        if self.base in self.thresholds:
            raise clash("base", "the base tier has no threshold; name it otherwise than the others")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All tiers, the base first."""
        return (self.base, *self.thresholds)


class Segmentation(Section):
    """configs/segments.yaml."""

    segments: Segments = Segments()
    tiers: Tiers = Tiers()

    @property
    def columns(self) -> tuple[str, ...]:
        """The features that the rules ask of every customer."""
        asked = [column for _, rules in self.segments.each() for rule in rules for column in rule]
        spent = net_of(self.tiers.measure.removeprefix("spend"))
        return tuple(dict.fromkeys([*asked, self.tiers.measure, *spent]))


def read_segmentation(path: Path, *, features: Iterable[Feature] = ()) -> Segmentation:
    """Read the rules.

    features: all that the project defines, for these tables or others: a rule about anything else is told
    as a mistake. Raises ConfigError with every mistake.
    """
    found = read_rules(path, Segmentation)
    names = tuple(feature.name for feature in features)
    problems = [problem for problem in _unknown_columns(found, names) if names]
    if problems:
        raise ConfigError(told(path, problems))
    return found


def segment(X: pd.DataFrame, rules: Segments) -> pd.Series[str]:
    """One segment for each row of features; X is everyone eligible, as `top` asks."""
    return texts(SEGMENTS, _numbers(X, rules))


def segmented(scores: pd.DataFrame, X: pd.DataFrame, rules: Segments) -> pd.DataFrame:
    """The scores with `segment` filled, and at the end `segment_percentile`: the risk's within it."""
    number, p = _numbers(X, rules), scores["churn_probability"].to_numpy(float)
    percentile = np.full(len(p), np.nan)
    for one in np.unique(number):
        percentile[number == one] = risk_percentile(p[number == one])
    named = texts(SEGMENTS, number).set_axis(scores.index)
    return scores.assign(segment=named, segment_percentile=percentile)


def counts(scores: pd.DataFrame) -> dict[str, int]:
    """How many customers each segment has, empty ones too."""
    found = scores["segment"].value_counts()
    return {name: int(found.get(name, 0)) for name in SEGMENTS}


def tier(spent: ArrayLike, rules: Tiers, *, previous: pd.Series[str] | None = None) -> pd.DataFrame:
    """Each customer's tier, the next one, and what they must still spend to reach it (empty at the top).

    spent: net accumulated spend; NaN counts as nothing. previous: the tiers they had, null or a name that is
    no tier any more for those who had none: a tier is kept down to `keep` times its threshold.
    """
    spend = np.nan_to_num(np.asarray(spent, float))
    steps = np.array(list(rules.thresholds.values()), dtype=float)
    reached = np.searchsorted(steps, spend, side="right")
    if previous is not None:
        before = pd.Index(rules.names).get_indexer(pd.Index(previous))
        kept = np.searchsorted(rules.keep * steps, spend, side="right")
        reached = np.maximum(reached, np.minimum(before, kept))
    names = [*rules.names, None]
    missing = np.append(steps, np.nan)[reached] - spend
    return pd.DataFrame(
        {
            "tier": texts(names, reached),
            "next_tier": texts(names, reached + 1),
            "to_next_tier": np.where(missing > 0, missing, np.where(np.isnan(missing), np.nan, 0.0)),
        }
    )


def _numbers(X: pd.DataFrame, rules: Segments) -> NDArray[np.int8]:
    """(rows,) the place of each row's segment in `SEGMENTS`."""
    found = np.full(len(X), SEGMENTS.index(OTHERWISE), dtype=np.int8)
    free = np.ones(len(X), dtype=bool)
    for name, alternatives in rules.each():
        for rule in alternatives:
            fits = free & _fits(X, rule)
            found[fits] = SEGMENTS.index(name)
            free &= ~fits
    return found


def _fits(X: pd.DataFrame, rule: Mapping[str, Condition]) -> Mask:
    fits = np.full(len(X), bool(rule))
    for column, condition in rule.items():
        fits &= condition.holds(X[column].to_numpy(float)) if column in X else False
    return fits


def _at_top(values: NDArray[np.float64], share: float) -> Mask:
    """Ties at the border are all in, but never those who have nothing of it."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    return (values >= np.quantile(known, 1 - share, method="higher")) & (values > 0)


def _unknown_columns(found: Segmentation, features: tuple[str, ...]) -> Iterator[Problem]:
    """Columns that no feature makes: a column is a feature's name, with kind and window added to it."""
    used = [
        (f"segments.{name}[{number}].{column}", column)
        for name, rules in found.segments.each()
        for number, rule in enumerate(rules)
        for column in rule
    ]
    for path, column in (*used, ("tiers.measure", found.tiers.measure)):
        if not any(column == name or column.startswith(f"{name}_") for name in features):
            near = get_close_matches(column, features, n=1)
            yield Problem(path, f"{column!r} is no feature column{did_you_mean(near)}")
