"""Publishing to PostgreSQL: files and database have the same list, whatever breaks and whoever forgets."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

import corner_shop
from databases import execute, fill
from retain.config import Publish
from retain.errors import Unavailable
from retain.lists import history, published_tables
from retain.postgres import connection
from retain.steps.past import remembered

pytestmark = pytest.mark.slow  # a database server, and trainings

EARLIER, DAY = date(2019, 5, 20), date(2019, 6, 3)


@pytest.fixture
def shop(trained, tmp_path, database, monkeypatch):
    """The trained shop, which publishes to a database of its own."""
    monkeypatch.setattr(connection, "WAITS", (0.0, 0.0))
    url = database.replace("postgres@", "postgres:hush-hush@")
    publish = Publish(postgres=url, schema="lists")
    project = trained.elsewhere(tmp_path / "output")
    return replace(project, config=project.config.model_copy(update={"publish": publish}))


def _listed(database):
    return execute(database, "SELECT customer_id FROM lists.at_risk_latest ORDER BY rank")


def test_files_and_database_have_the_same_list(shop, database):
    result = shop.predict(as_of=DAY)
    assert _listed(database) == [(one,) for one in result.at_risk["customer_id"]]
    scores = pd.read_parquet(result.folder / "scores.parquet")
    found = dict(execute(database, "SELECT customer_id, churn_probability FROM lists.scores"))
    assert found == dict(zip(scores["customer_id"], scores["churn_probability"], strict=True))
    run_id = result.manifest["run_id"]
    assert execute(database, "SELECT as_of, run_id, listed FROM lists.lists") == [
        (DAY, run_id, len(result.at_risk))
    ]
    assert not history.path_in(shop.config.output).exists()


def test_a_second_run_changes_nothing_in_the_database(shop, database):
    shop.predict(as_of=DAY)
    before = execute(database, "SELECT * FROM lists.ledger")
    assert shop.predict(as_of=DAY).already
    assert execute(database, "SELECT * FROM lists.ledger") == before


def test_what_the_database_lacks_is_published_by_the_next_run(shop, database):
    shop.predict(as_of=DAY)
    listed = _listed(database)
    for table in ("lists", "members", "at_risk", "scores"):
        execute(database, f"DELETE FROM lists.{table}")
    assert shop.predict(as_of=DAY).already
    assert _listed(database) == listed != []


def test_where_the_database_stays_away_the_files_keep_the_list_they_had(shop, database, monkeypatch):
    earlier = shop.predict(as_of=EARLIER).folder
    shop.predict(as_of=DAY)
    standing = (shop.config.output / "lists" / str(DAY)).resolve()

    def breaking(server, schema, **given):
        pid = server.info.backend_pid
        execute(database, f"SELECT pg_terminate_backend({pid})")
        server.execute("SELECT 1")

    monkeypatch.setattr(published_tables, "put", breaking)
    with pytest.raises(Unavailable, match="tried 3 times"):
        shop.predict(as_of=DAY, force=True)
    assert (shop.config.output / "lists" / str(DAY)).resolve() == standing
    versions = {path.name for path in standing.parent.iterdir()}
    assert versions == {standing.name, earlier.resolve().name}
    assert execute(database, "SELECT run_id FROM lists.lists WHERE as_of = %s", values=[DAY]) == [
        (standing.name,)
    ]


def test_a_job_whose_files_are_thrown_away_remembers(shop, database):
    first = shop.predict(as_of=EARLIER).at_risk
    shutil.rmtree(shop.config.output)
    second = shop.predict(as_of=DAY).at_risk
    both = second.merge(first, on="customer_id", suffixes=("", "_before"))
    assert len(both) > 5
    assert both["group"].tolist() == both["group_before"].tolist()
    assert set(both["change"]) <= {"up", "down", "same"}


def test_no_secret_is_in_what_is_published(shop):
    result = shop.predict(as_of=DAY)
    texts = [path.read_bytes() for path in result.folder.iterdir() if path.is_file()]
    assert not any(b"hush" in text for text in texts)
    assert "hush" not in json.dumps(shop.history().to_json(), default=str)


def test_a_history_in_a_file_is_copied_to_a_new_database_once_and_said(shop, trained, tmp_path):
    trained.elsewhere(tmp_path / "output").predict(as_of=EARLIER)
    said = []

    class Told:
        def step(self, name, total=None):
            said.append(name)
            return connection.suppress()

    run = replace(shop._run(), progress=Told())
    assert len(history.runs(remembered(run))) == 1
    remembered(run)
    assert [line for line in said if line.startswith("Copying")] == said
    assert len(said) == 1
    assert said[0].endswith("schema lists, where the history is kept from now on")


@pytest.mark.slow
def test_the_whole_road_goes_over_postgresql(database, tmp_path, monkeypatch):
    """Tables, models, lists and history in one database, named as a config file names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD_OF_SHOP", "any: @/% will do")
    url = database.replace("postgres@", "postgres:${PGPASSWORD_OF_SHOP}@")
    corner_shop.write(tmp_path)
    for name, types in (("orders", {"paid": "numeric(9,2)", "at": "date"}), ("visits", {"at": "date"})):
        frame = pd.read_csv(tmp_path / f"{name}.csv", dtype=str)
        fill(database, name, pa.Table.from_pandas(frame, preserve_index=False), types)
    tables = {
        "orders": {**corner_shop.TREE["tables"]["orders"], "source": url, "table": "orders"},
        "activity": [{**corner_shop.TREE["tables"]["activity"][0], "source": url, "table": "visits"}],
    }
    publish = {"postgres": url, "schema": "lists"}
    project = corner_shop.opened(tmp_path, store=url, tables=tables, publish=publish)
    assert project.train().alias == "champion"
    result = project.predict()
    assert len(_listed(database)) == len(result.at_risk) > 5
    assert project.predict().already
    assert project.models().versions
    assert "will do" not in (result.folder / "manifest.json").read_text()
