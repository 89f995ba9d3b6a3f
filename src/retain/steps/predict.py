"""Predicting: the champion scores every eligible customer, and the list is published whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import retain
from retain.config import Churn
from retain.digests import of_parts
from retain.errors import Refused
from retain.events.engine import Events
from retain.events.scratch import scratch_space
from retain.freed import give_back
from retain.learning.feature import Feature
from retain.lists import feedback, files, history, publish, published
from retain.lists.history import Past
from retain.project import Definitions
from retain.reports import excel, list_page
from retain.reports.listing import from_manifest
from retain.steps import gates
from retain.steps.contract_lists import ContractLists, contract_lists_of
from retain.steps.earlier import Earlier
from retain.steps.expiry import expire
from retain.steps.gates import Verdict
from retain.steps.listing import Drawn, draw
from retain.steps.lives import lives
from retain.steps.manifest import manifest_of
from retain.steps.memory import remember, repair
from retain.steps.past import earlier_lists, remembered
from retain.steps.reading import read
from retain.steps.results import PredictResult
from retain.steps.rules import Rules, read_rules
from retain.steps.run import Run, chosen_features
from retain.steps.score_table import write_scores
from retain.steps.scoring import everyone, scoring
from retain.steps.standing import MEANS
from retain.steps.watched import left_for_watch, population
from retain.tracking import AS_OF, CHAMPION, Loaded, load, version_of


@dataclass(frozen=True)
class Ready:
    """What a list is drawn from, besides the tables. fingerprint: of all of it."""

    champion: Loaded
    features: Sequence[Feature]
    rules: Rules
    earlier: Earlier
    past: Past
    fingerprint: str

    @property
    def digests(self) -> dict[str, str]:
        """What the manifest tells of it."""
        return {"fingerprint": self.fingerprint, "past": self.past.digest}


def predict(
    run: Run,
    *,
    as_of: date | None,
    model: str | None = None,
    force: bool = False,
    accept: str | None = None,
    warnings: Sequence[str] = (),
) -> PredictResult:
    """Score the eligible customers as of a day and publish the list.

    model: a version, an alias, or `asof` for the champion of that day; the champion where it is None.
    accept: why the list is to be published although a check refuses it. warnings: to be told with the list.
    Raises Refused, which the history then remembers, where a gate is not passed.
    """
    with scratch_space(run.config.spill) as scratch:
        rejects = scratch / "rejects"
        opened = read(gates.readable(run, accept), as_of=as_of, rejects=rejects, duplicates=True)
        with opened as events, gates.keeping_refusals(run, events.summary.as_of):
            rows = events.rows_by_day()
            verdict = Verdict(accept).after(gates.staleness(run, events, rows))
            champion = _champion(run, model, events.summary.as_of)
            run = _same_churn(run, champion, accept=accept)
            ready = _ready(run, events, champion)
            standing = None if force else _standing(run, events, ready)
            if standing is not None:
                return standing
            verdict = verdict.after(gates.data(run, events, rows, champion=champion))
            work = scoring(run, champion, events, ready.features, rules=ready.rules.segmentation)
            scored = everyone(run, events, work, shelf=scratch / "features")
            drawn = draw(
                run, champion, events, scored, rules=ready.rules, earlier=ready.earlier, past=ready.past
            )
            counted = population(champion, scored)
            verdict = verdict.after(gates.scores(run, champion, events.summary.as_of, population=counted))
            manifest = {
                **manifest_of(run, champion, events, drawn, [*warnings, *verdict.notes]),
                "watch": left_for_watch(run, counted, scores=drawn.scores, listed=drawn.listed),
                "gates": verdict.to_json(),
                **ready.digests,
            }
            told = lives(run, events, drawn.listed, earlier=ready.earlier)
            contracts = contract_lists_of(run, events, drawn)
            manifest["notes"] += contracts.notes
            unreached = write_scores(run, events, drawn.scores, champion=champion)
            give_back()
        written = {**_files(run, drawn, manifest, told, contracts), gates.ROWS: files.parquet(rows)}
        written |= files.copies(rejects, under="rejects")
        listed = _published(run, drawn, written, manifest, ready=ready, verdict=verdict, force=force)
        return replace(listed, expired=expire(run, unreached=unreached))


def look(run: Run, *, as_of: date, accept: str | None) -> PredictResult | None:
    """The list of a day that stands, made of the same by the present champion; None where there is none.

    Raises Refused where a feed has stopped: that is judged before anything else.
    """
    with read(gates.readable(run, accept), as_of=as_of, duplicates=True) as events:
        Verdict(accept).after(gates.staleness(run, events, events.rows_by_day()))
        if not (run.config.output / "lists" / str(as_of)).exists():
            return None
        champion = _champion(run, None, as_of)
        run = _same_churn(run, champion, accept=accept)
        return _standing(run, events, _ready(run, events, champion))


def _ready(run: Run, events: Events, champion: Loaded) -> Ready:
    """Gather what the list depends on; lists that the history has missed are remembered first."""
    lists, kept = run.config.output / "lists", remembered(run)
    features = chosen_features(Definitions.from_sources(champion.sources), champion.metadata.get("features"))
    rules = read_rules(run, features)
    repair(run, kept, lists)
    earlier = earlier_lists(run, kept, as_of=events.summary.as_of)
    past = history.past(kept, as_of=events.summary.as_of)
    made_from = _fingerprint(run, champion, events, rules=rules, earlier=earlier, past=past)
    return Ready(champion, features, rules, earlier, past, made_from)


def _standing(run: Run, events: Events, ready: Ready) -> PredictResult | None:
    """The list that stands, if it was made from the same."""
    standing = published.already_published(
        run.config.output / "lists", as_of=events.summary.as_of, fingerprint=ready.fingerprint
    )
    if standing is None:
        return None
    return PredictResult(standing.path, published.manifest(standing.path), already=True)


def _published(
    run: Run,
    drawn: Drawn,
    written: Mapping[str, publish.Writer],
    manifest: Mapping[str, Any],
    *,
    ready: Ready,
    verdict: Verdict,
    force: bool,
) -> PredictResult:
    """Publish and remember; what a run killed in between did not remember, the next one does."""
    day, kept = ready.past.as_of, remembered(run)
    known = {**manifest, "run_id": run.id}
    keep = partial(remember, run, kept, ready.past, known, drawn.listed, scores=drawn.scores)
    with run.step("Publishing the list"):
        there = publish.publish(
            run.config.output / "lists",
            written,
            as_of=day,
            run_id=run.id,
            manifest=manifest,
            force=force,
            together=lambda link: keep(then=link),
        )
    if verdict.accept is not None and verdict.refusals:
        gates.remember(run, day, verdict.accepted)
    tables = {"at_risk.parquet": drawn.listed, "what_if.parquet": drawn.what_if}
    return PredictResult(there.path, published.manifest(there.path), already=there.already, drawn=tables)


def _champion(run: Run, model: str | None, day: date) -> Loaded:
    """The version that is to score."""
    with run.step("Loading the model"):
        ref = version_of(run.config, day) if model == AS_OF else model or CHAMPION
        return load(run.config, ref, output=run.config.output)


def _files(
    run: Run,
    drawn: Drawn,
    manifest: Mapping[str, Any],
    told: Mapping[str, Any],
    contracts: ContractLists,
) -> dict[str, publish.Writer]:
    """What is published beside the manifest and the rejects."""
    bom, table = run.config.listing.bom, run.config.tables.customers
    shown = from_manifest(
        drawn.listed,
        manifest,
        notes=(*drawn.notes, *contracts.notes),
        families=drawn.families,
        steps=drawn.steps,
        what_if=drawn.what_if,
        left=drawn.gone,
        contracts=contracts.lists,
        **told,
    )
    return {
        "at_risk.html": list_page.file(shown),
        "at_risk.xlsx": excel.workbook(shown, beside=contracts.sheets),
        "skipped.csv": files.table(drawn.skipped, bom=bom),
        feedback.FILE: feedback.template(drawn.listed, show=table.show if table else (), bom=bom),
        "at_risk.parquet": files.parquet(drawn.listed),
        "at_risk.csv": files.call_list(drawn.listed, bom=bom),
        "scores.parquet": files.parquet(drawn.scores),
        "what_if.parquet": files.parquet(drawn.what_if),
        **contracts.files(bom=bom),
    }


def _same_churn(run: Run, champion: Loaded, *, accept: str | None) -> Run:
    """The run with the churn that the champion predicts. Another one than the config's is refused.

    Where it is accepted the list is by the champion's definition, and says so.
    """
    trained, asked = champion.metadata.get("churn"), run.config.churn.model_dump(mode="json")
    if trained is None or trained == asked:
        return run
    if accept is None:
        differ = [key for key in asked if trained.get(key) != asked[key]]
        changed = [f"{key}: {trained.get(key)} -> {asked[key]}" for key in differ]
        raise Refused(
            f"the champion (version {champion.version}) predicts another kind of churn "
            f"({'; '.join(changed)}); run `retain train` first"
        )
    return replace(run, config=run.config.model_copy(update={"churn": Churn(**trained)}))


def _fingerprint(
    run: Run, champion: Loaded, events: Events, *, rules: Rules, earlier: Earlier, past: Past
) -> str:
    inputs = {name: [file.sha256 for file in files] for name, files in events.summary.files.items()}
    return of_parts(
        {
            "inputs": inputs,
            "as_of": str(events.summary.as_of),
            "model": [champion.run_id, champion.version],
            "config": {name: one for name, one in run.config.public().items() if name not in MEANS},
            "rules": rules.digest,
            "earlier": earlier.run_ids,
            "past": past.digest,
            "retain": retain.__version__,
        }
    )
