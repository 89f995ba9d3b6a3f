"""A forgotten customer is in no file any more, and the list is as whole as before."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import listings
from retain.lists import files, publish, published
from retain.lists.erasure import Forgotten, erase, expire
from retain.reports import list_page
from retain.reports.listing import from_manifest

DAY, LATER = date(2018, 1, 1), date(2018, 1, 8)
MANIFEST = {
    "name": "shop",
    "churn": "no order in 60 days",
    "counts": {"eligible": 9},
    "notes": [],
    "fingerprint": "f",
}


def put(folder: Path, day: date, *, rows: int = 6) -> pd.DataFrame:
    """A published list with a page, and rejects under the source's own column name."""
    listed = listings.frame(rows, held_out=1)
    rejects = pd.DataFrame({"user_id": [listed["customer_id"][0], "other"], "amount": ["x", "y"]})
    skipped = pd.DataFrame({"customer_id": ["=1+1", "zz"], "reason": ["snoozed", "cooldown"]})
    manifest = {**MANIFEST, "as_of": str(day)}
    written = {
        "at_risk.parquet": files.parquet(listed),
        "at_risk.csv": files.call_list(listed),
        "skipped.csv": files.table(skipped),
        "rejects/orders.parquet": files.parquet(rejects),
        "at_risk.html": list_page.file(from_manifest(listed, manifest)),
    }
    publish.publish(folder, written, as_of=day, run_id=f"run{day:%m%d}", manifest=manifest)
    return listed


def rendered(listed, lengths, manifest):
    return {"at_risk.html": list_page.file(from_manifest(listed, manifest, what_if=lengths))}


def intact(version: Path) -> bool:
    """Whether every file is the one its manifest tells of."""
    told = published.manifest(version)["files"]
    return all(hashlib.sha256((version / n).read_bytes()).hexdigest() == f["sha256"] for n, f in told.items())


@pytest.fixture
def shop(tmp_path):
    return tmp_path, put(tmp_path, DAY)


def test_a_forgotten_customer_is_in_no_file(shop):
    folder, listed = shop
    whom = listed["customer_id"][0]
    found = erase(
        folder, Forgotten(frozenset([whom]), frozenset({"customer_id", "user_id"})), rendered=rendered
    )
    assert found.ids == {whom}
    assert found.lists == {"2018-01-01": 3}  # the list, the CSV, the rejects
    for path in (folder / ".versions").rglob("*.*"):
        if path.is_file():
            assert whom.encode() not in path.read_bytes(), path
    assert len(pd.read_parquet(folder / "2018-01-01" / "at_risk.parquet")) == 5
    assert len(pd.read_parquet(folder / "2018-01-01" / "rejects" / "orders.parquet")) == 1


def test_what_is_left_is_whole_and_made_from_the_same_inputs(shop):
    folder, listed = shop
    erase(folder, Forgotten(frozenset([listed["customer_id"][2]])), rendered=rendered)
    (version,) = [path for path in (folder / ".versions").iterdir() if not path.name.startswith(".")]
    assert intact(version)
    assert (folder / "latest").resolve() == version
    assert published.already_published(folder, as_of=DAY, fingerprint="f") is not None
    assert published.manifest(version)["run_id"] == "run0101"


def test_a_number_that_is_the_same_as_an_id_is_not_taken_for_it(shop):
    folder, _ = shop
    assert erase(folder, Forgotten(frozenset(["1", "2"])), rendered=rendered).lists == {}


def test_an_id_like_a_formula_is_found(shop):
    folder, _ = shop
    found = erase(folder, Forgotten(frozenset(["=1+1"])), rendered=rendered)
    assert (found.lists, found.ids) == ({"2018-01-01": 1}, {"=1+1"})
    assert pd.read_csv(folder / "2018-01-01" / "skipped.csv")["customer_id"].tolist() == ["zz"]


def test_a_stranger_changes_nothing(shop):
    folder, _ = shop
    before = (folder / "2018-01-01").resolve()
    assert erase(folder, Forgotten(frozenset(["nobody"])), rendered=rendered).lists == {}
    assert (folder / "2018-01-01").resolve() == before


def test_what_a_killed_erasure_left_is_removed_by_the_next(shop, monkeypatch):
    folder, listed = shop
    whom = Forgotten(frozenset([listed["customer_id"][0]]), frozenset({"customer_id", "user_id"}))
    with monkeypatch.context() as killed:
        killed.setattr(publish, "remove_superseded", lambda folder: None)
        erase(folder, whom, rendered=rendered)
    assert len(list((folder / ".versions").iterdir())) == 2
    assert erase(folder, whom, rendered=rendered).lists == {}
    assert len(list((folder / ".versions").iterdir())) == 1


def test_the_mark_for_excel_stays(shop):
    folder, listed = shop
    manifest = {**MANIFEST, "as_of": str(LATER)}
    written = {"at_risk.csv": files.call_list(listed, bom=True)}
    publish.publish(folder, written, as_of=LATER, run_id="marked", manifest=manifest)
    erase(folder, Forgotten(frozenset([listed["customer_id"][0]])), rendered=rendered)
    assert (folder / "2018-01-08" / "at_risk.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (folder / "2018-01-01" / "at_risk.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_old_list_keeps_its_manifest_alone(shop):
    folder, _ = shop
    put(folder, LATER)
    assert expire(folder, before=LATER) == (DAY,)
    assert [path.name for path in (folder / "2018-01-01").iterdir()] == ["manifest.json"]
    assert published.manifest(folder / "2018-01-01")["counts"] == {"eligible": 9}
    assert (folder / "2018-01-08" / "at_risk.csv").exists()
    assert expire(folder, before=LATER) == ()


def test_a_list_without_people_is_no_earlier_list(shop):
    folder, _ = shop
    assert published.newest_before(folder, LATER) == folder / "2018-01-01"
    expire(folder, before=LATER)
    assert published.newest_before(folder, LATER) is None
    assert published.already_published(folder, as_of=DAY, fingerprint="f") is None
