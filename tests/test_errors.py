from __future__ import annotations

import pytest

from retain import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ConfigError, 2),
        (errors.DataError, 2),
        (errors.UsageError, 2),
        (errors.Refused, 3),
        (errors.Locked, 4),
        (errors.Unavailable, 1),
    ],
)
def test_each_error_has_the_exit_code_of_the_contract(kind: type[errors.RetainError], code: int) -> None:
    assert kind("why").exit_code == code
    assert issubclass(kind, errors.RetainError)


def test_an_error_reads_as_its_sentence() -> None:
    error = errors.DataError("orders.csv is empty.")
    assert str(error) == error.message == "orders.csv is empty."
