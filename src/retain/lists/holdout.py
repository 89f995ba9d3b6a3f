"""Who of the list is kept uncontacted, so that the effect of contacting can be measured."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

CONTACT, HOLDOUT = "contact", "holdout"
LASTS = 180
"""Days for which a customer stays in a group."""
ALPHA, POWER = 0.05, 0.8
UNEVEN = 0.01
"""The probability of a chance difference below which the groups are called uneven."""
PIECE = 50_000
LONGEST = 520
"""Weeks after which a holdout is said never to show anything."""


def held_out(
    ids: pd.Series[str],
    *,
    share: float,
    salt: str,
    campaign: str,
    as_of: date,
    assignments: pd.DataFrame,
) -> Mask:
    """(rows,) who would not be contacted if listed; nobody where `share` is 0.

    assignments: customer_id, campaign, group and assigned_on of the past (`history.Past`). A customer
    assigned less than `LASTS` days ago stays in that group whatever the share is now; after that the group
    is drawn again, by a hash of salt, campaign, id and how often it was drawn before.
    """
    if share <= 0:
        return np.zeros(len(ids), dtype=bool)
    known = _of_campaign(assignments, campaign, as_of)
    if known.empty:  # of a first list: millions of ids need not be looked up among none
        return np.asarray(uniform(ids, salt=salt, campaign=campaign, draws=repeat(0, len(ids))) < share)
    draws = known.groupby("customer_id").size().reindex(ids).fillna(0).to_numpy(int).tolist()
    drawn = np.asarray(uniform(ids, salt=salt, campaign=campaign, draws=draws) < share)
    standing = _standing(known, as_of).reindex(ids)
    return np.where(standing.isna(), drawn, (standing == HOLDOUT).to_numpy(bool, na_value=False))


def uniform(ids: pd.Series[str], *, salt: str, campaign: str, draws: Iterable[int]) -> NDArray[np.float64]:
    """(rows,) a number in [0, 1) that looks random and is always the same for the same four."""
    begun, drawn, sha256 = f"{salt}\0{campaign}\0", iter(draws), hashlib.sha256
    found = np.empty(len(ids))
    for at in range(0, len(ids), PIECE):  # in pieces: an id as an object takes ten times its letters
        named = zip(ids.iloc[at : at + PIECE].tolist(), drawn, strict=False)
        first = b"".join([sha256(f"{begun}{one}\0{draw}".encode()).digest()[:8] for one, draw in named])
        found[at : at + PIECE] = (np.frombuffer(first, dtype=">u8") >> 11) / 2**53
    return found


def newly_assigned(
    listed: pd.DataFrame, *, campaign: str, as_of: date, assignments: pd.DataFrame
) -> pd.DataFrame:
    """The listed whose group begins with this list: customer_id, campaign, group, assigned_on, risk_band.

    The band is that of the day: what the groups' balance is judged by, since it changes with a contact.
    """
    standing = _standing(_of_campaign(assignments, campaign, as_of), as_of)
    first = listed.loc[~listed["customer_id"].isin(standing.index), ["customer_id", "group", "risk_band"]]
    return first.assign(campaign=campaign, assigned_on=pd.Timestamp(as_of)).reset_index(drop=True)


def balance(assigned: pd.DataFrame) -> pd.DataFrame:
    """How many of each risk band were assigned to each group: risk_band, contact, holdout, holdout_share.

    assigned: of all lists so far. A list itself is no fair sample: who comes back to it after the cooldown
    depends on whether they were contacted.
    """
    counted = pd.crosstab(assigned["risk_band"], assigned["group"])
    counted = counted.reindex(columns=[CONTACT, HOLDOUT], fill_value=0)
    share = counted[HOLDOUT] / counted.sum(axis=1)
    return counted.assign(holdout_share=share).rename_axis(columns=None).reset_index()


def balance_note(found: pd.DataFrame) -> str:
    """What `balance` found, as a sentence; it is checked and shown, never forced."""
    counts = found[[CONTACT, HOLDOUT]].to_numpy(float)
    shares = ", ".join(
        f"{band} {held:.0f} of {each:.0f}"
        for band, held, each in zip(found["risk_band"], counts[:, 1], counts.sum(axis=1), strict=True)
    )
    if _chance(counts) < UNEVEN:
        return f"The holdout is spread unevenly over the risk bands ({shares}): compare within the bands."
    return f"Held out by risk band: {shares}; no more uneven than chance."


@dataclass(frozen=True)
class Power:
    """What a comparison can show. effect: the smallest difference in churn, None where it can show none.

    weeks: how many such lists show that contacts work as expected, None where no reasonable number does.
    """

    effect: float | None
    weeks: int | None


def power(contacted: float, held: float, *, churn_rate: float, accept: float) -> Power:
    """Of a two-sided test of two shares at 5 %, with 80 % power (normal approximation).

    contacted, held: customers in each group. churn_rate: of those not contacted. accept: the share of
    would-be churners whom a contact keeps.
    """
    if min(contacted, held) <= 0 or not 0 < churn_rate < 1:
        return Power(None, None)
    expected = accept * churn_rate
    weeks = math.ceil(_lists_needed(expected, contacted, held, churn_rate)) if expected > 0 else LONGEST + 1
    if _lists_needed(churn_rate, contacted, held, churn_rate) > 1:
        return Power(None, weeks if weeks <= LONGEST else None)
    from scipy.optimize import brentq  # half a second, which those who only read the groups do not pay

    effect = brentq(lambda d: _lists_needed(d, contacted, held, churn_rate) - 1, 1e-9, churn_rate)
    return Power(float(effect), weeks if weeks <= LONGEST else None)


def power_note(assigned: pd.DataFrame, *, churn_rate: float, accept: float, horizon: int) -> str:
    """The smallest effect that the holdout can show, and after how many weeks, as a sentence.

    assigned: customer_id, group, assigned_on of all lists so far, this one's too; churn_rate: what the model
    expects of the listed. A list is taken to bring as many newly assigned customers as those so far did.
    """
    groups = assigned["group"].value_counts()
    contacted, held = int(groups.get(CONTACT, 0)), int(groups.get(HOLDOUT, 0))
    if not held or not contacted:
        return "Nobody is held out yet, so the effect of contacting cannot be measured."
    lists = max(assigned["assigned_on"].nunique(), 1)
    now = power(contacted, held, churn_rate=churn_rate, accept=accept).effect
    weeks = power(contacted / lists, held / lists, churn_rate=churn_rate, accept=accept).weeks
    return f"{_shown(now, contacted, held)}; {_wait(weeks, churn_rate, accept=accept, horizon=horizon)}."


def _shown(effect: float | None, contacted: int, held: int) -> str:
    groups = f"With {held:,} customers held out and {contacted:,} contacted so far"
    if effect is None:
        return f"{groups}, no effect could be told from chance yet"
    return f"{groups}, the smallest effect that shows is {100 * effect:.1f} percentage points less churn"


def _wait(weeks: int | None, churn_rate: float, *, accept: float, horizon: int) -> str:
    kept = f"{churn_rate:.0%} churn falling to {churn_rate * (1 - accept):.0%}"
    if weeks is None:
        return f"the effect planned for ({kept}) would not show within {LONGEST // 52} years: hold out more"
    count = "1 weekly list" if weeks == 1 else f"{weeks} weekly lists"
    return (
        f"the effect planned for ({kept}) takes {count} like those so far, and {horizon} days more until the "
        "last one's outcome is known (80 % power, two-sided 5 %)"
    )


def _lists_needed(effect: float, contacted: float, held: float, rate: float) -> float:
    """How many times these groups show that effect."""
    normal = NormalDist()
    lower = rate - effect
    pooled = (contacted * lower + held * rate) / (contacted + held)
    null = normal.inv_cdf(1 - ALPHA / 2) * math.sqrt(pooled * (1 - pooled) * (1 / contacted + 1 / held))
    other = math.sqrt(lower * (1 - lower) / contacted + rate * (1 - rate) / held)
    return ((null + normal.inv_cdf(POWER) * other) / effect) ** 2


def _of_campaign(assignments: pd.DataFrame, campaign: str, as_of: date) -> pd.DataFrame:
    """Those known at the as-of, oldest first."""
    known = (assignments["campaign"] == campaign) & (assignments["assigned_on"] <= pd.Timestamp(as_of))
    return assignments[known.to_numpy(bool)].sort_values("assigned_on", kind="stable")


def _standing(known: pd.DataFrame, as_of: date) -> pd.Series[str]:
    """The groups that still hold, by customer."""
    since = pd.Timestamp(as_of) - pd.Timedelta(days=LASTS)
    standing = known[(known["assigned_on"] > since).to_numpy(bool)].drop_duplicates(
        "customer_id", keep="last"
    )
    return standing.set_index("customer_id")["group"]


def _chance(counts: NDArray[np.float64]) -> float:
    """The probability that chance spreads the groups as unevenly (chi-squared)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1)
    if min(counts.shape) < 2:
        return 1.0
    from scipy.special import chdtrc  # as above

    return float(
        chdtrc((counts.shape[0] - 1) * (counts.shape[1] - 1), ((counts - expected) ** 2 / expected).sum())
    )
