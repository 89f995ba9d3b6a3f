"""Who is told what: real mail to a server of the test's own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path
from typing import Any

import pytest

import listings
from missing import missing
from retain.config import Config
from retain.steps.notice import owner_message, team_message, tell
from retain.steps.results import PredictResult

try:
    import apprise  # noqa: F401  # what is tested goes through it
    from aiosmtpd.controller import Controller
except ModuleNotFoundError:
    missing("Apprise and aiosmtpd")


class Inbox:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"

    def texts(self) -> dict[str, str]:
        """The mails by receiver."""
        return {str(mail["To"]): _text(mail) for mail in self.mails}


def _text(mail: Mail) -> str:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return f"{mail['Subject']}\n{part.get_payload(decode=True).decode()}"  # type: ignore[union-attr]


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Controller]:
    controller = Controller(Inbox(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def inbox(server) -> Inbox:
    server.handler.mails.clear()
    return server.handler


@pytest.fixture
def mail(server):
    return lambda to: f"mailto://127.0.0.1:{server.port}?from=retain@shop.example&to={to}@shop.example"


def listed(**columns: Any) -> PredictResult:
    frame = listings.frame(8, held_out=1).assign(
        change=["new", "up", "new", "same", "new", "down", "same", "new"],
        owner=["ann", "ann", "bob", "bob", "", "ann", "ann", "ann"],
        **columns,
    )
    manifest = {
        "as_of": "2018-01-01",
        "run_id": "20180101T060000-abc123",
        "counts": {"listed": 8, "eligible": 120},
    }
    return PredictResult(Path("/lists/2018-01-01"), manifest, already=False, drawn={"at_risk.parquet": frame})


def config(tmp_path: Path, **given: Any) -> Config:
    orders = {"source": "o.parquet", "columns": {"customer": "c", "time": "t"}}
    return Config.model_validate(
        {
            "name": "shop",
            "output": tmp_path,
            "tables": {"orders": orders},
            "churn": {"horizon": 30},
            "value": {"currency": "GBP"},
            **given,
        }
    )


class Run:
    """What of a run a notice needs."""

    def __init__(self, config: Config, id: str = "20180108T040000-ffffff") -> None:
        self.config, self.id = config, id


def test_the_team_is_told_the_totals_and_who_entered(tmp_path):
    message = team_message(config(tmp_path), listed=listed(), refused=None, warnings=["data are 6 days old"])
    assert message.title == "retain shop: the list of 2018-01-01"
    assert "7 customers to call as of 2018-01-01, of 120 scored." in message.body
    assert "GBP" in message.body
    assert "3 entered; at the top:" in message.body
    assert "! data are 6 days old" in message.body
    assert "/lists/2018-01-01/at_risk.html" in message.body


def test_no_customer_data_but_ids_leave_unless_asked_for(tmp_path):
    found = listed()
    first = found.at_risk.iloc[0]
    plain = team_message(config(tmp_path), listed=found, refused=None, warnings=()).body
    told = team_message(config(tmp_path, notify_details=True), listed=found, refused=None, warnings=()).body
    assert first["customer_id"] in plain
    assert first["reason_1"] not in plain
    assert first["reason_1"] in told
    assert not any(name in plain + told for name in found.at_risk["name"])


def test_a_held_out_customer_is_told_to_nobody(tmp_path):
    found = listed()
    held_out = found.at_risk["customer_id"].iloc[-1]
    team = team_message(config(tmp_path), listed=found, refused=None, warnings=())
    ann = owner_message(config(tmp_path), found, owner="ann")
    assert ann is not None
    assert held_out not in team.body + ann.body


def test_an_owner_is_told_of_those_who_entered_with_reason_and_action(tmp_path):
    found = listed()
    message = owner_message(config(tmp_path), found, owner="ann")
    first, second = found.at_risk.iloc[0], found.at_risk.iloc[1]
    assert message is not None
    assert message.title == "retain shop: 1 of your customers at risk"
    assert first["reason_1"] in message.body
    assert first["action"] in message.body
    assert second["customer_id"] not in message.body


def test_an_owner_of_whose_customers_nobody_entered_is_left_alone(tmp_path):
    assert owner_message(config(tmp_path), listed(), owner="kim") is None


def test_a_refusal_is_told_with_its_sentence(tmp_path):
    message = team_message(config(tmp_path), listed=None, refused="the data are 12 days old", warnings=())
    assert message.title == "retain shop: no list this time"
    assert "No new list: the data are 12 days old" in message.body


def test_mail_arrives_at_the_team_and_at_each_owner_once(tmp_path, inbox, mail):
    run = Run(config(tmp_path, notify=[mail("team")], notify_owners={"ann": mail("ann"), "kim": mail("kim")}))
    assert tell(run, listed=listed(), refused=None, warnings=()) == ()
    assert tell(run, listed=listed(), refused=None, warnings=()) == ()  # the same list again
    texts = inbox.texts()
    assert len(inbox.mails) == 2
    assert sorted(texts) == ["ann@shop.example", "team@shop.example"]
    assert "1 of your customers at risk" in texts["ann@shop.example"]


def test_what_failed_is_said_recorded_and_sent_again(tmp_path, inbox, mail):
    dead = "mailto://127.0.0.1:9?from=a@b.example&to=secret-token@b.example"
    broken = Run(config(tmp_path, notify=[mail("team"), dead]))
    (failure,) = tell(broken, listed=listed(), refused=None, warnings=())
    assert failure.startswith("notification to notify[2] failed: mailto address")
    assert "secret-token" not in failure + (tmp_path / "notices.json").read_text()
    mended = Run(config(tmp_path, notify=[mail("team"), mail("second")]))
    assert tell(mended, listed=listed(), refused=None, warnings=()) == ()
    assert sorted(inbox.texts()) == ["second@shop.example", "team@shop.example"]
    kept = json.loads((tmp_path / "notices.json").read_text())
    assert kept == {"20180101T060000-abc123": {"notify[1]": "sent", "notify[2]": "sent"}}


def test_an_address_nobody_can_read_is_a_sentence_without_it(tmp_path):
    run = Run(config(tmp_path, notify=["nonsense://token"]))
    (failure,) = tell(run, listed=None, refused="stale", warnings=())
    assert failure == (
        "notification to notify[1] failed: nonsense address: Apprise does not know how to read it"
    )
