"""Sentences with the customer's own numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from retain.errors import ConfigError
from retain.learning.feature import FeatureColumn
from retain.lists import reasons as reasons_module
from retain.lists.reasons import Sentence, check_templates, explained
from retain.lists.speakers import strongest

GAP = "No order for {value:n day}; usually orders every {mean_gap:n}"
RECENCY = FeatureColumn(
    "days_since_last_order", "recency", "days_since_last_order", says=(GAP, "No order for {value:n day}")
)
MEAN_GAP = FeatureColumn("mean_gap", "frequency", "mean_gap")
ORDERS = FeatureColumn(
    "orders_30d", "frequency", "orders", 30, says=("{value:n order} in the last {window:n day}",)
)
SPEND = FeatureColumn("spend_30d", "monetary", "spend", 30, says=("Spent {value:money}",))
LOGINS = FeatureColumn(
    "events_login_7d", "engagement", "events", 7, "login", says=("{value:n} times {kind}",)
)
COLUMNS = (RECENCY, MEAN_GAP, ORDERS, SPEND, LOGINS)
NO_FACTS = pd.DataFrame({"days_since_last": [np.nan], "usual_gap": [np.nan]})


def reasons(*given, **named):
    return explained(*given, **named).frame


def no_facts(rows):
    return pd.concat([NO_FACTS] * rows, ignore_index=True)


@dataclass(frozen=True)
class Explained:
    """Gives the contributions it was made with."""

    given: np.ndarray
    columns: tuple[str, ...] = tuple(column.name for column in COLUMNS)
    explains: bool = True

    def contributions(self, X: pd.DataFrame) -> np.ndarray:
        return self.given[X.index.to_numpy()]


def row(gap: float = 12.4) -> pd.DataFrame:
    values = [[74.0, gap, 2.0, 1234.5, 0.0]]
    return pd.DataFrame(values, columns=[column.name for column in COLUMNS], dtype="float32")


def said(*given: float, X: pd.DataFrame | None = None) -> list[str]:
    scorer = Explained(np.array([given]))
    return reasons(row() if X is None else X, COLUMNS, scorer=scorer, facts=NO_FACTS).iloc[0].tolist()


def test_the_strongest_families_speak_first():
    assert said(0.9, 0, 0.3, 0.5, 0.1) == [
        "No order for 74 days; usually orders every 12",
        "Spent 1,234.50",
        "2 orders in the last 30 days",
    ]


def test_an_unknown_field_passes_to_the_next_template():
    assert said(0.9, 0, 0, 0, 0, X=row(gap=np.nan)) == ["No order for 74 days", "", ""]


def test_what_lowers_the_risk_is_no_reason():
    assert said(-0.9, 0, -0.3, 0.5, -0.1) == ["Spent 1,234.50", "", ""]


def test_a_trifle_is_no_reason():
    assert said(0.9, 0, 0, 0.009, 0)[1] == ""


def test_a_family_counts_with_all_its_columns_and_speaks_through_one_with_a_sentence():
    assert said(0.5, 0.4, 0.2, 0, 0)[0] == "2 orders in the last 30 days"


def test_a_family_without_a_sentence_stays_silent():
    assert said(0, 0.9, 0, 0, 0.1) == ["0 times login", "", ""]


def test_a_family_speaks_once():
    columns = (ORDERS, FeatureColumn("orders_7d", "frequency", "orders", 7, says=ORDERS.says))
    X = pd.DataFrame({"orders_30d": [2.0], "orders_7d": [1.0]})
    frame = reasons(
        X,
        columns,
        scorer=Explained(np.array([[0.2, 0.3]]), ("orders_30d", "orders_7d")),
        facts=NO_FACTS,
    )
    assert frame.iloc[0].tolist() == ["1 order in the last 7 days", "", ""]


def test_equal_families_keep_one_order():
    given = np.full((2, 4), 0.1)
    chosen = strongest(given, given > 0, families=["d", "c", "b", "a"])
    assert chosen.tolist() == [[3, 2, 1], [3, 2, 1]]


def test_rows_keep_their_own_numbers():
    X = pd.concat([row(), row().assign(days_since_last_order=9.0, spend_30d=0.5)], ignore_index=True)
    given = np.array([[0.9, 0, 0, 0.2, 0], [0.1, 0, 0, 0.2, 0]])
    frame = reasons(X, COLUMNS, scorer=Explained(given), facts=no_facts(2))
    assert frame["reason_1"].tolist() == ["No order for 74 days; usually orders every 12", "Spent 0.50"]
    assert frame["reason_2"].tolist() == ["Spent 1,234.50", "No order for 9 days; usually orders every 12"]


def test_chunks_of_contributions_do_not_show(monkeypatch):
    X = pd.concat([row()] * 7, ignore_index=True).assign(spend_30d=np.arange(7.0))
    given = np.tile([0.0, 0, 0, 0.2, 0], (7, 1))
    monkeypatch.setattr(reasons_module, "CHUNK", 3)
    frame = reasons(X, COLUMNS, scorer=Explained(given), facts=no_facts(7))
    assert frame["reason_1"].tolist() == [f"Spent {n}.00" for n in range(7)]


def test_a_window_without_end_passes_to_the_template_without_window():
    says = ("{value:n order} in {window:n day}", "{value:n order} ever")
    column = FeatureColumn("orders", "frequency", "orders", says=says)
    X = pd.DataFrame({"orders": [1.0]})
    frame = reasons(X, (column,), scorer=Explained(np.array([[0.2]]), ("orders",)), facts=NO_FACTS)
    assert frame.iloc[0].tolist() == ["1 order ever", "", ""]


def test_the_code_of_a_category_is_never_said():
    column = FeatureColumn("country", "customer", "country", says=("From {value}",), categorical=True)
    scorer = Explained(np.array([[0.2]]), ("country",))
    coded, named = pd.DataFrame({"country": [3.0]}), pd.DataFrame({"country": ["Chile"]})
    assert reasons(coded, (column,), scorer=scorer, facts=NO_FACTS).iloc[0, 0] == ""
    assert reasons(named, (column,), scorer=scorer, facts=NO_FACTS).iloc[0, 0] == "From Chile"


def test_a_rule_has_its_reason_from_the_facts():
    facts = pd.DataFrame({"days_since_last": [74, 9, 3, None], "usual_gap": [12.4, 1.0, np.nan, np.nan]})
    frame = reasons(
        pd.concat([row()] * 4), COLUMNS, scorer=Explained(np.empty((0, 0)), explains=False), facts=facts
    )
    assert frame["reason_1"].tolist() == [
        "No order for 74 days; usually orders every 12 days",
        "No order for 9 days; usually orders every day",
        "No order for 3 days",
        "",
    ]
    assert frame[["reason_2", "reason_3"]].eq("").all(axis=None)


FELL = FeatureColumn(
    "orders_90d",
    "frequency",
    "orders",
    90,
    says=("{value:n time} in {window}; {fall:n} before", "{value:n order} in {window:n day}"),
    actionable=True,
    normal="orders_before_90d",
)
BEFORE = FeatureColumn("orders_before_90d", "frequency", "orders_before", 90)
TENURE = FeatureColumn("age", "recency", "age", says=("First ordered {value:n day} ago",))
OVERDUE = FeatureColumn(
    "gap_share", "recency", "gap_share", says=("{value:.1f} times late",), actionable=True, normal=1
)
OWN = (FELL, BEFORE, TENURE, OVERDUE)


def own(*given, orders=2.0, before=7.0, facts=NO_FACTS):
    """The reasons of one customer who ordered `before` and then `orders` times, 400 days after the first."""
    X = pd.DataFrame([[orders, before, 400.0, 3.0]], columns=[column.name for column in OWN])
    scorer = Explained(np.array([given]), tuple(X))
    return explained(X, OWN, scorer=scorer, facts=facts)


def test_a_fall_is_told_beside_the_customers_own_normal():
    assert own(0.3, 0, 0, 0).said[0, 0] == "2 times in 90; 7 before"


@pytest.mark.parametrize("before", [2.0, 1.0, np.nan])
def test_what_has_not_fallen_below_normal_is_told_alone(before):
    assert own(0.3, 0, 0, 0, before=before).said[0, 0] == "2 orders in 90 days"


def test_a_fall_speaks_for_its_family_whichever_of_its_columns_the_seed_preferred():
    assert own(-0.1, 0.5, 0, 0).said[0, 0] == ""
    says_more = FeatureColumn(
        "orders_180d", "frequency", "orders", 180, says=("{value:n order}",), actionable=True
    )
    X = pd.DataFrame([[2.0, 7.0, 5.0]], columns=["orders_90d", "orders_before_90d", "orders_180d"])
    scorer = Explained(np.array([[0.02, 0, 0.5]]), tuple(X))
    found = explained(X, (FELL, BEFORE, says_more), scorer=scorer, facts=NO_FACTS)
    assert found.said[0, 0] == "2 times in 90; 7 before"


def test_a_family_speaks_through_what_can_be_acted_on_before_context():
    found = own(0, 0, 0.9, 0.1)
    assert (found.said[0, 0], found.feature[0, 0]) == ("3.0 times late", "gap_share")
    assert found.actionable[0].tolist() == [True, False, False]


def test_context_is_told_apart_from_what_can_be_acted_on():
    found = own(0.2, 0, 0.9, -0.1)
    assert found.said[0].tolist() == ["First ordered 400 days ago", "2 times in 90; 7 before", ""]
    assert found.actionable[0].tolist() == [False, True, False]
    assert found.family[0].tolist() == ["recency", "frequency", ""]
    assert found.to_act_on.tolist() == [1]


def test_the_numbers_of_the_reasons_to_act_on_are_told():
    assert own(0.2, 0, 0.9, -0.1).act_on.tolist() == ["2"]
    assert own(0.3, 0, 0, 0.2).act_on.tolist() == ["1, 2"]
    assert own(0, 0, 0.9, -0.1).act_on.tolist() == [""]


def test_who_is_kept_by_activity_is_not_seen_rather_than_without_an_order():
    facts = pd.DataFrame({"days_since_last": [9.0, 3.0], "usual_gap": [1.2, np.nan]})
    scorer = Explained(np.empty((0, 0)), explains=False)
    found = explained(pd.concat([row()] * 2), COLUMNS, scorer=scorer, facts=facts, counted="activity")
    assert found.said[:, 0].tolist() == ["Not seen for 9 days; usually here every day", "Not seen for 3 days"]
    assert set(found.family[:, 0]) == {"engagement"}


def test_where_there_is_only_context_the_facts_give_a_reason_to_act_on():
    facts = pd.DataFrame({"days_since_last": [74.0], "usual_gap": [12.0]})
    found = own(-0.1, 0, 0.9, -0.1, facts=facts)
    assert found.said[0].tolist() == ["No order for 74 days; usually orders every 12 days", "", ""]
    assert (found.family[0, 0], found.to_act_on.tolist()) == ("recency", [0])


def test_a_fourth_family_takes_the_last_place_where_only_it_can_be_acted_on():
    chosen = strongest(
        np.array([[0.4, 0.3, 0.2, 0.1]]),
        np.ones((1, 4), dtype=bool),
        families=["a", "b", "c", "d"],
        actionable=np.array([False, False, False, True]),
    )
    assert chosen.tolist() == [[0, 1, 3]]


def test_without_anything_to_act_on_nothing_is_claimed():
    assert own(0, 0, 0.9, -0.1).to_act_on.tolist() == [-1]


def test_a_rise_above_normal_is_said_only_where_there_is_one():
    column = FeatureColumn("share", "monetary", "share", says=("Sent back {value:share}{rise:if}",), normal=0)
    for value, sentence in ((0.3, "Sent back 30 %"), (0.0, "")):
        X = pd.DataFrame({"share": [value]})
        scorer = Explained(np.array([[0.2]]), ("share",))
        assert reasons(X, (column,), scorer=scorer, facts=NO_FACTS).iloc[0, 0] == sentence


def test_an_empty_list_has_no_reasons():
    frame = reasons(row().iloc[:0], COLUMNS, scorer=Explained(np.empty((0, 5))), facts=no_facts(1).iloc[:0])
    assert frame.shape == (0, 3)


def test_contributions_are_read_in_the_order_of_the_model():
    scorer = Explained(np.array([[0.2, 0.9]]), columns=("spend_30d", "orders_30d"))
    frame = reasons(row(), COLUMNS, scorer=scorer, facts=NO_FACTS)
    assert frame.iloc[0].tolist() == ["2 orders in the last 30 days", "Spent 1,234.50", ""]


@pytest.mark.parametrize(
    ("template", "value", "sentence"),
    [
        ("{v:n day}", 1, "1 day"),
        ("{v:n day}", 74.0, "74 days"),
        ("{v:n day}", 0.3, "less than 1 day"),
        ("{v:n order}", 0, "0 orders"),
        ("{v:n order}", 12345, "12,345 orders"),
        ("{v:n category}", 2, "2 categories"),
        ("{v:n purchase day}", 2.5, "3 purchase days"),
        ("{v:n}", 12.4, "12"),
        ("{v:every day}", 12.4, "every 12 days"),
        ("{v:every day}", 1.2, "every day"),
        ("{v:share}", 0.384, "38 %"),
        ("{v:share}", 0.001, "less than 1 %"),
        ("{v:money}", 1234.5, "1,234.50"),
        ("{v:money}", -3, "-3.00"),
        ("{v:date}", 15218.0, "2011-09-01"),
        ("{v:date}", date(2011, 9, 1), "2011-09-01"),
        ("{v:.1f}", 2.46, "2.5"),
        ("{v}", "login", "login"),
    ],
)
def test_words_of_a_sentence(template, value, sentence):
    assert Sentence().vformat(template, (), {"v": value}) == sentence


def test_money_is_told_in_its_currency():
    assert Sentence("GBP").vformat("{v:money}", (), {"v": 1234.5}) == "GBP 1,234.50"
    scorer = Explained(np.array([[0, 0, 0, 0.5, 0]]))
    frame = reasons(row(), COLUMNS, scorer=scorer, facts=NO_FACTS, currency="EUR")
    assert frame["reason_1"].tolist() == ["Spent EUR 1,234.50"]


def test_good_templates_pass():
    check_templates(COLUMNS)


def test_a_field_of_another_family_may_be_missing_from_these_tables():
    check_templates((RECENCY,), others=["mean_gap"])


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("every {mean_gapp:n}", r"features/frequency.py: often says .*did you mean \{mean_gap\}\?"),
        ("{}", "is no feature column"),
        ("{value:n day", "unmatched|expected"),
        ("{value:nonsense}", "cannot be formatted"),
    ],
)
def test_a_wrong_template_names_its_feature(template, problem):
    column = FeatureColumn("often", "frequency", "often", says=(template,))
    with pytest.raises(ConfigError, match=problem):
        check_templates((MEAN_GAP, column))


def test_all_wrong_templates_are_reported_at_once():
    columns = [FeatureColumn(name, "recency", name, says=("{nothing}",)) for name in ("one", "two")]
    with pytest.raises(ConfigError, match=r"(?s)one says.*two says"):
        check_templates(columns)


def test_five_thousand_customers_take_under_a_second():
    random = np.random.default_rng(0)
    says = ("{value:n order} in the last {window:n day}; before {c0:n}",)
    columns = [FeatureColumn(f"c{n}", f"family {n % 5}", f"c{n}", 30, says=says) for n in range(100)]
    X = pd.DataFrame(random.random((5000, 100), dtype="float32"), columns=[c.name for c in columns])
    scorer = Explained(random.normal(size=(5000, 100)), tuple(X))
    facts = no_facts(5000)
    start = time.process_time()
    frame = reasons(X, columns, scorer=scorer, facts=facts)
    assert time.process_time() - start < 1
    assert frame.ne("").all(axis=None)
