"""A past list against what became of its customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from retain.learning.metrics import auc, brier, ece, log_loss, skill
from retain.lists.holdout import HOLDOUT
from retain.reports.curves import wilson
from retain.watch.estimated import Estimate, estimate

NAN = float("nan")
RECENT = 180
"""Days for which a contact counts as recent: as long as a customer stays in a group."""


@dataclass(frozen=True)
class Rate:
    """Customers of whom some were expected to churn and some did; low and high: 95 % interval (Wilson)."""

    name: str
    customers: int
    expected: float
    churned: int
    actual: float
    low: float
    high: float

    @classmethod
    def of(cls, name: str, rows: pd.DataFrame) -> Rate:
        """Of rows with churn_probability and churned; NaN where there are none."""
        if rows.empty:
            return cls(name, 0, NAN, 0, NAN, NAN, NAN)
        actual = float(rows["churned"].mean())
        low, high = wilson(actual, len(rows))
        expected = float(rows["churn_probability"].mean())
        return cls(
            name, len(rows), expected, int(rows["churned"].sum()), actual, max(low, 0.0), min(high, 1.0)
        )

    @property
    def surprising(self) -> bool:
        """Whether what was expected lies outside the interval."""
        return self.customers > 0 and not self.low <= self.expected <= self.high


@dataclass(frozen=True)
class Figures:
    """What was said of customers against what happened to them.

    ratio: churned over expected, with its 95 % interval. promised: what the probabilities let expect of the
    other figures. NaN is undefined.
    """

    total: Rate
    bands: tuple[Rate, ...]
    ratio: tuple[float, float, float]
    auc: float
    auc_error: float
    log_loss: float
    skill: float
    brier: float
    ece: float
    promised: Estimate

    @classmethod
    def of(cls, rows: pd.DataFrame, bands: Sequence[str]) -> Figures:
        """Of rows as `matched` gives them."""
        y, p = rows["churned"].to_numpy(bool), rows["churn_probability"].to_numpy(float)
        total, ranked = Rate.of("all", rows), auc(y, p)
        return cls(
            total=total,
            bands=tuple(Rate.of(name, rows[(rows["risk_band"] == name).to_numpy(bool)]) for name in bands),
            ratio=_ratio(total),
            auc=ranked,
            auc_error=auc_error(ranked, churners=int(y.sum()), stayers=int((~y).sum())),
            log_loss=log_loss(y, p) if len(y) else NAN,
            skill=skill(y, p) if len(y) else NAN,
            brier=brier(y, p) if len(y) else NAN,
            ece=ece(y, p) if len(y) else NAN,
            promised=estimate(p, rows["listed"]),
        )

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        ratio = dict(zip(("value", "low", "high"), self.ratio, strict=True))
        return {**asdict(self), "promised": self.promised.to_json(), "ratio": ratio}


@dataclass(frozen=True)
class Outcome:
    """What a list said and what happened.

    unknown: scored customers whom the tables no longer have, or who neither stayed nor churned. everyone: all
    others; contacted: those of them who were contacted in the horizon or the `RECENT` days before it, for
    whom staying is no evidence about the prediction; untouched: the rest, by whom the model is judged.
    listed: all on the list, whoever was called; held: of them the held out. value_lost: expected value of
    all who churned, of whom value_lost_listed were on the list; None where nobody's value was known.
    """

    as_of: date
    over: date
    model: str
    version: str
    unknown: int
    everyone: Figures
    untouched: Figures
    contacted: Rate
    listed: Rate
    held: Rate
    value_lost: float | None
    value_lost_listed: float | None

    def to_json(self) -> dict[str, Any]:
        """As a document, everyone's figures on top."""
        rest = {key: value for key, value in asdict(self).items() if key not in ("everyone", "untouched")}
        told = {**rest, "as_of": str(self.as_of), "over": str(self.over)}
        return {**told, **self.everyone.to_json(), "untouched": self.untouched.to_json()}


def matched(
    scores: pd.DataFrame,
    listed: pd.DataFrame,
    churned: pd.Series[bool],
    *,
    contacts: pd.DataFrame,
    as_of: date,
    horizon: int,
) -> pd.DataFrame:
    """The scored customers with what became of them; those whom the tables no longer have are left out.

    contacts: customer_id and contacted_at. Beside the columns of `scores`: churned, listed, group and action
    (of the listed), contacted (in the horizon) and contacted_recently (in the `RECENT` days before the list).
    """
    place = churned.index.get_indexer(pd.Index(scores["customer_id"], dtype=object))
    rows = scores[place >= 0].reset_index(drop=True)
    members = listed.set_index("customer_id")[["group", "action"]].reindex(rows["customer_id"])
    begin = pd.Timestamp(as_of)
    during = _contacted(contacts, begin, begin + timedelta(days=horizon))
    before = _contacted(contacts, begin - timedelta(days=RECENT), begin)
    return rows.assign(
        churned=churned.to_numpy(bool)[place[place >= 0]],
        listed=rows["customer_id"].isin(listed["customer_id"]),
        group=members["group"].to_numpy(),
        action=members["action"].to_numpy(),
        contacted=rows["customer_id"].isin(during),
        contacted_recently=rows["customer_id"].isin(before),
    )


def judged(
    rows: pd.DataFrame, manifest: Mapping[str, Any], *, over: date, scored: int, bands: Mapping[str, float]
) -> Outcome:
    """The list's outcome. rows: as `matched` gives them, of `scored` customers. bands: their thresholds."""
    touched = (rows["contacted"] | rows["contacted_recently"]).to_numpy(bool)
    listed = rows["listed"].to_numpy(bool)
    names = [*sorted(bands, key=lambda name: -bands[name]), "low"]
    everyone = Figures.of(rows, names)
    return Outcome(
        as_of=date.fromisoformat(str(manifest["as_of"])),
        over=over,
        model=str(manifest["model"]["name"]),
        version=str(manifest["model"]["version"]),
        unknown=scored - len(rows),
        everyone=everyone,
        untouched=Figures.of(rows[~touched], names) if touched.any() else everyone,
        contacted=Rate.of("contacted", rows[touched]),
        listed=Rate.of("listed", rows[listed]),
        held=Rate.of(HOLDOUT, rows[(rows["group"] == HOLDOUT).to_numpy(bool, na_value=False)]),
        value_lost=_value(rows),
        value_lost_listed=_value(rows[listed]),
    )


def auc_error(area: float, *, churners: int, stayers: int) -> float:
    """The standard error of an area under the ROC curve (Hanley and McNeil, Radiology 143, 1982)."""
    if not churners or not stayers:
        return NAN
    both, square = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (churners - 1) * (both - area**2) + (stayers - 1) * (square - area**2)
    return float(np.sqrt(max(variance, 0.0) / (churners * stayers)))


def _contacted(contacts: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> pd.Series[str]:
    """The ids of those contacted in [begin, end)."""
    inside = (contacts["contacted_at"] >= begin) & (contacts["contacted_at"] < end)
    return contacts.loc[inside.to_numpy(bool), "customer_id"]


def _ratio(total: Rate) -> tuple[float, float, float]:
    if not total.customers or not total.expected:
        return NAN, NAN, NAN
    return total.actual / total.expected, total.low / total.expected, total.high / total.expected


def _value(rows: pd.DataFrame) -> float | None:
    """Expected value of those who churned."""
    lost = rows.loc[rows["churned"].to_numpy(bool), "expected_value"]
    return None if rows["expected_value"].isna().all() else float(lost.sum())
