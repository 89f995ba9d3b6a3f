"""How many threads the products of matrices get."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it ships no types


def one_for_products() -> AbstractContextManager[Any]:
    """One, while chunk after chunk is scored.

    After each product BLAS keeps its other threads spinning for a while; from one chunk to the next they
    never came to rest, and took a fifth of the CPU of a whole run.
    """
    limited: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limited


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """Those with threads of their own; looking for them takes as long as a small chunk's products."""
    return ThreadpoolController()
