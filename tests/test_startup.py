"""What a command imports before it does anything: seconds, where it is everything."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

STAGES = (
    "retain.api",
    "retain.weekly_again",
    "retain.steps.matrices",
    "retain.steps.check",
    "retain.steps.metrics",
    "retain.tracking",
)
MODELS = {"mlflow", "sklearn", "scipy", "lightgbm", "optuna", "matplotlib"}
CODE = """
import importlib, json, sys
found = {}
for stage in sys.argv[1:]:
    importlib.import_module(stage)
    found[stage] = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def imported():
    """The packages there are after each stage, one process for all."""
    command = [sys.executable, "-c", CODE, *STAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {stage: set(packages) for stage, packages in json.loads(done.stdout).items()}


@pytest.mark.parametrize("stage", STAGES[:2])
def test_opening_a_project_and_finding_nothing_to_do_import_neither_pandas_nor_numpy(imported, stage):
    assert not imported[stage] & {"pandas", "numpy", "pyarrow", "duckdb", *MODELS}


@pytest.mark.parametrize("stage", STAGES[2:])
def test_what_makes_no_model_imports_nothing_that_does(imported, stage):
    assert not imported[stage] & MODELS
