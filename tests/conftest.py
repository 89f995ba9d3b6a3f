"""What every test needs: Hypothesis that behaves the same on every machine."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "local", deadline=None
)  # times vary on a shared machine; budgets are in benchmarks/
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
