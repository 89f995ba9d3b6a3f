"""Quality on several businesses: the model and the baselines at rolling cutoffs, as `retain evaluate` does.

make bench-quality                                     all sets, three folds: docs/quality.md
make bench-quality ARGS="--sets cdnow --folds 2 --trials 0"
python benchmarks/quality.py --tables                  the tables of the evaluations that are kept
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Any

from measure import PROJECT
from sets import FOLDER, SHARED, Set, chosen_sets, write

DOCS = PROJECT / "docs" / "quality.md"
METRICS = {"log_loss": ("Log loss", ".4f", -1), "auc": ("AUC", ".3f", 1)}
PACKAGES = ("retain", "lightgbm", "scikit-learn", "numpy", "pandas", "duckdb", "optuna")
KEPT = "quality.json"
HOW = """\
Made by `{command}` on {day}, on {machine}; {versions}. Seconds are of the wall, on a machine that did other
work too.

Every model is made at each cutoff as `retain train` would have made it on that day, from cutoffs whose
horizon was over, and tested on all customers eligible there. In bold: the best of the row. The last column
is the model less the best baseline, which is chosen in hindsight by its mean over the folds, with the 95 %
interval of a paired bootstrap over customers; `better` and `worse` where it excludes zero."""

CALIBRATED = """\
The chosen model's probabilities with the calibration that was settled before each cutoff, and without any;
lower is better in both figures. A method is only chosen where it lowers the log loss of customers it has not
seen at the newest cutoff known by then, and would have lowered it at the cutoffs before by more than noise
(`learning/calibration_choice.py`). `none`: nothing would have, and the probabilities are left alone."""

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """A set with its evaluation: the document of `retain evaluate`, and the seconds it took."""

    chosen: Set
    document: Found
    seconds: float

    def figure(self, model: str, metric: str, cutoff: str | None) -> float | None:
        """A model's figure at a cutoff; the mean over the folds for None."""
        rows = self.document["summary" if cutoff is None else "folds"]
        found = [one for one in rows if one["model"] == model and one.get("cutoff") == cutoff]
        return found[0][metric] if found else None

    @property
    def cutoffs(self) -> list[str]:
        """The folds' cutoffs, the oldest first."""
        return list(dict.fromkeys(one["cutoff"] for one in self.document["folds"]))


def evaluated(chosen: Set, given: argparse.Namespace) -> Result | None:
    """Evaluate a set and keep the document; None where its data are not to be had."""
    import retain  # takes seconds, which --help need not

    changes = {"model": given.model, "training": {"trials": given.trials}}
    config = write(chosen, given.data, changes=changes)
    if config is None:
        return None
    began = time.perf_counter()
    document = retain.open(config, project=PROJECT).evaluate(folds=given.folds).document
    result = Result(chosen, json.loads(json.dumps(document, default=str)), time.perf_counter() - began)
    kept = {"document": result.document, "seconds": result.seconds}
    (FOLDER / chosen.name / KEPT).write_text(json.dumps(kept), encoding="utf-8")
    return result


def kept(chosen: Set) -> Result | None:
    """What an earlier run left of a set."""
    path = FOLDER / chosen.name / KEPT
    return Result(chosen, **json.loads(path.read_text("utf-8"))) if path.exists() else None


def report(results: Sequence[Result], models: Sequence[str] | None, *, command: str) -> str:
    """All tables as one Markdown page."""
    shown = models or list(dict.fromkeys(one["model"] for r in results for one in r.document["summary"]))
    parts = ["# Quality, measured", _how(command), _sets_table(results)]
    for metric, (title, _, better) in METRICS.items():
        wish = "higher" if better > 0 else "lower"
        parts += [f"## {title} ({wish} is better)", _metric_table(results, shown, metric)]
    parts += ["## What calibration did to the model", CALIBRATED, _calibration_table(results)]
    return "\n\n".join([*parts, _notes(results)]) + "\n"


def _how(command: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    return HOW.format(command=command, day=date.today(), machine=machine, versions=versions)


def _sets_table(results: Sequence[Result]) -> str:
    head = [
        "set",
        "what it is",
        "horizon / active within",
        "cutoffs",
        "customers",
        "churn",
        "grade",
        "seconds",
    ]
    return _table(head, [_set_row(result) for result in results], right=4)


def _set_row(result: Result) -> list[str]:
    document = result.document
    churn, average = document["config"]["churn"], document["summary"][0]
    return [
        result.chosen.name,
        result.chosen.says,
        f"{churn['horizon']} / {'–' if churn.get('when') == 'ended' else churn['active_within']} days",
        ", ".join(result.cutoffs),
        f"{average['customers']:,.0f}",
        f"{average['churn_rate']:.1%}",
        document["grade"]["letter"],
        f"{result.seconds:,.0f}",
    ]


def _metric_table(results: Sequence[Result], models: Sequence[str], metric: str) -> str:
    head = ["set", "cutoff", *models, "less the best baseline"]
    rows = [row for result in results for row in _metric_rows(result, models, metric)]
    return _table(head, rows, right=2)


def _metric_rows(result: Result, models: Sequence[str], metric: str) -> Iterator[list[str]]:
    for cutoff in (*result.cutoffs, None):
        values = [result.figure(model, metric, cutoff) for model in models]
        first = [f"**{result.chosen.name}**", "**mean**"] if cutoff is None else [result.chosen.name, cutoff]
        yield [*first, *_marked(values, metric), _difference(result.document, metric, cutoff)]


def _calibration_table(results: Sequence[Result]) -> str:
    figures = ("log loss", "calibration error")
    head = [
        "set",
        "cutoff",
        "method",
        *(f"{figure} {which}" for figure in figures for which in ("without", "with", "difference")),
    ]
    return _table(head, [row for result in results for row in _calibration_rows(result)], right=3)


def _calibration_rows(result: Result) -> Iterator[list[str]]:
    found, name = result.document["calibration"], result.chosen.name
    for fold in found["folds"]:
        yield [name, fold["cutoff"], fold["method"], *_changes(fold)]
    yield [f"**{name}**", "**mean**", "", *_changes(found["mean"])]


def _changes(changes: Found) -> list[str]:
    cells = []
    for figure in ("log_loss", "ece"):
        change = changes[figure]
        low, high = change["interval"]
        difference = f"{change['difference']:+.4f} ({low:+.4f} to {high:+.4f})" if low or high else "0"
        cells += [f"{change['uncalibrated']:.4f}", f"{change['calibrated']:.4f}", difference]
    return cells


def _marked(values: Sequence[float | None], metric: str) -> list[str]:
    """The values as they are printed, the best in bold."""
    _, form, better = METRICS[metric]
    shown = ["–" if value is None or not isfinite(value) else f"{value:{form}}" for value in values]
    there = [value for value in values if value is not None and isfinite(value)]
    best = f"{max(there, key=lambda value: better * value):{form}}" if there else ""
    return [f"**{one}**" if one == best else one for one in shown]


def _difference(document: Found, metric: str, cutoff: str | None) -> str:
    for one in document["differences"]:
        if one["figure"] == metric:
            found = one if cutoff is None else next(f for f in one["folds"] if f["cutoff"] == cutoff)
            low, high = found["interval"]
            verdict = " better" if one["better"] else " worse" if one["worse"] else ""
            against = (
                f" against {one['baseline']}:{verdict or ' no clear difference'}" if cutoff is None else ""
            )
            return f"{found['difference']:+.4f} ({low:+.4f} to {high:+.4f}){against}"
    return "–"


def _notes(results: Sequence[Result]) -> str:
    lines = ["## What the program says", ""]
    for result in results:
        found = result.document
        said = [f"grade {found['grade']['letter']}: {found['grade']['why']}", *found["notes"]]
        lines += [f"- **{result.chosen.name}**: {said[0]}", *(f"  - {note}" for note in said[1:])]
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: int) -> str:
    """A Markdown table; columns from `right` on are aligned to the right."""
    rule = ["---" if at < right else "---:" for at in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def main() -> None:
    """Evaluate, print, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder of the real sets")
    parser.add_argument("--sets", help="names separated by commas; default: all")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--model", default="gbm", help="the model that is compared with the baselines")
    parser.add_argument(
        "--models", help="which models to show, separated by commas; default: all that are tested"
    )
    parser.add_argument("--trials", type=int, default=0, help="of the search at every fold; 0: no search")
    parser.add_argument("--tables", action="store_true", help="evaluate nothing, show what is kept")
    parser.add_argument("--out", type=Path, default=DOCS, help="the page to write")
    given = parser.parse_args()
    results = [result for result in map(_obtained(given), chosen_sets(given.sets)) if result is not None]
    if not results:
        raise SystemExit(f"none of the sets can be had; look into --data {given.data}")
    command = f'make bench-quality ARGS="--folds {given.folds} --trials {given.trials} --model {given.model}"'
    page = report(results, given.models.split(",") if given.models else None, command=command)
    print(page)
    given.out.write_text(page, encoding="utf-8")


def _obtained(given: argparse.Namespace) -> Any:
    def obtain(chosen: Set) -> Result | None:
        result = kept(chosen) if given.tables else evaluated(chosen, given)
        print(
            f"{chosen.name}: {'not to be had' if result is None else f'{result.seconds:.0f} s'}", flush=True
        )
        return result

    return obtain


if __name__ == "__main__":
    main()
