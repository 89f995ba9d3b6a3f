"""Which table a file is: orders, activity, subscriptions or customers; and what its columns are in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retain.errors import UsageError
from retain.proposal import roles
from retain.proposal.columns import Column
from retain.proposal.roles import Guess, Role, snake
from retain.readiness.flags import GONE, LIVE
from retain.readiness.foresight import MUTABLE

ORDERS_NAMED = re.compile(r"order|transaction|sale|purchase|invoice|basket|receipt|bestell|umsatz")
CONTRACTS_NAMED = re.compile(r"subscri|contract|polic|member|plan|licen|abo|vertr")
BEGINS = re.compile(r"(^|_)(start|started|begin|began|beginn)(_|$)")
ENDS = re.compile(r"(^|_)(end(ed|s)?|until|expir\w*|terminat\w*|lapse\w*|ende)(_|$)")
CUSTOMERS_NAMED = re.compile(r"customer|account|client|member|user|demograph|people|person|kunde")

EVENTS: Mapping[str, Mapping[str, Role]] = {
    "orders": {
        "amount": roles.AMOUNT,
        "order": roles.ORDER,
        "category": roles.CATEGORY,
        "cancelled": roles.CANCELLED,
        "recorded": roles.RECORDED,
    },
    "activity": {"kind": roles.KIND, "value": roles.VALUE, "user": roles.USER, "recorded": roles.RECORDED},
    "subscriptions": {
        "amount": roles.AMOUNT,
        "reason": roles.REASON,
        "trial": roles.TRIAL,
        "seats": roles.SEATS,
        "term": roles.TERM,
    },
    "customers": {"since": roles.SINCE, "owner": roles.OWNER, "opted_out": roles.OPTED_OUT},
}
"""The roles of each table beside the customer and the times."""


@dataclass(frozen=True)
class File:
    """One source: files with the same columns. stem: what the file is called."""

    files: tuple[str, ...]
    stem: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(one for one in self.columns if one.name == name)


@dataclass(frozen=True)
class Proposed:
    """A file as a table. columns: a guess a role. attributes, show: of customers. notes: what to say."""

    kind: str
    why: str
    file: File
    columns: Mapping[str, Guess]
    attributes: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def time(self) -> Column | None:
        """The column that says when."""
        guess = self.columns.get("time") or self.columns.get("start")
        return None if guess is None else self.file.column(guess.column)


def proposed(file: File, *, known: Sequence[str] = ()) -> Proposed:
    """What a file seems to be. known: columns that hold the customer in other files.

    Raises UsageError where no column can be the customer, or an event has no time.
    """
    customer = _customer(file, known)
    kind, why = _kind(file, customer)
    columns = {"customer": customer} | _times(kind, file, customer)
    for role, looks_for in EVENTS[kind].items():
        guess = looks_for.guess(file.columns, taken=[each.column for each in columns.values()])
        if guess is not None:
            columns[role] = guess
    attributes, show = _about(file, columns) if kind == "customers" else ((), ())
    return Proposed(kind, why, file, columns, attributes, show, tuple(_notes(kind, file, columns)))


def _customer(file: File, known: Sequence[str]) -> Guess:
    shared = next((one.name for one in file.columns if one.name in known), None)
    guess = roles.CUSTOMER.guess(file.columns)
    if guess is not None:
        return guess
    if shared is not None:
        return Guess(shared, "the other files have it, too")
    there = ", ".join(one.name for one in file.columns)
    raise UsageError(
        f"{file.files[0]}: no column looks like the customer (customer_id, account, user …); it has: "
        f"{there}. Rename it, or write the config by hand from configs/example.yaml"
    )


def _kind(file: File, customer: Guess) -> tuple[str, str]:
    """Which table a file is, and why."""
    stem, who = snake(file.stem), file.column(customer.column)
    time, end = roles.TIME.guess(file.columns), roles.END.guess(file.columns)
    start = roles.START.guess(file.columns)
    if start and end and file.column(end.column).filled < 1 and _runs(stem, start.column, end.column):
        return "subscriptions", f"{start.column} begins something that {end.column}, where it is filled, ends"
    alone = who.unique and not (time and roles.ORDER.guess(file.columns))
    if alone and (time is None or CUSTOMERS_NAMED.search(stem) or not ORDERS_NAMED.search(stem)):
        return "customers", f"every {customer.column} stands on one row"
    paid = roles.AMOUNT.guess(file.columns) or any(one.money > 0.5 for one in file.columns)
    if ORDERS_NAMED.search(stem) or paid or roles.ORDER.guess(file.columns):
        named = (
            f"it is called {file.stem}" if ORDERS_NAMED.search(stem) else "it has amounts or order numbers"
        )
        return "orders", f"{named}, and customers stand on several rows"
    return "activity", "customers stand on several rows, with times and without amounts"


def _runs(stem: str, start: str, end: str) -> bool:
    """Whether a start and an end are a contract's, and not of a ticket or an order that was cancelled."""
    plainly = CONTRACTS_NAMED.search(stem) or BEGINS.search(snake(start)) or ENDS.search(snake(end))
    return bool(plainly) and not ORDERS_NAMED.search(stem)


def _times(kind: str, file: File, customer: Guess) -> dict[str, Guess]:
    taken = [customer.column]
    if kind == "customers":
        return {}
    if kind == "subscriptions":
        start = roles.START.guess(file.columns, taken=taken)
        end = roles.END.guess(file.columns, taken=taken)
        return {role: guess for role, guess in (("start", start), ("end", end)) if guess}
    time = roles.TIME.guess(file.columns, taken=taken)
    if time is None:
        require_told(file)
        raise UsageError(_no_time(file))
    return {"time": time}


def require_told(file: File) -> None:
    """Raise UsageError for dates of which nothing tells whether the day or the month comes first."""
    unclear = [one.name for one in file.columns if one.ambiguous > 0.5]
    if unclear:
        raise UsageError(
            f"{file.files[0]}: '{unclear[0]}' holds dates like 03/04/2023, and none tells whether the day or "
            "the month comes first; write them like 2023-04-03"
        )


def _no_time(file: File) -> str:
    epoch = [
        one.name
        for one in file.columns
        if one.is_number and re.search(r"time|date|ts|epoch", snake(one.name))
    ]
    hint = f"; '{epoch[0]}' holds numbers: write them as times like 2023-04-03 13:05" if epoch else ""
    there = ", ".join(one.name for one in file.columns)
    return f"{file.files[0]}: no column can be read as the time of an event{hint}. It has: {there}"


def _about(file: File, columns: Mapping[str, Guess]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Attributes, few values that do not sound as if they changed; and what a caller wants to see."""
    taken = {guess.column for guess in columns.values()}
    free = [one for one in file.columns if one.name not in taken and one.known]
    show = tuple(one.name for one in free if one.is_text and roles.SHOWN.search(snake(one.name)))
    attributes = tuple(
        one.name
        for one in free
        if one.name not in show and one.is_text and one.distinct <= 50 and not changes(one.name)
    )
    return attributes, show


def changes(name: str) -> bool:
    """Whether a name sounds as if its values changed with time."""
    plain = snake(name)
    later = re.search(
        r"(^|_)(plan|tier|segment|score|flag|status|balance|treatment|visit|conversion)(_|$)", plain
    )
    return bool(later or GONE.search(plain) or LIVE.search(plain) or MUTABLE.search(plain))


def _notes(kind: str, file: File, columns: Mapping[str, Guess]) -> list[str]:
    """What a reader of the config must know of columns that are not used."""
    notes = []
    used = {guess.column for guess in columns.values()}
    for one in file.columns:
        plain = snake(one.name)
        if one.name in used:
            continue
        if one.money > 0.5:
            notes.append(f"{one.name} looks like money, but not like numbers as retain reads them (1234.50)")
        if kind == "orders" and one.is_flag and re.search(r"cancel|return|refund", plain):
            notes.append(f"{one.name} only says that, not when: negative amounts count as returns without it")
        if kind == "customers" and changes(one.name):
            notes.append(f"{one.name} is no attribute: it sounds as if it changed, and would tell the future")
    if kind == "orders" and "amount" not in columns:
        notes.append("no column looks like the amount: without one, nobody's value is known")
    if columns["customer"] and (empty := 1 - file.column(columns["customer"].column).filled) > 0.001:
        notes.append(f"{empty:.1%} of the rows have no customer and will be left out")
    return notes
