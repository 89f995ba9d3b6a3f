"""Contracts and flags that contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime

import yaml

import shops
from inspections import found, look
from retain.config import parse
from retain.events.duckdb.engine import open_events
from retain.readiness.findings import Level
from retain.readiness.flags import flags
from retain.readiness.source import read_sources

USAGE = "who,at,contract\n" + "".join(f"a{i},2020-01-{1 + i % 28:02d},k{i}\n" for i in range(20))
HEAD = "who,from,until,contract,churned\n"


def shop(folder, contracts, *, people=None, leaving=None, usage=USAGE):
    shops.write(folder / "u.csv", usage)
    shops.write(folder / "s.csv", HEAD + contracts)
    columns = {"customer": "who", "start": "from", "end": "until"}
    tables = {
        "activity": [{"source": "u.csv", "columns": shops.ORDERS, "kind": "usage"}],
        "subscriptions": {"source": "s.csv", "columns": columns},
    }
    if leaving is not None:
        shops.write(folder / "c.csv", leaving)
        tables["activity"].append({"source": "c.csv", "columns": shops.ORDERS, "kind": "churn"})
    if people is not None:
        shops.write(folder / "p.csv", people)
        tables["customers"] = {"source": "p.csv", "columns": {"customer": "who"}}
    tree = {"name": "shop", "tables": tables, "churn": {"horizon": 10, "table": "activity"}}
    config = parse(yaml.safe_dump(tree), path=folder / "shop.yaml")
    return open_events(config, now=datetime(2020, 6, 1, tzinfo=UTC))


def contracts(*, until="", start="2019-01-01", flag="no", count=20):
    return "".join(f"a{i},{start},{until},k{i},{flag}\n" for i in range(count))


def test_good_contracts_raise_nothing(tmp_path):
    with shop(tmp_path, contracts()) as events:
        codes = {one.code for one in look(events).findings}
    assert not codes & {"before-subscription", "end-before-start", "overlapping-contracts", "unusable-rows"}


def test_usage_before_the_contract_it_names_is_an_error(tmp_path):
    with shop(tmp_path, contracts(start="2020-01-10")) as events:
        by_customer, by_contract = found(look(events), "before-subscription")
    assert (by_customer.count, by_contract.count) == (9, 9)
    assert by_contract.where == "activity.contract"
    assert "9 of 20 rows (45.0%)" in by_contract.says


def test_an_end_before_the_start_is_an_error(tmp_path):
    with shop(tmp_path, contracts() + "a1,2019-05-01,2019-04-01,k99,yes\n") as events:
        (one,) = found(look(events), "end-before-start")
    assert (one.count, one.example["contract"]) == (1, "k99")


def test_contracts_at_the_same_time_are_counted(tmp_path):
    later = "".join(f"a{i},2019-06-01,,m{i},no\n" for i in range(20))
    with shop(tmp_path, contracts() + later + later.replace("m", "n")) as events:
        (one,) = found(look(events), "overlapping-contracts")
    assert (one.count, one.level) == (40, Level.WARNING)
    assert "of 20 customers" in one.says


def test_a_contract_that_begins_when_another_ends_does_not_overlap(tmp_path):
    renewed = "".join(f"a{i},2019-06-01,,m{i},no\n" for i in range(20))
    with shop(tmp_path, contracts(until="2019-06-01", flag="yes") + renewed) as events:
        assert not found(look(events), "overlapping-contracts")


def test_an_end_that_lies_ahead_is_told(tmp_path):
    with shop(tmp_path, contracts(until="2021-01-01", flag="yes")) as events:
        (one,) = found(look(events), "scheduled-ends")
    assert one.count == 20


def test_a_start_that_cannot_be_read_is_told(tmp_path):
    with shop(tmp_path, contracts() + "a1,soon,,k99,no\n") as events:
        (one,) = found(look(events), "unusable-rows")
    assert (one.where, one.example["from"]) == ("subscriptions", "soon")


def test_a_flag_against_the_end_of_its_contract_is_an_error(tmp_path):
    with shop(tmp_path, contracts(flag="yes", count=12) + contracts(count=8)) as events:
        (one,) = found(look(events), "contradictory-flags")
    assert "12 contracts are marked by churned but have no end" in one.says
    assert (one.level, one.where) == (Level.ERROR, "subscriptions.churned")


def test_a_flag_of_a_customer_is_held_against_contracts_and_events(tmp_path):
    people = "who,is_active\n" + "".join(f"a{i},{'false' if i < 5 else 'true'}\n" for i in range(20))
    leaving = "who,at\n" + "".join(f"a{i},2020-01-20\n" for i in range(4, 10))
    with shop(tmp_path, contracts(), people=people, leaving=leaving) as events:
        inspection = look(events)
    says = [one.says for one in found(inspection, "contradictory-flags")]
    assert "5 customers are marked by is_active but still have a live contract" in says[0]
    assert "4 customers are marked by is_active but have no event" in says[1]
    assert "5 have an event in activity_1 but are not marked" in says[1]
    (left,) = found(inspection, "left-but-live")
    assert "6 of 6 customers" in left.says


def test_a_column_of_many_words_is_no_flag(tmp_path):
    people = "who,closed,churned\na1,by phone,true\na2,by mail,false\n"
    with shop(tmp_path, contracts(), people=people) as events:
        customers = next(one for one in read_sources(events.config, events.query) if one.name == "customers")
        assert [name for name, _ in flags(customers)] == ["churned"]
