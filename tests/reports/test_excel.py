"""The workbook, read back."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

import listings
from retain.reports.excel import workbook

# openpyxl says that it does not keep data bars with a solid colour; nothing is saved with it.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://evil","x")',
    "http://example.com",
    "{=1}",
    "00123",
]


@pytest.fixture
def read(tmp_path):
    def written(listing):
        path = tmp_path / "at_risk.xlsx"
        workbook(listing)(path)
        return load_workbook(path)

    return written


def table(sheet) -> pd.DataFrame:
    head, *rows = sheet.iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=head)


def test_the_sheets_are_the_list_each_owner_the_held_out_and_the_legend(read):
    book = read(listings.full(50))
    owners = ["Kim Park", "Lena Sørensen", "Team North"]
    assert book.sheetnames == ["At risk", *owners, "Held out", "Legend"]


def test_the_values_are_those_of_the_frame(read):
    listing = listings.full(50)
    told = table(read(listing)["At risk"])
    called = listing.listed[listing.listed["group"] == "contact"]
    for column in listing.columns:
        wanted = [each.date() if isinstance(each, date) else each for each in called[column].astype(object)]
        values = [each.date() if isinstance(each, datetime) else each for each in told[listing.title(column)]]
        assert values == pytest.approx(wanted) if called[column].dtype == float else values == wanted


def test_who_is_held_out_is_only_on_a_sheet_of_their_own(read):
    listing = listings.full(50)
    book = read(listing)
    held = set(listing.listed["customer_id"].tail(5))
    assert set(table(book["Held out"])["Customer"]) == held
    for name in book.sheetnames[:-2]:
        assert not held & set(table(book[name])["Customer"])


def test_an_owners_sheet_has_their_customers(read):
    listing = listings.full(50)
    frame = listing.listed.iloc[:-5]
    wanted = list(frame[frame["owner"] == "Kim Park"]["customer_id"])
    assert list(table(read(listing)["Kim Park"])["Customer"]) == wanted


def test_headers_stay_in_sight_and_filter(read):
    sheet = read(listings.full(50))["At risk"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.auto_filter.ref.endswith("46")


def test_numbers_and_dates_are_formatted(read):
    listing = listings.full(50)
    sheet = read(listing)["At risk"]
    cells = dict(zip(listing.columns, sheet[2], strict=True))
    forms = {
        "churn_probability": "0.0%",
        "value_at_risk": "#,##0.00",
        "last_order": "yyyy-mm-dd",
        "usual_gap": "0.0",
    }
    assert {name: cells[name].number_format for name in forms} == forms
    assert cells["last_order"].is_date


def test_risk_and_value_have_bars(read):
    listing = listings.full(50)
    rules = read(listing)["At risk"].conditional_formatting
    kinds = [rule.type for each in rules for rule in each.rules]
    assert kinds == ["dataBar"] * 3


def test_no_text_is_ever_a_formula_or_a_link(read):
    frame = listings.frame(len(FORMULAS)).assign(
        customer_id=FORMULAS, name=FORMULAS, owner=FORMULAS, reason_1=FORMULAS
    )
    book = read(listings.listing(frame, name="=1+1", churn="=2+2", notes=("=3+3",)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert list(table(book["At risk"])["Customer"]) == FORMULAS


@pytest.mark.parametrize(
    "owners",
    [
        ["a/b", "a:b", "a?b"],
        ["x" * 40 + "1", "x" * 40 + "2", "X" * 40],
        ["At risk", "Legend", "history"],
        ["[]", "'", "\x01"],
    ],
)
def test_any_owner_has_a_sheet(read, owners):
    book = read(listings.listing(listings.frame(3).assign(owner=owners)))
    assert len(book.sheetnames) == 5
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_columns_without_anything_are_left_out(read):
    frame = listings.frame(3).assign(owner=None, action="", value_at_risk=float("nan"))
    book = read(listings.listing(frame))
    assert book.sheetnames == ["At risk", "Legend"]
    assert not {"Owner", "Action", "Value at risk (GBP)", "Group"} & set(table(book["At risk"]).columns)


def test_what_is_not_known_is_an_empty_cell(read):
    frame = listings.frame(3).assign(usual_gap=[1.5, None, 2], reason_1=["a", None, "b"])
    frame["last_order"] = pd.Series([date(2018, 1, 2), None, None], dtype=object)
    told = table(read(listings.listing(frame))["At risk"])
    assert told["Usual gap"].isna().tolist() == [False, True, False]
    assert told["Last order"][0] == datetime(2018, 1, 2)
    assert told["Reason 1"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("text", ["a" * 40_000, "lone \ud800", "two\nlines", "\x00\x0b"])
def test_any_text_can_be_written(read, text):
    frame = listings.frame(1).assign(reason_1=pd.Series([text], dtype=object))
    assert len(table(read(listings.listing(frame))["At risk"])["Reason 1"][0]) <= 32_767


def test_the_legend_tells_the_churn_definition_and_every_column(read):
    listing = listings.full(50)
    told = [cell for row in read(listing)["Legend"].iter_rows(values_only=True) for cell in row if cell]
    assert listing.churn in told
    assert set(listing.columns) <= set(told)
    assert listing.notes[0] in told


def test_a_rule_is_called_a_rule(read):
    told = str(list(read(listings.listing(rule=True))["Legend"].iter_rows(values_only=True)))
    assert "A simple rule made this list" in told


def test_an_empty_list_has_its_headers(read):
    assert table(read(listings.listing(listings.frame(0)))["At risk"]).empty


def test_the_same_list_makes_the_same_bytes(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        workbook(listings.full(10))(tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one.xlsx").testzip() is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="this machine has no LibreOffice")
def test_libreoffice_reads_it(tmp_path):
    path = tmp_path / "at_risk.xlsx"
    workbook(listings.full(50))(path)
    utf_8 = "csv:Text - txt - csv (StarCalc):44,34,76"
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", own, "--headless", "--convert-to", utf_8, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert len(Path(tmp_path, "at_risk.csv").read_text(encoding="utf-8").splitlines()) == 46


def test_what_is_for_filtering_is_folded_away_and_one_click_from_sight(read):
    listing = listings.full(10)
    sheet = read(listing)["At risk"]
    letters = dict(zip(listing.columns, (cell.column_letter for cell in sheet[1]), strict=True))
    hidden = [name for name, letter in letters.items() if sheet.column_dimensions[letter].hidden]
    assert {"lever_risk", "action_by", "break_even"} <= set(hidden)
    assert not {"action", "lever", "tier", "reason_1"} & set(hidden)
    assert all(
        sheet.column_dimensions[letters[name]].outlineLevel == 1 for name in ("act_on", "action_channel")
    )


def test_what_the_holdout_can_show_is_in_the_legend(read):
    book = read(listings.listing(experiment=("With 5 held out, nothing shows yet.",)))
    assert "With 5 held out, nothing shows yet." in str(list(book["Legend"].iter_rows(values_only=True)))
