"""The files of a list, read back."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retain.lists import files
from retain.lists.files import call_list, copies, parquet, table


def at_risk(**columns: list) -> pd.DataFrame:
    rows = len(next(iter(columns.values()))) if columns else 1
    given = {"customer_id": [f"c{n}" for n in range(rows)], "group": ["contact"] * rows} | columns
    return pd.DataFrame(given)


def read(frame: pd.DataFrame, folder: Path) -> list[dict[str, str]]:
    call_list(frame)(folder / "at_risk.csv")
    with (folder / "at_risk.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_held_out_customers_are_not_in_the_call_list(tmp_path):
    frame = at_risk(customer_id=["a", "b", "c"], group=["contact", "holdout", "contact"], rank=[1, 2, 3])
    assert [row["customer_id"] for row in read(frame, tmp_path)] == ["a", "c"]
    assert "holdout" not in (tmp_path / "at_risk.csv").read_text()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_a_formula_is_made_harmless(tmp_path, text):
    assert read(at_risk(customer_id=[text]), tmp_path)[0]["customer_id"] == f"'{text}"


def test_a_header_that_begins_a_formula_is_made_harmless(tmp_path):
    assert "'=cmd" in read(at_risk(**{"=cmd": ["x"]}), tmp_path)[0]


def test_negative_numbers_stay_numbers(tmp_path):
    assert read(at_risk(expected_saving=[-3.456]), tmp_path)[0]["expected_saving"] == "-3.46"


@pytest.mark.parametrize("text", ["00123", "12346.0", 'Ærø, "Sons"', "two\nlines", "1e5", "NA"])
def test_customer_ids_survive_as_written(tmp_path, text):
    assert read(at_risk(customer_id=[text]), tmp_path)[0]["customer_id"] == text


def test_numbers_are_rounded_for_people_and_dates_are_iso(tmp_path):
    frame = at_risk(
        churn_probability=[0.123456], risk_percentile=[99.9951], usual_gap=[12.44], days_since_last=[7]
    ).assign(last_order=pd.Series(["2011-08-20"], dtype="datetime64[s]"))
    row = read(frame, tmp_path)[0]
    assert [row[name] for name in list(frame)[2:]] == ["0.1235", "100.00", "12.4", "7", "2011-08-20"]


def test_the_unknown_is_empty(tmp_path):
    frame = at_risk(usual_gap=[np.nan], owner=pd.Series([None], dtype="str")).assign(
        last_order=pd.Series([None], dtype="datetime64[s]"),
        days_overdue=pd.Series([None], dtype="Int64"),
    )
    row = read(frame, tmp_path)[0]
    assert [row[name] for name in list(frame)[2:]] == ["", "", "", ""]


def test_lines_end_as_rfc_4180_says(tmp_path):
    read(at_risk(customer_id=["a"]), tmp_path)
    assert (tmp_path / "at_risk.csv").read_bytes() == b"customer_id,group\r\na,contact\r\n"


def test_an_empty_list_has_a_header(tmp_path):
    read(at_risk(customer_id=["a"]).iloc[:0], tmp_path)
    assert (tmp_path / "at_risk.csv").read_bytes() == b"customer_id,group\r\n"


def test_parquet_keeps_everything_in_full(tmp_path):
    frame = at_risk(churn_probability=[0.123456789], group=["holdout"]).assign(
        last_order=pd.Series(["2011-08-20"], dtype="datetime64[s]"),
        days_overdue=pd.Series([None], dtype="Int64"),
        segment=pd.Series([None], dtype="str"),
        expected_value=[np.nan],
    )
    parquet(frame)(tmp_path / "at_risk.parquet")
    table = pq.read_table(tmp_path / "at_risk.parquet")
    assert table.schema.field("last_order").type == pa.date32()
    assert table.to_pylist()[0] == {
        "customer_id": "c0",
        "group": "holdout",
        "churn_probability": 0.123456789,
        "last_order": date(2011, 8, 20),
        "days_overdue": None,
        "segment": None,
        "expected_value": None,
    }


def test_pandas_reads_the_parquet_back(tmp_path):
    frame = at_risk(days_overdue=[1]).assign(as_of=pd.Series(["2011-09-01"], dtype="datetime64[s]"))
    parquet(frame)(tmp_path / "at_risk.parquet")
    back = pd.read_parquet(tmp_path / "at_risk.parquet")
    assert pd.to_datetime(back["as_of"]).tolist() == [pd.Timestamp("2011-09-01")]
    assert back["customer_id"].tolist() == ["c0"]


def test_rejects_are_copied_under_their_folder(tmp_path):
    (tmp_path / "set_aside").mkdir()
    (tmp_path / "set_aside" / "orders.parquet").write_bytes(b"rows")
    writers = copies(tmp_path / "set_aside", under="rejects")
    assert list(writers) == ["rejects/orders.parquet"]
    writers["rejects/orders.parquet"](tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"rows"


def test_no_rejects_folder_means_nothing_to_copy(tmp_path):
    assert copies(tmp_path / "none", under="rejects") == {}


@pytest.mark.parametrize(("bom", "first"), [(True, b"\xef\xbb\xbfcustomer_id"), (False, b"customer_id")])
def test_the_mark_by_which_excel_knows_utf_8_is_written_where_it_is_asked_for(tmp_path, bom, first):
    frame = pd.DataFrame({"customer_id": ["ø"]})
    table(frame, bom=bom)(tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_bytes() == first + "\r\nø\r\n".encode()


def test_what_was_written_reads_back_as_it_was_drawn(tmp_path):
    frame = at_risk(days_overdue=[1]).assign(as_of=pd.Series(["2011-09-01"], dtype="datetime64[s]"))
    parquet(frame)(tmp_path / "at_risk.parquet")
    assert files.read(tmp_path / "at_risk.parquet")["as_of"].dtype == "datetime64[s]"
