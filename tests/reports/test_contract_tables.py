"""The lists of contracts on the list's page."""

from __future__ import annotations

import pandas as pd

import listings
from retain.reports.contract_tables import SHOWN, contract_tables
from retain.reports.list_page import page


def ending(rows=3, **columns):
    return pd.DataFrame(
        {
            "customer_id": [f"{n:05}" for n in range(rows)],
            "what": "trial ends",
            "on": pd.Series(["2018-01-05"] * rows, dtype="datetime64[s]"),
            "days_left": pd.Series([4] * rows, dtype="Int64"),
            "amount": [1250.5] * rows,
            **columns,
        }
    )


def told(frame, listed=None, **given):
    return contract_tables(listings.listing(listed, contracts={"ending_soon": frame}, **given))


def test_a_contract_is_told_in_words_and_with_the_currency():
    (table,) = told(ending(name=["Ada", None, "Bo"]))
    assert table.headings == ("Customer", "What", "On", "Days left", "Amount (GBP)")
    assert table.rows[0] == ("00000 (Ada)", "Trial ends", "2018-01-05", "4", "1,250.50")
    assert table.rows[1][0] == "00001"
    assert table.more == ""


def test_who_is_on_the_list_of_customers_too_has_its_action_and_owner():
    listed = listings.frame(2).assign(customer_id=["00001", "7"], action="Call", owner="Kim")
    (table,) = told(ending(), listed)
    assert table.headings[-2:] == ("Action", "Owner")
    assert [row[-2:] for row in table.rows] == [("", ""), ("Call", "Kim"), ("", "")]


def test_of_a_long_list_the_first_are_shown_and_the_file_is_named():
    (table,) = told(ending(1200))
    assert len(table.rows) == SHOWN
    assert table.more == "These are the first 50 of 1,200; all of them are in ending_soon.csv."


def test_a_list_of_nobody_is_not_on_the_page():
    assert told(ending(0)) == []
    assert 'class="contracts"' not in page(listings.listing(contracts={"ending_soon": ending(0)}))


def test_the_page_has_a_section_with_a_heading_and_everything_escaped():
    frame = ending(1, customer_id=[listings.NASTY]).drop(columns="what")
    cancelled = frame.rename(columns={"on": "ends_on"}).assign(reason=[listings.NASTY])
    html = page(listings.listing(contracts={"cancelled_running": cancelled}))
    assert '<h2 id="cancelled_running-title">Cancelled, still running</h2>' in html
    assert '<a href="#cancelled_running">' in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
