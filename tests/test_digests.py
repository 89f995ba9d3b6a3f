"""Digests of files and of values."""

from __future__ import annotations

import hashlib
from datetime import date

from retain.digests import of_file, of_parts

AUGUST = date(2011, 8, 1)


def test_the_fingerprint_does_not_depend_on_the_order_of_its_parts():
    assert of_parts({"a": 1, "as_of": AUGUST}) == of_parts({"as_of": AUGUST, "a": 1})
    assert of_parts({"a": 1}) != of_parts({"a": 2})


def test_a_file_is_told_by_its_content(tmp_path):
    (tmp_path / "one").write_bytes(b"rows")
    assert of_file(tmp_path / "one") == hashlib.sha256(b"rows").hexdigest()
