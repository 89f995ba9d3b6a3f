"""Which version serves, asked of MLflow's SQLite file itself: MLflow takes seconds to import."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHAMPION = "champion"
"""The alias of the version that serves."""

SQLITE = "sqlite:///"
_ASKED = """
    SELECT versions.version, versions.run_id
    FROM registered_model_aliases AS aliases JOIN model_versions AS versions USING (name, version)
    WHERE name = ? AND alias = ?"""


@dataclass(frozen=True)
class Pointer:
    """A version and the run that made it."""

    version: int
    run_id: str


def pointed_to(uri: str, *, name: str, alias: str) -> Pointer | None:
    """The version of a model that an alias leads to; None where only MLflow can tell.

    That is so of a store that is no SQLite file, of one that is busy, and of tables that this does not know.
    """
    if not uri.startswith(SQLITE):
        return None
    file = Path(uri.removeprefix(SQLITE)).absolute()
    if not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=1)) as connection:
            found = connection.execute(_ASKED, [name, alias]).fetchall()
    except sqlite3.Error:
        return None
    return Pointer(int(found[0][0]), str(found[0][1])) if len(found) == 1 else None
