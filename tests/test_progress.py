from __future__ import annotations

import pytest

from retain.progress import Progress, Silent


def test_silent_progress_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress: Progress = Silent()
    with progress.step("Reading orders", total=10) as step:
        step.advance(10)
    assert capsys.readouterr() == ("", "")
