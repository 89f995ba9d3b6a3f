"""The SQL that checks a table: its clean view, what was seen of each customer, the rejects, the codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from retain.events import sql
from retain.events.tables import UNREADABLE_LINE

DUPLICATES = """SELECT sum(n - 1)::BIGINT FROM (
    SELECT count(*) AS n FROM raw_orders AS retain_row GROUP BY hash(retain_row) HAVING n > 1)"""


def clean_view(name: str, clean: dict[str, str], reason: str) -> str:
    """`<name>`: the source's columns, the clean ones, and `retain_reason`."""
    return f"CREATE TEMP VIEW {name} AS {_clean(f'raw_{name}', clean, reason)}"


def clean_few(name: str, clean: dict[str, str], reason: str) -> str:
    """`few_<name>('relation')`: the same rows, of the customers alone whose ids that relation has."""
    # They are picked before anything is made of their rows, as that would cost more than reading everybody's.
    # Without the limit DuckDB does it the other way round.
    few = f"FROM raw_{name} WHERE {clean['id']} IN {_WANTED} LIMIT {_ALL}"
    return f"CREATE TEMP MACRO few_{name}({sql.WHOM}) AS TABLE {_clean(f'({few})', clean, reason)}"


def picked_few(name: str) -> str:
    """The same macro where the rows of a clean table are at hand as they are."""
    return f"CREATE TEMP MACRO few_{name}({sql.WHOM}) AS TABLE FROM {name} WHERE retain_id IN {_WANTED}"


_ALL = 2**63 - 1  # rows: a limit that leaves nothing out
_WANTED = f"(SELECT customer FROM query_table({sql.WHOM}))"


def _clean(rows: str, clean: dict[str, str], reason: str) -> str:
    inner = ", ".join(f"{expression} AS retain_{column}" for column, expression in clean.items())
    return f"SELECT *, {reason} AS retain_reason FROM (SELECT *, {inner} FROM {rows})"


def rejected_counts(name: str) -> str:
    """Rows of each reason."""
    return f"""SELECT retain_reason, count(*) FROM {name}
        WHERE retain_reason IS NOT NULL AND retain_customer IS NOT NULL GROUP BY ALL ORDER BY ALL"""


UNCLOSED = """SELECT parse_filename(file_path), line
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id)
    WHERE error_type = 'UNQUOTED VALUE' AND length(csv_line) >= 10000 ORDER BY ALL LIMIT 1"""
"""Where a quotation mark opens that hides so many lines that DuckDB does not keep them."""


def torn_table(name: str) -> str:
    """`torn_<name>`: the lines of a CSV that could not be read as rows."""
    return f"""CREATE TEMP TABLE torn_{name} AS
        SELECT unnest(string_split(rtrim(any_value(csv_line), chr(13) || chr(10)), chr(10))) AS csv_line
        FROM reject_errors GROUP BY scan_id, file_id, line"""


def rejected_rows(name: str, *, columns: Iterable[str]) -> str:
    """The unusable rows, with the source's own columns and `reject_reason`."""
    own = "".join(f"{sql.name(column)}, " for column in columns)
    return f"""SELECT {own} retain_reason AS reject_reason FROM {name}
        WHERE retain_reason IS NOT NULL AND retain_customer IS NOT NULL"""


def torn_rows(name: str) -> str:
    """The torn lines, with `reject_reason`."""
    return f"SELECT csv_line, {sql.text(UNREADABLE_LINE)} AS reject_reason FROM torn_{name}"


def write_rejects(name: str, file: Path, *, columns: Iterable[str], torn: bool) -> str:
    """Copy the unusable rows and the torn lines to a file."""
    rows = rejected_rows(name, columns=columns)
    if torn:
        rows += f" UNION ALL BY NAME {torn_rows(name)}"
    return f"COPY ({rows}) TO {sql.text(str(file))} (FORMAT parquet)"


def labels(names: Sequence[str], *, as_of: date) -> str:
    """Each label of these tables before the as-of with its rows and known numbers, in alphabetical order."""
    every = " UNION ALL ".join(
        f"SELECT retain_label, retain_number FROM {name} WHERE retain_time < DATE '{as_of}'" for name in names
    )
    return f"""SELECT retain_label AS label, count(*) AS rows, count(retain_number) AS valued
        FROM ({every}) WHERE retain_label IS NOT NULL GROUP BY ALL ORDER BY label"""


def codes(table: str, names: Sequence[str], *, as_of: date) -> str:
    """`<table>`: a number for each label of these tables, in alphabetical order."""
    return f"""CREATE TEMP TABLE {table} AS
        SELECT *, (row_number() OVER (ORDER BY label) - 1)::INTEGER AS code
        FROM ({labels(names, as_of=as_of)})"""


def newest_until(names: Sequence[str], *, now: datetime) -> str:
    """The newest used time that is not later than now."""
    every = " UNION ALL ".join(
        f"""SELECT retain_time AS time FROM {name}
            WHERE retain_reason IS NULL AND retain_customer IS NOT NULL"""
        for name in names
    )
    return f"SELECT max(time) FROM ({every}) WHERE time <= TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}'"
