"""The lists that were published, with what is needed to judge them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from retain.config import Churn
from retain.lists import published
from retain.watch.drift import Population
from retain.watch.estimated import Estimate

SCORES = ("customer_id", "churn_probability", "risk_band", "segment", "expected_value", "expected_saving")


@dataclass(frozen=True)
class PastList:
    """A published list. churn: what it meant by that."""

    path: Path
    as_of: date
    churn: Churn
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def over(self) -> date:
        """The first day by which it is known who churned."""
        return self.as_of + timedelta(days=self.churn.settled)

    @property
    def expired(self) -> bool:
        """Whether its people were taken out because it is old (retention_days)."""
        return not self.manifest["files"]

    @property
    def bands(self) -> Mapping[str, float]:
        """The probability from which each band began."""
        listing: Mapping[str, Any] = self.manifest["config"].get("list", {})
        return {"high": 0.5, "medium": 0.25, **listing.get("bands", {})}

    @property
    def promised(self) -> Estimate | None:
        """What its probabilities promised; None where an older retain kept nothing."""
        kept = self._kept("estimated")
        return None if kept is None else Estimate.from_json(kept)

    @property
    def population(self) -> Population | None:
        """Its customers, counted as its model's training counted them; None where nothing was kept."""
        kept = self._kept("population")
        return None if kept is None else Population.from_json(kept)

    def scores(self) -> pd.DataFrame:
        """Every scored customer. Raises OSError or ValueError where the file is missing or broken."""
        return pd.read_parquet(self.path / "scores.parquet", columns=list(SCORES))

    def listed(self) -> pd.DataFrame:
        """The listed customers: customer_id, group, action. Raises as `scores`."""
        return pd.read_parquet(self.path / "at_risk.parquet", columns=["customer_id", "group", "action"])

    def _kept(self, what: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self.manifest.get("watch", {}).get(what)
        return found


@dataclass(frozen=True)
class Past:
    """The lists of a business, oldest first; broken: a sentence for each that cannot be read."""

    lists: tuple[PastList, ...]
    broken: tuple[str, ...]


def past_lists(folder: Path, *, until: date) -> Past:
    """The lists of `until` and before in a folder lists/; none where there is no folder."""
    lists, broken = [], []
    for day, version in published.dated(folder).items():
        if day > until:
            break
        try:
            lists.append(_read(version))
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
        ) as error:  # whatever is wrong, other lists are watched
            broken.append(f"The list of {day} cannot be read ({_said(error)}) and is not watched.")
    return Past(tuple(lists), tuple(broken))


def _read(path: Path) -> PastList:
    manifest = published.manifest(path)
    meant = manifest.get("watch", {}).get("churn") or manifest["config"]["churn"]
    return PastList(path, date.fromisoformat(manifest["as_of"]), Churn.model_validate(meant), manifest)


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "what it means by churn is not known"
    return str(error).partition("\n")[0] or type(error).__name__
