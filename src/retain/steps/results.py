"""What the steps return: frozen values that print themselves as sentences and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from retain.learning.refits import Expectation
    from retain.steps.expiry import Expired


@dataclass(frozen=True)
class FeaturesResult:
    """A feature matrix: `frame` where it was asked for, `path` where it was written."""

    as_of: date
    rows: int
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    frame: pd.DataFrame | None = field(default=None, repr=False)
    path: Path | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "as_of": str(self.as_of),
            "rows": self.rows,
            "columns": list(self.columns),
            "path": None if self.path is None else str(self.path),
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """As sentences."""
        where = f"; written to {self.path}" if self.path else ""
        return [*self.notes, f"{self.rows:,} rows with {len(self.columns)} features{where}"]


@dataclass(frozen=True)
class TrainResult:
    """A trained and registered model.

    metrics: model -> figures at the test cutoff. champion: which model scores from now on. expectation: what
    an untested rule expects, and how sure it is of it.
    """

    version: int
    run_id: str
    alias: str
    champion: str
    label: str
    churn: str
    metrics: Mapping[str, Mapping[str, Any]]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    rows: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    expectation: Expectation | None = None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "version": self.version,
            "run_id": self.run_id,
            "alias": self.alias,
            "champion": self.champion,
            "label": self.label,
            "churn": self.churn,
            "metrics": {name: dict(found) for name, found in self.metrics.items()},
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "rows": self.rows,
            "left_out": dict(self.left_out),
            "expectation": self.expectation.to_json() if self.expectation else None,
        }

    def lines(self) -> list[str]:
        """As sentences."""
        became = f"version {self.version} of the model ({self.alias}): {self.champion}, a {self.label}"
        return [*self.notes, *self._test(), *self.reasons, f"Registered {became}"]

    def _test(self) -> list[str]:
        """The test's population and figures; nothing where there was none."""
        if not self.metrics:
            return []
        first = next(iter(self.metrics.values()))
        population = (
            f"Tested at {first['cutoff']} on {first['customers']:,} customers, of whom "
            f"{first['churn_rate']:.1%} churned:"
        )
        return [f"Churn: {self.churn}.", population, *_metric_table(self.metrics)]


@dataclass(frozen=True)
class EvaluateResult:
    """A backtest. folds: one row a fold and model; summary: one a model, averaged; `document` has all."""

    document: Mapping[str, Any] = field(repr=False)
    folds: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame = field(repr=False)
    page: Path
    path: Path
    run_id: str

    @property
    def grade(self) -> str:
        """A, B, C or none."""
        return str(self.document["grade"]["letter"])

    def to_json(self) -> dict[str, Any]:
        """As a document: evaluation.json, where it is, and the run it is kept in."""
        files = {"json": str(self.path), "html": str(self.page)}
        return {**self.document, "files": files, "run_id": self.run_id}

    def lines(self) -> list[str]:
        """As sentences."""
        found = self.document
        skipped = [f"{name} is not tested: {why}" for name, why in found["skipped"].items()]
        averaged = f"Averages over {found['summary'][0]['folds']} folds. {found['population']}"
        differences = [_difference_line(one) for one in found["differences"]]
        return [
            *found["notes"],
            *skipped,
            averaged,
            *_metric_table({one["model"]: one for one in found["summary"]}),
            *differences,
            f"Grade {self.grade}: {found['grade']['why']}",
            f"  {self.page}",
            f"  {self.path}",
        ]


def _difference_line(one: Mapping[str, Any]) -> str:
    low, high = (float("nan") if bound is None else bound for bound in one["interval"])
    verdict = "better" if one["better"] else "worse" if one["worse"] else "no clear difference"
    return (
        f"{FIGURES[one['figure']]}: {one['model']} less {one['baseline']}, the best baseline: "
        f"{one['difference']:+.4f} (95% interval {low:+.4f} to {high:+.4f}; {verdict})"
    )


@dataclass(frozen=True)
class PredictResult:
    """A published list.

    already: it stood before, made from the same inputs, and was left alone. drawn: its tables by the names
    of their files, where they are at hand; those of a list that stands are read when they are asked for.
    expired: what `retention_days` took in this run.
    """

    folder: Path
    manifest: Mapping[str, Any] = field(repr=False)
    already: bool
    drawn: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    expired: Expired | None = None

    @cached_property
    def at_risk(self) -> pd.DataFrame:
        """The list, one row a customer."""
        return self._table("at_risk.parquet")

    @cached_property
    def what_if(self) -> pd.DataFrame:
        """What lists of other lengths are expected to do."""
        return self._table("what_if.parquet")

    def first(self, count: int) -> list[dict[str, Any]]:
        """The first rows of those who may be contacted."""
        rows = self._rows("at_risk.parquet")
        return [row for row in rows if row["group"] != "holdout"][:count]

    def to_json(self) -> dict[str, Any]:
        """As a document: the manifest, and where the list is."""
        where = {"folder": str(self.folder), "already_published": self.already}
        expired = self.expired and self.expired.to_json()
        return {**where, **self.manifest, "what_if": self._rows("what_if.parquet"), "retention": expired}

    def _table(self, name: str) -> pd.DataFrame:
        from retain.lists import files

        return self.drawn[name] if name in self.drawn else files.read(self.folder / name)

    def _rows(self, name: str) -> list[dict[str, Any]]:
        """Of a list that stands without pandas, which takes longer to import than all the rest."""
        if name in self.drawn:
            return [
                {str(key): value for key, value in row.items()} for row in self.drawn[name].to_dict("records")
            ]
        from pyarrow.parquet import ParquetFile

        rows: list[dict[str, Any]] = ParquetFile(self.folder / name).read().to_pylist()
        return rows

    def lines(self) -> list[str]:
        """As sentences."""
        if self.already:
            return [f"already published: {self.folder} was made from the same inputs (--force makes it anew)"]
        counts, model = self.manifest["counts"], self.manifest["model"]
        names = sorted(["manifest.json", *self.manifest["files"]])
        return [
            *self.manifest["notes"],
            f"{counts['listed']:,} of {counts['eligible']:,} eligible customers listed as of "
            f"{self.manifest['as_of']}, by version {model['version']} ({model['name']}, a {model['label']})",
            f"Written to {self.folder}: {', '.join(names)}",
            *(self.expired.lines() if self.expired else ()),
        ]


@dataclass(frozen=True)
class ModelsResult:
    """The registered versions, newest first: version, aliases, label, created, test cutoff and figures."""

    versions: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {"versions": [dict(version) for version in self.versions]}

    def lines(self) -> list[str]:
        """As sentences."""
        if not self.versions:
            return ["No model was trained yet: run `retain train`."]
        return [_version_line(version) for version in self.versions]


@dataclass(frozen=True)
class RollbackResult:
    """The version that is champion again."""

    version: int

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {"champion": self.version}

    def lines(self) -> list[str]:
        """As a sentence."""
        return [f"version {self.version} is the champion again"]


def _version_line(version: Mapping[str, Any]) -> str:
    aliases = ", ".join(version["aliases"]) or "-"
    figures = ", ".join(f"{name} {version[name]:.3f}" for name in ("auc", "log_loss") if version.get(name))
    return f"{version['version']:>3}  {aliases:<12} {version['model']} ({version['label']})  {figures}"


FIGURES = {
    "auc": "AUC",
    "average_precision": "avg precision",
    "log_loss": "log loss",
    "brier": "Brier",
    "ece": "calib. error",
    "lift_10": "lift top 10 %",
}


def _metric_table(metrics: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    width = max(map(len, metrics))
    header = " " * (width + 2) + "".join(f"{title:>15}" for title in FIGURES.values())
    rows = [
        f"  {name:<{width}}" + "".join(f"{found.get(key, float('nan')):>15.4f}" for key in FIGURES)
        for name, found in metrics.items()
    ]
    return [header, *rows]
