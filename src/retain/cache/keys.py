"""What a kept file is called: a digest of all that its content depends on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import retain
from retain.digests import of_parts

LIBRARIES = ("numpy", "pandas", "pyarrow", "duckdb")
COUNTED = ("events", "learning", "config", "postgres")
"""The packages of retain that decide what a row holds."""


def key(parts: Mapping[str, object]) -> str:
    """Equal parts, equal key, whatever their order."""
    return of_parts(parts)[:40]


@cache
def made_by() -> Mapping[str, object]:
    """The versions of retain and of what it computes with; of a checkout being worked on, its files too."""
    home = Path(retain.__file__).parent
    files = [(file, file.stat()) for name in COUNTED for file in sorted((home / name).glob("*.py"))]
    return {
        "retain": retain.__version__,
        "code": [(str(file.relative_to(home)), found.st_size, found.st_mtime_ns) for file, found in files],
        **{name: version(name) for name in LIBRARIES},
    }
