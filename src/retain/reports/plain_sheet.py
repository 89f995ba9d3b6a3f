"""A sheet that shows a table as it is: a header, one row a line, numbers as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format

WIDEST, NARROWEST = 40, 10


def plain_sheet(
    book: Workbook, name: str, frame: pd.DataFrame, *, header: Format, safe: Callable[[str], str]
) -> None:
    """Add the sheet. safe: what makes text harmless in a cell."""
    sheet: Any = book.add_worksheet(name)
    for place, column in enumerate(frame):
        texts = [safe(str(column).replace("_", " ").capitalize()), *map(str, frame[column].head(200))]
        sheet.set_column(place, place, min(max(NARROWEST, *map(len, texts)) + 2, WIDEST))
        sheet.write_string(0, place, texts[0], header)
        for row, value in enumerate(frame[column].astype(object), start=1):
            _write(sheet, row, place, value, safe=safe)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(frame), 1), max(frame.shape[1] - 1, 0))


def _write(sheet: Any, row: int, place: int, value: Any, *, safe: Callable[[str], str]) -> None:
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return
    if isinstance(value, bool | str):
        sheet.write_string(row, place, safe(str(value)))
    else:
        sheet.write_number(row, place, round(float(value), 4))
