"""What every test needs: Hypothesis that behaves the same on every machine, and a store of models."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile(
    "local", deadline=None
)  # times vary on a shared machine; budgets are in benchmarks/
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def store_uri(tmp_path_factory):
    """A real MLflow store, made once: its tables take seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
