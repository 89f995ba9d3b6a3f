"""Documents of retention metrics, for the page that is drawn from them."""

from __future__ import annotations

import copy
import random
from datetime import timedelta
from functools import cache
from typing import Any

import ledgers
from ledgers import BEGAN, DAYS, Order, period
from retain.retention.document import document

NASTY = '<script>alert(1)</script> & "quotes"'
WHOLE = period("2019-02-01", "2019-05-20")


@cache
def _shop() -> dict[str, Any]:
    generator = random.Random(7)
    days = sorted(generator.sample(range(DAYS), 120))
    names = [f"c{generator.randrange(25)}" for _ in days]
    amounts = [generator.choice((10, 25, -10)) for _ in days]
    at = [BEGAN + timedelta(days=n) for n in days]
    rows = [Order(*row) for row in zip(names, at, amounts, strict=True)]
    found = ledgers.measured([*ledgers.ENDS, *rows], WHOLE, name="shop")
    return document(found, notes=["A note that is short."], extra={})


def shop() -> dict[str, Any]:
    """Of a shop with orders."""
    return copy.deepcopy(_shop())


def subscriptions() -> dict[str, Any]:
    """The same with contracts: recurring revenue, its movements and why contracts ended."""
    told = shop()
    money = {"start": 100_000.0, "new": 20_000.0, "expansion": 8_000.0, "reactivation": 1_000.0}
    money |= {"contraction": 3_000.0, "churned": 6_000.0, "end": 120_000.0}
    words = {"population": "80 customers with a contract", "definition": "what it is", "source": "somebody"}
    shares = {"nrr": 99.0, "grr": 91.0, "quick_ratio": 3.1, "logo_churn": 5.0}
    figures = {name: {"value": value, "title": name, "unit": "%", **words} for name, value in shares.items()}
    told |= {"mrr": {"value": 120_000.0, **money, "title": "MRR", "unit": "money", **words}, **figures}
    for one in told["periods"]:
        one |= {"mrr": {"value": money["end"], **money}, **figures}
    told["end_reasons"] = [{"reason": NASTY, "customers": 3, "mrr": 4000.0, "involuntary": False}]
    return told


def segmented() -> dict[str, Any]:
    """A shop with two segments, one of which has a nasty name."""
    told = shop()
    names = ("crr", "churn_rate", "repeat_customer_rate", "aov", "revenue_per_customer")
    one = {name: told[name] for name in names}
    lights = {NASTY: "red", "U": None}
    told["segments"] = [{"segment": name, "light": light, **one} for name, light in lights.items()]
    return told
