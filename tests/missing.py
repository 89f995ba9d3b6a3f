"""What a test does where the machine lacks something: it is skipped, but never in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End the test: skipped with the reason, failed where CI promises that it is there."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"this machine has no {what}")
