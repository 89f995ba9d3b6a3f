"""What orders come to."""

from __future__ import annotations

import pytest

from ledgers import Order, day, measured, period
from retain.retention.trade import Trade

TRADE = Trade(customers=4, repeat=1, known=3, orders=8, amount=200.0, returned=40.0)


def test_the_figures_of_a_worked_example():
    assert TRADE.order_value("gross") == 25.0
    assert TRADE.order_value("net") == 20.0
    assert TRADE.frequency == 2.0
    assert TRADE.repeat_rate("period") == 25.0
    assert TRADE.repeat_rate("lifetime") == 75.0


def test_aov_times_frequency_is_revenue_per_customer():
    assert TRADE.order_value("gross") * TRADE.frequency == TRADE.revenue("gross") / TRADE.customers


def test_without_orders_nothing_is_divided():
    none = Trade(0, 0, 0, 0, 0.0, 0.0)
    assert none.order_value("gross") is none.frequency is none.repeat_rate("period") is None


@pytest.mark.parametrize(
    ("earlier", "inside", "repeat", "known"), [(0, 1, 0, 0), (0, 2, 1, 1), (1, 1, 0, 1), (1, 0, 0, 0)]
)
def test_earlier_orders_make_a_repeat_customer_for_life_only(earlier, inside, repeat, known):
    rows = [Order("z", day("2019-01-01"), 1), Order("z", day("2019-05-01"), 1)]
    rows += [Order("a", day("2019-02-10"), 10)] * earlier + [Order("a", day("2019-04-10"), 10)] * inside
    trade = measured(rows, period("2019-04-01", "2019-04-30")).whole.trade
    assert (trade.repeat, trade.known) == (repeat, known)
