"""A connection to PostgreSQL: tried again when lost, explained when refused."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from retain.config.document import hide
from retain.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    import psycopg

Result = TypeVar("Result")

WAITS = (1.0, 4.0, 15.0)
"""Seconds before the second, third and last try."""

# A server that vanished without a word is noticed within a minute or two, not after the system's two hours.
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "application_name": "retain",
}
# What values look like, whatever the role or the database has set; `lock_timeout` ends a wait behind a table
# that somebody else holds for good.
_SETTINGS = (
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lock_timeout = '5min'; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"
)
_WAIT_AND_SEE = ("too many", "connection slots", "starting up", "shutting down", "recovery")
# Connection lost, resources short, server going down, a standby's conflict, a lock not had.
_PASSING = ("08", "53", "57", "58", "40", "55P03")

_UNESCAPED = re.compile(r"(postgres(?:ql)?://[^:@/?]*):(.*)@([^@]*)", re.DOTALL)


class Lost(Unavailable):
    """The server did not answer, or the connection broke: another try may do."""


def driver() -> ModuleType:
    """psycopg; raises ConfigError where it is not installed."""
    try:
        import psycopg  # an extra: those who read files need not have it
    except ImportError as error:
        raise ConfigError(
            "PostgreSQL needs a package that is not installed: pip install 'retain[postgres]'"
        ) from error
    return psycopg


def shown(url: str) -> str:
    """The address as anybody may see it: server and database, no user and no password."""
    parts = _parts(url)
    host, port = parts.get("host") or "localhost", parts.get("port") or "5432"
    where = host if port == "5432" else f"{host}:{port}"
    return f"postgresql://{where}/{parts.get('dbname') or parts.get('user') or ''}"


def escaped(url: str) -> str:
    """The address, its password escaped where it holds characters that end it too early."""
    match = _UNESCAPED.fullmatch(url) if _parsed(url) is None else None
    return f"{match[1]}:{quote(match[2], safe='')}@{match[3]}" if match else url


@contextmanager
def connected(url: str, *, place: str, readonly: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A connection in one transaction: committed where the block ends well, undone where it raises.

    readonly: REPEATABLE READ READ ONLY, so that everything is seen as it stood at the first statement.
    place: where the config names the address. Raises Lost for what may pass, ConfigError for the rest: a
    wrong password, an unknown table, a statement that is refused.
    """
    psycopg = driver()
    with answering(url, place=place):
        connection = _connect(url, place=place)
        with connection:
            levels = psycopg.IsolationLevel
            connection.isolation_level = levels.REPEATABLE_READ if readonly else levels.READ_COMMITTED
            connection.read_only = readonly
            connection.execute(_SETTINGS)
            yield connection


@contextmanager
def answering(url: str, *, place: str, hint: str = "") -> Iterator[None]:
    """Turn the server's errors into sentences that hold no secret; the hint follows a refusal."""
    psycopg = driver()
    try:
        yield
    except psycopg.Error as error:
        said = _said(error, url)
        if _may_pass(error, psycopg):
            raise Lost(f"{place}: {shown(url)} does not answer ({said})") from error
        raise ConfigError(f"{place}: {shown(url)} refuses: {said}{hint}") from error


def persistently(work: Callable[[], Result]) -> Result:
    """What `work` gives; when the connection is lost it is begun anew, after a longer and longer wait.

    Raises Unavailable (Lost) after the last try.
    """
    for seconds in WAITS:
        with suppress(Lost):
            return work()
        time.sleep(seconds)
    try:
        return work()
    except Lost as error:
        raise Unavailable(f"{error}; tried {len(WAITS) + 1} times. Run again when it is back") from error


def _connect(url: str, *, place: str) -> psycopg.Connection[Any]:
    """One connection; tells a server that is away from one that is there and says no."""
    psycopg = driver()
    settings: Mapping[str, Any] = {**_PATIENCE, **_parts(url), "client_encoding": "UTF8"}
    try:
        return psycopg.connect(**settings)  # type: ignore[no-any-return]  # psycopg is loaded when needed
    except psycopg.OperationalError as error:
        said = _said(error, url)
        address = psycopg.conninfo.make_conninfo(**settings).encode()
        away = psycopg.pq.PGconn.ping(address) != psycopg.pq.Ping.OK
        if away or any(words in said for words in _WAIT_AND_SEE):
            raise Lost(f"{place}: {shown(url)} does not answer ({said})") from error
        raise ConfigError(f"{place}: {shown(url)} refuses: {said}") from error


def _parts(url: str) -> dict[str, Any]:
    """The address's parts, also where a password in it holds characters that should have been escaped.

    Raises ConfigError for what is no address.
    """
    parsed = _parsed(escaped(url))
    if parsed is None:
        raise ConfigError(
            "PostgreSQL cannot read the address; write it like postgresql://user:${PGPASSWORD}@host/database"
        )
    return parsed


def _parsed(url: str) -> dict[str, Any] | None:
    """As libpq reads it; None where it cannot, or finds the end of a password in its middle."""
    psycopg = driver()
    try:
        parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return None
    torn = any("@" in str(parts.get(name, "")) for name in ("host", "port", "dbname"))
    return None if torn else parts


def _may_pass(error: Exception, psycopg: ModuleType) -> bool:
    state = getattr(error, "sqlstate", None)
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return str(state).startswith(_PASSING)


def _said(error: Exception, url: str) -> str:
    """The server's own words on one line, without the password."""
    diag = getattr(error, "diag", None)
    words = (diag and diag.message_primary) or str(error).strip().partition("\n")[0]
    detail = words.rpartition("FATAL:")[2].strip() or type(error).__name__
    password = str(_parts(url).get("password") or "")
    return hide(detail, (password,) if len(password) > 2 else ())
