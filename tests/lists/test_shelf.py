"""Features laid in a file and taken back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retain.lists import shelf as shelf_module
from retain.lists.shelf import Shelf


def frame(*rows: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b"], dtype=np.float32)


def test_rows_are_taken_back_by_their_positions_over_all_chunks(tmp_path):
    shelf = Shelf(tmp_path / "features")
    for chunk in (frame((1, 2), (3, np.nan)), frame((5, 6))):
        shelf.lay(chunk)
    taken = shelf.take(np.array([2, 1]), frame())
    pd.testing.assert_frame_equal(taken, frame((5, 6), (3, np.nan)))


def test_nobody_is_taken_from_it_too(tmp_path):
    shelf = Shelf(tmp_path / "features")
    shelf.lay(frame((1, 2)))
    assert shelf.take(np.empty(0, dtype=np.intp), frame()).shape == (0, 2)


def test_the_order_in_memory_does_not_matter(tmp_path):
    shelf = Shelf(tmp_path / "features")
    shelf.lay(pd.DataFrame(np.asfortranarray(frame((1, 2), (3, 4)).to_numpy()), columns=["a", "b"]))
    assert shelf.take(np.array([0]), frame()).to_numpy().tolist() == [[1, 2]]


def test_all_rows_come_back_as_they_were_laid(tmp_path):
    shelf, rows = Shelf(tmp_path / "features"), frame((1, 2), (3, np.nan)).astype(float) / 3
    shelf.lay(rows)
    shelf.lay(rows.iloc[:1])
    pd.testing.assert_frame_equal(
        shelf.all(rows.iloc[:0]), pd.concat([rows, rows.iloc[:1]], ignore_index=True)
    )


def test_a_shelf_longer_than_a_piece_is_looked_at_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf_module, "PIECE", 16)
    shelf = Shelf(tmp_path / "features")
    shelf.lay(frame(*((n, -n) for n in range(9))))
    taken = shelf.take(np.array([8, 0, 5, 4, 1]), frame())
    assert taken["a"].tolist() == [8, 0, 5, 4, 1]
