"""What the speed bench must find: ratios of measurements in one run, and memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from measure import Measured

MILLION = 1_000_000

Run = tuple[str, int]
"""A task and how many events it has."""

NAMES = {
    "floor": "bare scan",
    "one": "one cutoff",
    "twelve": "twelve cutoffs",
    "twelfth": "each of twelve cutoffs",
    "pandas": "pandas, one cutoff",
    "polars": "Polars, one cutoff",
    "equality": "comparison with pandas",
    "polars_equality": "comparison with Polars",
    "sort": "sorting the events",
    "boosters": "Booster.predict",
    "predict": "predict, end to end",
    "search": "search",
    "plain_search": "plain Optuna + LightGBM",
    "plain_trees": "plain Optuna + LightGBM, retain's trees, one thread",
}


PLAIN = ("plain_search", "plain_trees")


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    what: str
    found: str
    allowed: str
    ok: bool


@dataclass(frozen=True)
class Times:
    """How many times the CPU of one task another may take on the same events; at_least: must take."""

    over: str
    under: str
    events: int
    most: float | None = None
    at_least: float | None = None


RATIOS = (
    Times("twelve", "floor", 10 * MILLION, most=8.0),
    Times("pandas", "twelfth", 10 * MILLION, at_least=12.0),
    Times("one", "floor", 50 * MILLION, most=4.0),
    Times("one", "pandas", 2 * MILLION, most=1.0),
    Times("one", "polars", 2 * MILLION, most=1.0),
)
PEAKS = {("twelve", 10 * MILLION): 0.8e9, ("one", 50 * MILLION): 1.8e9, ("predict", 50 * MILLION): 3e9}
GROWTH = 0.15
"""How much an event may take more of where there are more of them: 1, 10 and 50 million. Less is no fault:
what every run does once is then spread over more."""
UNAVOIDABLE = 1.6
"""How many times the CPU of sorting the events and of Booster.predict `predict` may take, from end to end."""
AGAIN = 2.0
"""Seconds of `predict` where nothing has changed."""


@dataclass(frozen=True)
class Report:
    """All measurements, and what follows from them."""

    runs: dict[Run, Measured] = field(default_factory=dict)
    failed: Mapping[Run, str] = field(default_factory=dict)

    @property
    def checks(self) -> list[Check]:
        """Every target that was measured, the equality of the numbers, and what did not end."""
        return [
            *self._ratios(),
            *self._peaks(),
            *self._growth(),
            *self._predict(),
            *self._search(),
            *self._equality(),
            *self._failures(),
        ]

    def cpu(self, task: str, events: int) -> float | None:
        """CPU seconds of the work; a cutoff's share for the twelve (`twelfth`)."""
        run = self.runs.get(("twelve" if task == "twelfth" else task, events))
        return None if run is None else run.cpu / (12 if task == "twelfth" else 1)

    def _times(self, over: str, under: str, events: int) -> float | None:
        above, below = self.cpu(over, events), self.cpu(under, events)
        return None if above is None or below is None else above / below

    def _ratios(self) -> Iterator[Check]:
        for each in RATIOS:
            times = self._times(each.over, each.under, each.events)
            if times is None:
                continue
            what = f"CPU of {NAMES[each.over]} / {NAMES[each.under]}, {millions(each.events)}"
            if each.most is not None:
                yield Check(what, f"{times:.2f}", f"at most {each.most:g}", times <= each.most)
            if each.at_least is not None:
                yield Check(what, f"{times:.1f}", f"at least {each.at_least:g}", times >= each.at_least)

    def _peaks(self) -> Iterator[Check]:
        for (task, events), most in PEAKS.items():
            if (task, events) in self.runs:
                peak = self.runs[task, events].peak
                what = f"peak memory of {NAMES[task]}, {millions(events)}"
                yield Check(what, f"{peak / 1e9:.2f} GB", f"at most {most / 1e9:g} GB", peak <= most)

    def _growth(self) -> Iterator[Check]:
        for task in ("one", "twelve"):
            sizes = sorted(n for name, n in self.runs if name == task and n in (1e6, 1e7, 5e7))
            each = [self.runs[task, n].cpu / n * MILLION for n in sizes]
            if len(each) < 2:
                continue
            rise = max(later / min(each[: n + 1]) for n, later in enumerate(each[1:])) - 1
            what = f"CPU of an event, {NAMES[task]}, {' -> '.join(map(millions, sizes))}"
            found = f"{rise:+.0%} ({', '.join(f'{one:.2f}' for one in each)} CPU-s a million)"
            yield Check(what, found, f"at most {GROWTH:+.0%}", rise <= GROWTH)

    def _predict(self) -> Iterator[Check]:
        for (task, events), run in self.runs.items():
            if task != "predict":
                continue
            sort, scored = self.runs.get(("sort", events)), self.runs.get(("boosters", events))
            if sort is not None and scored is not None:
                yield from _against_its_parts(run, events, sort=sort.cpu, boosters=scored.result)
            again = run.result["again"]
            found = f"{again['seconds']:.1f} s, {again['cpu']:.1f} CPU-s"
            what = f"predict with nothing changed, {millions(events)}"
            yield Check(what, found, f"under {AGAIN:g} s", again["seconds"] < AGAIN)

    def _search(self) -> Iterator[Check]:
        """Against each plain one that was measured."""
        for (task, events), plain in self.runs.items():
            run = self.runs.get(("search", events))
            if task not in PLAIN or run is None:
                continue
            ours, theirs = (60 * one.result["trials"] / one.cpu for one in (run, plain))
            what = f"search: trials a CPU-minute against {NAMES[task]}"
            yield Check(what, f"{ours:.0f} against {theirs:.0f}", "no fewer", ours >= theirs)

    def _equality(self) -> Iterator[Check]:
        for (task, events), run in self.runs.items():
            if "differences" not in run.result:
                continue
            wrong = run.result["differences"]
            found = "; ".join(f"{name}: {how}" for name, how in wrong.items()) or "equal"
            compared = f"{run.result['rows']:,} rows × {run.result['columns']} columns"
            yield Check(f"{NAMES[task]}, {millions(events)}, {compared}", found, "equal", not wrong)

    def _failures(self) -> Iterator[Check]:
        for (task, events), why in self.failed.items():
            yield Check(f"{NAMES[task]}, {millions(events)}", why, "an end", ok=False)


def _against_its_parts(
    run: Measured, events: int, *, sort: float, boosters: Mapping[str, float]
) -> Iterator[Check]:
    """Against the churn model's trees alone, and for knowledge against the value model's too."""
    parts = sort + boosters["churn"]
    times, both = run.cpu / parts, run.cpu / (parts + boosters["value"])
    found = (
        f"{times:.2f} ({run.cpu:.1f} / ({sort:.1f} + {boosters['churn']:.1f}); {both:.2f} with the value's"
    )
    what = f"CPU of predict / (sorting + Booster.predict), {millions(events)}"
    yield Check(what, f"{found} trees)", f"at most {UNAVOIDABLE:g}", times <= UNAVOIDABLE)


def millions(events: int) -> str:
    """A number of events as people say it."""
    return f"{events / MILLION:g} M" if events >= MILLION else f"{events:,}"
