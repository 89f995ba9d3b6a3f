"""What to call a business of which only files are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

NO_NAMES = {
    "",
    *("data", "raw", "input", "inputs", "tables", "export", "exports", "tmp", "temp", "csv", "parquet"),
    *("files", "shared", "project", "configs", "home", "root"),
    *("orders", "order", "transactions", "sales", "purchases", "invoices", "customers", "accounts", "users"),
    *("activity", "events", "logins", "subscriptions", "policies"),
}
"""Names of files and folders that say nothing of whose they are."""

SHIPPED = {"actions", "segments", "example", "completejourney"}
"""Names of configs that every project has."""


def business_name(files: Sequence[Path], directory: Path | None) -> str:
    """The folder's name where one was asked for, else that of the files or the folder they are in."""
    candidates = [directory.absolute().name] if directory is not None else []
    candidates += [files[0].name.split(".")[0], files[0].parent.name, Path.cwd().name]
    plain = (re.sub(r"[^\w.-]+", "-", name).strip("-.").lower() for name in candidates)
    name = next((name for name in plain if name not in NO_NAMES), "shop")
    return f"{name}-own" if name in SHIPPED else name
