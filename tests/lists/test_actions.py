"""What to do about a customer on the list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from retain.errors import ConfigError
from retain.lists.actions import families, plan, read_playbook, steps
from retain.lists.reasons import Reasons
from retain.lists.segments import SEGMENTS
from retain.lists.value import Terms
from shipped import features

SHIPPED = Path(__file__).parents[2] / "configs" / "actions.yaml"
DAY = date(2020, 3, 1)
TERMS = Terms(accept=0.3, incentive=10, contact=1)


def shipped():
    return read_playbook(SHIPPED, features=features())


def edited(folder, change):
    """The shipped playbook after a change to its tree."""
    tree = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(tree)
    path = folder / "actions.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return path


def about(*reasons):
    """One customer's reasons: (family, feature, actionable)."""
    slots = [*reasons, *[("", "", False)] * (3 - len(reasons))]
    family, feature, actionable = (np.array([part], dtype=object) for part in zip(*slots, strict=True))
    said = np.array([[f"About {name}" if name else "" for name in family[0]]], dtype=object)
    return Reasons(said, family, feature, actionable.astype(bool))


def planned(*reasons, segment="at_risk", p=0.6, value=1000.0, owner=None, terms=TERMS, currency="USD"):
    listed = pd.DataFrame(
        {"segment": [segment], "churn_probability": [p], "expected_value": [value], "owner": [owner]}
    )
    chosen = reasons or (("frequency", "orders", True),)
    return plan(listed, about(*chosen), playbook=shipped(), terms=terms, as_of=DAY, currency=currency).iloc[0]


@pytest.mark.parametrize("segment", SEGMENTS)
@pytest.mark.parametrize("family", sorted(families(features())))
def test_the_shipped_playbook_has_an_action_for_every_segment_and_family(segment, family):
    book = shipped()
    action = book.actions[book.action(segment, family=family, feature="none of its own")]
    assert len(action.do) > 20
    assert len(book.steps(book.action(segment, family=family, feature=""))) >= 2


def test_every_shipped_action_is_used():
    book = shipped()
    assert {name for _, page in book.playbook.each() for name in page.values()} == set(book.actions)


def test_the_action_refers_to_the_first_reason_that_can_be_acted_on():
    chosen = planned(
        ("frequency", "orders", False), ("engagement", "events", True), ("monetary", "spend", True)
    )
    assert (chosen["action_name"], chosen["action_reason"]) == ("reactivate", 2)


def test_a_customer_without_a_reason_to_act_on_has_no_action():
    chosen = planned(("frequency", "orders", False))
    assert (chosen["action"], chosen["action_offer"]) == ("", 0)
    assert chosen[["action_reason", "action_by"]].isna().all()


def test_a_features_own_line_comes_before_its_familys():
    assert planned(("monetary", "return_share", True))["action_name"] == "put_right"
    assert planned(("monetary", "spend", True))["action_name"] == "bundle"


def test_the_segment_decides_too():
    assert planned(segment="high_value")["action_name"] == "vip_call"


def test_an_action_is_a_sentence_with_channel_day_and_offer():
    assert planned()["action"] == (
        "Ask why they come less often, and answer with an offer made for them "
        "(phone, by 2020-03-04; offer up to USD 50)"
    )


def test_an_action_without_an_offer_names_none():
    assert "offer up to" not in planned(("engagement", "events", True))["action"]


@pytest.mark.parametrize(
    ("p", "value", "offer"),
    [
        (0.6, 1000.0, 50),  # the share
        (0.6, 5000.0, 60),  # at most
        (0.1, 200.0, 5),  # what still pays: (0.1 x 0.3 x 200 - 1) / (1 - 0.1 x 0.7) = 5.4
        (0.01, 200.0, 0),
        (0.6, np.nan, 0),
    ],
)
def test_an_offer_is_sized_by_value_and_never_more_than_pays(p, value, offer):
    chosen = planned(p=p, value=value)
    assert chosen["action_offer"] == offer
    if offer:
        assert Terms(accept=0.3, incentive=offer, contact=1).saving(p, value) >= 0


def test_only_the_margin_is_given_away():
    assert planned(terms=Terms(accept=0.3, margin=0.5))["action_offer"] == 25


@pytest.mark.parametrize(
    ("segment", "owner", "who"),
    [
        ("high_value", "Ann", "Ann"),
        ("high_value", None, "customer success"),
        ("active", "Ann", "customer success"),
    ],
)
def test_the_owner_does_what_is_the_owners(segment, owner, who):
    assert planned(("recency", "gap_share", True), segment=segment, owner=owner)["action_who"] == who


def test_steps_are_dated():
    found = steps("miss_you", playbook=shipped(), as_of=DAY)
    assert [step.due for step in found] == [date(2020, 3, day) for day in (1, 5, 10, 15)]
    assert found[-1].do == "Offer that expires within a week"
    assert steps("", playbook=shipped(), as_of=DAY) == ()


def test_an_empty_list_has_an_empty_plan():
    listed = pd.DataFrame({"segment": [], "churn_probability": [], "expected_value": []})
    nothing = np.empty((0, 3), dtype=object)
    reasons = Reasons(nothing, nothing, nothing, nothing.astype(bool))
    assert plan(listed, reasons, playbook=shipped(), terms=TERMS, as_of=DAY).empty


def test_a_hole_is_named(tmp_path):
    path = edited(tmp_path, lambda tree: tree["playbook"]["lapsing"].pop("recency"))
    with pytest.raises(
        ConfigError, match=r"playbook\.lapsing\.recency: no action .* add a line `recency: <action>`"
    ):
        read_playbook(path, features=features())


def test_a_new_family_of_features_needs_actions(tmp_path):
    support = type(features()[0])("open_tickets", len, "activity", family="support", normal=0)
    with pytest.raises(ConfigError, match=r"5 mistakes in .*(?s:.*)playbook\.new\.support"):
        read_playbook(SHIPPED, features=[*features(), support])


def test_a_family_may_be_covered_feature_by_feature(tmp_path):
    def spell_out(tree):
        page = tree["playbook"]["new"]
        action = page.pop("assortment")
        page.update(dict.fromkeys(families(features())["assortment"], action))

    book = read_playbook(edited(tmp_path, spell_out), features=features())
    assert book.action("new", family="assortment", feature="days_since_favourite") == "recommend"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tree: tree["playbook"]["new"].update(recency="cal"), "there is no action 'cal'"),
        (lambda tree: tree["playbook"].update(newish={}), "playbook.newish: unknown key"),
        (
            lambda tree: tree["actions"]["bundle"].update(ofer={}),
            "actions.bundle.ofer: unknown key; did you mean 'offer'",
        ),
        (lambda tree: tree["actions"]["bundle"].update(steps=[]), "actions.bundle.steps: is empty"),
        (lambda tree: tree["actions"]["bundle"].pop("do"), "actions.bundle.do: missing"),
        (lambda tree: tree.update(days=[0, 9, 4]), "the days must rise"),
        (lambda tree: tree.update(days=[0]), "there are 4 steps but days for 1"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path, change, said):
    with pytest.raises(ConfigError) as error:
        read_playbook(edited(tmp_path, change), features=features())
    assert said in str(error.value)
