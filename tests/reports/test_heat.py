"""Heat-maps of cohorts."""

from __future__ import annotations

from retain.reports.heat import MOST_ROWS, heat


def cohort(number, cells):
    return {"cohort": f"c{number}", "size": 10, "retention": cells}


def test_colours_go_from_nothing_to_the_highest_after_the_first_column():
    found = heat([cohort(0, [100.0, 40.0, 0.0, 20.0])], "retention", [100.0, 40.0])
    assert [cell.kind for cell in found.rows[0][2]] == ["h8", "h8", "h0", "h4"]
    assert [cell.text for cell in found.averages] == ["100", "40"]


def test_only_the_newest_cohorts_are_shown_and_the_rest_is_counted():
    found = heat([cohort(i, [100.0]) for i in range(MOST_ROWS + 3)], "retention", [])
    assert (len(found.rows), found.rows[0][0], found.left_out) == (MOST_ROWS, "c3", 3)


def test_a_cohort_without_a_complete_cell_has_none():
    found = heat([cohort(0, []), cohort(1, [])], "retention", [])
    assert [cells for _, _, cells in found.rows] == [[], []]
    assert list(found.columns) == []
