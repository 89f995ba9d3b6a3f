"""`retain predict` from the tables to the published list, and the two parts of it that nobody can leave out.

The model is trained once, on a sample of the customers of 2 million events, and kept in .bench.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from measure import DATA, PROJECT

TRAINED_ON = 2_000_000
ROAD = """\
output: {output}
mlflow: {{tracking_uri: "sqlite:///{store}"}}
list: {{size: 5000, capacity: 5000}}
"""
TRAINING = "training: {cutoffs: 12, every: 30, trials: 0, max_rows: 100000}\n"
BLOCK = 50_000


def sort(folder: Path) -> Callable[[], dict[str, Any]]:
    """The columns that features are made of, sorted by customer and time by DuckDB and handed on."""
    import duckdb

    every = f"""SELECT customer_id, ordered_at AS moment, amount, category, NULL AS kind
            FROM '{folder}/orders.parquet'
        UNION ALL SELECT customer_id, "at", value, NULL, kind FROM '{folder}/activity.parquet'"""
    settings: dict[str, Any] = {"memory_limit": "1.5GB", "preserve_insertion_order": False}

    def work() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as spill, duckdb.connect(config=settings) as connection:
            connection.execute(f"SET temp_directory = '{spill}'")
            reader = connection.sql(f"FROM ({every}) ORDER BY customer_id, moment").to_arrow_reader(250_000)
            return {"rows": sum(batch.num_rows for batch in reader)}

    return work


def boosters(folder: Path) -> Callable[[], dict[str, Any]]:
    """Booster.predict of both trained models, churn and value, on the finished matrix.

    What the second takes is told apart, since the value of a customer is a promise of retain's own.
    """
    import numpy as np

    import retain.tracking
    from retain import config
    from retain.events.duckdb.sources import inspect
    from retain.lists.shelf import Shelf

    champion = retain.tracking.load(config.load(_config(folder, DATA / "road"), inspect=inspect))
    space = tempfile.TemporaryDirectory()
    shelf, columns = Shelf(Path(space.name) / "features"), []
    for part in _matrix(folder, champion):
        columns = list(part.X.columns)
        shelf.lay(part.X)
    X = np.memmap(shelf.path, np.float32, mode="r").reshape(-1, len(columns))
    churn, value = champion.scorer.estimator.booster_, champion.value.estimator.trees_.booster_

    def predicted(booster: Any) -> float:
        began = time.process_time()
        for start in range(0, len(X), BLOCK):
            booster.predict(np.ascontiguousarray(X[start : start + BLOCK]))
        return time.process_time() - began

    def work() -> dict[str, Any]:
        found = {"rows": len(X), "trees": churn.num_trees(), "value_trees": value.num_trees()}
        found |= {"churn": predicted(churn), "value": predicted(value)}
        space.cleanup()
        return found

    return work


def predict(folder: Path) -> Callable[[], dict[str, Any]]:
    """The command in a process of its own, everything included; and the same again, with nothing changed."""
    trained()
    output = Path(tempfile.mkdtemp(dir=DATA))

    def work() -> dict[str, Any]:
        try:
            first = _run("predict", _config(folder, output))
            again = _run("predict", _config(folder, output))
            (published,) = (output / "lists").glob("????-??-??")
            manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
        finally:
            shutil.rmtree(output, ignore_errors=True)
        told = {"rows": manifest["counts"]["eligible"], "listed": manifest["counts"]["listed"]}
        stages = {name: stage["seconds"] for name, stage in manifest["stages"].items()}
        return {**told, "cpu": first["cpu"], "peak": first["peak"], "again": again, "stages": stages}

    return work


def trained() -> Path:
    """The folder of the trained model, trained anew where the definitions have changed."""
    from bench import generated

    home, digest = DATA / "road", _definitions()
    known = home / "definitions"
    if known.exists() and known.read_text(encoding="utf-8") == digest:
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    print("training the model that predicts …", file=sys.stderr, flush=True)
    _run("train", _config(generated(TRAINED_ON), home))
    known.write_text(digest, encoding="utf-8")
    return home


def _definitions() -> str:
    files = sorted([*(PROJECT / "features").glob("*.py"), *(PROJECT / "models").glob("*.py")])
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _config(folder: Path, output: Path) -> Path:
    """The folder's config, with the trained model and a list of 5,000."""
    tables = (folder / "config.yaml").read_text(encoding="utf-8")
    tables = tables[: tables.index("training:")].replace("source: ", f"source: {folder.resolve()}/")
    output.mkdir(parents=True, exist_ok=True)
    file = output / "road.yaml"
    file.write_text(tables + TRAINING + ROAD.format(output=output, store=DATA / "road" / "mlflow.db"))
    return file


def _matrix(folder: Path, champion: Any) -> Any:
    from generate import END
    from measure import definitions, opened

    from retain.learning.matrix import MatrixSpec
    from retain.learning.snapshots import snapshots

    with opened(folder) as events:
        spec = MatrixSpec.from_json(champion.spec)
        yield from snapshots(events, definitions(), spec, cutoffs=[END], labelled=False)


def _run(command: str, config: Path) -> dict[str, float]:
    """CPU seconds, seconds of the wall and bytes at the peak of one command."""
    from generate import END

    options = [command, "--config", str(config), "--as-of", str(END), "--project", str(PROJECT), "--json"]
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "retain", *options], stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, ["retain", *options])
    return {
        "cpu": used.ru_utime + used.ru_stime,
        "seconds": time.perf_counter() - began,
        "peak": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
