"""The list as tables: scores, value, segments, order, reasons, actions, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from retain.events.duckdb import Events
from retain.learning.dataset import Dataset
from retain.learning.spending import net_spend
from retain.lists import (
    actions,
    change,
    holdout,
    length,
    publish,
    ranking,
    reasons,
    scoring,
    segments,
    skipped,
)
from retain.lists.history import Past
from retain.lists.reasons import Reasons
from retain.lists.value import Terms, valued
from retain.steps.rules import Rules
from retain.steps.run import Run
from retain.tracking import Loaded

NO_VALUE = "Nobody's value is known, so the list is ranked by churn probability"


@dataclass(frozen=True)
class Previous:
    """The list published last before this one; both empty where there is none."""

    run_id: str | None = None
    listed: pd.DataFrame | None = field(default=None, repr=False)
    scores: pd.DataFrame | None = field(default=None, repr=False)

    @classmethod
    def of(cls, folder: Path | None) -> Previous:
        """The list in a folder."""
        if folder is None:
            return cls()
        return cls(
            publish.manifest(folder)["run_id"],
            pd.read_parquet(folder / "at_risk.parquet"),
            pd.read_parquet(folder / "scores.parquet"),
        )


@dataclass(frozen=True)
class Drawn:
    """A list and what belongs to it.

    skipped: who was left out and why. plan: channel, offer, who, by when for each listed customer; steps:
    what follows, by customer. families: of each listed customer's reasons.
    gone: who was on the list before and why not now. what_if: what lists of other lengths would do.
    """

    scores: pd.DataFrame
    listed: pd.DataFrame
    skipped: pd.DataFrame
    plan: pd.DataFrame
    steps: dict[str, list[tuple[date, str]]]
    families: list[list[str]]
    gone: pd.DataFrame | None
    what_if: pd.DataFrame
    facts: dict[str, Any]
    notes: tuple[str, ...]


def draw(
    run: Run,
    champion: Loaded,
    events: Events,
    dataset: Dataset,
    *,
    rules: Rules,
    previous: Previous,
    past: Past,
) -> Drawn:
    """Score and rank the customers of `dataset`, and say of each listed one why and what to do."""
    listing, terms = run.config.listing, Terms.of(run.config)
    scores = _scores(run, champion, dataset, rules=rules, previous=previous)
    bars = _bars(run, events, scores["customer_id"], past=past)
    held = holdout.held_out(
        scores["customer_id"],
        share=listing.holdout,
        salt=run.config.name,
        campaign=run.config.campaign.name,
        as_of=events.summary.as_of,
        assignments=past.assignments,
    )
    first = ranking.first_to_call(
        scores,
        size=listing.size,
        capacity=listing.capacity,
        order_by=listing.order_by,
        spared=bars["reason"].notna().to_numpy(bool),
        held=held,
    )
    top = dataset.rows(first)
    why = reasons.explained(
        top.X, top.columns, scorer=champion.scorer, facts=top.facts, progress=run.progress
    )
    day = events.summary.as_of
    listed = ranking.at_risk(
        scores,
        dataset.facts,
        listed=first,
        reasons=why.frame,
        provenance=ranking.Provenance(day, _labelled_version(champion), run.id),
        people=_people(events, top),
    )
    plan = _plan(run, listed, why, rules=rules)
    group = np.where(held[first], holdout.HOLDOUT, holdout.CONTACT)
    listed = listed.assign(
        action=plan["action"],
        group=pd.Series(group, index=listed.index, dtype="str"),
        change=change.changes(listed, previous.listed),
    )
    out = skipped.skipped(scores, bars, listed=first, order_by=listing.order_by, size=listing.size)
    gone = None
    if previous.listed is not None:
        why_not = dict(zip(out["customer_id"], out["reason"], strict=True))
        gone = change.left(listed, previous.listed, scores=scores, facts=dataset.facts, skipped=why_not)
    experiment = _experiment(run, listed, past=past)
    ranked_by = length.ranked_by(scores, listing.order_by)
    valueless = bool(scores["expected_value"].isna().all())
    return Drawn(
        scores=scores,
        listed=listed,
        skipped=out,
        plan=plan,
        steps=_steps(listed, plan, rules=rules),
        families=[[one for one in each if one] for each in why.family.tolist()],
        gone=gone,
        what_if=length.what_if(scores, order_by=listing.order_by, terms=terms),
        facts={
            "ranked_by": ranked_by,
            "segments": segments.counts(scores),
            "overlap": change.overlap(listed, previous.listed),
            "left": {} if gone is None else {str(k): int(v) for k, v in gone["why"].value_counts().items()},
            "campaign": run.config.campaign.model_dump(mode="json"),
            "currency": run.config.value.currency,
            "skipped": {str(k): int(v) for k, v in out["reason"].value_counts().items()},
            "holdout": experiment,
        },
        notes=(NO_VALUE,) if valueless and listing.order_by != "churn_probability" else (),
    )


def _bars(run: Run, events: Events, ids: pd.Series[str], *, past: Past) -> pd.DataFrame:
    """Who may not be listed, and why."""
    table = run.config.tables.customers
    opted_out = None
    if table is not None and table.columns.opted_out is not None:
        opted_out = events.facts(list(ids))["opted_out"].reset_index(drop=True)
    return skipped.bars(
        ids,
        as_of=events.summary.as_of,
        contacts=past.contacts,
        cooldown=run.config.listing.cooldown,
        opted_out=opted_out,
    )


def _experiment(run: Run, listed: pd.DataFrame, *, past: Past) -> dict[str, str]:
    """What the holdout can show, and whether its groups are alike, as sentences."""
    if not run.config.listing.holdout or listed.empty:
        return {}
    campaign = run.config.campaign
    earlier = past.assignments[past.assignments["campaign"] == campaign.name]
    new = holdout.newly_assigned(
        listed, campaign=campaign.name, as_of=past.as_of, assignments=past.assignments
    )
    assigned = pd.concat([frame for frame in (earlier, new) if len(frame)])
    power = holdout.power_note(
        assigned,
        churn_rate=float(listed["churn_probability"].mean()),
        accept=campaign.accept,
        horizon=run.config.churn.horizon,
    )
    return {"power": power, "balance": holdout.balance_note(holdout.balance(assigned))}


def _steps(listed: pd.DataFrame, plan: pd.DataFrame, *, rules: Rules) -> dict[str, list[tuple[date, str]]]:
    """The dated steps of each customer's action."""
    if listed.empty:
        return {}
    day = pd.Timestamp(listed["as_of"].iloc[0]).date()
    dated = {
        name: [(step.due, step.do) for step in actions.steps(name, playbook=rules.playbook, as_of=day)]
        for name in plan["action_name"].unique()
    }
    return {
        str(customer): dated[name]
        for customer, name in zip(listed["customer_id"], plan["action_name"], strict=True)
    }


def _scores(
    run: Run, champion: Loaded, dataset: Dataset, *, rules: Rules, previous: Previous
) -> pd.DataFrame:
    """Every eligible customer: probability, steady band, value, segment and tier."""
    bands = run.config.listing.bands.model_dump()
    scores = scoring.scores(dataset, champion.scorer, bands=bands, progress=run.progress)
    before = change.previous_of("risk_band", scores, previous.scores)
    scores["risk_band"] = change.steady_band(scores["churn_probability"], bands, previous=before)
    worth = None if champion.value is None else champion.value.predict(dataset.X)
    scores = valued(scores, worth, terms=Terms.of(run.config))
    scores = segments.segmented(scores, dataset.X, rules.segmentation.segments)
    tiers = rules.segmentation.tiers
    if tiers.measure not in dataset.X:
        return scores
    spent = net_spend(dataset.X, tiers.measure.removeprefix("spend"))
    kept = change.previous_of("tier", scores, previous.scores)
    return scores.join(segments.tier(spent, tiers, previous=kept))


def _plan(run: Run, listed: pd.DataFrame, why: Reasons, *, rules: Rules) -> pd.DataFrame:
    terms, currency = Terms.of(run.config), run.config.value.currency
    as_of = listed["as_of"].iloc[0] if len(listed) else run.now.date()
    return actions.plan(
        listed,
        why,
        playbook=rules.playbook,
        terms=terms,
        as_of=pd.Timestamp(as_of).date(),
        currency=currency,
    )


def _labelled_version(champion: Loaded) -> str:
    """The version as the list shows it: a rule is called so."""
    return f"{champion.version} (rule)" if champion.label == "rule" else str(champion.version)


def _people(events: Events, top: Dataset) -> pd.DataFrame:
    facts = events.facts([str(one) for one in top.customer_id])
    return facts.drop(columns="opted_out", errors="ignore").reset_index()
