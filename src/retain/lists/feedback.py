"""What customer success did and heard: the CSV they fill in, read strictly, and its template."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from retain.config.document import did_you_mean
from retain.errors import DataError, UsageError
from retain.lists.files import FORMULA, table
from retain.lists.publish import Writer

FILE = "feedback_template.csv"
COLUMNS = ("customer_id", "contacted_at", "channel", "outcome", "snooze_until", "note")
REQUIRED = COLUMNS[:2]
ENCODINGS = ("utf-8-sig", "cp1252")
SHOWN = 50
"""How many mistakes one message names."""


@dataclass(frozen=True)
class Contact:
    """One line of the file. contacted_at: the business's time, without a timezone."""

    customer_id: str
    contacted_at: datetime
    channel: str
    outcome: str
    snooze_until: date | None
    note: str

    @property
    def key(self) -> tuple[str, datetime, str]:
        """What makes it one contact."""
        return self.customer_id, self.contacted_at, self.channel


@dataclass(frozen=True)
class Feedback:
    """A file of contacts: one row each, columns `COLUMNS`. untouched: lines with an id and nothing else."""

    rows: pd.DataFrame
    untouched: int


def template(listed: pd.DataFrame, *, show: Sequence[str] = (), bom: bool = False) -> Writer:
    """What writes the CSV to be filled in: a line for each listed customer who is not held out.

    show: the list's columns that tell who a customer is; they stand beside the id and are not read back.
    """
    beside = [name for name in show if name in listed and name.strip().lower() not in COLUMNS]
    to_call = listed.loc[listed["group"] != "holdout", ["customer_id", *beside]]
    return table(to_call.assign(**dict.fromkeys(COLUMNS[1:], "")), bom=bom)


def read_feedback(
    path: Path, *, timezone: str, now: datetime, known: Mapping[str, str], show: Sequence[str] = ()
) -> Feedback:
    """Read a filled-in file; lines that were left as the template had them are passed over.

    timezone: of the times without one. now: no contact may lie after it. known: see `known_ids`. show: the
    columns that the template had beside the id; what stands in them is not read. Raises
    UsageError where there is no such file, DataError with every mistake and its line.
    """
    lines = _lines(path)
    beside = frozenset(name.strip().lower() for name in show) - {*COLUMNS}
    header = _header(path, lines[0][1] if lines else [], beside=beside)
    reader = _LineReader(tuple(header), beside | {"customer_id"}, timezone, now, known)
    filled = [(number, cells) for number, cells in lines[1:] if reader.filled_in(cells)]
    problems: list[str] = []
    contacts: dict[tuple[str, datetime, str], tuple[int, Contact]] = {}
    for number, cells in filled:
        contact, found = reader.read(cells)
        if contact is not None and contacts.setdefault(contact.key, (number, contact))[1] != contact:
            found = [f"tells of the contact of line {contacts[contact.key][0]} otherwise; keep one"]
        problems += [f"line {number}: {problem}" for problem in found]
    if problems:
        raise DataError(_told(path, problems))
    rows = _frame([contact for _, contact in contacts.values()])
    return Feedback(rows, untouched=len(lines) - 1 - len(filled))


@dataclass(frozen=True)
class _LineReader:
    """given: the columns that the template fills in."""

    header: tuple[str, ...]
    given: frozenset[str]
    timezone: str
    now: datetime
    known: Mapping[str, str]

    def filled_in(self, cells: list[str]) -> bool:
        """Whether there is more than the customer that the template has."""
        named = zip_longest(self.header[: len(cells)], cells)
        return any(cell.strip() for name, cell in named if name not in self.given)

    def read(self, cells: list[str]) -> tuple[Contact | None, list[str]]:
        """The contact, or what is wrong with it."""
        if len(cells) > len(self.header):
            return None, [f"{len(cells)} cells for {len(self.header)} columns; quote commas"]
        told = dict(zip(self.header, map(str.strip, cells), strict=False))
        problems: list[str] = []
        customer = _as_in_source(told.get("customer_id", ""))
        problems += self._customer_problems(customer)
        at = self._moment(told.get("contacted_at", ""), problems)
        until = _day(told.get("snooze_until", ""), problems)
        if at and until and until <= at.date():
            problems.append(f"snooze_until {until} is not after the contact of {at.date()}")
        if problems or at is None:
            return None, problems
        words = {name: told.get(name, "") for name in ("channel", "outcome", "note")}
        return Contact(customer, at, snooze_until=until, **words), []

    def _customer_problems(self, customer: str) -> Iterator[str]:
        if not customer:
            yield "customer_id is empty"
        elif self.known.get(customer) != customer:
            meant = self.known.get(_bare(customer))
            if meant is not None:
                yield f"no list had {customer!r} but {meant!r}; a spreadsheet may have changed the id"

    def _moment(self, text: str, problems: list[str]) -> datetime | None:
        if not text:
            problems.append("contacted_at is empty")
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            problems.append(f"contacted_at {text!r} is no time; write it like 2011-09-01 or 2011-09-01 14:30")
            return None
        here = ZoneInfo(self.timezone)
        local = (at if at.tzinfo is None else at.astimezone(here)).replace(tzinfo=None)
        if local > self.now.astimezone(here).replace(tzinfo=None):
            problems.append(f"contacted_at {text} lies in the future")
        return local


def known_ids(ids: pd.Series[str]) -> dict[str, str]:
    """The ids by themselves and, where that is one id's alone, by what a spreadsheet would make of them."""
    bare = pd.DataFrame({"bare": [_bare(one) for one in ids], "id": list(ids)})
    alone = bare.drop_duplicates("bare", keep=False)
    return {**dict(zip(alone["bare"], alone["id"], strict=True)), **{one: one for one in ids}}


def _bare(customer: str) -> str:
    """The id as a spreadsheet may have left it: without leading zeros and a decimal zero."""
    return customer.removesuffix(".0").lstrip("0")


def _as_in_source(customer: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running an id as a formula."""
    return customer[1:] if customer.startswith("'") and customer[1:].startswith(FORMULA) else customer


def _day(text: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(f"snooze_until {text!r} is no date; write it like 2011-09-01")
        return None


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Each line that is not empty with its number; a line may go on over several where a cell does."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines, began = [], 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                lines.append((began, cells))
            began = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {began}: {error}; nothing was recorded.") from error
    return lines


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{path} is not text; save it as CSV (UTF-8).")


def _header(path: Path, cells: list[str], *, beside: frozenset[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    problems = [f"line 1: the column {name} is missing" for name in REQUIRED if name not in header]
    problems += [
        f"line 1: there is no column {name!r}{did_you_mean(get_close_matches(name, COLUMNS, n=1))}"
        for name in header
        if name not in COLUMNS and name not in beside
    ]
    problems += [f"line 1: the column {name} is there twice" for name in COLUMNS if header.count(name) > 1]
    if problems:
        raise DataError(_told(path, [*problems, f"the columns are {', '.join(COLUMNS)}"]))
    return header


def _frame(contacts: list[Contact]) -> pd.DataFrame:
    frame = pd.DataFrame({name: [getattr(one, name) for one in contacts] for name in COLUMNS}, dtype=object)
    texts = dict.fromkeys(("customer_id", "channel", "outcome", "note"), "str")
    return frame.astype({**texts, "contacted_at": "datetime64[us]", "snooze_until": "datetime64[ms]"})


def _told(path: Path, problems: list[str]) -> str:
    shown = problems[:SHOWN] + [f"… and {len(problems) - SHOWN} more"] * (len(problems) > SHOWN)
    return "\n".join([f"Nothing of {path} was recorded:", *shown])
