"""A trained model as a file that scores feature frames wherever retain is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it ships no types
import numpy as np
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.pyfunc import load_model, save_model
from mlflow.pyfunc.model import PythonModel
from mlflow.types import ColSpec, DataType, Schema

from retain.learning.horizons import RiskCurve
from retain.learning.scorer import Scorer
from retain.learning.valuation import ValueModel

PROBABILITY = "churn_probability"
REQUIRED = ("retain", "mlflow", "cloudpickle", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Package:
    """All that predicting takes.

    value: what customers are worth, where that is known. spec: the MatrixSpec, as JSON: how to build the
    columns. curve: how the risk is spread over other horizons, where churn comes on a day. sources: the
    definition files by relative path. metadata: what the model learnt from, as JSON.
    """

    scorer: Scorer
    value: ValueModel | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    curve: RiskCurve | None = None


class ChurnModel(PythonModel):
    """What `mlflow.pyfunc.load_model` gives: feature rows in, `churn_probability` out."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """The probability of churn of each row."""
        p = self.package.scorer.predict(model_input)
        return pd.DataFrame({PROBABILITY: p}, index=model_input.index)


def save(package: Package, path: Path, *, example: pd.DataFrame, run_id: str) -> None:
    """Write the model as an MLflow pyfunc.

    example: a few feature rows. The requirements are named, or MLflow would import the model in a fresh
    process to find them, which takes up to a minute.
    """
    parts = (package.scorer, package.value, package.curve)
    estimators = [part.estimator for part in parts if part is not None]
    with _by_value(estimators):
        save_model(
            str(path),
            python_model=ChurnModel(package),
            mlflow_model=Model(run_id=run_id, artifact_path=path.name),
            signature=signature(package.scorer.columns),
            input_example=example[list(package.scorer.columns)].astype(np.float64),
            pip_requirements=requirements(),
        )


def read(path: str) -> Package:
    """The package in a folder that `save` wrote."""
    model: Any = load_model(path)
    package: Package = model.unwrap_python_model().package
    return package


def signature(columns: tuple[str, ...]) -> ModelSignature:
    """Doubles in, one double out; doubles, as a float32 signature would refuse float64 frames."""
    inputs = Schema([ColSpec(DataType.double, name) for name in columns])
    return ModelSignature(inputs=inputs, outputs=Schema([ColSpec(DataType.double, PROBABILITY)]))


def requirements() -> list[str]:
    """What the model needs, at the versions installed here."""
    return [f"{name}=={found}" for name in REQUIRED if (found := _installed(name))]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None  # retain on a path, not installed


@contextmanager
def _by_value(estimators: Iterable[Any]) -> Iterator[None]:
    """Let a class from a definition file travel with the model: no other machine could import it."""
    modules = list(dict.fromkeys(module for each in estimators for module in _private_modules(each)))
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _private_modules(estimator: Any) -> list[ModuleType]:
    """The modules that were loaded together with the estimator's, if Python's path does not lead to them."""
    root = type(estimator).__module__.partition(".")[0]
    if root in {"__main__", "retain"} or PathFinder.find_spec(root) is not None:
        return []
    named = list(sys.modules.items())
    return [module for name, module in named if name == root or name.startswith(f"{root}.")]
