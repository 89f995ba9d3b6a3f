"""The word that model definitions are written in: `model`, on a function that builds an estimator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Factory = Callable[..., Any]
Predicts = Literal["churn", "spend"]
Search = Callable[[Any], Mapping[str, Any]] | None


class Estimator(Protocol):
    """What a factory returns: a classifier in the manner of scikit-learn.

    It may also have `contributions(X)`: for each row, in log-odds, what each column adds to its score;
    an array of the shape of X. Without it, listed customers have no reasons.
    """

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from rows of features (float32; NaN: not known) and whether each customer left."""

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Give for each row the probabilities of staying and of leaving, in this order."""


@dataclass(frozen=True)
class Model:
    """A kind of model: how to build one, untrained.

    search: takes an Optuna trial and returns parameters for the factory; None where nothing is searched.
    rule: a naive rule, which a model must beat to become champion, and which stands in where none does.
    doc: the first line of the factory's docstring. predicts: `churn`, or `spend`: then the estimator is a
    regressor in the manner of scikit-learn, taught the revenue of those who stayed. when: the kinds of churn
    (`churn.when`) it speaks of; all of them by default. tables: it reads one of these; any by default.
    """

    name: str
    factory: Factory = field(repr=False)
    search: Search = field(default=None, repr=False)
    rule: bool = False
    doc: str = ""
    predicts: Predicts = "churn"
    when: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    def speaks_of(self, when: str) -> bool:
        """Whether it can say anything about churn of this kind."""
        return not self.when or when in self.when

    def reads(self, tables: Collection[str]) -> bool:
        """Whether it can say anything where there are these tables."""
        return not self.tables or any(name in tables for name in self.tables)

    def build(self, **params: Any) -> Any:
        """Build an untrained estimator, as `Estimator` describes."""
        return self.factory(**params)

    @property
    def label(self) -> str:
        """What lists and manifests call it: `rule` or `model`."""
        return "rule" if self.rule else "model"


@overload
def model(factory: Factory, /) -> Model: ...


@overload
def model(
    *,
    search: Search = None,
    rule: bool = False,
    predicts: Predicts = "churn",
    when: tuple[str, ...] = (),
    tables: tuple[str, ...] = (),
) -> Callable[[Factory], Model]: ...


def model(
    factory: Factory | None = None,
    /,
    *,
    search: Search = None,
    rule: bool = False,
    predicts: Predicts = "churn",
    when: tuple[str, ...] = (),
    tables: tuple[str, ...] = (),
) -> Model | Callable[[Factory], Model]:
    """Make a model of a function that returns an untrained estimator; its name is the function's."""

    def define(factory: Factory) -> Model:
        doc = (factory.__doc__ or "").strip().split("\n")[0]
        return Model(
            factory.__name__,
            factory,
            search=search,
            rule=rule,
            doc=doc,
            predicts=predicts,
            when=when,
            tables=tables,
        )

    return define if factory is None else define(factory)
