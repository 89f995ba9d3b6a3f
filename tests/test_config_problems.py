"""What a mistaken file is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from retain.config import Problem, Tables, load, parse
from retain.errors import ConfigError

HOME = Path("configs/shop.yaml")
RIGHT: dict[str, Any] = {
    "name": "shop",
    "tables": {"orders": {"source": "orders.csv", "columns": {"customer": "user_id", "time": "ordered_at"}}},
    "churn": {"horizon": 60},
}
COLUMNS = {"customer": "c", "time": "t"}
POSTGRES = {"source": "postgresql://h/db", "columns": COLUMNS}
FILE_WITH_QUERY = {"source": "x.csv", "query": "SELECT 1", "columns": COLUMNS}
TWO_KINDS = {"source": "x.csv", "kind": "login", "columns": {**COLUMNS, "kind": "type"}}


def told(text: str, **options: Any) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse(text, path=HOME, **options)
    return str(raised.value).split("\n")[1:]


def told_of(**changes: Any) -> list[str]:
    return told(yaml.safe_dump({**RIGHT, **changes}))


def test_all_mistakes_are_told_at_once_each_with_its_path() -> None:
    wrong = {**RIGHT, "memory": "lots", "churn": {"horizn": 60}, "training": {"cutoffs": 0}}
    with pytest.raises(ConfigError) as raised:
        parse(yaml.safe_dump(wrong), path=HOME)
    assert str(raised.value).split("\n") == [
        "3 mistakes in configs/shop.yaml:",
        "memory: expected an amount of memory such as 4GB or 1.5GB, got the text 'lots'",
        "churn.horizn: unknown key; did you mean 'horizon'?",
        "training.cutoffs: expected more than 0, got the number 0",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"nmae": 1}, "nmae: unknown key; did you mean 'name'?"),
        ({"trials": 5}, "trials: unknown key; did you mean 'training.trials'?"),
        ({"mlflow": {"x": 1}}, "mlflow.x: unknown key; possible here: tracking_uri"),
        ({"model": 5}, "model: expected text, got the number 5"),
        ({"model": True}, "model: expected text, got true (put it in quotes if it is a name)"),
        ({"churn": {"horizon": 0}}, "churn.horizon: expected more than 0, got the number 0"),
        ({"churn": {"horizon": 1.5}}, "churn.horizon: expected a whole number, got the number 1.5"),
        ({"gates": {"max_missing": 2}}, "gates.max_missing: expected at most 1, got the number 2"),
        ({"value": {"margin": float("nan")}}, "value.margin: expected a number, got the number nan"),
        ({"training": [1]}, "training: expected keys with values under it, got a list"),
        ({"list": {"bands": {"high": 0.2}}}, "list.bands.high: must be more than `medium`"),
        ({"metrics": {"target": 0.5}}, "metrics.minimum: must not be more than `target`"),
        ({"churn": None}, "churn: missing; it has no default"),
        ({"tables": {}}, "tables: give at least one of `orders`, `activity` and `subscriptions`"),
    ],
)
def test_a_mistake_is_told_in_plain_words(changes: dict[str, Any], line: str) -> None:
    assert told_of(**changes) == [line]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": "sparc"}, "one of duckdb, spark, got the text 'sparc'; did you mean 'spark'?"),
        ({"gates": {"must_beat_baseline": "so"}}, "expected true or false, got the text 'so'"),
        ({"churn": {"horizon": True}}, "churn.horizon: expected a number, got true"),
        ({"list": {"size": "big"}}, "list.size: expected auto, or how many customers to list"),
        ({"name": "a/b"}, "name: expected a name of letters, digits, '-', '_' and '.'"),
        ({"churn": {"horizon": 1, "table": "activity"}}, "churn.table: there is no activity table"),
        ({"churn": {"horizon": 1, "when": "event"}}, "churn.kinds: `when: event` needs the kinds"),
        ({"churn": {"horizon": 1, "when": "ended"}}, "churn.when: 'ended' needs a subscriptions table"),
        ({"tables": {"orders": POSTGRES}}, "tables.orders.table: a postgresql:// source stands alone"),
        ({"tables": {"orders": FILE_WITH_QUERY}}, "tables.orders.query: only for a postgresql:// source"),
        ({"tables": {"activity": [TWO_KINDS]}}, "tables.activity[0].kind: give this"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(changes: dict[str, Any], words: str) -> None:
    assert words in told_of(**changes)[0]


def test_a_timezone_gets_a_suggestion() -> None:
    assert told_of(timezone="Europe/Lodnon")[0].endswith("did you mean 'Europe/London'?")


@pytest.mark.parametrize("source", ["s3://bucket/x.parquet", "https://u:pw@host/x.csv"])
def test_sources_elsewhere_are_refused(source: str) -> None:
    (line,) = told_of(tables={"orders": {**RIGHT["tables"]["orders"], "source": source}})
    assert line.startswith("tables.orders.source: expected a file, a glob, a list of these, or postgresql://")
    assert "pw" not in line


def test_misspelt_keys_and_misspelt_columns_are_told_together() -> None:
    def inspect(tables: Tables) -> list[Problem]:
        assert tables.orders is not None
        return [Problem("tables.orders.columns.time", f"{tables.orders.columns.time!r} is not a column")]

    columns = {"custmer": "user_id", "time": "orderd_at"}
    tables = {"orders": {"source": "orders.csv", "columns": columns}}
    assert told(yaml.safe_dump({"nam": "shop", "tables": tables, "churn": {}}), inspect=inspect) == [
        "tables.orders.columns.custmer: unknown key; did you mean 'customer'?",
        "churn.horizon: missing; it has no default",
        "nam: unknown key; did you mean 'name'?",
        "tables.orders.columns.time: 'orderd_at' is not a column",
    ]


def test_a_misspelt_role_still_has_its_column_inspected() -> None:
    def inspect(tables: Tables) -> list[Problem]:
        assert tables.orders is not None
        return [Problem("tables.orders.columns.customer", tables.orders.columns.customer)]

    columns = {"custmer": "user_id", "time": "ordered_at"}
    wrong = {**RIGHT, "tables": {"orders": {"source": "orders.csv", "columns": columns}}}
    assert told(yaml.safe_dump(wrong), inspect=inspect)[1] == "tables.orders.columns.customer: user_id"


def test_what_inspect_says_of_a_stand_in_is_not_told() -> None:
    def inspect(tables: Tables) -> list[Problem]:
        return [Problem("tables.orders.columns.customer", "'?' is not a column")]

    wrong = {**RIGHT, "tables": {"orders": {"source": "orders.csv", "columns": {"time": "t"}}}}
    lines = told(yaml.safe_dump(wrong), inspect=inspect)
    assert lines == ["tables.orders.columns.customer: missing; it has no default"]


def test_a_key_given_twice_is_a_mistake() -> None:
    text = yaml.safe_dump(RIGHT) + "memory: 1GB\nmemory: 2GB\n"
    assert told(text)[0].startswith("memory: given twice, on lines ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: [shop", r"configs/shop\.yaml is not valid YAML at line 1, column 12: "),
        ("name: a\n\tb: c", r"not valid YAML at line 2"),
        ("a: \x07", r"not valid YAML: special characters are not allowed"),
        ("a: !!python/name:os.system", r"not valid YAML at line 1"),
        ("a: 2011-13-45", r"a date or number in it does not exist"),
        ("a: &x [*x]", r"an alias"),
        ("", r"is empty"),
        ("# nothing", r"is empty"),
        ("- a", r"holds no keys"),
    ],
)
def test_a_file_that_is_no_config_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        parse(text, path=HOME)


def test_a_missing_file_is_told_with_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    with pytest.raises(ConfigError, match=r"has: shop\.yaml; did you mean 'shop\.yaml'\?"):
        load(tmp_path / "shpo.yaml")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        load(tmp_path / "none" / "shop.yaml")


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"name: \xff")
    with pytest.raises(ConfigError, match="not a text file in UTF-8"):
        load(tmp_path / "x.yaml")
