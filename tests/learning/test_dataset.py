"""The matrix: a row for each eligible customer and cutoff, the same columns whenever it is built again."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.errors import ConfigError, DataError
from retain.learning.feature import Layout, feature
from retain.learning.matrix import MatrixSpec, fit_spec
from retain.learning.snapshots import build
from shipped import features
from shops import ORDERS, orders, write

CONTENT = """who,at,paid
a,2020-01-10,5
a,2020-01-20,7
b,2020-01-15,3
b,2020-02-08,3
gone,2019-06-01,9
z,2020-03-01,1
"""
CUTOFF = date(2020, 2, 1)


def _events(folder, content=CONTENT, **keys):
    return orders(folder, content, columns={**ORDERS, "amount": "paid"}, **keys)


def _built(events, *, cutoffs=(CUTOFF,), labelled=False, spec=None):
    return build(events, features(), spec or fit_spec(events), cutoffs=cutoffs, labelled=labelled)


def test_a_row_for_each_eligible_customer(tmp_path):
    dataset = _built(_events(tmp_path))
    assert list(dataset.customer_id) == ["a", "b"]
    assert dataset.X["orders"].tolist() == [2, 1]
    assert dataset.churned is None


def test_rows_of_all_cutoffs_with_what_became_of_them(tmp_path):
    dataset = _built(_events(tmp_path), cutoffs=(date(2020, 1, 21), CUTOFF), labelled=True)
    rows = zip(dataset.customer_id, dataset.cutoff.astype(str), dataset.churned, strict=True)
    assert list(rows) == [
        ("a", "2020-01-21", True),
        ("b", "2020-01-21", True),
        ("a", "2020-02-01", True),
        ("b", "2020-02-01", False),
    ]


def test_what_was_spent_is_told_where_it_is_asked_for(tmp_path):
    events = _events(tmp_path)
    dataset = build(
        events,
        features(),
        fit_spec(events),
        cutoffs=(date(2020, 1, 16), CUTOFF),
        labelled=False,
        spend_horizon=20,
    )
    assert dataset.spent.tolist() == [7.0, 0.0, 0.0, 3.0]
    assert dataset.at(CUTOFF).spent.tolist() == [0.0, 3.0]
    assert _built(events).spent is None


def test_spending_is_not_known_before_its_horizon_is_over(tmp_path):
    events = _events(tmp_path)
    dataset = build(
        events,
        features(),
        fit_spec(events),
        cutoffs=(date(2020, 1, 16), CUTOFF),
        labelled=False,
        spend_horizon=40,
    )
    assert np.isnan(dataset.at(CUTOFF).spent).all()
    assert not np.isnan(dataset.at(date(2020, 1, 16)).spent).any()


def test_a_cutoff_whose_horizon_is_not_over_cannot_be_labelled(tmp_path):
    with pytest.raises(DataError, match="who churned is not known yet"):
        _built(_events(tmp_path), cutoffs=(date(2020, 2, 22),), labelled=True)


def test_no_eligible_customer_is_told(tmp_path):
    with pytest.raises(DataError, match=r"no customer has orders in the 20 days .* before 2019-12-01"):
        _built(_events(tmp_path), cutoffs=(date(2019, 12, 1),))


def test_the_matrix_is_of_single_precision_and_named(tmp_path):
    dataset = _built(_events(tmp_path))
    assert set(dataset.X.dtypes) == {np.dtype("float32")}
    assert list(dataset.X.columns) == [column.name for column in dataset.columns]


def test_facts_of_a_row(tmp_path):
    facts = _built(_events(tmp_path)).facts
    assert [str(last.date()) for last in facts["last_order"]] == ["2020-01-20", "2020-01-15"]
    assert facts["days_since_last"].tolist() == [12, 17]
    np.testing.assert_array_equal(facts["usual_gap"], [10, np.nan])


def test_rows_may_be_chosen(tmp_path):
    dataset = _built(_events(tmp_path), cutoffs=(date(2020, 1, 21), CUTOFF), labelled=True)
    assert list(dataset.at(CUTOFF).customer_id) == ["a", "b"]
    assert len(dataset.before(date(2020, 1, 30))) == 0
    assert set(dataset.before(date(2020, 1, 31)).cutoff.astype(str)) == {"2020-01-21"}
    some = dataset.rows(np.array([2, 0]))
    assert some.frame()["days_since_last_order"].tolist() == [12, 1]


def test_the_frame_leads_with_who_when_and_what_became_of_them(tmp_path):
    events = _events(tmp_path)
    assert list(_built(events).frame().columns[:2]) == ["customer_id", "cutoff"]
    assert _built(events, labelled=True).frame().columns[2] == "churned"


VISITS = "who,at,what\na,2020-01-20,call\na,2020-01-21,mail\n"


def _with_visits(folder, visits):
    write(folder / "visits.csv", visits)
    activity = {"source": "visits.csv", "columns": {**ORDERS, "kind": "what"}}
    return _events(folder, activity=[activity])


def test_a_kind_that_has_vanished_leaves_its_columns(tmp_path):
    spec = fit_spec(_with_visits(tmp_path / "then", VISITS))
    now = _with_visits(tmp_path / "now", VISITS.replace("call", "chat"))
    X = _built(now, spec=spec).X
    assert X["events_call_30d"].tolist() == [0, 0]
    assert X["events_mail_30d"].tolist() == [1, 0]
    assert np.isnan(X["days_since_call"]).all()
    assert not any("chat" in column for column in X.columns)


def _with_lands(folder, lands):
    people = "".join(f"p{number},{land}\n" for number, land in enumerate(lands))
    write(folder / "people.csv", "id,land\n" + people)
    lines = "".join(f"p{number},2020-01-20,1\n" for number in range(len(lands)))
    customers = {"source": "people.csv", "columns": {"customer": "id"}, "attributes": ["land"]}
    return _events(folder, f"{CONTENT}{lines}", customers=customers)


def test_attributes_are_categories_with_a_class_for_the_rare_and_one_for_the_unseen(tmp_path):
    then = _with_lands(tmp_path / "then", ["GB"] * 20 + ["DE"] * 20 + ["FR"] * 19 + [""])
    spec = fit_spec(then)
    assert spec.attributes == {"land": ("DE", "GB")}
    lands = _built(then, spec=spec)
    codes = dict(zip(lands.customer_id, lands.X["land"], strict=True))
    assert (codes["p0"], codes["p20"], codes["p40"]) == (2, 1, 0)
    assert np.isnan([codes["p59"], codes["a"]]).all()  # known to have none, and not in the table at all
    now = _built(_with_lands(tmp_path / "now", ["GB", "XX"]), spec=spec)
    assert now.X["land"][now.customer_id == "p1"].tolist() == [0]


def test_columns_of_the_same_name_are_refused(tmp_path):
    @feature(table="orders")
    def orders_30d(span):
        return span.count()

    with pytest.raises(ConfigError, match="feature columns orders_30d are made twice"):
        MatrixSpec(Layout(roles={"orders": frozenset()})).columns([*features(), orders_30d])


def test_a_feature_that_gives_too_few_values_is_named(tmp_path):
    @feature(table="orders")
    def wrong(span):
        return span.count().sum()

    events = _events(tmp_path)
    with pytest.raises(ConfigError, match=r"the feature wrong gave values of shape \(\) for 2 customers"):
        build(events, [wrong], fit_spec(events), cutoffs=(CUTOFF,), labelled=False)


names = st.text(min_size=1, max_size=8)
layouts = st.builds(
    lambda roles, kinds, valued: Layout(roles, tuple(kinds), frozenset(kinds[:valued])),
    st.dictionaries(names, st.frozensets(names)),
    st.lists(names, unique=True),
    st.integers(0, 3),
)


@given(st.builds(MatrixSpec, layouts, st.dictionaries(names, st.lists(names).map(tuple))))
def test_a_spec_survives_as_a_document(spec):
    assert MatrixSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
