"""Giving back what was freed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from retain.events.duckdb.memory import resident_bytes
from retain.freed import give_back


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other allocators")
def test_what_was_freed_between_what_is_kept_goes_back():
    pieces = [np.ones(2_500) for _ in range(5_000)]  # 100 MB, each too small for a mapping of its own
    held = resident_bytes()
    kept = pieces[::50]
    del pieces
    give_back()
    assert resident_bytes() < held - 50_000_000
    assert len(kept) == 100
