"""The tree: what parses, what it defaults to, and the way back to YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from retain.config import Config, dump, load, parse
from retain.errors import ConfigError
from strategies_config import configs

HOME = Path("/shop/configs/shop.yaml")
SMALLEST = """
name: shop
tables: {orders: {source: orders.csv, columns: {customer: user_id, time: ordered_at}}}
churn: {horizon: 60}
"""
CONTRACT = """
name: shop
timezone: Europe/London
output: output/shop
engine: duckdb
memory: 4GB
tables:
  orders:
    source: data/orders/*.parquet
    columns: {customer: user_id, time: ordered_at, amount: total, order: order_id, category: department,
              cancelled: cancelled_at, recorded: loaded_at}
    timezone: UTC
    where: "channel <> 'test'"
  activity:
    - {source: logins.parquet, columns: {customer: account, time: at, user: user_id}, kind: login}
    - source: tickets.csv
      columns: {customer: account, time: opened_at, kind: category, value: satisfaction}
  subscriptions:
    source: subscriptions.parquet
    columns: {customer: account, start: started_on, end: ended_on, amount: mrr, reason: end_reason,
              trial: is_trial, known_at: end_recorded_at}
  customers:
    source: customers.parquet
    columns: {customer: user_id, since: created_at, owner: csm, opted_out: no_contact}
    attributes: [country, signup_channel]
    show: [name, phone, email]
churn: {when: inactive, table: orders, horizon: 60, active_within: 120, grace: 30, kinds: [], reasons: []}
training: {cutoffs: 12, every: 30, trials: 30, seed: 7, retrain_every: 28}
model: gbm
features: [recency, frequency, monetary, engagement]
value: {horizon: 365, margin: 1.0, currency: GBP}
campaign: {name: spring, accept: 0.3, incentive: 10, contact: 1}
list:
  size: auto
  capacity: 500
  order_by: expected_saving
  holdout: 0.1
  cooldown: 30
  bands: {high: 0.5, medium: 0.25}
  actions: configs/actions.yaml
notify: []
gates: {min_customers: 500, min_churners: 100, max_missing: 0.2, max_age_days: 8, max_row_drop: 0.2,
        max_customer_change: 0.3, max_drift: 0.25, must_beat_baseline: true}
publish: {}
mlflow: {tracking_uri: null}
"""


def read(text: str = SMALLEST, *, path: Path = HOME, **changes: Any) -> Config:
    return parse(yaml.safe_dump({**yaml.safe_load(text), **changes}), path=path)


def test_name_one_table_and_horizon_are_enough() -> None:
    config = read()
    assert config.tables.orders is not None
    assert config.tables.orders.columns.customer == "user_id"
    assert (config.timezone, config.engine, config.memory) == ("UTC", "duckdb", 4_000_000_000)


def test_the_whole_tree_of_the_contract_parses() -> None:
    config = read(CONTRACT)
    assert config.tables.activity[1].columns.value == "satisfaction"


@pytest.mark.parametrize("section", ["training", "gates", "mlflow", "publish", "notify"])
def test_the_defaults_are_those_of_the_contract(section: str) -> None:
    assert getattr(read(), section) == getattr(read(CONTRACT), section)


def test_the_list_defaults_are_those_of_the_contract() -> None:
    assert read().listing == read(CONTRACT).listing


def test_a_customer_counts_for_twice_the_horizon_by_default() -> None:
    assert read().churn.active_within == 120


def test_activity_defines_churn_where_there_are_no_orders() -> None:
    activity = {"source": "a.csv", "columns": {"customer": "c", "time": "t"}, "kind": "login"}
    assert read(tables={"activity": [activity]}).churn.counted_table == "activity"
    assert read().churn.counted_table == "orders"


def test_subscriptions_alone_are_enough() -> None:
    columns = {"customer": "c", "start": "s", "end": "e"}
    tables = {"subscriptions": {"source": "s.csv", "columns": columns}}
    config = read(tables=tables, churn={"when": "ended", "horizon": 30})
    assert (config.churn.defining_table, config.churn.settled) == ("subscriptions", 60)


def test_sources_are_relative_to_the_config_file_and_stay_globs() -> None:
    orders = {"source": ["../data/*.csv", "/abs/x.parquet"], "columns": {"customer": "c", "time": "t"}}
    config = read(tables={"orders": orders})
    assert config.tables.orders is not None
    assert config.tables.orders.source == ("/shop/data/*.csv", "/abs/x.parquet")


def test_output_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read().output == tmp_path / "output" / "shop"
    assert read(output="elsewhere").output == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("4GB", 4_000_000_000),
        ("1.5 gb", 1_500_000_000),
        ("500MB", 500_000_000),
        ("2GiB", 2**31),
        (1000, 1000),
    ],
)
def test_memory_is_read_in_the_units_people_write(written: object, size: int) -> None:
    assert read(memory=written).memory == size


def test_runs_are_kept_where_the_config_says_else_the_environment_else_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert read().tracking_uri == "sqlite:///mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    assert read().tracking_uri == "http://server"
    assert read(mlflow={"tracking_uri": "http://own"}).tracking_uri == "http://own"


def test_a_key_left_empty_means_its_default() -> None:
    assert parse(SMALLEST + "training:\nnotify:\n", path=HOME) == read()


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().name = "other"


def test_equal_configs_have_equal_hashes() -> None:
    assert hash(read()) == hash(read()) != hash(read(model="other"))


def test_load_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SMALLEST)
    config = load(file)
    assert config.path == file
    assert config == load(str(file))


@given(configs)
def test_a_dumped_config_loads_as_it_was(values: dict[str, Any]) -> None:
    config = parse(yaml.safe_dump(values), path=HOME)
    assert parse(dump(config), path=Path("/elsewhere/copy.yaml")) == config


def test_a_postgres_source_parses() -> None:
    orders = {"source": "postgresql://u@h/db", "table": "orders", "columns": {"customer": "c", "time": "t"}}
    assert read(tables={"orders": orders}).tables.orders.postgres


@pytest.mark.parametrize(
    "listing",
    [{"size": 20}, {"capacity": 5}, {"order_by": "churn_probability"}, {"holdout": 0, "cooldown": 0}],
)
def test_what_the_list_can_do_is_read(listing: dict[str, Any]) -> None:
    assert listing.items() <= read(list=listing).listing.model_dump().items()


@pytest.mark.parametrize("name", ["completejourney", "example"])
def test_the_configs_that_ship_are_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETAIN_DEMO_DATA", raising=False)
    config = load(Path(__file__).parents[1] / "configs" / f"{name}.yaml")
    assert config.name == name


@pytest.mark.parametrize(
    ("publish", "mistake"),
    [
        ({"schema": "shop"}, "publish.schema: is part of a database: give `postgres`"),
        ({"postgres": "mysql://h/db"}, "publish.postgres: expected an address like postgresql://"),
        (
            {"postgres": "postgresql://h/db", "schema": "pg_shop"},
            "publish.schema: expected the name of a schema",
        ),
    ],
)
def test_where_lists_are_published_is_a_schema_of_a_database(publish: dict[str, str], mistake: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(mistake)):
        read(publish=publish)


def test_lists_are_published_to_the_schema_retain_by_default() -> None:
    assert read(publish={"postgres": "postgresql://h/db"}).publish.schema_name == "retain"
    assert read(publish={"postgres": "postgresql://h/db", "schema": "shop"}).publish.schema_name == "shop"
