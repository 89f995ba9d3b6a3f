"""Values as pages print them."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound

from retain.reports.html import brief, number, page, share


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (9.87, "9.9"), (0.0769, "0.077"), (None, "–"), (float("nan"), "–")]
)
def test_brief_numbers_have_few_signs(value, text):
    assert brief(value) == text


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_not_known_is_a_dash(value):
    assert (number(value), share(value)) == ("–", "–")


def test_shares_are_percent():
    assert share(0.1234) == "12.3%"


def test_a_template_that_is_not_there_is_a_defect():
    with pytest.raises(TemplateNotFound):
        page("nothing.html")
