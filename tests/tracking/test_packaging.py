"""A model's file scores feature frames on its own."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from mlflow.pyfunc import load_model
from sklearn.linear_model import LogisticRegression

from retain.tracking import packaging
from tracking.records import features, record


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    packaging.save(record().package, path, example=features(3), run_id="0" * 32)
    return path


def test_a_loaded_model_gives_the_same_probabilities(folder):
    scored = load_model(str(folder)).predict(features())
    assert list(scored.columns) == ["churn_probability"]
    assert np.array_equal(scored["churn_probability"], record().package.scorer.predict(features()))


@pytest.mark.parametrize("width", [np.float32, np.float64])
def test_it_takes_floats_of_both_widths_in_any_order_with_others_beside(folder, width):
    turned = features().astype(width)[["mean_gap", "orders_30d"]].assign(extra=1.0)
    model = load_model(str(folder))
    assert np.array_equal(model.predict(turned), model.predict(features()))


def test_its_signature_is_of_doubles(folder):
    inputs = load_model(str(folder)).metadata.signature.inputs
    assert {column.type.name for column in inputs.inputs} == {"double"}


def test_its_requirements_are_pinned(folder):
    lines = (folder / "requirements.txt").read_text().split()
    assert all("==" in line for line in lines)
    assert any(line.startswith("lightgbm==") for line in lines)


def test_it_carries_what_predicting_takes(folder):
    package = packaging.read(str(folder))
    assert package.sources == {"features/frequency.py": "def orders(span): ..."}
    assert package.metadata == {"horizon": 60}


def test_an_estimator_from_a_definition_file_travels_by_value(tmp_path):
    module = types.ModuleType("_private_definitions")
    source = "from sklearn.linear_model import LogisticRegression\nclass Mine(LogisticRegression): pass\n"
    exec(source, module.__dict__)
    sys.modules[module.__name__] = module
    try:
        package = record(estimator=module.Mine()).package
        packaging.save(package, tmp_path / "model", example=features(3), run_id="0" * 32)
    finally:
        del sys.modules[module.__name__]
    assert type(packaging.read(str(tmp_path / "model")).scorer.estimator).__name__ == "Mine"


def test_a_library_class_travels_by_name():
    assert packaging._private_modules(LogisticRegression()) == []
