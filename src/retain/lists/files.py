"""What writes the tables of a list as files: Parquet in full, CSV for people and their spreadsheets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from retain.lists.publish import Writer

CONTRACT_DATES = ("cancelled_on", "ends_on", "on", "started")
DATES = ("last_order", "expected_next_order", "as_of", "until", "action_by", *CONTRACT_DATES)
DECIMALS = {
    "churn_probability": 4,
    "risk_percentile": 2,
    "expected_value": 2,
    "value_at_risk": 2,
    "expected_saving": 2,
    "usual_gap": 1,
    "segment_percentile": 2,
    "break_even": 4,
    "to_next_tier": 2,
    "action_offer": 2,
    "lever_risk": 4,
}
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def parquet(frame: pd.DataFrame) -> Writer:
    """What writes the frame in full; the columns of `DATES` are dates."""

    def write(path: Path) -> None:
        pq.write_table(_dated(pa.Table.from_pandas(frame, preserve_index=False)), path, compression="zstd")

    return write


def read(path: Path) -> pd.DataFrame:
    """A frame that `parquet` wrote, its dates as times at midnight, as in a list just drawn."""
    frame = pd.read_parquet(path)
    return frame.astype({name: "datetime64[s]" for name in DATES if name in frame})


def call_list(frame: pd.DataFrame, *, bom: bool = False) -> Writer:
    """What writes the list as CSV without the customers held out: nobody may call those."""
    return table(frame[frame["group"] != "holdout"], bom=bom)


def table(frame: pd.DataFrame, *, bom: bool = False) -> Writer:
    """What writes a frame as CSV (RFC 4180) for people and their spreadsheets.

    Numbers are rounded as in `DECIMALS`, dates are ISO, unknown is empty. Text that a spreadsheet would
    run as a formula gets a leading apostrophe. bom: begin with the mark by which Excel knows UTF-8.
    """
    encoding = "utf-8-sig" if bom else "utf-8"

    def write(path: Path) -> None:
        texts = pd.DataFrame({_harmless(str(name)): _texts(frame[name]) for name in frame})
        texts.to_csv(path, index=False, lineterminator="\r\n", encoding=encoding)

    return write


def copies(source: Path, *, under: str) -> dict[str, Writer]:
    """What copies the files of a folder to `under`/<name>; nothing where there is no such folder."""
    found = sorted(source.iterdir()) if source.is_dir() else []
    return {f"{under}/{path.name}": _copy(path) for path in found if path.is_file()}


def _copy(source: Path) -> Writer:
    def write(target: Path) -> None:
        shutil.copyfile(source, target)

    return write


def _dated(table: pa.Table) -> pa.Table:
    for name in DATES:
        if name in table.column_names:
            place = table.column_names.index(name)
            table = table.set_column(place, name, table.column(name).cast(pa.date32()))
    return table


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype(object).map(_writer_of(str(values.name)), na_action="ignore").astype("str")


def _writer_of(name: str) -> Callable[[Any], str]:
    if name in DECIMALS:
        return lambda value: f"{value:.{DECIMALS[name]}f}"
    if name in DATES:
        return lambda value: str(value.date().isoformat())
    return lambda value: _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
