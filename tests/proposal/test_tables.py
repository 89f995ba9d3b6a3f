"""Which table a file is, and which column plays which role in it."""

from __future__ import annotations

import pytest

from retain.errors import UsageError
from retain.proposal.columns import Column
from retain.proposal.roles import snake
from retain.proposal.tables import File, changes, proposed

SHARES = ("numbers", "times", "ambiguous", "money", "negative", "fractional", "timed")


def column(name, *, distinct=50, known=1000, rows=1000, values=(), kind="VARCHAR", **shares):
    return Column(
        name,
        kind,
        rows,
        known,
        distinct,
        **{share: shares.get(share, 0.0) for share in SHARES},
        values=values,
    )


def time(name, **more):
    return column(name, times=1.0, distinct=900, **more)


def number(name, **more):
    return column(name, **{"numbers": 1.0, "fractional": 0.5, "distinct": 900, **more})


def text(name, **more):
    return column(name, **{"distinct": 8, **more})


def guesses(*columns, stem="file"):
    found = proposed(File((f"{stem}.csv",), stem, columns))
    return found.kind, {role: guess.column for role, guess in found.columns.items()}


def test_orders_of_a_shop():
    kind, found = guesses(
        column("InvoiceNo", distinct=400),
        column("StockCode", distinct=80),
        number("UnitPrice"),
        number("Total"),
        number("Quantity", fractional=0.0),
        time("InvoiceDate"),
        column("CustomerID"),
        text("Country"),
    )
    assert kind == "orders"
    assert found == {
        "customer": "CustomerID",
        "time": "InvoiceDate",
        "amount": "Total",
        "order": "InvoiceNo",
        "category": "StockCode",
    }


def test_the_time_of_the_order_is_preferred_to_later_ones():
    times = [
        time("shipped_at"),
        time("updated_at"),
        time("cancelled_at", known=20),
        time("loaded_at"),
        time("ordered_at"),
    ]
    _, found = guesses(column("user_id"), number("amount"), *times)
    assert (found["time"], found["cancelled"], found["recorded"]) == (
        "ordered_at",
        "cancelled_at",
        "loaded_at",
    )


def test_an_order_number_that_is_never_there_twice_is_no_order_of_lines():
    _, found = guesses(column("customer"), time("date"), number("total"), column("order_id", distinct=1000))
    assert "order" not in found


def test_events_without_amounts_are_activity():
    kind, found = guesses(column("account"), time("at"), text("event_type"), column("user_id", distinct=200))
    assert kind == "activity"
    assert found == {"customer": "account", "time": "at", "kind": "event_type", "user": "user_id"}


def test_contracts_have_a_start_and_an_end_that_may_be_empty():
    kind, found = guesses(
        column("account_id"),
        time("started_on"),
        time("ended_on", known=100),
        number("mrr"),
        text("end_reason"),
        column("is_trial", kind="BOOLEAN", distinct=2),
        column("billing_frequency", distinct=2, values=("annual", "monthly")),
    )
    assert kind == "subscriptions"
    assert found["start"], found["end"] == ("started_on", "ended_on")
    assert (found["amount"], found["reason"], found["trial"]) == ("mrr", "end_reason", "is_trial")
    assert found["term"] == "billing_frequency"


def test_customers_stand_on_one_row():
    file = File(
        ("people.csv",),
        "people",
        (
            column("customer_id", distinct=1000),
            time("created_at"),
            text("country"),
            text("status"),
            column("email", distinct=1000),
            text("account_manager"),
            column("no_contact", kind="BOOLEAN", distinct=2),
        ),
    )
    found = proposed(file)
    assert found.kind == "customers"
    assert (found.attributes, found.show) == (("country",), ("email",))
    assert found.columns["since"].column == "created_at"
    assert (found.columns["owner"].column, found.columns["opted_out"].column) == (
        "account_manager",
        "no_contact",
    )
    assert any("status is no attribute" in note for note in found.notes)


def test_alternatives_are_named():
    found = proposed(
        File(("o.csv",), "orders", (column("customer"), time("date"), number("total"), number("net_total")))
    )
    assert found.columns["amount"].others == ("net_total",)


def test_a_flag_of_cancellation_and_guests_are_noted():
    flag = column("is_cancelled", kind="BOOLEAN", distinct=2)
    found = proposed(
        File(("o.csv",), "orders", (column("customer", known=700), time("date"), number("total"), flag))
    )
    assert "only says that, not when" in found.notes[0]
    assert "30.0% of the rows have no customer" in found.notes[1]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ([time("date"), number("total")], "no column looks like the customer"),
        ([column("customer"), number("total")], "no column can be read as the time"),
        ([column("customer"), number("total"), number("created_ts")], "'created_ts' holds numbers"),
        (
            [column("customer"), number("total"), column("day", ambiguous=1.0)],
            "'day' holds dates like 03/04/2023",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(columns, told):
    with pytest.raises(UsageError, match=told):
        guesses(*columns)


@pytest.mark.parametrize(
    ("name", "plain"), [("InvoiceDate", "invoice_date"), ("Customer ID", "customer_id"), ("ts", "ts")]
)
def test_names_are_read_however_they_are_written(name, plain):
    assert snake(name) == plain


@pytest.mark.parametrize(
    ("name", "is_so"), [("plan_tier", True), ("churned", True), ("country", False), ("gender", False)]
)
def test_names_that_sound_as_if_they_changed(name, is_so):
    assert changes(name) is is_so
