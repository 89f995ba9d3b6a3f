"""The `memory` of the config as a promise: what is left of it for DuckDB, and what is given back."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from retain.config import Config
from retain.errors import ConfigError

LEAST = 700_000_000
"""Bytes with which any command still keeps its promise: the smallest training held 0.81 GB, measured."""

ENGINE_LEAST = 150_000_000
_BESIDE = 250_000_000  # a chunk of customers and its features, and what DuckDB takes beside its limit
_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """What this process holds now; where the system does not tell, the most it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def engine_bytes(config: Config) -> int:
    """What DuckDB may take. Raises ConfigError where `memory` is too little for anything."""
    if config.memory < LEAST:
        raise ConfigError(
            f"memory: {config.memory / 1e6:.0f}MB are not enough for a run; the least is {LEAST / 1e6:.0f}MB"
        )
    return max(config.memory - resident_bytes() - _BESIDE, ENGINE_LEAST)


@dataclass(frozen=True)
class Ceiling:
    """Keeps the process below so many bytes while rows are taken out of DuckDB, which can spill instead."""

    connection: duckdb.DuckDBPyConnection
    memory: int

    def fit(self) -> None:
        """Let DuckDB take what everything else leaves; what it has freed goes back to the system."""
        held = self._held()
        self._allow(held + ENGINE_LEAST)
        self._allow(max(self.memory - (resident_bytes() - held) - _BESIDE, ENGINE_LEAST))

    def keep(self) -> None:
        """Let DuckDB spill what the process holds too much."""
        over = resident_bytes() + _BESIDE // 2 - self.memory
        if over > 0:
            self._allow(max(self._held() - over, ENGINE_LEAST))

    def _held(self) -> int:
        query = "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory()"
        return int(self.connection.execute(query).fetchall()[0][0])

    def _allow(self, most: int) -> None:
        # Setting the limit is what makes DuckDB return freed memory; it refuses one below what it must hold.
        with suppress(duckdb.OutOfMemoryException):
            self.connection.execute(f"SET memory_limit = '{most // 1_000_000}MB'")
