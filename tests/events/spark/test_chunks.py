"""Chunks of whole customers, whatever batches they come in."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.events.spark import chunks as spark_chunks
from retain.events.spark.chunks import PACKS, packed, unpacked, whole_customers

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=12)
"""How many rows each customer has."""


def rows(sizes: list[int], *, part: int = 0) -> pa.Table:
    """So many rows of each customer, in the order of their names."""
    names = [f"c{number:02d}" for number, size in enumerate(sizes) for _ in range(size)]
    return pa.table({"part": pa.array([part] * len(names), pa.int32()), "customer": names})


@given(SIZES, st.integers(1, 20), st.integers(1, 30))
def test_no_batch_cuts_a_customer_in_two(sizes, batch, least):
    table = rows(sizes)
    chunks = list(whole_customers(table.to_batches(max_chunksize=batch), rows=least))
    assert pa.concat_tables(chunks).equals(table)
    borders = [chunk["customer"][0].as_py() for chunk in chunks[1:]]
    assert borders == [
        name for name, before in zip(borders, chunks, strict=False) if before["customer"][-1].as_py() != name
    ]


@given(SIZES, st.integers(1, 20))
def test_a_chunk_has_no_more_rows_than_it_must(sizes, least):
    chunks = whole_customers(rows(sizes).to_batches(max_chunksize=1), rows=least)
    assert all(len(chunk) < least + max(sizes) for chunk in chunks)


def test_empty_batches_are_passed_over():
    empty = rows([]).to_batches() or [pa.RecordBatch.from_pylist([], schema=rows([1]).schema)]
    chunks = list(whole_customers([*empty, *rows([2]).to_batches(), *empty], rows=1))
    assert [len(chunk) for chunk in chunks] == [2]
    assert list(whole_customers(empty, rows=1)) == []


@pytest.mark.parametrize("piece_rows", [1, 3, 100])
def test_packed_chunks_are_unpacked_as_they_were(monkeypatch, piece_rows):
    monkeypatch.setattr(spark_chunks, "PIECE_ROWS", piece_rows)
    monkeypatch.setattr(spark_chunks, "CHUNK_ROWS", 4)
    table = rows([3, 3, 7, 1])
    packs = list(packed(table.to_batches(max_chunksize=2)))
    assert all(pack.schema == PACKS for pack in packs)
    chunks = list(unpacked(packs))
    assert pa.concat_tables(chunk for chunk, _ in chunks).equals(table)
    assert [opening for _, opening in chunks] == [True, *[False] * (len(chunks) - 1)]


def test_only_the_first_partition_opens():
    assert [opening for _, opening in unpacked(packed(rows([2], part=1).to_batches()))] == [False]
