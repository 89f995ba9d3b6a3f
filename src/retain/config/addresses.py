"""How a source is spelt: files of this machine, and the addresses of everything else."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

POSTGRES = ("postgresql://", "postgres://")
JDBC = "jdbc:"
SPARK = "spark://"

Kind = Literal["file", "postgresql", "jdbc", "spark", "storage", "database", "page"]
"""storage: files that Spark alone reaches, such as s3://. database, page: nothing that anybody reads."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DATABASES = ("mysql", "mariadb", "sqlserver", "mssql", "oracle", "db2", "redshift", "snowflake", "sqlite")
_PAGES = ("http", "https", "ftp", "sftp")


def kind_of(source: str) -> Kind:
    """What a source names."""
    if source.startswith(POSTGRES):
        return "postgresql"
    if source.startswith(JDBC):
        return "jdbc"
    if source.startswith(SPARK):
        return "spark"
    return _by_scheme(source)


def _by_scheme(source: str) -> Kind:
    found = _SCHEME.match(source)
    scheme = found[1].lower() if found else ""
    if scheme in _DATABASES:
        return "database"
    if scheme in _PAGES:
        return "page"
    return "storage" if "://" in source else "file"


def kinds_of(sources: Sequence[str]) -> set[Kind]:
    """The kinds that are among the sources."""
    return {kind_of(source) for source in sources}


def absolute(source: str, *, folder: Path) -> str:
    """The source with a file's path made absolute; an address as it is."""
    if kind_of(source) != "file":
        return source
    path = Path(source).expanduser() if source.startswith("~/") else Path(source)
    return os.path.normpath(folder.absolute() / path)
