"""One block of many pieces."""

from __future__ import annotations

import numpy as np

from retain.learning.blocks import block_of


def test_pieces_lie_side_by_side_in_their_order_and_are_let_go():
    pieces = [np.full((2, n), n, dtype=np.float32) for n in range(40)]
    expected = np.concatenate(pieces, axis=1)
    assert np.array_equal(block_of(pieces), expected)
    assert not pieces
