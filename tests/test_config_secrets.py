"""The environment in a config, and what of it may be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retain.config import Config, dump, parse, redact
from retain.errors import ConfigError

PASSWORD = "p%40ss/w0rd!"
TEXT = """
name: shop
tables:
  orders:
    source: postgresql://reader:${PGPASSWORD}@db/shop
    table: orders
    columns: {customer: user_id, time: ordered_at}
churn: {horizon: "${HORIZON:-60}"}
mlflow: {tracking_uri: "https://me:literal-pw@mlflow.example"}
notify: ["slack://tokenA/tokenB"]
notify_owners: {ann: "slack://tokenC/tokenD"}
publish: {postgres: "postgresql://h/db?user=u&password=in-query"}
"""
SECRETS = [PASSWORD, "p@ss/w0rd!", "literal-pw", "tokenA", "tokenC", "in-query"]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return parse(TEXT, path=Path("/c/shop.yaml"))


def small(source: str) -> str:
    return (
        f"name: shop\nchurn: {{horizon: 60}}\n"
        f"tables: {{orders: {{source: '{source}', columns: {{customer: c, time: t}}}}}}"
    )


def test_variables_are_filled_in(config: Config) -> None:
    assert config.tables.orders is not None
    assert config.tables.orders.source == (f"postgresql://reader:{PASSWORD}@db/shop",)
    assert config.churn.horizon == 60


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_in_what_is_shown(config: Config, secret: str) -> None:
    assert secret not in json.dumps(config.public())
    assert secret not in repr(config) + str(config)


@pytest.mark.parametrize("secret", [PASSWORD, "literal-pw", "in-query"])
def test_no_secret_is_in_the_repr_of_a_part(config: Config, secret: str) -> None:
    assert secret not in "".join(map(repr, (config.tables, config.mlflow, config.publish)))


def test_public_shows_the_rest(config: Config) -> None:
    public = config.public()
    assert public["tables"]["orders"]["source"] == ["postgresql://reader:***@db/shop"]
    assert public["mlflow"]["tracking_uri"] == "https://me:***@mlflow.example"
    assert public["churn"]["horizon"] == 60


def test_redact_hides_secrets_in_any_text(config: Config) -> None:
    text = f"refused {PASSWORD} or p@ss/w0rd!; tried postgresql://a:b@c/d and password=x"
    assert redact(text, config) == "refused *** or ***; tried postgresql://a:***@c/d and password=***"


def test_redact_hides_url_passwords_without_a_config() -> None:
    assert redact("postgresql://a:b:c@d@host/x") == "postgresql://a:***@host/x"


def test_dump_writes_the_variable_not_its_value(config: Config) -> None:
    text = dump(config)
    assert "${PGPASSWORD}" in text
    assert PASSWORD not in text
    assert parse(text, path=Path("/elsewhere/x.yaml")) == config


@pytest.mark.parametrize("value", ["data", "/data", "/data/", "~"])
def test_a_folder_from_the_environment_survives_a_dump(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", value)
    config = parse(small("${DATA}/orders.csv"), path=Path("/a $5 folder/shop.yaml"))
    assert parse(dump(config), path=Path("/elsewhere/x.yaml")) == config


def test_a_value_from_the_environment_is_hidden_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "ab")
    public = parse(small("${DATA}/orders.csv"), path=Path("/c/shop.yaml")).public()
    assert public["tables"]["orders"]["source"] == ["***/orders.csv"]


def test_a_default_is_used_where_the_variable_is_unset_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "")
    config = parse(small("${DATA:-here}/orders.csv"), path=Path("/c/shop.yaml"))
    assert config.public()["tables"]["orders"]["source"] == ["/c/here/orders.csv"]


def test_two_dollars_are_one() -> None:
    config = parse(small("cost$$/${X:-a}$$$${Y}.csv"), path=Path("/c/shop.yaml"))
    assert config.tables.orders is not None
    assert config.tables.orders.source == ("/c/cost$/a$${Y}.csv",)


def test_an_unset_variable_is_a_mistake_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    told = r"(?m)^tables\.orders\.source: the environment variable NOT_SET is not set"
    with pytest.raises(ConfigError, match=told):
        parse(small("${NOT_SET}/orders.csv"), path=Path("/c/shop.yaml"))


def test_what_is_no_variable_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"'\$\{1 x\}' is not a variable"):
        parse(small("${1 x}"), path=Path("/c/shop.yaml"))


@pytest.mark.parametrize("key", ["timezone", "engine", "memory", "name", "features", "training"])
def test_a_wrong_value_from_the_environment_is_not_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_THING", "Eu/rope hunter2")
    lines = [line for line in small("x.csv").split("\n") if not line.startswith(f"{key}:")]
    with pytest.raises(ConfigError, match=rf"{key}: expected .* \(not shown\)$") as raised:
        parse("\n".join([*lines, f'{key}: "${{SECRET_THING}}"']), path=Path("/c/shop.yaml"))
    assert "hunter2" not in str(raised.value)
