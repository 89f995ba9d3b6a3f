"""Messages to people: mail, Slack, Teams and whatever else Apprise reaches."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

INSTALL = "nobody can be notified without Apprise: pip install 'retain[notify]'"


@dataclass(frozen=True)
class Message:
    """What one message says; plain text."""

    title: str
    body: str


def send(address: str, message: Message) -> str | None:
    """Send a message to one Apprise URL; why it was not delivered, None where it was.

    Never raises, and never names the address: it holds passwords and tokens.
    """
    try:
        import apprise  # an optional package
    except ModuleNotFoundError:
        return INSTALL
    with _quietly():
        try:
            target = apprise.Apprise()
            if not target.add(address):
                return f"{scheme(address)} address: Apprise does not know how to read it"
            sent = target.notify(body=message.body, title=message.title, body_format="text")
        except Exception as error:  # whatever a service's plugin may raise: a notice never stops the job
            return f"{scheme(address)} address: {type(error).__name__}"
    return None if sent else f"{scheme(address)} address: the message was not accepted"


def scheme(address: str) -> str:
    """What kind of address it is, the only part of it that may be shown."""
    return address.partition("://")[0] if "://" in address else "unreadable"


@contextmanager
def _quietly() -> Iterator[None]:
    """Apprise logs addresses, and warns of its own code; nothing of that is ours to print."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
