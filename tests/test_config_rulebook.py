"""The other files of configs/."""

from __future__ import annotations

import pytest
from pydantic import Field

from retain.config.rulebook import find_rules, read_rules
from retain.config.values import Positive, Section, Text
from retain.errors import ConfigError


class Door(Section):
    width: Positive


class House(Section):
    name: Text
    doors: dict[Text, Door] = Field(default_factory=dict)
    rooms: tuple[dict[Text, Door], ...] = ()


def read(folder, text):
    path = folder / "house.yaml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path, House)


def test_rules_are_read_into_their_tree(tmp_path):
    house = read(tmp_path, "name: home\ndoors: {front: {width: 90}}\n")
    assert house.doors["front"].width == 90


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: home\ndoors: {front: {widht: 90}}", "doors.front.widht: unknown key; did you mean 'width'?"),
        ("name: home\nrooms: [{a: {widht: 9}}]", "rooms[0].a.widht: unknown key; did you mean 'width'?"),
        ("name: home\ndoors: {front: {width: 0}}", "doors.front.width: expected more than 0"),
        ("doors: {}", "name: missing"),
        ("name: a\nname: b", "name"),
        ("name: ${NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, text, said):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert str(error.value).startswith(f"1 mistake in {tmp_path / 'house.yaml'}:")


def test_the_first_folder_that_has_the_file_is_taken(tmp_path):
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        folder.mkdir()
    (shipped / "segments.yaml").touch()
    assert find_rules("segments.yaml", (own, shipped)) == shipped / "segments.yaml"
    (own / "segments.yaml").touch()
    assert find_rules("segments.yaml", (own, shipped)) == own / "segments.yaml"


def test_a_file_that_is_nowhere_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"There is no segments\.yaml in"):
        find_rules("segments.yaml", (tmp_path,))
