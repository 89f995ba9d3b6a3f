"""What the manifest of a list says: what was read, by which model, and what is to be told with the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import retain
from retain.events.checks import unusable_notes
from retain.events.engine import Events
from retain.learning.matrix import MatrixSpec
from retain.lists import holdout
from retain.steps.listing import Drawn
from retain.steps.reading import churn_definition
from retain.steps.run import Run, peak_memory
from retain.tracking import Loaded


def manifest_of(
    run: Run, champion: Loaded, events: Events, drawn: Drawn, told: Sequence[str]
) -> dict[str, Any]:
    """The manifest but for what the publishing adds. told: sentences of the run, before those of the list."""
    listed, scores = drawn.listed, drawn.scores
    spec = MatrixSpec.from_json(champion.spec)
    unseen = [kind for kind in events.kinds if kind not in spec.layout.kinds]
    vanished = [kind for kind in spec.layout.kinds if kind not in events.kinds]
    notes = [*told, *unusable_notes(events.summary)]
    notes += [f"activity: kind '{kind}' was not there in training and is not used" for kind in unseen]
    notes += [f"activity: kind '{kind}' was there in training and has vanished" for kind in vanished]
    notes += [champion.warning] if champion.warning else []
    notes += [*drawn.notes, *drawn.facts["holdout"].values()]
    return {
        "as_of": str(events.summary.as_of),
        "name": run.config.name,
        "churn": churn_definition(run),
        "counts": {
            "eligible": len(scores),
            "listed": len(listed),
            "held_out": int((listed["group"] == holdout.HOLDOUT).sum()),
            "skipped": len(drawn.skipped),
            "bands": {str(k): int(v) for k, v in scores["risk_band"].value_counts().items()},
            "expected_churners": round(float(scores["churn_probability"].sum()), 1),
        },
        "model": {
            "name": champion.metadata.get("model"),
            "label": champion.label,
            "version": champion.version,
            "run_id": champion.run_id,
            "trained_at_cutoff": champion.metadata.get("cutoff"),
            "data_end": champion.metadata.get("data_end"),
            "expectation": champion.metadata.get("expectation"),
            "horizons": champion.metadata.get("horizons"),
        },
        **drawn.facts,
        "value": champion.metadata.get("value"),
        "definitions": champion.metadata.get("digest"),
        "kinds": {"unseen_in_training": unseen, "vanished": vanished},
        "inputs": events.summary.inputs(),
        "config": run.config.public(),
        "notes": notes,
        "retain": retain.__version__,
        "stages": run.progress.stages,
        "peak_memory_bytes": peak_memory(),
    }
