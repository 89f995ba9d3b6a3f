"""Days as numbers."""

from __future__ import annotations

from datetime import date

import pytest

from retain.events.days import to_date, to_day


@pytest.mark.parametrize(
    ("when", "day"), [(date(1970, 1, 1), 0), (date(2020, 2, 29), 18321), (date(1969, 12, 31), -1)]
)
def test_a_date_is_a_number_and_back(when, day):
    assert to_day(when) == day
    assert to_date(day) == when
