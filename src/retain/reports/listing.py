"""What the list's page and workbook are made of: the list and everything beside it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import isfinite
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from retain.reports.english import ENGLISH
from retain.reports.texts import Texts, spelled

Kind = Literal["share", "percentile", "money", "days", "gap", "date", "number", "text"]

KINDS: Mapping[str, Kind] = {
    "rank": "number",
    "churn_probability": "share",
    "lever_risk": "share",
    "break_even": "share",
    "risk_percentile": "percentile",
    "segment_percentile": "percentile",
    "expected_value": "money",
    "value_at_risk": "money",
    "expected_saving": "money",
    "to_next_tier": "money",
    "action_offer": "money",
    "last_order": "date",
    "expected_next_order": "date",
    "action_by": "date",
    "as_of": "date",
    "days_since_last": "days",
    "days_overdue": "days",
    "usual_gap": "gap",
}
"""How the list's own columns are shown; what is not named here is text."""

HIDDEN = ("group", "action_name", "action_reason")
"""Columns for machines only."""

PROVENANCE = ("as_of", "model_version", "run_id")
"""Columns that say the same in every row, and stand last."""

AFTER: Mapping[str, str] = {
    "segment_percentile": "risk_percentile",
    "tier": "segment",
    "next_tier": "tier",
    "to_next_tier": "next_tier",
    "break_even": "expected_saving",
    "act_on": "reason_3",
    "lever": "act_on",
    "lever_risk": "lever",
    "action_channel": "action",
    "action_who": "action_channel",
    "action_by": "action_who",
    "action_offer": "action_by",
}
"""Where people look for a column that stands at the end in the files: right after that one."""

MONEY = ("order", "return", "contract")
"""Kinds of events whose amount is money."""


class Event(NamedTuple):
    """Something that happened on a day before the list.

    kind: `order`, `return`, `contract` or a kind of activity. times: how often that day. amount: the value of
    an activity, else the day's money; None where there is none.
    """

    day: date
    kind: str
    times: int = 1
    amount: float | None = None


@dataclass(frozen=True)
class Listing:
    """A list with what its readers are told of it. Whatever is None or empty is left out.

    listed: the columns of the contract, held-out customers among them. eligible: customers scored.
    model: its name and version. expectation: what a rule that was never tested expects.
    families: (rows of listed, reasons) what each reason is about, to filter by.
    steps: (due, what to do) by customer. timelines, risks: by customer, oldest first. happened: how many
    events a customer has, where the timeline holds only the newest. what_if: as
    `retain.lists.length.what_if`. left: as `retain.lists.change.left`. overlap: as
    `retain.lists.change.overlap`. segments: as_of and the customers of each segment, this list's last.
    experiment: what the holdout can show, as sentences. shown: the columns that come from the customers table
    whatever they are called; others that retain does not know are from there too.
    contracts: the lists of `retain.lists.contract_lists` by the names of their files.
    """

    listed: pd.DataFrame
    name: str
    as_of: date
    churn: str
    model: str
    eligible: int
    rule: bool = False
    expectation: Mapping[str, Any] | None = None
    currency: str | None = None
    notes: tuple[str, ...] = ()
    families: Sequence[Sequence[str]] | None = None
    steps: Mapping[str, Sequence[tuple[date, str]]] = field(default_factory=dict)
    timelines: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    happened: Mapping[str, int] = field(default_factory=dict)
    risks: Mapping[str, Sequence[tuple[date, float]]] = field(default_factory=dict)
    what_if: pd.DataFrame | None = None
    left: pd.DataFrame | None = None
    overlap: Mapping[str, Any] | None = None
    segments: Sequence[Mapping[str, Any]] = ()
    experiment: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()
    contracts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    texts: Texts = ENGLISH

    @cached_property
    def columns(self) -> list[str]:
        """The columns that people see: those that hold anything, without the machine's own.

        The customers table's own stand beside the id, the provenance last.
        """
        there = [
            str(name)
            for name in self.listed
            if name not in HIDDEN and (self.listed.empty or not _blank(self.listed[name]).all())
        ]
        return _for_people(there, own=[name for name in there if self._is_own(name)])

    @cached_property
    def own_columns(self) -> list[str]:
        """The columns from the customers table: contact details and the like."""
        return [name for name in self.columns if self._is_own(name)]

    def _is_own(self, column: str) -> bool:
        return column in self.shown or column not in self.texts.columns

    def meaning(self, column: str) -> str:
        """What a column holds."""
        return self.texts.words["own_column"] if column in self.shown else self.texts.meaning(column)

    @cached_property
    def held_out(self) -> pd.Series[bool]:
        """(rows of `listed`,) who must not be contacted."""
        if "group" not in self.listed:
            return pd.Series(False, index=self.listed.index)
        return self.listed["group"].eq("holdout").fillna(False).astype(bool)

    def title(self, column: str) -> str:
        """What a column is called, money with its currency."""
        if column in self.shown:
            return spelled(column)
        title = self.texts.title(column)
        return f"{title} ({self.currency})" if self.currency and kind(column) == "money" else title


def _shown(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The columns that the config takes from the customers table to show."""
    table = manifest.get("config", {}).get("tables", {}).get("customers") or {}
    return frozenset(table.get("show", ()))


def _for_people(there: Sequence[str], *, own: Sequence[str]) -> list[str]:
    """The columns in the order in which people read them."""
    last = [name for name in PROVENANCE if name in there]
    ordered = [name for name in there if name not in (*own, *last, *AFTER)]
    for name, before in AFTER.items():
        if name in there and name not in own:
            ordered.insert(ordered.index(before) + 1 if before in ordered else len(ordered), name)
    beside = ordered.index("customer_id") + 1 if "customer_id" in ordered else 0
    return [*ordered[:beside], *own, *ordered[beside:], *last]


def from_manifest(listed: pd.DataFrame, manifest: Mapping[str, Any], **beside: Any) -> Listing:
    """A list with what its manifest says of it; `beside`: the other fields of `Listing`."""
    model = manifest.get("model") or {}
    churn = manifest.get("config", {}).get("churn", {})
    given = {
        "name": manifest["name"],
        "as_of": date.fromisoformat(str(manifest["as_of"])),
        "churn": manifest["churn"],
        "model": " ".join(str(each) for each in (model.get("name"), model.get("version")) if each),
        "eligible": manifest["counts"]["eligible"],
        "rule": model.get("label") == "rule",
        "expectation": model.get("expectation"),
        "currency": manifest.get("currency"),
        "notes": tuple(manifest.get("notes") or ()),
        "overlap": manifest.get("overlap"),
        "segments": _segments(manifest),
        "experiment": tuple((manifest.get("holdout") or {}).values()),
        "shown": _shown(manifest),
        "texts": ENGLISH.where_counted(churn.get("table")),
    }
    return Listing(listed, **(given | beside))


def _segments(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The customers of each segment in the lists before and in this one."""
    if "segments" not in manifest:
        return []
    return [*manifest.get("segments_before", ()), {"as_of": manifest["as_of"], **manifest["segments"]}]


def called(own: Sequence[str]) -> str | None:
    """The customers' column that holds what they are called, if one does."""
    exact = [name for name in own if name.casefold() in ("name", "full_name", "company", "customer_name")]
    return next(iter([*exact, *(name for name in own if "name" in name.casefold())]), None)


def kind(column: str) -> Kind:
    """How a column is shown."""
    return KINDS.get(column, "text")


def made_by_rule(listing: Listing) -> str:
    """The sentence that a rule made the list, and why; with what it expects where it was never tested."""
    words, expected = listing.texts.words, listing.expectation
    if expected is None:
        return words["rule"]
    low, high = expected["interval"]
    counts = {"customers": expected["customers"], "churners": expected["churners"], "low": low, "high": high}
    return words["rule_untested"].format(**{name: f"{count:,.0f}" for name, count in counts.items()})


def is_unknown(value: Any) -> bool:
    """Whether a cell of a frame holds nothing."""
    return value is None or value is pd.NaT or value is pd.NA or bool(value != value)


def is_number(value: Any) -> bool:
    """Whether a cell of a frame holds a finite number, and not a truth."""
    if type(value) in (float, int):  # nearly all are: the general question is slow
        return isfinite(value)
    truth = isinstance(value, (bool, np.bool_))
    return isinstance(value, (Real, np.number)) and not truth and isfinite(float(value))


def _blank(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.isna() | values.astype(object).eq("")
