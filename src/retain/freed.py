"""What was freed goes back to the system: allocators keep it for the next time, and a promise counts it."""

from __future__ import annotations

import ctypes
import sys
from functools import cache


def give_back() -> None:
    """After a step that held much; a hundredth of a second. Where the system has no such call, nothing."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None:
        pyarrow.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    """glibc's `malloc_trim`; None with another C library."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
