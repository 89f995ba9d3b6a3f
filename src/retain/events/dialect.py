"""How a CSV file is written: what parts its fields, what its columns are, how a quote stands in quotes."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from retain.errors import DataError

_BEGINNING = 1_000_000  # characters that the dialect is told from
_DELIMITERS = ",;\t|"
_DOUBLED = re.compile(rf'[^{_DELIMITERS}\r\n]""[^{_DELIMITERS}\r\n]')
_BACKSLASHED = re.compile(rf'\\"[^{_DELIMITERS}\r\n]')


@dataclass(frozen=True)
class Dialect:
    """columns: the names in the first line, made unique. escape: what stands before a quote in quotes."""

    columns: tuple[str, ...]
    delimiter: str
    escape: str


def dialect(file: str) -> Dialect:
    """The dialect of a file, from its beginning. Quotes are always `"`.

    DuckDB would tell it from a sample of rows, but takes a quote that first stands later in the file for
    a letter. Raises DataError for a file that cannot be read.
    """
    beginning = _beginning(Path(file))
    first_line = re.split(r"[\r\n]", beginning, maxsplit=1)[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    header = next(csv.reader(StringIO(beginning, newline=""), delimiter=delimiter), [])
    backslashed = _BACKSLASHED.search(beginning) and not _DOUBLED.search(beginning)
    return Dialect(_unique(header), delimiter, "\\" if backslashed else '"')


def _beginning(file: Path) -> str:
    opened = gzip.open if file.suffix.lower() == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as stream:
            return stream.read(_BEGINNING)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file.name} cannot be read: {error}") from error


def _unique(header: Iterable[str]) -> tuple[str, ...]:
    """The names as DuckDB would have them: none empty, none twice whatever its case."""
    names: list[str] = []
    taken: set[str] = set()
    for place, written in enumerate(header or [""]):
        name = plain = written.strip() or f"column{place}"
        count = 0
        while name.lower() in taken:
            count += 1
            name = f"{plain}_{count}"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)
