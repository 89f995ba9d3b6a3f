"""A definition becomes columns, as far as the tables allow."""

from __future__ import annotations

import pytest

from retain.learning.feature import FeatureColumn, Layout, expand, feature, slug

LAYOUT = Layout(
    roles={"orders": frozenset({"customer", "time"}), "activity": frozenset({"customer", "time", "value"})},
    kinds=("Log in", "call"),
    valued_kinds=frozenset({"call"}),
)


def _names(*features, layout=LAYOUT):
    return [column.name for column, _ in expand(features, layout)]


def test_a_function_becomes_a_feature():
    @feature(table="orders", windows=(7, None), needs=("amount",), says="{value} spent")
    def spend(span):
        """Amounts in the window.

        More about it.
        """
        return span.sum()

    assert (spend.name, spend.doc, spend.says) == ("spend", "Amounts in the window.", ("{value} spent",))
    assert (spend.windows, spend.needs) == ((7, None), frozenset({"amount"}))


def _feature(**keys):
    @feature(**{"table": "orders", **keys})
    def count(span):
        return span.count()

    return count


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({}, ["count"]),
        ({"windows": (7, 30, None)}, ["count_7d", "count_30d", "count"]),
        ({"needs": ("amount",)}, []),  # not mapped
        ({"table": "subscriptions"}, []),  # not there
        ({"table": "activity", "each": "kind", "windows": (7,)}, ["count_log_in_7d", "count_call_7d"]),
        ({"table": "activity", "each": "kind", "needs": ("value",)}, ["count_call"]),
        ({"table": "activity", "needs": ("value",)}, ["count"]),
    ],
)
def test_columns(keys, names):
    assert _names(_feature(**keys)) == names


def test_columns_keep_the_order_of_their_definitions():
    assert _names(_feature(windows=(30,)), _feature(windows=(7,))) == ["count_30d", "count_7d"]


def test_a_column_knows_where_it_comes_from():
    ((column, made_by),) = expand([_feature(table="activity", windows=(7,))], LAYOUT)
    assert (column.feature, column.window, column.kind, made_by.name) == ("count", 7, None, "count")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Log in", "log_in"),
        (" e-mail/opened ", "e_mail_opened"),
        ("Überfällig", "überfällig"),
        ("?!", "blank"),
    ],
)
def test_a_kind_is_written_so_that_it_fits_into_a_name(text, part):
    assert slug(text) == part


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"table": "orderz"}, "table='orderz': there are orders, activity, subscriptions"),
        ({"each": "kinds"}, "each='kinds': it can only be 'kind'"),
        ({"windows": ("30",)}, "window '30' is no number of days"),
        ({"windows": (0,)}, "window 0 is no number of days"),
    ],
)
def test_a_definition_that_could_never_be_computed_is_refused(keys, said):
    with pytest.raises(ValueError, match=said):
        _feature(**keys)


def _normals(*defined, kinds=()):
    layout = Layout(roles={"orders": frozenset(), "activity": frozenset()}, kinds=kinds)
    return {column.name: column.normal for column, _ in expand(defined, layout)}


@feature(table="activity", each="kind", windows=(30, 90), normal="visits_before")
def visits(span):
    """Visits."""
    return span.count()


@feature(table="activity", each="kind", windows=(30, None))
def visits_before(span):
    """Visits before."""
    return span.before().count()


def test_a_normal_is_the_column_of_the_same_kind_and_window_else_of_all_time():
    normals = _normals(visits, visits_before, kinds=("shop", "web"))
    assert normals["visits_web_30d"] == "visits_before_web_30d"
    assert normals["visits_web_90d"] == "visits_before_web"


def test_a_normal_that_these_tables_do_not_have_is_not_known_but_the_reason_can_be_acted_on():
    columns = [
        column for column, _ in expand((visits,), Layout(roles={"activity": frozenset()}, kinds=("web",)))
    ]
    assert [(column.normal, column.actionable) for column in columns] == [(None, True)] * 2


def test_a_normal_may_be_a_number():
    @feature(table="orders", normal=0)
    def complaints(span):
        """Complaints."""
        return span.count()

    @feature(table="orders")
    def age(span):
        """Age."""
        return span.age_of_first()

    columns = {
        column.name: column for column, _ in expand((complaints, age), Layout(roles={"orders": frozenset()}))
    }
    assert (columns["complaints"].normal, columns["complaints"].actionable) == (0, True)
    assert (columns["age"].normal, columns["age"].actionable) == (None, False)


def test_a_column_is_told_in_words():
    column = FeatureColumn("orders_login_90d", "f", "orders", 90, "login", doc="Orders in the window.")
    assert column.meaning == "Orders in the window (login, last 90 days)"
    assert FeatureColumn("x", "", "x").meaning == "x"
