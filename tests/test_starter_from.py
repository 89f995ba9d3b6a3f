"""`retain init --from`: a project with a config that works at once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import retain
import shops
from retain.cli import app
from retain.config import load
from retain.events.duckdb.sources import inspect
from retain.proposal.document import scalar, source
from retain.proposal.name import business_name

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Orders, logins and people in CSV files, and the folder to work in."""
    draw = np.random.default_rng(2)
    orders, logins = ["Kunde;Datum;Betrag;Waren Gruppe"], ["account,user_id,at,event_type"]
    for who in range(60):
        day = date(2024, 1, 1) + timedelta(days=int(draw.integers(0, 20)))
        while day < date(2024, 12, 20):
            orders.append(f"K-{who};{day:%d.%m.%Y};{draw.lognormal(3, 1):.2f};{draw.choice(['a', 'b'])}")
            logins.append(
                f"K-{who},u{who}{day.day % 3},{day} 0{day.day % 9}:15,{draw.choice(['login', 'search'])}"
            )
            day += timedelta(days=int(draw.integers(3, 40)))
    people = ["customer_id,land,name"] + [f"K-{who},{'DE' if who % 2 else 'AT'},N{who}" for who in range(60)]
    for name, rows in {"bestellungen": orders, "logins": logins, "kunden": people}.items():
        shops.write(tmp_path / "data" / f"{name}.csv", "\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    done = CliRunner().invoke(app, ["init", "--project", str(ROOT), *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_a_whole_config_is_proposed_and_works_at_once(folder):
    done = run("--from", "data/bestellungen.csv", "data/logins.csv", "data/kunden.csv", "laden")
    assert done.exit_code == 0, done.stderr
    config = load(folder / "laden/configs/laden.yaml", inspect=inspect)
    orders = dict(config.tables.orders.columns)
    assert (orders["customer"], orders["time"], orders["amount"]) == ("Kunde", "Datum", "Betrag")
    assert config.tables.activity[0].columns.user == "user_id"
    assert (config.tables.customers.attributes, config.tables.customers.show) == (("land",), ("name",))
    checked = retain.open(config.path, project=folder / "laden").check()
    assert checked.window.usable == config.churn.horizon
    assert checked.summary.table("orders").used > 500


def test_the_sources_are_relative_so_that_all_can_be_moved(folder):
    run("--from", "data/bestellungen.csv", "laden")
    text = (folder / "laden/configs/laden.yaml").read_text()
    assert "source: ../../data/bestellungen.csv" in text
    assert "# its name; it holds numbers (none negative)" in text
    assert {path.name for path in (folder / "laden").iterdir()} == {"features", "models", "configs"}


def test_without_a_folder_the_project_is_begun_here(folder):
    done = run("--from", "data/bestellungen.csv", "--json")
    document = json.loads(done.stdout)
    assert Path(document["config"]) == Path("configs/bestellungen.yaml")
    assert document["tables"][0]["columns"]["time"]["column"] == "Datum"
    assert (folder / "models").is_dir()


def test_a_project_that_is_there_keeps_its_definitions(folder):
    run("laden")
    (folder / "laden/models/gbm.py").write_text("# mine")
    assert run("--from", "data/bestellungen.csv", "laden").exit_code == 0
    assert (folder / "laden/models/gbm.py").read_text() == "# mine"


def test_a_config_that_is_there_is_not_overwritten(folder):
    run("--from", "data/bestellungen.csv", "laden")
    before = (folder / "laden/configs/laden.yaml").read_bytes()
    done = run("--from", "data/bestellungen.csv", "laden")
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert (folder / "laden/configs/laden.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "none.csv", "laden"], "there is no such file"),
        (["--from", "data/kunden.csv", "laden"], "every customer stands on one row"),
        (["--from", "data/bestellungen.csv", "one", "two"], "only one folder"),
        ([], "retain init DIR"),
    ],
)
def test_what_cannot_be_done_leaves_nothing(folder, arguments, told):
    done = run(*arguments)
    assert (done.exit_code, told in done.stderr) == (2, True)
    assert {path.name for path in folder.iterdir()} == {"data"}


def test_files_of_one_schema_are_one_table(folder):
    rows = (folder / "data/bestellungen.csv").read_text().splitlines(keepends=True)
    for i in range(2):
        shops.write(folder / f"data/part{i}.csv", rows[0] + "".join(rows[1 + i :: 2]))
    run("--from", "data/part0.csv", "data/part1.csv", "laden")
    config = load(folder / "laden/configs/laden.yaml", inspect=inspect)
    assert [Path(file).name for file in config.tables.orders.source] == ["part0.csv", "part1.csv"]


def test_contracts_are_proposed_to_churn_when_they_end(folder):
    rows = "".join(f"a{i},2023-01-{1 + i % 28:02d},{'2024-01-05' if i % 3 else ''},{i}\n" for i in range(90))
    shops.write(folder / "contracts.csv", "account_id,start_date,end_date,mrr\n" + rows)
    run("--from", "contracts.csv", "saas")
    config = load(folder / "saas/configs/saas.yaml", inspect=inspect)
    assert (config.churn.when, config.churn.horizon) == ("ended", 90)
    assert dict(config.tables.subscriptions.columns)["end"] == "end_date"


def test_what_yaml_would_misread_is_quoted():
    assert (scalar("on"), scalar("Order Date"), scalar("a: b"), scalar("$x")) == (
        "'on'",
        "Order Date",
        "'a: b'",
        "$$x",
    )


def test_a_source_far_away_is_absolute(tmp_path):
    assert source("/elsewhere/o.csv", tmp_path / "configs/x.yaml") == "/elsewhere/o.csv"


@pytest.mark.parametrize(
    ("file", "directory", "name"),
    [
        ("/srv/acme/orders.csv", None, "acme"),
        ("/srv/acme/webshop.csv.gz", None, "webshop"),
        ("/srv/acme/orders.csv", "My Shop", "my-shop"),
        ("/srv/example/orders.csv", None, "example-own"),
    ],
)
def test_a_business_is_called_after_its_folder_or_file(file, directory, name):
    assert business_name([Path(file)], Path(directory) if directory else None) == name
