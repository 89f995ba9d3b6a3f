"""The lists of contracts as tables of the list's page: the first rows of each, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from retain.reports.listing import Listing, called, is_number, is_unknown

SHOWN = 50
"""Rows of each list that the page shows."""

COLUMNS = ("cancelled_on", "what", "ends_on", "on", "days_left", "reason", "amount", "action", "owner")
"""What is shown of a contract beside its customer, where there is any."""

KINDS = {
    "cancelled_on": "date",
    "ends_on": "date",
    "on": "date",
    "days_left": "number",
    "amount": "number",
}


@dataclass(frozen=True)
class ContractTable:
    """A list's first rows: cells as text, the customer's first; kinds: `date`, `number` or `text` by column.

    below: what is on the list. more: where the other rows are, "" where there are none.
    """

    name: str
    title: str
    below: str
    headings: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str


def contract_tables(listing: Listing) -> list[ContractTable]:
    """A table for each list of contracts with anything on it."""
    return [_table(listing, name, frame) for name, frame in listing.contracts.items() if len(frame)]


def _table(listing: Listing, name: str, frame: pd.DataFrame) -> ContractTable:
    words, first = listing.texts.words, _with_actions(frame.head(SHOWN), listing.listed)
    shown = [one for one in COLUMNS if one in first and any(_text(listing, one, v) for v in first[one])]
    cells = [_customers(first), *([_text(listing, one, v) for v in first[one]] for one in shown)]
    told = {"{n}": f"{SHOWN:,}", "{all}": f"{len(frame):,}", "{file}": f"{name}.csv"}
    return ContractTable(
        name=name,
        title=words[name],
        below=words[f"{name}_below"],
        headings=(words["customer"], *(_heading(listing, one) for one in shown)),
        kinds=("text", *(KINDS.get(one, "text") for one in shown)),
        rows=tuple(zip(*cells, strict=True)),
        more=_filled(words["contract_more"], told) if len(frame) > SHOWN else "",
    )


def _with_actions(frame: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """With action and owner of those who are on the list of customers too."""
    known = listed.assign(customer_id=listed["customer_id"].astype(str)).set_index("customer_id")
    ids = frame["customer_id"].astype(str)
    lacking = [name for name in ("action", "owner") if name in known and name not in frame]
    return frame.assign(**{name: ids.map(known[name]) for name in lacking})


def _customers(frame: pd.DataFrame) -> list[str]:
    """The ids, with what the customers are called where that is known."""
    ids, name = [str(one) for one in frame["customer_id"]], called([str(one) for one in frame])
    if name is None:
        return ids
    names = ["" if is_unknown(one) else str(one) for one in frame[name]]
    return [f"{one} ({who})" if who else one for one, who in zip(ids, names, strict=True)]


def _heading(listing: Listing, column: str) -> str:
    title = listing.texts.words[f"contract_{column}"]
    return f"{title} ({listing.currency})" if column == "amount" and listing.currency else title


def _text(listing: Listing, column: str, value: Any) -> str:
    if is_unknown(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if is_number(value):
        return f"{value:,.2f}" if column == "amount" else f"{value:,.0f}"
    return listing.texts.name(str(value)) if column == "what" else str(value)


def _filled(text: str, told: dict[str, str]) -> str:
    for sign, value in told.items():
        text = text.replace(sign, value)
    return text
