"""CSV files as people and programs write them."""

from __future__ import annotations

import gzip

import pytest

from retain.errors import DataError
from retain.events.dialect import Dialect, dialect
from shops import orders, rejects, seen, write

HEADER = "who,at,note\n"
PLAIN = "a,2020-01-05,x\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", Dialect(("a", "b"), ",", '"')),
        ("a;b;c,d\r\n1;2;3\r\n", Dialect(("a", "b", "c,d"), ";", '"')),
        ("a\tb\n", Dialect(("a", "b"), "\t", '"')),
        ("\ufeffa,b\n", Dialect(("a", "b"), ",", '"')),
        ('"a","b ""2""", c \n', Dialect(("a", 'b "2"', "c"), ",", '"')),
        ("a,A,a,\n", Dialect(("a", "A_1", "a_2", "column3"), ",", '"')),
        ("", Dialect(("column0",), ",", '"')),
        ('a,b\n"say \\"hi\\"",1\n', Dialect(("a", "b"), ",", "\\")),
        ('a,b\n"C:\\dir\\","say ""hi"""\n', Dialect(("a", "b"), ",", '"')),
    ],
)
def test_a_dialect_is_told_from_the_beginning(tmp_path, content, expected):
    assert dialect(str(write(tmp_path / "x.csv", content))) == expected


def test_a_torn_gzip_is_told(tmp_path):
    torn = gzip.compress(PLAIN.encode() * 1000, mtime=0)[:20]
    with pytest.raises(DataError, match=r"x\.csv\.gz cannot be read"):
        dialect(str(write(tmp_path / "x.csv.gz", torn)))


def test_a_quote_that_first_stands_late_is_a_quote(tmp_path):
    found = seen(orders(tmp_path, HEADER + PLAIN * 25_000 + '"b",2020-01-05,"jam, red\nand green"\n'))
    assert list(found) == ["a", "b"]


def test_a_quote_within_a_field_is_a_letter(tmp_path):
    events = orders(tmp_path, HEADER + PLAIN + 'b,2020-01-05,3" pipe\n' + PLAIN)
    assert list(seen(events)) == ["a", "b"]


@pytest.mark.parametrize("text", ['"say ""hi"", you"', '"say \\"hi\\", you"'])
def test_quotes_within_quotes(tmp_path, text):
    assert list(seen(orders(tmp_path, f"{HEADER}a,2020-01-05,{text}\n"))) == ["a"]


def test_every_line_that_an_open_quote_hides_is_counted(tmp_path):
    events = orders(
        tmp_path, HEADER + PLAIN * 40 + '"b,2020-01-05,x\n' + PLAIN * 4 + '"c",2020-01-05,x\n' + PLAIN
    )
    assert events.summary.table("orders").rejected == {"line cannot be read": 6}
    assert events.summary.table("orders").rows == 47
    assert rejects(tmp_path)[0]["csv_line"] == '"b,2020-01-05,x'


def test_an_open_quote_that_hides_too_much_stops_the_run(tmp_path):
    content = HEADER + PLAIN * 10_000 + '"b,2020-01-05,x\n' + PLAIN * 1000
    with pytest.raises(
        DataError, match=r"orders: a quotation mark in line 10002 of orders\.csv is not closed"
    ):
        orders(tmp_path, content)


def test_blank_lines_are_nothing(tmp_path):
    assert orders(tmp_path, HEADER + PLAIN + "\n\n" + PLAIN).summary.table("orders").rows == 2
