"""The lists published before: what they said of each customer, and how many were in each segment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from retain.lists import files, published

MOST = 12
"""How many lists are looked back at."""


@dataclass(frozen=True)
class Earlier:
    """The newest `MOST` lists before a day, oldest first; listed and scores are those of the last one.

    manifests: by their folders; a list that no longer names people has no more than that. listed, scores:
    None where no list before names anybody.
    """

    manifests: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    listed: pd.DataFrame | None = field(default=None, repr=False)
    scores: pd.DataFrame | None = field(default=None, repr=False)

    @classmethod
    def of(cls, lists: Path, *, as_of: date) -> Earlier:
        """Those in the folder of a business's lists."""
        before = [version for day, version in published.dated(lists).items() if day < as_of]
        manifests = {version: published.manifest(version) for version in before[-MOST:]}
        newest = published.newest_before(lists, as_of)
        if newest is None:
            return cls(manifests)
        return cls(
            manifests, files.read(newest / "at_risk.parquet"), pd.read_parquet(newest / "scores.parquet")
        )

    @property
    def run_ids(self) -> list[str]:
        """Which runs made them."""
        return [manifest["run_id"] for manifest in self.manifests.values()]

    @property
    def segments(self) -> list[dict[str, Any]]:
        """as_of and how many customers each segment had, a list each."""
        return [
            {"as_of": manifest["as_of"], **manifest["segments"]}
            for manifest in self.manifests.values()
            if "segments" in manifest
        ]

    def risks(self, ids: Collection[str]) -> dict[str, list[tuple[date, float]]]:
        """(day, churn probability) of these customers by id, oldest first."""
        found: dict[str, list[tuple[date, float]]] = {}
        wanted = pa.array(ids, pa.string())
        for path, manifest in self.manifests.items():
            if not manifest["files"]:
                continue
            day = date.fromisoformat(manifest["as_of"])
            scored = pq.read_table(path / "scores.parquet", columns=["customer_id", "churn_probability"])
            known = scored.filter(pc.is_in(scored["customer_id"].cast(pa.string()), value_set=wanted))
            for one, risk in zip(*(column.to_pylist() for column in known.columns), strict=True):
                found.setdefault(one, []).append((day, risk))
        return found
