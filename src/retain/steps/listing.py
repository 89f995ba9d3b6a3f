"""The list as tables: scores, value, segments, order, reasons, actions, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.events.engine import Events
from retain.freed import give_back
from retain.learning.dataset import Dataset
from retain.learning.net_spend import net_spend
from retain.lists import (
    actions,
    change,
    holdout,
    length,
    levers,
    ranking,
    reasons,
    scoring,
    segments,
    skipped,
)
from retain.lists.history import Past
from retain.lists.reasons import Reasons
from retain.lists.scored import Everyone
from retain.lists.value import Terms, valued
from retain.steps.earlier import Earlier
from retain.steps.list_facts import list_facts
from retain.steps.names import with_names
from retain.steps.risk_curve import with_horizons
from retain.steps.rules import Rules
from retain.steps.run import Run
from retain.tracking import Loaded

AT_ONCE = 200_000
"""Customers of whom the customers table is asked at a time."""

NO_VALUE = "Nobody's value is known, so the list is ranked by churn probability"


@dataclass(frozen=True)
class Drawn:
    """A list and what belongs to it.

    skipped: who was left out and why. steps: what follows on the action, by customer. families: of each
    listed customer's reasons. gone: who was to be contacted before and is not listed now, and why; None on a
    first list. what_if: what lists of other lengths would do.
    """

    scores: pd.DataFrame
    listed: pd.DataFrame
    skipped: pd.DataFrame
    steps: dict[str, list[tuple[date, str]]]
    families: list[list[str]]
    gone: pd.DataFrame | None
    what_if: pd.DataFrame
    facts: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """Who is listed: row numbers, the first to call first. held: of each of these, whether to be left alone.
    bars: of every row, who may not be listed and why. order: every row, as the list is ranked."""

    rows: NDArray[np.intp]
    held: NDArray[np.bool_]
    bars: pd.DataFrame
    order: NDArray[np.intp]

    @property
    def groups(self) -> list[str]:
        """The group of each listed customer."""
        return [holdout.HOLDOUT if held else holdout.CONTACT for held in self.held]


def draw(
    run: Run,
    champion: Loaded,
    events: Events,
    everyone: Everyone,
    *,
    rules: Rules,
    earlier: Earlier,
    past: Past,
) -> Drawn:
    """Rank the customers who were scored, and say of each listed one why and what to do."""
    facts, order_by = everyone.scored.facts, run.config.listing.order_by
    scores = _scores(run, everyone, rules=rules, earlier=earlier, past=past)
    give_back()
    chosen = _chosen(run, events, scores, past=past)
    give_back()
    top = everyone.features(chosen.rows)
    why = _why(run, champion, top, with_names(events, top))
    listed = ranking.at_risk(
        scores,
        facts,
        listed=chosen.rows,
        reasons=why.frame,
        provenance=ranking.Provenance(past.as_of, _labelled_version(champion), run.id),
        people=_people(events, top.customer_id),
    )
    plan = _plan(run, listed, why, rules=rules, day=past.as_of)
    currency = run.config.value.currency
    helps = levers.levers(top.X, top.columns, scorer=champion.scorer, currency=currency)
    listed = _completed(listed, chosen, why, plan, helps, earlier=earlier)
    out = _skipped(run, events, scores, chosen)
    gone = _gone(run, listed, scores, facts, out, earlier=earlier, past=past)
    return Drawn(
        scores=scores,
        listed=listed,
        skipped=out,
        steps=_steps(listed, plan, rules=rules, day=past.as_of),
        families=[[one for one in each if one] for each in why.family.tolist()],
        gone=gone,
        what_if=length.what_if(scores, order_by=order_by, terms=Terms.of(run.config), order=chosen.order),
        facts=list_facts(run, scores, listed, out, gone, earlier=earlier, past=past),
        notes=_notes(run, scores),
    )


def _scores(run: Run, everyone: Everyone, *, rules: Rules, earlier: Earlier, past: Past) -> pd.DataFrame:
    """Every eligible customer: probability, steady band, value, segment and tier."""
    scored, asked, bands = everyone.scored, everyone.asked(), run.config.listing.bands.model_dump()
    scores = scoring.scores(scored.customer_id, scored.churn_probability, bands=bands)
    before = change.previous_of("risk_band", scores, earlier.scores)
    if before is not None:
        scores["risk_band"] = change.steady_band(scores["churn_probability"], bands, previous=before)
    scores = with_horizons(scores, scored.risks)
    scores = valued(scores, scored.expected_value, terms=Terms.of(run.config))
    scores = segments.segmented(scores, asked, rules.segmentation.segments)
    tiers = rules.segmentation.tiers
    if tiers.measure not in asked:
        return scores
    spent = net_spend(asked, tiers.measure.removeprefix("spend"))
    kept = change.previous_of("tier", scores, past.tiers)
    return scores.join(segments.tier(spent, tiers, previous=kept))


def _chosen(run: Run, events: Events, scores: pd.DataFrame, *, past: Past) -> Chosen:
    listing, ids = run.config.listing, scores["customer_id"]
    bars = skipped.bars(
        ids,
        as_of=past.as_of,
        contacts=past.contacts,
        cooldown=listing.cooldown,
        held=past.held,
        opted_out=_opted_out(run, events, ids),
    )
    order = length.call_order(scores, listing.order_by)
    held = _held_out(run, ids, past=past) if listing.size == "auto" else None
    rows = ranking.first_to_call(
        scores,
        size=listing.size,
        capacity=listing.capacity,
        order_by=listing.order_by,
        spared=bars["reason"].notna().to_numpy(bool),
        held=held,
        order=order,
    )
    held = _held_out(run, ids.iloc[rows], past=past) if held is None else held[rows]
    return Chosen(rows, held, bars, order)


def _held_out(run: Run, ids: pd.Series[str], *, past: Past) -> NDArray[np.bool_]:
    """Who would not be contacted if listed."""
    return holdout.held_out(
        ids,
        share=run.config.listing.holdout,
        salt=run.config.name,
        campaign=run.config.campaign.name,
        as_of=past.as_of,
        assignments=past.assignments,
    )


def _opted_out(run: Run, events: Events, ids: pd.Series[str]) -> pd.Series[bool] | None:
    """What the customers table says of it, asked of some at a time; None where it has no such column."""
    table = run.config.tables.customers
    if table is None or table.columns.opted_out is None:
        return None
    some = (ids.iloc[at : at + AT_ONCE].tolist() for at in range(0, len(ids), AT_ONCE))
    said = [skipped.says_yes(events.facts(one)["opted_out"]) for one in some]
    return pd.Series(np.concatenate([np.empty(0, dtype=bool), *said]))


def _why(run: Run, champion: Loaded, top: Dataset, X: pd.DataFrame) -> Reasons:
    return reasons.explained(
        X,
        top.columns,
        scorer=champion.scorer,
        facts=top.facts,
        counted=run.config.churn.told_of,
        currency=run.config.value.currency,
        progress=run.progress,
    )


def _plan(run: Run, listed: pd.DataFrame, why: Reasons, *, rules: Rules, day: date) -> pd.DataFrame:
    terms, currency = Terms.of(run.config), run.config.value.currency
    return actions.plan(listed, why, playbook=rules.playbook, terms=terms, as_of=day, currency=currency)


def _completed(
    listed: pd.DataFrame,
    chosen: Chosen,
    why: Reasons,
    plan: pd.DataFrame,
    helps: pd.DataFrame,
    *,
    earlier: Earlier,
) -> pd.DataFrame:
    """The list with action, group and change, and behind it what the action is made of and what helps."""
    listed = listed.assign(
        action=plan["action"],
        group=pd.Series(chosen.groups, index=listed.index, dtype="str"),
        change=change.changes(listed, earlier.listed),
    )
    told = plan[["action_channel", "action_who", "action_by", "action_offer"]]
    behind = why.act_on.to_frame("act_on").join(told).join(helps[["lever", "lever_risk"]])
    return listed.join(behind.drop(columns=list(listed.columns), errors="ignore"))


def _skipped(run: Run, events: Events, scores: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    """Who was left out and why, with what there is to show of them."""
    listing = run.config.listing
    out = skipped.skipped(
        scores,
        chosen.bars,
        listed=chosen.rows,
        order_by=listing.order_by,
        size=listing.size,
        order=chosen.order,
    )
    people = _people(events, out["customer_id"]).drop(columns=["customer_id", "owner"], errors="ignore")
    rest = out.drop(columns="customer_id")
    return out[["customer_id"]].join(people.drop(columns=list(rest), errors="ignore")).join(rest)


def _gone(
    run: Run,
    listed: pd.DataFrame,
    scores: pd.DataFrame,
    facts: pd.DataFrame,
    out: pd.DataFrame,
    *,
    earlier: Earlier,
    past: Past,
) -> pd.DataFrame | None:
    """Who left the list and why; nobody who was or is held out, whom no page may name."""
    if earlier.listed is None:
        return None
    before = earlier.listed
    called = before[before["group"] != holdout.HOLDOUT] if "group" in before else before
    scored = scores.loc[scores["customer_id"].isin(called["customer_id"]), "customer_id"]
    named = called[~called["customer_id"].isin(scored[_held_out(run, scored, past=past)])]
    why_not = dict(zip(out["customer_id"], out["reason"], strict=True))
    return change.left(listed, named, scores=scores, facts=facts, skipped=why_not)


def _steps(
    listed: pd.DataFrame, plan: pd.DataFrame, *, rules: Rules, day: date
) -> dict[str, list[tuple[date, str]]]:
    """The dated steps of each customer's action."""
    dated = {
        name: [(step.due, step.do) for step in actions.steps(name, playbook=rules.playbook, as_of=day)]
        for name in plan["action_name"].unique()
    }
    return {
        str(customer): dated[name]
        for customer, name in zip(listed["customer_id"], plan["action_name"], strict=True)
    }


def _notes(run: Run, scores: pd.DataFrame) -> tuple[str, ...]:
    valueless = bool(scores["expected_value"].isna().all())
    return (NO_VALUE,) if valueless and run.config.listing.order_by != "churn_probability" else ()


def _labelled_version(champion: Loaded) -> str:
    """The version as the list shows it: a rule is called so."""
    return f"{champion.version} (rule)" if champion.label == "rule" else str(champion.version)


def _people(events: Events, ids: Sequence[str] | pd.Series[str] | NDArray[Any]) -> pd.DataFrame:
    """customer_id, owner and the columns to show, in the order of the ids."""
    facts = events.facts([str(one) for one in ids])
    return facts.drop(columns="opted_out", errors="ignore").reset_index()
