"""What contacting brought: customers to be contacted against those held out, by chance, when first listed.

The default estimate is by intention to treat: a customer counts in the group they were drawn into, whether
or not somebody called, so that the groups differ by chance alone. The estimate as treated compares those of
whom the feedback says that they were contacted with the others; who is reached is no matter of chance, so it
may mislead. A customer counts once for each time they were drawn: at the list on which their group began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from retain.lists.holdout import CONTACT, HOLDOUT, power
from retain.watch.proportions import Difference, Groups, difference, pooled_difference
from retain.watch.qini import Qini, qini

INTENDED, TREATED = "intention to treat", "as treated"
DETAILS = r" \([^()]*\)$"
"""The channel, day and offer that end an action's sentence: they differ from customer to customer."""


@dataclass(frozen=True)
class Contrast:
    """Two groups, pooled over the weeks. smallest: the difference that would have shown with 80 % power.

    smallest is None where no difference could have shown.
    """

    name: str
    groups: Groups
    difference: Difference
    smallest: float | None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "name": self.name,
            **asdict(self.groups),
            **self.difference.to_json(),
            "smallest_visible": self.smallest,
        }


@dataclass(frozen=True)
class Effect:
    """All comparisons of the assignments whose outcome is known.

    recently: of those whom the feedback says were contacted already before they were drawn; they are in no
    other figure. treated: None where no feedback says who was contacted. reached: the share of those to be
    contacted, and of those held out, who were contacted in the horizon.
    """

    intended: Contrast
    treated: Contrast | None
    recently: Contrast | None
    reached: tuple[float, float] | None
    weeks: tuple[Contrast, ...]
    segments: tuple[Contrast, ...]
    actions: tuple[Contrast, ...]
    qini: Qini | None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "intention_to_treat": self.intended.to_json(),
            "as_treated": self.treated and self.treated.to_json(),
            "contacted_recently": self.recently and self.recently.to_json(),
            "reached": None
            if self.reached is None
            else dict(zip((CONTACT, HOLDOUT), self.reached, strict=True)),
            "weeks": [one.to_json() for one in self.weeks],
            "segments": [one.to_json() for one in self.segments],
            "actions": [one.to_json() for one in self.actions],
            "qini": self.qini and self.qini.to_json(),
        }


def effect(units: pd.DataFrame, *, feedback: bool) -> Effect | None:
    """What contacting brought; None where nobody whose outcome is known was drawn into a group.

    units: one row a customer and draw: week, group, stayed, contacted and contacted_recently (bool), segment,
    action, score (the higher, the sooner to be called). feedback: whether any was recorded.
    """
    if units.empty:
        return None
    before = units["contacted_recently"].to_numpy(bool)
    first, again = units[~before], units[before]
    by_contact = first.assign(group=first["contacted"].map({True: CONTACT, False: HOLDOUT}))
    return Effect(
        intended=pooled(INTENDED, first),
        treated=pooled(TREATED, by_contact) if feedback else None,
        recently=pooled("contacted before", again) if len(again) else None,
        reached=_reached(first) if feedback else None,
        weeks=_weekly(first),
        segments=_by(first, "segment"),
        actions=_by(first, "action"),
        qini=qini(first["score"], first["stayed"], first["group"] == CONTACT),
    )


def pooled(name: str, units: pd.DataFrame) -> Contrast:
    """The contrast of the units, stratified by week."""
    strata = [_groups(part) for _, part in units.groupby("week", sort=True)]
    whole = _groups(units)
    return Contrast(name, whole, pooled_difference(strata), _smallest(whole))


def _groups(units: pd.DataFrame) -> Groups:
    contacted = (units["group"] == CONTACT).to_numpy(bool)
    stayed = units["stayed"].to_numpy(bool)
    return Groups(
        int(contacted.sum()),
        int((~contacted).sum()),
        int(stayed[contacted].sum()),
        int(stayed[~contacted].sum()),
    )


def _smallest(groups: Groups) -> float | None:
    """By the churn rate of those held out, or of all where none of them or all of them churned."""
    held, everyone = groups.held, groups.contacted + groups.held
    if not held or not groups.contacted:
        return None
    rate = 1 - groups.stayed_held / held
    if not 0 < rate < 1:
        rate = 1 - (groups.stayed_held + groups.stayed_contacted) / everyone
    return power(groups.contacted, held, churn_rate=rate, accept=0.0).effect


def _reached(units: pd.DataFrame) -> tuple[float, float]:
    shares = units.groupby("group")["contacted"].mean()
    return float(shares.get(CONTACT, float("nan"))), float(shares.get(HOLDOUT, float("nan")))


def _weekly(units: pd.DataFrame) -> tuple[Contrast, ...]:
    found = [(str(week), _groups(part)) for week, part in units.groupby("week", sort=True)]
    return tuple(Contrast(week, groups, difference(groups), _smallest(groups)) for week, groups in found)


def _by(units: pd.DataFrame, column: str) -> tuple[Contrast, ...]:
    """Of each value of a column that has both groups, the most frequent first."""
    sizes = units[column].dropna().value_counts()
    found = [pooled(str(value), units[(units[column] == value).to_numpy(bool)]) for value in sizes.index]
    return tuple(one for one in found if one.difference.known)


def assigned(rows: pd.DataFrame, assignments: pd.DataFrame) -> pd.DataFrame:
    """The listed customers of one matured list whose group began with it, as `effect` takes them.

    rows: as `outcomes.matched` gives them. assignments: customer_id, group of those drawn on the list's date.
    """
    drawn = rows[rows["listed"].to_numpy(bool)].drop(columns="group")
    drawn = drawn.merge(assignments[["customer_id", "group"]], on="customer_id", how="inner")
    score = drawn["expected_saving"].fillna(drawn["churn_probability"])
    action = drawn["action"].astype("str").str.replace(DETAILS, "", regex=True)
    columns = ["group", "contacted", "contacted_recently", "segment"]
    return drawn[columns].assign(action=action, stayed=~drawn["churned"].to_numpy(bool), score=score)


def stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The units of several lists as one frame; an empty one where there are none."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
