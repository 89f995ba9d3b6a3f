"""The tables that everything is counted in, made by the engine beside those that were read."""

from __future__ import annotations

from retain.config import Config
from retain.events.daily import activity_days, event_days, order_days
from retain.retention import contracts, population, trade
from retain.retention.contracts import SUBSCRIBERS
from retain.retention.periods import Scope
from retain.retention.population import ACTIVE, BUYERS, STOPS, Names


def customers(config: Config) -> Names:
    """Who counts as a customer: by the contracts where these define churn, else by the counted table."""
    return SUBSCRIBERS if config.churn.when == "ended" else ACTIVE


def tables(config: Config, scope: Scope, segment: str | None) -> dict[str, str]:
    """Their queries by name, each after those that it is made of."""
    segments = None if segment is None else population.segment_of(segment)
    found = {population.CALENDAR: population.calendar(scope)}
    if customers(config) == ACTIVE:
        found |= _active(config, scope, segments)
    if config.tables.orders is not None:
        found |= _buyers(config, scope, segments)
    if config.tables.subscriptions is not None:
        found |= _subscribers(config, scope, segments)
    return found


def _active(config: Config, scope: Scope, segments: str | None) -> dict[str, str]:
    days = order_days if config.churn.counted_table == "orders" else activity_days
    found = {ACTIVE.days: days(config, until=scope.seen, as_of=scope.as_of)}
    if config.churn.when == "event":
        found[STOPS] = event_days(config, until=scope.seen, as_of=scope.as_of)
    stops = config.churn.when == "event"
    return {**found, ACTIVE.people: population.people(ACTIVE, segments, stops=stops)}


def _buyers(config: Config, scope: Scope, segments: str | None) -> dict[str, str]:
    """Where orders define churn, buyers and customers are the same."""
    same = customers(config) == ACTIVE and config.churn.counted_table == "orders"
    days = f"FROM {ACTIVE.days}" if same else order_days(config, until=scope.seen, as_of=scope.as_of)
    people = f"FROM {ACTIVE.people}" if same else population.people(BUYERS, segments)
    return {BUYERS.days: days, BUYERS.people: people, trade.UNITS: trade.units(scope)}


def _subscribers(config: Config, scope: Scope, segments: str | None) -> dict[str, str]:
    metrics = config.metrics
    running = contracts.contracts(scope, trials=metrics.trials, months=metrics.amount_months)
    return {SUBSCRIBERS.days: running, SUBSCRIBERS.people: contracts.subscribers(scope, segments)}
