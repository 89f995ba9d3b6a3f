"""A real Chromium, and pages in it that are watched for errors and for requests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from missing import missing

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Opened:
    """A page, what it said on the console, and what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium")
    with sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a page; at the end it must have said nothing and asked for nothing but itself."""
    opened: list[Opened] = []

    def open_page(html: str, *, width: int = 1440, height: int = 900, **options: Any) -> Opened:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        one = Opened(page)
        page.on("console", lambda message: one.said.append(message.text))
        page.on("pageerror", lambda error: one.said.append(str(error)))
        page.on("dialog", lambda dialog: (one.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: one.asked.append(request.url))
        page.goto(path.as_uri())
        opened.append(one)
        return one

    yield open_page
    for number, one in enumerate(opened):
        one.page.close()
        assert one.said == []
        foreign = [
            url for url in one.asked if url not in ((tmp_path / f"page{number}.html").as_uri(), "data:,")
        ]
        assert foreign == []
