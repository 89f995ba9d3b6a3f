"""Which recipe of the churn model is best on average and never far from the best: the experiment behind gbm.

python benchmarks/recipes.py                          all sets; the tables of docs/experiments.md
python benchmarks/recipes.py --sets cdnow --recipes blend,trees
python benchmarks/recipes.py --tables                 of what earlier runs left

A recipe is chosen at two cutoffs whose horizon was over at the newest cutoff, and confirmed at that one.
"""

from __future__ import annotations

import argparse
import json
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import PROJECT
from rivals import BtydAsFeatures, FromLogistic, PlainTrees, RecentWeigh
from sets import FOLDER, SHARED, Set, chosen_sets, write

import retain
from retain import ChurnClassifier
from retain.learning.bootstrap import Replicates, bootstrap_together, interval, mean_replicates
from retain.learning.comparison import Comparison
from retain.learning.dataset import Dataset
from retain.learning.matrix import fit_spec
from retain.learning.metrics import auc, log_loss
from retain.learning.model import Model
from retain.learning.outcomes import newest_cutoff
from retain.learning.recipe import Workbench
from retain.learning.snapshots import build
from retain.steps.reading import cutoffs, read

PAGE = PROJECT / "docs" / "experiments.md"
BEGIN, END = "<!-- tables: benchmarks/recipes.py -->", "<!-- end of tables -->"
SETS = "cdnow,online_retail,completejourney,generated"
DENSE, USUAL, YEAR = 15, 30, 360
MOST_CUSTOMERS = {"cdnow": 6_000, "generated": 3_000}
SEED = 7
DEFAULT = "blend"
FIGURES = {"log_loss": (".4f", -1), "auc": (".4f", 1)}


@dataclass(frozen=True)
class Recipe:
    """An estimator, the days between its training cutoffs, and who fits it."""

    build: Callable[..., Any]
    says: str
    every: int = USUAL
    bench: Workbench = field(default_factory=lambda: Workbench(SEED))


RECIPES = {
    "blend": Recipe(ChurnClassifier, "half `extra_trees`, half logistic, in log-odds: the default"),
    "trees": Recipe(partial(ChurnClassifier, blend=1.0), "the trees alone"),
    "linear": Recipe(partial(ChurnClassifier, blend=0.0, n_estimators=1), "the logistic regression alone"),
    "plain trees": Recipe(PlainTrees, "the default without `extra_trees`"),
    "init score": Recipe(FromLogistic, "trees started from the logistic's log-odds"),
    "btyd features": Recipe(
        BtydAsFeatures, "the default, with BG/NBD's and Pareto/NBD's log-odds as features"
    ),
    "dense": Recipe(ChurnClassifier, "the default, a cutoff every 15 days", every=DENSE),
    "recent": Recipe(
        ChurnClassifier,
        "the default, a cutoff half a year older weighs half",
        bench=RecentWeigh(SEED, half_life=182),
    ),
}


@dataclass(frozen=True)
class Trial:
    """A recipe at one stage (choosing, newest) of a set: means over its cutoffs, and less the default."""

    set: str
    stage: str
    recipe: str
    cutoffs: tuple[str, ...]
    log_loss: float
    auc: float
    less_default: Mapping[str, tuple[float, float, float]]


def rows_of(chosen: Set, data: Path) -> Dataset | None:
    """The set's rows at a cutoff every 15 days, of some customers only where there are many; kept."""
    kept = FOLDER / chosen.name / "recipes.pickle"
    if kept.exists():
        found: Dataset = pickle.loads(kept.read_bytes())
        return found
    config = write(chosen, data, changes={"training": {"cutoffs": 36, "every": DENSE}}, file="recipes.yaml")
    if config is None:
        return None
    dataset = _training_rows(config)
    dataset = _some_customers(dataset, most=MOST_CUSTOMERS.get(chosen.name))
    kept.write_bytes(pickle.dumps(dataset))
    return dataset


def _training_rows(config: Path) -> Dataset:
    run = retain.open(config, project=PROJECT)._run()
    with read(run, as_of=None) as events:
        found = cutoffs(run, events.summary)
        return build(events, run.features, fit_spec(events), cutoffs=found.all, labelled=True)


def _some_customers(dataset: Dataset, *, most: int | None) -> Dataset:
    names = np.unique(dataset.customer_id)
    if most is None or len(names) <= most:
        return dataset
    drawn = np.random.default_rng(SEED).choice(names, most, replace=False)
    return dataset.rows(np.isin(dataset.customer_id, drawn))


def stages(dataset: Dataset) -> dict[str, list[date]]:
    """The cutoffs to choose at, whose horizon is over at the newest one, and the newest one."""
    newest = newest_cutoff(dataset)
    back = USUAL * -(-dataset.horizon // USUAL)
    return {
        "choosing": [newest - timedelta(days=back + USUAL), newest - timedelta(days=back)],
        "newest": [newest],
    }


def tested(dataset: Dataset, recipes: Mapping[str, Recipe], cutoff: date, *, name: str) -> Comparison:
    """What every recipe, made as training makes it, predicts at a cutoff."""
    predictions, latest = {}, dataset.at(cutoff)
    for title, recipe in recipes.items():
        began = time.perf_counter()
        past = _past(dataset, cutoff, every=recipe.every)
        _, scorer = recipe.bench.find(Model(title, recipe.build), past, at=newest_cutoff(past))
        predictions[title] = scorer.predict(latest.X)
        loss = log_loss(np.asarray(latest.churned, bool), predictions[title])
        print(f"{name} {cutoff} {title}: {loss:.4f}, {time.perf_counter() - began:.0f} s", flush=True)
    churned = np.asarray(latest.churned, bool)
    return Comparison(cutoff, dataset.horizon, latest.customer_id, churned, predictions)


def _past(dataset: Dataset, cutoff: date, *, every: int) -> Dataset:
    """The rows whose horizon is over at the cutoff, of the year before, every so many days."""
    past = dataset.before(cutoff)
    age = (np.datetime64(cutoff) - past.cutoff).astype(int)
    step = (np.datetime64(newest_cutoff(past)) - past.cutoff).astype(int)
    return past.rows((age < YEAR) & (step % every == 0))


def trials(chosen: Set, dataset: Dataset, recipes: Mapping[str, Recipe]) -> Iterator[Trial]:
    """Every recipe at both stages, with its difference from the default on the same draws of customers."""
    for stage, days in stages(dataset).items():
        tests = [tested(dataset, recipes, cutoff, name=chosen.name) for cutoff in days]
        drawn = bootstrap_together([test.trial() for test in tests], seed=SEED)
        samples = {name: mean_replicates([each[name] for each in drawn]) for name in recipes}
        means = {name: _means(tests, name) for name in recipes}
        for name in recipes:
            difference = {
                figure: _difference(means[name][figure] - means[DEFAULT][figure], samples, name, figure)
                for figure in FIGURES
            }
            cut = tuple(str(cutoff) for cutoff in days)
            yield Trial(chosen.name, stage, name, cut, **means[name], less_default=difference)


def _means(tests: Sequence[Comparison], name: str) -> dict[str, float]:
    figures = {"log_loss": log_loss, "auc": auc}
    return {
        figure: float(np.mean([measure(test.churned, test.predictions[name]) for test in tests]))
        for figure, measure in figures.items()
    }


def _difference(
    mean: float, samples: Mapping[str, Replicates], name: str, figure: str
) -> tuple[float, float, float]:
    drawn = np.asarray(getattr(samples[name], figure)) - np.asarray(getattr(samples[DEFAULT], figure))
    return mean, *interval(drawn)


def tables(found: Sequence[Trial]) -> str:
    """For each stage and figure: recipes by sets, the mean, and how far from the best at the worst."""
    parts = [_cutoffs_line(found)]
    for stage, title in (("choosing", "At the two choosing cutoffs"), ("newest", "At the newest cutoff")):
        for figure in FIGURES:
            of_stage = [trial for trial in found if trial.stage == stage]
            parts += [f"**{title}: {figure.replace('_', ' ')}**", _table(of_stage, figure)]
    return "\n\n".join(parts)


def _cutoffs_line(found: Sequence[Trial]) -> str:
    days = {(trial.set, trial.stage): ", ".join(trial.cutoffs) for trial in found}
    return "\n".join(f"- {name}, {stage}: {cutoffs}" for (name, stage), cutoffs in days.items())


def _table(found: Sequence[Trial], figure: str) -> str:
    form, better = FIGURES[figure]
    sets = list(dict.fromkeys(trial.set for trial in found))
    value = {(trial.recipe, trial.set): trial for trial in found}
    best = {
        name: max((better * getattr(t, figure)) for t in found if t.set == name) * better for name in sets
    }
    head = ["recipe", *sets, "mean", "furthest from the best"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for recipe in dict.fromkeys(trial.recipe for trial in found):
        tried = [value.get((recipe, name)) for name in sets]
        cells = ["–" if trial is None else _cell(trial, figure) for trial in tried]
        row = [getattr(trial, figure) for trial in tried if trial is not None]
        off = max(abs(best[trial.set] - getattr(trial, figure)) for trial in tried if trial is not None)
        mean = f"{np.mean(row):{form}}" if len(row) == len(sets) else "–"
        lines.append(f"| {recipe} | " + " | ".join(cells) + f" | {mean} | {off:{form}} |")
    return "\n".join(lines)


def _cell(trial: Trial, figure: str) -> str:
    """The figure; marked where it differs clearly from the default's."""
    form, better = FIGURES[figure]
    _, low, high = trial.less_default[figure]
    verdict = "" if low <= 0 <= high else " (+)" if better * low > 0 else " (-)"
    return f"{getattr(trial, figure):{form}}{verdict}"


def main() -> None:
    """Try, print, and put the tables into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder of the real sets")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--tables", action="store_true", help="try nothing, show what is kept")
    given = parser.parse_args()
    recipes = {name: RECIPES[name] for name in dict.fromkeys([DEFAULT, *given.recipes.split(",")])}
    found: list[Trial] = []
    for chosen in chosen_sets(given.sets):
        kept = FOLDER / chosen.name / "recipes.json"
        if not given.tables and (dataset := rows_of(chosen, given.data)) is not None:
            done = [asdict(trial) for trial in trials(chosen, dataset, recipes)]
            kept.write_text(json.dumps(done), encoding="utf-8")
        if kept.exists():
            found += [Trial(**one) for one in json.loads(kept.read_text("utf-8"))]
    made = tables(found)
    print(made)
    _put_into_page(made)


def _put_into_page(made: str) -> None:
    text = PAGE.read_text("utf-8") if PAGE.exists() else f"{BEGIN}\n{END}\n"
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
