"""Where the history is kept on one machine: known without opening it, which takes DuckDB and pandas."""

from __future__ import annotations

from pathlib import Path

FILE = "history.duckdb"


def files_in(output: Path) -> list[Path]:
    """The file, and what DuckDB has beside it while it is written; they may not be there."""
    return [output / FILE, output / f"{FILE}.wal"]
