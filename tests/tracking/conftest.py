"""A business of its own for every test."""

from __future__ import annotations

import os

import pytest

import retain.tracking.packaging  # noqa: F401 - MLflow, too, leaves variables when it is imported
from tracking.records import Business

COMING_AND_GOING = {"PYTEST_CURRENT_TEST"}


@pytest.fixture
def business(store_uri, request):
    """A business of its own for every test, in the one store; tracking leaves no variable behind."""
    before = set(os.environ) | COMING_AND_GOING
    yield Business(request.node.name, store_uri)
    assert set(os.environ) - before == set()
