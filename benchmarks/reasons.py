"""How stable reasons are: two trainings that differ in nothing but the seed, and what they say first.

    python benchmarks/reasons.py CONFIG [--seeds 7 8] [--trials 10] [--listed 500]

The figures are shares of the first seed's list: on both lists, the same first family, feature and sentence.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import retain
from retain.learning import training
from retain.learning.dataset import Dataset
from retain.learning.matrix import fit_spec
from retain.learning.scorer import Scorer
from retain.learning.snapshots import build
from retain.lists.reasons import Reasons, explained
from retain.steps.reading import cutoffs, read
from retain.steps.run import Run


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    run = retain.open(asked.config)._run()
    rows, now = _datasets(run)
    first, second = (_trained(run, rows, seed=seed, trials=asked.trials) for seed in asked.seeds)
    listed, others = (_riskiest(scorer, now, asked.listed) for scorer in (first, second))
    said = [_said(scorer, now, listed) for scorer in (first, second)]
    print(f"on both lists    {np.isin(listed, others).mean():.3f}")
    for what in ("family", "feature", "said"):
        one, other = (getattr(found, what)[:, 0] for found in said)
        print(f"first {what:<10} {(one == other).mean():.3f}")


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--seeds", type=int, nargs=2, default=(7, 8))
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--listed", type=int, default=500)
    return parser.parse_args()


def _datasets(run: Run) -> tuple[Dataset, Dataset]:
    with read(run, as_of=None) as events:
        spec = fit_spec(events)
        found = cutoffs(run, events.summary)
        rows = build(events, run.features, spec, cutoffs=found.all, labelled=True)
        now = build(events, run.features, spec, cutoffs=[events.summary.as_of], labelled=False)
    return rows, now


def _trained(run: Run, rows: Dataset, *, seed: int, trials: int) -> Scorer:
    changed = run.config.training.model_copy(update={"seed": seed, "trials": trials})
    config = run.config.model_copy(update={"training": changed})
    models = {name: run.definitions.models[name] for name in (config.model, "recency")}
    return training.train(rows, models=models, chosen=config.model, config=config).scorers[config.model]


def _riskiest(scorer: Scorer, now: Dataset, count: int) -> Any:
    return np.argsort(-scorer.predict(now.X), kind="stable")[:count]


def _said(scorer: Scorer, now: Dataset, listed: Any) -> Reasons:
    return explained(now.X.iloc[listed], now.columns, scorer=scorer, facts=now.facts.iloc[listed])


if __name__ == "__main__":
    main()
