"""Values changed in a config's text, everything else as it was."""

from __future__ import annotations

import pytest

from retain.config.edit import edited, places, rewrite
from retain.errors import ConfigError, UsageError

TEXT = """# the shop
name: shop   # its name
churn: {horizon: 60, active_within: '180'}  # a window
tables:
  orders: {source: o.csv}
"""
HORIZON = ("churn", "horizon")


def test_only_the_value_changes():
    assert edited(TEXT, {HORIZON: 45}) == TEXT.replace("60", "45")


def test_several_values_change_at_once_whatever_their_order():
    changed = edited(TEXT, {("churn", "active_within"): 90, HORIZON: 120})
    assert "{horizon: 120, active_within: 90}  # a window" in changed


def test_a_block_keeps_its_comment():
    text = "churn:\r\n  horizon: 60   # lost after this\r\n  # more\r\n"
    assert edited(text, {HORIZON: 7}) == text.replace("60", "7")


@pytest.mark.parametrize("text", ["churn: {}", "name: x", "churn: {horizon: [1]}", "churn: 5"])
def test_a_value_that_is_not_written_out_is_refused(text):
    with pytest.raises(UsageError, match=r"churn\.horizon is not written out"):
        edited(text, {HORIZON: 7})


def test_a_value_from_the_environment_is_refused():
    with pytest.raises(UsageError, match="comes from the environment"):
        edited("churn: {horizon: '${DAYS:-60}'}", {HORIZON: 7})


def test_the_keys_that_the_text_gives_are_known():
    assert places(TEXT, "churn") == ("horizon", "active_within")
    assert places(TEXT, "list") == ()


def test_a_file_is_changed_through_a_link_and_keeps_its_mode(tmp_path):
    file, link = tmp_path / "shop.yaml", tmp_path / "link.yaml"
    file.write_bytes(b"\xef\xbb\xbfchurn:\r\n  horizon: 60\r\n")
    file.chmod(0o640)
    link.symlink_to(file)
    rewrite(link, {HORIZON: 90})
    assert file.read_bytes() == b"\xef\xbb\xbfchurn:\r\n  horizon: 90\r\n"
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "shop.yaml"]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no config file"):
        rewrite(tmp_path / "none.yaml", {HORIZON: 90})
