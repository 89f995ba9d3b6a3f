"""What churn means, said in a sentence that names the config's own numbers."""

from __future__ import annotations

from retain.config import Churn
from retain.steps.definition import defined


def test_inactive_names_the_table_and_the_days():
    told = defined(Churn(table="orders", horizon=60, active_within=120))
    assert "a row in orders in the 120 days before" in told
    assert "none in the 60 days from it" in told


def test_event_names_the_kinds():
    told = defined(Churn(when="event", table="activity", kinds=("cancel", "uninstall"), horizon=30))
    assert "no 'cancel' or 'uninstall' since" in told
    assert "one in the 30 days from it" in told


def test_ended_names_the_grace_and_the_reasons():
    told = defined(Churn(when="ended", horizon=90, grace=14, reasons=("Surrender",)))
    assert "ends in the 90 days from it for the reason 'Surrender' (others are left out)" in told
    assert "none starts within 14 days" in told
