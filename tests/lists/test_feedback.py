"""A filled-in file is taken whole, or every mistake in it is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from retain.errors import DataError, UsageError
from retain.lists.feedback import COLUMNS, known_ids, read_feedback, template

NOW = datetime(2011, 9, 10, 12, tzinfo=UTC)
HEADER = ",".join(COLUMNS)
KNOWN = known_ids(pd.Series(["00123", "-5", "a"]))


def read(tmp_path, *lines, header=HEADER, encoding="utf-8"):
    path = tmp_path / "f.csv"
    path.write_bytes("\r\n".join([header, *lines]).encode(encoding))
    return read_feedback(path, timezone="Europe/London", now=NOW, known=KNOWN)


def first(found):
    return found.rows.iloc[0].to_dict()


def test_a_line_is_a_contact(tmp_path):
    found = read(tmp_path, '00123,2011-09-01 14:30,phone,reached,2011-10-01,"busy, call again"')
    assert first(found) == {
        "customer_id": "00123",
        "contacted_at": pd.Timestamp("2011-09-01 14:30"),
        "channel": "phone",
        "outcome": "reached",
        "snooze_until": pd.Timestamp("2011-10-01"),
        "note": "busy, call again",
    }


def test_columns_may_be_missing_and_stand_in_any_order(tmp_path):
    found = read(tmp_path, "2011-09-01,a", header="contacted_at,customer_id")
    assert first(found)["contacted_at"] == pd.Timestamp("2011-09-01")
    assert (first(found)["outcome"], pd.isna(first(found)["snooze_until"])) == ("", True)


@pytest.mark.parametrize("at", ["2011-09-01T13:30Z", "2011-09-01T14:30:00+01:00", "2011-09-01T14:30"])
def test_times_are_the_business_s(tmp_path, at):
    assert first(read(tmp_path, f"a,{at},,,,"))["contacted_at"] == pd.Timestamp("2011-09-01 14:30")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_is_read_as_spreadsheets_write_it(tmp_path, encoding, separator):
    line, header = (text.replace(",", separator) for text in ("a,2011-09-01,,,,Ünder", HEADER))
    assert first(read(tmp_path, line, header=header, encoding=encoding))["note"] == "Ünder"


def test_lines_that_nobody_filled_in_are_passed_over(tmp_path):
    found = read(tmp_path, "a,,,,,", ",,,,,", "", "00123,2011-09-01,,,,")
    assert (list(found.rows["customer_id"]), found.untouched) == (["00123"], 1)


def test_the_same_line_twice_is_one_contact(tmp_path):
    assert len(read(tmp_path, "a,2011-09-01,,x,,", "a,2011-09-01,,x,,").rows) == 1


def test_every_mistake_is_told_with_its_line(tmp_path):
    lines = [
        "a,2011-09-01,,,,",
        "a,01/09/2011,,,,",
        ",2011-09-01,,,soon,",
        "a,,phone,,,",
        "a,2011-09-11,,,,",
        "a,2011-09-02,,,2011-09-02,",
        "a,2011-09-02,,,,one,two",
        "a,2011-09-01,,other,,",
    ]
    with pytest.raises(DataError) as failed:
        read(tmp_path, *lines)
    assert failed.value.message.splitlines()[1:] == [
        "line 3: contacted_at '01/09/2011' is no time; write it like 2011-09-01 or 2011-09-01 14:30",
        "line 4: customer_id is empty",
        "line 4: snooze_until 'soon' is no date; write it like 2011-09-01",
        "line 5: contacted_at is empty",
        "line 6: contacted_at 2011-09-11 lies in the future",
        "line 7: snooze_until 2011-09-02 is not after the contact of 2011-09-02",
        "line 8: 7 cells for 6 columns; quote commas",
        "line 9: tells of the contact of line 2 otherwise; keep one",
    ]


def test_the_line_is_right_after_a_note_of_two_lines(tmp_path):
    with pytest.raises(DataError, match="line 4: contacted_at is empty"):
        read(tmp_path, 'a,2011-09-01,,,,"one\ntwo"', "a,,phone,,,")


@pytest.mark.parametrize("changed", ["123", "123.0", "0123"])
def test_an_id_that_a_spreadsheet_changed_is_told(tmp_path, changed):
    with pytest.raises(DataError, match=f"line 2: no list had '{changed}' but '00123'"):
        read(tmp_path, f"{changed},2011-09-01,,,,")


def test_customers_of_no_list_are_taken(tmp_path):
    assert first(read(tmp_path, "zoe,2011-09-01,,,,"))["customer_id"] == "zoe"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("customer_id,contacted_at,snoze_until", "no column 'snoze_until'; did you mean 'snooze_until'"),
        ("customer_id,channel", "the column contacted_at is missing"),
        ("customer_id,contacted_at,note,note", "the column note is there twice"),
    ],
)
def test_a_wrong_header_is_told(tmp_path, header, told):
    with pytest.raises(DataError, match=f"line 1: .*{told}"):
        read(tmp_path, header=header)


def test_an_empty_file_has_no_header(tmp_path):
    with pytest.raises(DataError, match="the column customer_id is missing"):
        read(tmp_path, header="")


def test_a_quote_that_never_ends_is_told(tmp_path):
    with pytest.raises(DataError, match="line 2: unexpected end of data"):
        read(tmp_path, 'a,2011-09-01,"')


def test_no_file_is_a_mistake_of_the_command(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.csv cannot be read: No such file"):
        read_feedback(tmp_path / "nowhere.csv", timezone="UTC", now=NOW, known={})


def test_of_very_many_mistakes_the_first_fifty_are_told(tmp_path):
    with pytest.raises(DataError, match=r"line 51: .*\n… and 10 more$"):
        read(tmp_path, *["a,never,,,,"] * 60)


def test_the_template_has_a_line_for_each_customer_to_contact(tmp_path):
    listed = pd.DataFrame({"customer_id": ["00123", "-5", "b"], "group": ["contact", "contact", "holdout"]})
    template(listed)(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().decode() == f"{HEADER}\r\n00123,,,,,\r\n'-5,,,,,\r\n"


def test_the_template_is_read_back(tmp_path):
    assert first(read(tmp_path, "'-5,2011-09-01,,,,"))["customer_id"] == "-5"
