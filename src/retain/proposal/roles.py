"""Which column plays which role, by its name and by what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retain.proposal.columns import Column


@dataclass(frozen=True)
class Guess:
    """A column for a role, why, and which other columns could play it as well."""

    column: str
    why: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    """What a role looks for. names: patterns, the best first; fits: what must be in the column, as `what`."""

    names: tuple[str, ...]
    fits: Callable[[Column], bool]
    what: str

    def guess(self, columns: Sequence[Column], *, taken: Sequence[str] = ()) -> Guess | None:
        """The best column that is not taken; None where none is named so and fits."""
        fitting = [one for one in columns if one.name not in taken and self.fits(one)]
        ranked = sorted(
            ((rank, one) for one in fitting if (rank := self._rank(one.name)) is not None),
            key=lambda pair: pair[0],
        )
        if ranked:
            best = ranked[0][1]
            others = tuple(one.name for rank, one in ranked[1:4] if rank <= ranked[0][0] + 1)
            return Guess(best.name, f"its name; {self.what} ({facts(best)})", others)
        return None

    def _rank(self, name: str) -> int | None:
        plain = snake(name)
        return next((i for i, pattern in enumerate(self.names) if re.search(pattern, plain)), None)


def facts(column: Column) -> str:
    """What is in a column, in few words."""
    empty = f", {1 - column.filled:.1%} empty" if column.filled < 0.9995 else ""
    if column.is_time:
        return f"{'with' if column.timed >= 0.5 else 'without'} a time of day{empty}"
    if column.is_number and column.fractional > 0:
        negative = f"{column.negative:.1%} negative" if column.negative > 0 else "none negative"
        return f"{negative}{empty}"
    return f"about {column.distinct:,} values on {column.known:,} rows{empty}"


def snake(name: str) -> str:
    """`InvoiceDate` and `Invoice Date` as `invoice_date`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


_WHO = (
    r"customer|client|household|account|member|buyer|shopper|subscriber|kunden?|konto|cust|player|"
    r"patient"
)
_ID = r"(_?(id|no|nr|num|number|key|code|ref|uuid|hash))"
_END = r"(^|_)(end(ed|s)?|until|expir\w*|terminat\w*|cancel\w*|churn\w*|lapse\w*|closed?|stop\w*|ende)(_|$)"
_LATER = (
    r"updat|modif|deliver|ship|birth|dob|return|refund|due|paid_at|load|ingest|insert|record|extract|censor|"
    r"observ"
)


def _is_id(column: Column) -> bool:
    return column.known > 0 and not column.is_time and not column.is_flag and column.fractional == 0


def _is_event_time(column: Column) -> bool:
    plain = snake(column.name)
    return (
        column.is_time
        and column.filled >= 0.8
        and not re.search(_LATER, plain)
        and not re.search(_END, plain)
    )


def _is_amount(column: Column) -> bool:
    return column.is_number and column.filled >= 0.8 and column.distinct > 1


MOST_CATEGORIES = 5_000

CUSTOMER = Role(
    (
        rf"^({_WHO}){_ID}$",
        rf"^({_WHO})$",
        rf"(^|_)({_WHO}){_ID}$",
        rf"(^|_)({_WHO})(_|$)",
        r"^user(_?id)?$",
        r"^(who|uid|cid|id)$",
    ),
    _is_id,
    "it holds ids",
)
TIME = Role(
    (
        r"^(order|ordered|purchase|purchased|invoice|transaction|sale|basket|event|visit|activity)",
        r"^(ts|time|timestamp|datetime|date|day|datum|at|when)$",
        r"^(created|opened|placed|occurred|logged|started|signup|sign_up|joined|registered)",
        r"(^|_)(date|time|timestamp|ts|at|on|day|datum)$",
        r"",
    ),
    _is_event_time,
    "it holds times",
)
AMOUNT = Role(
    (
        r"^(amount|total|revenue|net_amount|order_total|total_amount|sales_value|betrag|umsatz)$",
        r"(^|_)(total|amount|revenue|turnover|betrag|umsatz)(_|$)",
        r"(^|_)(sales|spend|spent|paid|value|net|gross|sum|mrr|charge|premium)(_|$)",
        r"^(price|cost|preis)$",
    ),
    lambda one: (
        _is_amount(one)
        and not re.search(r"quantity|qty|count|disc|tax|vat|unit_|refund|shipping", snake(one.name))
    ),
    "it holds numbers",
)
ORDER = Role(
    (
        rf"^(order|invoice|basket|transaction|receipt|sale|bill|bestell\w*|trans|bon){_ID}$",
        r"^(invoice|basket|receipt)$",
    ),
    lambda one: _is_id(one) and one.filled >= 0.8 and one.repeats > 1.05,
    "a value stands on several rows, the lines of one order",
)
CATEGORY = Role(
    (
        r"(^|_)(category|department|dept|kategorie|genre|section)(_|$)",
        r"(^|_)(product_type|product_group|class|brand|type)(_|$)",
        rf"^(product|item|sku|stock|article|artikel)({_ID})?$",
    ),
    lambda one: (
        (one.is_text or one.is_number)
        and one.fractional == 0
        and 1 < one.distinct <= MOST_CATEGORIES
        and one.repeats >= 3
    ),
    "it has few values for many rows",
)
CANCELLED = Role(
    (r"cancel|storn",), lambda one: one.is_time, "it holds times, and is empty where nothing was cancelled"
)
RECORDED = Role(
    (r"load|ingest|insert|record",), lambda one: one.is_time and one.filled > 0.95, "it holds times"
)
KIND = Role(
    (r"^(event|event_type|event_name|kind|action|activity_type)$", r"(^|_)(type|kind|action|category)$"),
    lambda one: one.is_text and 1 < one.distinct <= 60,
    "it has few values",
)
VALUE = Role(
    (r"(^|_)(satisfaction|score|rating|nps|csat|value)(_|$)",),
    lambda one: one.is_number and one.distinct > 1,
    "it holds numbers",
)
USER = Role(
    (r"^(user|person|employee|seat|contact)(_?id)?$",), _is_id, "it holds ids of people within a customer"
)
_PERIOD = re.compile(r"month|quarter|half|year|annual")
START = Role(
    (
        r"(^|_)(start|started|begin|began|from|beginn)(_|$)",
        r"^(signup|signed|issued|ts|date|created|opened)",
        r"(^|_)(date|at|on|ts)$",
    ),
    lambda one: one.is_time and one.filled >= 0.8 and not re.search(_END, snake(one.name)),
    "it holds times",
)
END = Role((_END,), lambda one: one.is_time, "it holds times, and is empty while the contract runs")
REASON = Role((r"reason|grund|cause",), lambda one: one.is_text and one.distinct <= 60, "it has few values")
TRIAL = Role((r"(^|_)trial(_|$)",), lambda one: one.is_flag, "it says yes or no")
SEATS = Role((r"^(seats|licen[cs]es|users)$",), lambda one: one.is_number, "it holds numbers")
TERM = Role(
    (r"(^|_)(term|billing_frequency|billing_period|billing_cycle|interval)(_|$)",),
    lambda one: bool(one.values) and all(_PERIOD.search(value.lower()) for value in one.values),
    "its values are lengths of time",
)
SINCE = Role(
    (r"since|joined|sign_?up|registered|created|first_seen|member_from", r"^(ts|date|start_date|opened)"),
    lambda one: one.is_time and one.filled > 0.5,
    "it holds times",
)
OWNER = Role(
    (r"^(owner|csm|account_manager|account_owner|sales_rep|kam|manager|betreuer)(_name|_email)?$",),
    lambda one: one.is_text and not one.unique,
    "it has few values for many customers",
)
OPTED_OUT = Role(
    (r"opt(ed)?_?out|no_contact|do_not|unsubscrib|dnc|werbesperre",),
    lambda one: one.is_flag,
    "it says yes or no",
)
SHOWN = re.compile(
    r"(^|_)(name|phone|mobile|tel|email|e_mail|mail|company|contact|first_name|last_name)(_|$)"
)
