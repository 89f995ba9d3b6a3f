"""The bench's figures as the tables of docs/speed.md, with the machine that they are from."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from targets import NAMES, Report, millions

BEGIN, END = "<!-- figures: benchmarks/bench.py -->", "<!-- end of the figures -->"
PACKAGES = ("duckdb", "numpy", "pyarrow", "lightgbm", "scikit-learn", "pandas", "polars", "optuna", "mlflow")


def written(page: str, tables: str) -> str:
    """The page with these tables between its marks. Raises ValueError where it has none."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    head, rest = page.split(BEGIN, 1)
    return f"{head}{BEGIN}\n\n{tables}\n\n{END}{rest.split(END, 1)[1]}"


def tables(report: Report, *, command: str, load: float) -> str:
    """What was measured where and by which command, the targets, and every measurement."""
    day = datetime.now(UTC).date().isoformat()
    told = f"Measured on {day} by `{command.strip()}` on {machine()}. Load before the run: {load:.1f}."
    return "\n".join([told, "", *_targets(report), "", *_measurements(report)])


def machine() -> str:
    """Cores, processor, memory, system and the versions that matter."""
    cores, memory = os.cpu_count() or 0, _memory()
    packages = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    room = f", {memory / 2**30:.0f} GB of memory" if memory else ""
    system = f"{platform.system()} {platform.machine()}"
    return f"{cores} cores ({_processor()}){room}, {system}, Python {platform.python_version()}; {packages}"


def _targets(report: Report) -> Iterator[str]:
    yield "| target | measured | allowed | |"
    yield "|---|---|---|---|"
    for check in report.checks:
        yield f"| {check.what} | {check.found} | {check.allowed} | {'met' if check.ok else '**missed**'} |"


def _measurements(report: Report) -> Iterator[str]:
    yield "| measured | events | rows | CPU-seconds | imports and getting ready | peak memory |"
    yield "|---|---|---|---|---|---|"
    for (task, events), one in report.runs.items():
        rows = f"{one.result['rows']:,}"
        figures = f"{one.cpu:.2f} | {one.startup:.2f} | {one.peak / 1e9:.2f} GB"
        yield f"| {NAMES[task]} | {millions(events)} | {rows} | {figures} |"


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", known.read_text(encoding="utf-8")) if known.exists() else []
    return names[0] if names else platform.processor() or "unknown"


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):  # not every system tells
        return 0


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
