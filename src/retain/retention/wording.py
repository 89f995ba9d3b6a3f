"""The words that definitions and populations are told in, by what makes a customer active."""

from __future__ import annotations

from dataclasses import dataclass

from retain.config import Config
from retain.retention.periods import Period, Scope


@dataclass(frozen=True)
class Wording:
    """What definitions are told with: the business's meaning of active, and its choices."""

    config: Config
    scope: Scope

    @property
    def contracts(self) -> bool:
        """Whether a customer is one by a running contract."""
        return self.config.churn.when == "ended"

    @property
    def priced(self) -> bool:
        """Whether orders have amounts."""
        orders = self.config.tables.orders
        return orders is not None and orders.columns.amount is not None

    @property
    def paid(self) -> bool:
        """Whether contracts have amounts."""
        table = self.config.tables.subscriptions
        return table is not None and table.columns.amount is not None

    @property
    def recurring(self) -> bool:
        """Whether a cohort's revenue is what its contracts bring a month."""
        return self.paid and (self.contracts or not self.priced)

    @property
    def reasoned(self) -> bool:
        """Whether contracts say why they ended."""
        table = self.config.tables.subscriptions
        return table is not None and table.columns.reason is not None

    @property
    def row(self) -> str:
        """What makes a customer active."""
        return "an order" if self.config.churn.counted_table == "orders" else "activity"

    @property
    def seen(self) -> str:
        """Who counts in a period's lifecycle flows and cohorts."""
        return f"who had {'a contract at some time' if self.contracts else self.row} in it"

    @property
    def first(self) -> str:
        """What makes a customer new."""
        if self.contracts:
            return "first contract started"
        return "first order lies" if self.config.churn.counted_table == "orders" else "first activity lies"

    def active_at(self, at: str) -> str:
        """Who is active at a moment."""
        if self.contracts:
            return f"customers with a contract that started before {at} and had not ended before it"
        within = f"customers with {self.row} in the {self.scope.active_within} days before {at}"
        churn = self.config.churn
        return f"{within} and no {' or '.join(churn.kinds)} since" if churn.when == "event" else within

    def at_start(self, period: Period) -> str:
        """The population S."""
        return self.active_at(str(period.start))
