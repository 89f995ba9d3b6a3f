"""What every test needs: Hypothesis that behaves the same on every machine, and a store of models."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

import databases
import sparks

settings.register_profile(
    "local", deadline=None
)  # times vary on a shared machine; budgets are in benchmarks/
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


DEAR = {"postgres", "spark", "trained"}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items):
    """A test that needs a server or a training is slow: either takes longer than a hundred others."""
    for item in items:
        if DEAR.intersection(item.fixturenames):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def store_uri(tmp_path_factory):
    """A real MLflow store, made once: its tables take seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server, started once."""
    with databases.server() as server:
        password = databases.SECRET.replace("'", "''")
        databases.execute(server.url(), f"CREATE ROLE guarded LOGIN PASSWORD '{password}'")
        yield server


@pytest.fixture
def database(postgres, request):
    """The address of an empty database of the test's own."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    databases.execute(postgres.url(), f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres.url(name)
    databases.execute(postgres.url(), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A real Spark in this process, started once as retain starts it; a failed task is tried again."""
    sparks.needed()
    with sparks.started(tmp_path_factory.mktemp("spark")) as session:
        yield session
