"""The SQL that reads a table of the config: its files, its clean columns, why a row is unusable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from retain.config import ActivityTable, OrdersTable
from retain.config.values import Section
from retain.errors import ConfigError
from retain.events import tables
from retain.events.day_first import iso
from retain.events.dialect import dialect

EventTable = OrdersTable | ActivityTable
TIMES = ("time", "recorded", "cancelled")

WHOM = "retain_whom"
"""What `check_sql.clean_few` calls its parameter: no column may be called so."""

# The text of a time that says where it was: a letter or an offset behind a time of day. What is no
# zone after all (PM) is then unreadable rather than dropped.
_AWARE = r":\d\d.*([A-Za-z]|[+-]\d\d(:?\d\d)?)$"
_DATE = r"^\d+[-/]\d+[-/]\d+$"
_NUMBER = r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL.*\)|FLOAT|DOUBLE|BOOLEAN|VARCHAR"


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string, quoted."""
    return "'" + value.replace("'", "''") + "'"


def scan(files: Sequence[str]) -> str:
    """All rows of the files, which are of one format, their columns matched by name."""
    if is_csv(files):
        return "(" + " UNION ALL BY NAME ".join(f"FROM {_scan_csv(file)}" for file in files) + ")"
    listed = ", ".join(text(file) for file in files)
    return f"read_parquet([{listed}], union_by_name={str(len(files) > 1).lower()})"


def _scan_csv(file: str) -> str:
    written = dialect(file)
    columns = ", ".join(f"{text(column)}: 'VARCHAR'" for column in written.columns)
    quoting = f"""delim={text(written.delimiter)}, quote='"', escape={text(written.escape)}"""
    options = f"header=true, auto_detect=false, store_rejects=true, {quoting}, columns={{{columns}}}"
    return f"read_csv({text(file)}, {options})"


def is_csv(files: Sequence[str]) -> bool:
    """Whether the files are CSV (or gzipped CSV); everything else is taken for Parquet."""
    return files[0].lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt"))


def time(
    column: str, kind: str, *, naive: str, business: str, path: str, day_first: bool | None = None
) -> str:
    """The wall-clock time of the business, NULL where it cannot be read.

    kind: the column's DuckDB type. naive: the timezone of times that name none; a date is a day of
    the business whatever it says. day_first: of dates like 24/12/2023; None where there are none.
    """
    quoted = name(column)
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"):
        return _plausible(f"timezone({text(business)}, try_cast({quoted} AS TIMESTAMPTZ))")
    if kind == "VARCHAR":
        written = iso(f"trim({quoted})", day_first=day_first)
        return _plausible(_text_time(written, naive=naive, business=business))
    if kind == "DATE":
        return _plausible(f"{quoted}::TIMESTAMP")
    if kind.startswith("TIMESTAMP"):
        return _plausible(_moved(f"try_cast({quoted} AS TIMESTAMP)", naive=naive, business=business))
    raise ConfigError(
        f"{path}: '{column}' holds {kind}, which is no time; give a date, a timestamp or ISO text"
    )


def number(column: str, kind: str) -> str:
    """The number in whole ten-thousandths, NULL where it is none."""
    value = f"try_cast({name(column)} AS DOUBLE)" if kind == "VARCHAR" else f"{name(column)}::DOUBLE"
    # Neither infinity nor NaN, which DuckDB holds to be larger still, passes the bound.
    return f"CASE WHEN abs({value}) <= {tables.LARGEST_AMOUNT:.0f} THEN round({value} * 10000)::BIGINT END"


def customer(column: str, kind: str) -> str:
    """The customer's id as it was written, NULL where there is none."""
    return known_id(written_id(column, kind))


def written_id(column: str, kind: str) -> str:
    """The customer's id as it was written, blank ones and all: cheaper than `customer`."""
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN NOT isnan({name(column)}) THEN {name(column)}::VARCHAR END"
    return name(column) if kind == "VARCHAR" else f"{name(column)}::VARCHAR"


def known_id(written: str) -> str:
    """A written id, NULL where it is blank."""
    return f"CASE WHEN trim({written}) <> '' THEN {written} END"


def written_times(table: EventTable, types: Mapping[str, str]) -> list[str]:
    """The columns that hold times as text, quoted."""
    columns = (getattr(table.columns, role, None) for role in TIMES)
    return [name(column) for column in columns if column is not None and types[column] == "VARCHAR"]


def events(
    table: EventTable,
    types: Mapping[str, str],
    *,
    business: str,
    path: str,
    day_first: Mapping[str, bool] | None = None,
) -> dict[str, str]:
    """The clean columns of a table of events, by name. day_first: see `time`, by quoted column."""
    columns = table.columns
    naive, turned = table.timezone or business, day_first or {}

    def moment(column: str, role: str) -> str:
        place, first = f"{path}.columns.{role}", turned.get(name(column))
        return time(column, types[column], naive=naive, business=business, path=place, day_first=first)

    require_number(table.columns, types, roles=("amount", "value"), path=path)
    clean = {
        "customer": customer(columns.customer, types[columns.customer]),
        "id": written_id(columns.customer, types[columns.customer]),
        "time": moment(columns.time, "time"),
    }
    for role in ("recorded", "cancelled"):
        column = getattr(columns, role, None)
        if column is not None:
            clean[role] = moment(column, role)
    if isinstance(table, OrdersTable):
        clean |= _orders(table, types)
    else:
        clean |= _activity(table, types)
    require_free(types, (WHOM, *(f"retain_{column}" for column in (*clean, "reason"))), path=path)
    return clean


def reason(table: EventTable, types: Mapping[str, str], *, now: datetime) -> str:
    """Why a row with the clean columns is unusable; NULL where it is usable."""
    cases = [
        (f"{name(table.columns.time)} IS NULL", tables.MISSING_TIME),
        ("retain_time IS NULL", tables.UNREADABLE_TIME),
        (f"retain_time > TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}' + INTERVAL 1 DAY", tables.FUTURE_TIME),
    ]
    cases += [
        (f"{name(column)} IS NOT NULL AND retain_{role} IS NULL", f"{role}: {tables.UNREADABLE_TIME}")
        for role in ("recorded", "cancelled")
        if (column := getattr(table.columns, role, None))
    ]
    if isinstance(table, OrdersTable) and table.columns.amount:
        cases += [
            (blank(table.columns.amount, types), tables.MISSING_AMOUNT),
            ("retain_number IS NULL", tables.UNREADABLE_AMOUNT),
        ]
    if isinstance(table, ActivityTable) and table.columns.value:
        empty = blank(table.columns.value, types)
        cases += [(f"NOT ({empty}) AND retain_number IS NULL", tables.UNREADABLE_VALUE)]
    return "CASE " + " ".join(f"WHEN {when} THEN {text(then)}" for when, then in cases) + " END"


def _orders(table: OrdersTable, types: Mapping[str, str]) -> dict[str, str]:
    columns = table.columns
    return {
        "number": number(columns.amount, types[columns.amount]) if columns.amount else "NULL::BIGINT",
        "label": f"{name(columns.category)}::VARCHAR" if columns.category else "NULL::VARCHAR",
        "order_id": f"{name(columns.order)}::VARCHAR" if columns.order else "NULL::VARCHAR",
    }


def _activity(table: ActivityTable, types: Mapping[str, str]) -> dict[str, str]:
    kind, value, user = table.columns.kind, table.columns.value, table.columns.user
    label = f"coalesce({name(kind)}::VARCHAR, 'unknown')" if kind else text(table.kind or "activity")
    clean = {"number": number(value, types[value]) if value else "NULL::BIGINT", "label": label}
    return clean | ({"user": known_id(written_id(user, types[user]))} if user else {})


def blank(column: str, types: Mapping[str, str]) -> str:
    """Whether a column is empty."""
    missing = f"{name(column)} IS NULL"
    return f"{missing} OR trim({name(column)}) = ''" if types[column] == "VARCHAR" else missing


def require_number(columns: Section, types: Mapping[str, str], *, roles: Iterable[str], path: str) -> None:
    """Raise ConfigError where a column that should hold numbers cannot."""
    for role in roles:
        column = getattr(columns, role, None)
        if column is not None and not re.fullmatch(_NUMBER, types[column]):
            raise ConfigError(f"{path}.columns.{role}: '{column}' holds {types[column]}, which is no number")


def require_free(columns: Iterable[str], names: Iterable[str], *, path: str) -> None:
    """Raise ConfigError where a source has a column of a name that our own columns have."""
    taken = {column.lower() for column in columns} & set(names)
    if taken:
        told = ", ".join(sorted(taken))
        raise ConfigError(f"{path}.source: retain keeps the names {told} for itself; rename such columns")


def _text_time(quoted: str, *, naive: str, business: str) -> str:
    joined = f"regexp_replace({quoted}, '\\s+([+-]\\d\\d)', '\\1')"
    aware = f"timezone({text(business)}, try_cast({joined} AS TIMESTAMPTZ))"
    plain = f"try_cast({quoted} AS TIMESTAMP)"
    moved = _moved(plain, naive=naive, business=business)
    if moved != plain:
        moved = f"CASE WHEN regexp_matches({quoted}, {text(_DATE)}) THEN {plain} ELSE {moved} END"
    return f"CASE WHEN regexp_matches({quoted}, {text(_AWARE)}) THEN {aware} ELSE {moved} END"


def _moved(moment: str, *, naive: str, business: str) -> str:
    if naive == business:
        return moment
    return f"timezone({text(business)}, timezone({text(naive)}, {moment}))"


def _plausible(moment: str) -> str:
    return f"CASE WHEN {moment} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31' THEN {moment} END"
