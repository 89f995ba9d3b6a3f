"""The list as a workbook: all to contact, a sheet for each owner, those held out, and a legend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from retain.reports.listing import (
    PROVENANCE,
    Kind,
    Listing,
    is_number,
    is_unknown,
    kind,
    made_by_rule,
)
from retain.reports.plain_sheet import plain_sheet

LONGEST = 32_767
"""Characters that a cell can hold."""

EXACT = 10**15
"""Above this a spreadsheet no longer keeps every digit of a number."""

FORMS: dict[Kind, str] = {
    "share": "0.0%",
    "percentile": "0.0",
    "money": "#,##0.00",
    "days": "0",
    "gap": "0.0",
    "date": "yyyy-mm-dd",
    "number": "0",
}
WIDTHS: dict[Kind, int] = {
    "share": 13,
    "percentile": 11,
    "money": 15,
    "days": 11,
    "gap": 9,
    "date": 12,
    "number": 7,
}
WIDE = {
    "customer_id": 18,
    "reason_1": 40,
    "reason_2": 34,
    "reason_3": 34,
    "action": 44,
    "lever": 40,
    "act_on": 8,
    "tier": 10,
    "next_tier": 10,
    "action_channel": 12,
    "action_who": 18,
    "owner": 18,
    "segment": 13,
    "risk_band": 11,
    "change": 10,
    "run_id": 24,
}
BARS = {"churn_probability": "#E59A74", "value_at_risk": "#7DA7D3", "expected_saving": "#8CC5A0"}
BANDS = {"high": ("#A92525", "#FBE9E9"), "medium": ("#8A5A00", "#FDF2D8"), "low": ("#11703C", "#E3F4EA")}
WRAPPED = ("reason_1", "reason_2", "reason_3", "action", "lever")
FOLDED = (
    "segment_percentile",
    "next_tier",
    "to_next_tier",
    "break_even",
    "act_on",
    "lever_risk",
    "action_channel",
    "action_by",
    "action_offer",
)
"""Columns to filter by rather than to read: folded away, one click from sight, and not on paper."""

MOST_LINES = 8  # of a row: a longer text is read in the cell
A3, A4 = 8, 9
LINE, ABOUT = 15, 105  # points, and characters, of a line of the legend's head
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(listing: Listing, *, beside: Mapping[str, pd.DataFrame] | None = None) -> Callable[[Path], None]:
    """What writes the workbook. beside: tables on sheets of their own, by their names.

    Text is never a formula or a link; the same list makes the same bytes.
    """

    def write(path: Path) -> None:
        with Workbook(str(path), OPTIONS) as book:
            made = datetime.combine(listing.as_of, time(), UTC).replace(tzinfo=None)
            book.set_properties({"title": _safe(listing.texts.words["title"]), "created": made})
            _fill(_Book(book, _formats(book)), listing, beside or {})

    return write


@dataclass(frozen=True)
class _Book:
    book: Workbook
    formats: dict[str, Format]


def _fill(into: _Book, listing: Listing, beside: Mapping[str, pd.DataFrame]) -> None:
    words = listing.texts.words
    taken: set[str] = set()
    to_call = listing.listed[~listing.held_out]
    _list_sheet(into, _sheet_name(words["sheet_list"], taken), listing, to_call)
    for owner, rows in _owned(to_call):
        _list_sheet(into, _sheet_name(owner, taken, fallback=words["sheet_owner"]), listing, rows)
    if listing.held_out.any():
        name = _sheet_name(words["sheet_held_out"], taken)
        _list_sheet(into, name, listing, listing.listed[listing.held_out])
    for title, frame in beside.items():
        name = _sheet_name(title, taken)
        plain_sheet(into.book, name, frame, header=into.formats["header"], safe=_safe)
    _legend(into, _sheet_name(words["sheet_legend"], taken), listing)


def _owned(to_call: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The customers of each owner, owners by name; nothing where there are no owners."""
    if "owner" not in to_call:
        return
    owners = to_call["owner"].astype(object).where(to_call["owner"].notna(), "").astype(str).str.strip()
    for owner in sorted(set(owners) - {""}):
        yield owner, to_call[owners == owner]


def _sheet_name(wanted: str, taken: set[str], *, fallback: str = "Sheet") -> str:
    """A name that Excel allows and that no other sheet has, whatever the case; it is added to `taken`."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", _safe(wanted)).strip(" '")[:31].strip(" '") or fallback
    plain = f"{plain}_" if plain.casefold() == "history" else plain
    name, number = plain, 2
    while name.casefold() in taken:
        ending = f" ({number})"
        name, number = plain[: 31 - len(ending)] + ending, number + 1
    taken.add(name.casefold())
    return name


def _list_sheet(into: _Book, name: str, listing: Listing, rows: pd.DataFrame) -> None:
    sheet: Worksheet = into.book.add_worksheet(name)
    last = max(len(rows), 1)
    for place, column in enumerate(listing.columns):
        sheet.set_column(
            place, place, _width(column), into.formats[kind(column)], _folding(listing.columns, place)
        )
        sheet.write_string(0, place, _safe(listing.title(column)), into.formats["header"])
        for row, value in enumerate(rows[column].astype(object), start=1):
            _cell(into, sheet, row, place, column=column, value=value)
        if column in BARS:
            sheet.conditional_format(1, place, last, place, _bar(column))
    for row, lines in enumerate(_lines(rows, listing.columns), start=1):
        sheet.set_row(row, LINE * lines)
    _furnish(sheet, listing, last=last)


def _lines(rows: pd.DataFrame, columns: Sequence[str]) -> Iterator[int]:
    """How many lines the longest text of each row takes: not every program finds out by itself."""
    shown = [name for name in WRAPPED if name in columns]
    for texts in zip(*(rows[name].astype(object) for name in shown), strict=True):
        told = zip(texts, shown, strict=True)
        needed = [-(-len(text) // WIDE[name]) for text, name in told if isinstance(text, str)]
        yield min(max([1, *needed]), MOST_LINES)


def _furnish(sheet: Worksheet, listing: Listing, *, last: int) -> None:
    """What makes a sheet easy to read, filter and print."""
    columns = listing.columns
    fixed = columns.index("customer_id") + 1 if "customer_id" in columns else 0
    sheet.freeze_panes(1, fixed)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.set_row(0, 32)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.repeat_rows(0)
    _printed(sheet)
    sheet.set_paper(A3)
    sheet.print_area(0, 0, last, len([name for name in columns if name not in PROVENANCE]) - 1)
    sheet.set_footer(f"&L{listing.as_of.isoformat()}&R&P / &N")


def _printed(sheet: Worksheet) -> None:
    """On paper a sheet is as wide as one page."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)


def _width(column: str) -> int:
    return WIDE.get(column) or WIDTHS.get(kind(column), 24)


def _folding(columns: Sequence[str], place: int) -> dict[str, Any]:
    """Whether a column is folded away, or stands behind those that are and unfolds them."""
    if columns[place] in FOLDED:
        return {"level": 1, "hidden": True}
    return {"collapsed": place > 0 and columns[place - 1] in FOLDED}


def _bar(column: str) -> dict[str, Any]:
    """Bars from zero; a probability's are full at 1."""
    ends = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
    fixed = ends if column == "churn_probability" else {}
    look = {"bar_solid": True, "bar_color": BARS[column], "bar_border_color": BARS[column]}
    return {"type": "data_bar", "data_bar_2010": True, **look, **fixed}


def _cell(into: _Book, sheet: Worksheet, row: int, place: int, *, column: str, value: Any) -> None:
    """One value as what it is: a number, a date, a text; nothing where it is not known."""
    look = into.formats[kind(column)]
    if is_unknown(value):
        return
    if isinstance(value, date):  # pandas' timestamps are dates too
        sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), into.formats["date"])
    elif is_number(value) and abs(value) < EXACT:
        whole = kind(column) == "text" and float(value).is_integer()
        sheet.write_number(row, place, float(value), into.formats["number"] if whole else look)
    elif str(value):
        banded = column == "risk_band" and value in BANDS
        sheet.write_string(row, place, _safe(str(value)), into.formats[str(value)] if banded else look)


def _safe(text: str) -> str:
    """Text that every reader of the file can take: no lone surrogates, not longer than a cell."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def _legend(into: _Book, name: str, listing: Listing) -> None:
    sheet: Worksheet = into.book.add_worksheet(name)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 96)
    row = 0
    for title, text in _about(listing):
        sheet.write_string(row, 0, _safe(title), into.formats["label"])
        sheet.merge_range(row, 1, row, 2, "", into.formats["text"])
        sheet.write_string(row, 1, _safe(text), into.formats["text"])
        sheet.set_row(row, LINE * (1 + len(text) // ABOUT))  # merged cells do not grow by themselves
        row += 1
    words = listing.texts.words
    heads = (words["column"], words["in_files"], words["meaning"])
    for place, head in enumerate(heads):
        sheet.write_string(row + 1, place, _safe(head), into.formats["header"])
    for line, column in enumerate(listing.columns, start=row + 2):
        cells = (listing.title(column), column, listing.meaning(column))
        for place, text in enumerate(cells):
            sheet.write_string(line, place, _safe(text), into.formats["label" if place == 0 else "text"])
    sheet.hide_gridlines(2)
    _printed(sheet)


def _about(listing: Listing) -> Iterator[tuple[str, str]]:
    """What the list as a whole is, line by line."""
    words = listing.texts.words
    held = int(listing.held_out.sum())
    yield words["name"], listing.name
    yield words["as_of"], listing.as_of.isoformat()
    yield words["churn"], listing.churn
    yield words["model"], f"{listing.model}. {made_by_rule(listing)}" if listing.rule else listing.model
    if listing.currency:
        yield words["currency"], listing.currency
    yield words["eligible"], f"{listing.eligible:,}"
    yield words["to_contact"], f"{len(listing.listed) - held:,}"
    if held:
        yield words["held_out"], f"{held:,}. {words['held_out_sheet_note']}"
    for sentence in listing.experiment:
        yield words["experiment"], sentence
    for note in listing.notes:
        yield words["notes"], note


def _formats(book: Workbook) -> dict[str, Format]:
    """What the cells look like, by kind of value, by band, and the headers."""
    base = {"valign": "top", "font_name": "Calibri", "font_size": 11}
    head = base | {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3A5F", "valign": "vcenter"}
    made: dict[str, Format] = {
        str(name): book.add_format(base | {"num_format": form}) for name, form in FORMS.items()
    }
    made["text"] = book.add_format(base | {"text_wrap": True, "indent": 1})
    made["label"] = book.add_format(base | {"bold": True})
    made["header"] = book.add_format(head | {"text_wrap": True, "border": 1, "border_color": "#FFFFFF"})
    for band, (ink, wash) in BANDS.items():
        made[band] = book.add_format(base | {"font_color": ink, "bg_color": wash, "bold": True, "indent": 1})
    return made
