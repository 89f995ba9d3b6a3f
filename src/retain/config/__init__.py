"""The configuration of one business: a frozen typed tree, read from configs/<name>.yaml."""

from __future__ import annotations

from retain.config.document import Problem
from retain.config.loading import Inspect, dump, load, parse, redact
from retain.config.publishing import Publish
from retain.config.spark import Spark
from retain.config.tables import (
    ActivityColumns,
    ActivityTable,
    CustomersColumns,
    CustomersTable,
    OrdersColumns,
    OrdersTable,
    SubscriptionsColumns,
    SubscriptionsTable,
    Table,
    Tables,
)
from retain.config.tree import (
    Bands,
    Campaign,
    Churn,
    Config,
    Gates,
    Listing,
    Metrics,
    Mlflow,
    Training,
    Value,
)

__all__ = [
    "ActivityColumns",
    "ActivityTable",
    "Bands",
    "Campaign",
    "Churn",
    "Config",
    "CustomersColumns",
    "CustomersTable",
    "Gates",
    "Inspect",
    "Listing",
    "Metrics",
    "Mlflow",
    "OrdersColumns",
    "OrdersTable",
    "Problem",
    "Publish",
    "Spark",
    "SubscriptionsColumns",
    "SubscriptionsTable",
    "Table",
    "Tables",
    "Training",
    "Value",
    "dump",
    "load",
    "parse",
    "redact",
]
