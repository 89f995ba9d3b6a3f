from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest

from retain.errors import ConfigError, UsageError
from retain.project import FOLDERS, Definitions, _default, find, load_definitions

FEATURES = '''
from retain import feature

@feature(table="orders", windows=(7, 30))
def visits(span):
    """Visits in the window."""
    return span.count()
'''
MODELS = '''
from retain import model

class Flat:
    def __init__(self, share): self.share = share

@model(rule=True)
def flat(share=0.5):
    """The same for everyone."""
    return Flat(share)
'''
SOURCES = {"features/frequency.py": FEATURES, "models/flat.py": MODELS}


def project(folder: Path, sources: dict[str, str] = SOURCES) -> Path:
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for path, text in sources.items():
        (folder / path).write_text(text)
    return folder


def test_a_given_folder_is_taken(tmp_path: Path) -> None:
    found = find(project(tmp_path / "mine"))
    assert (found.path, found.origin) == (tmp_path / "mine", "given")


def test_a_given_folder_must_be_a_project(tmp_path: Path) -> None:
    (tmp_path / "features").mkdir()
    with pytest.raises(UsageError, match=r"is not a project: it has no folder models nor configs\."):
        find(tmp_path)


def test_the_nearest_project_above_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = project(project(tmp_path / "outer") / "inner") / "notebooks"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert find().path == inner.parent


def test_without_any_the_default_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert all((find().path / name).is_dir() for name in FOLDERS)


def test_the_default_is_the_bundled_copy_else_the_checkout(tmp_path: Path) -> None:
    package = project(tmp_path) / "src" / "retain"
    package.mkdir(parents=True)
    assert _default(package).path == tmp_path
    project(package / "_project")
    assert _default(package).path == package / "_project"


def test_without_definitions_of_its_own_retain_says_so(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with pytest.raises(UsageError, match="--project"):
        _default(tmp_path / "src" / "retain")


def test_features_belong_to_the_family_of_their_file(tmp_path: Path) -> None:
    (one,) = load_definitions(project(tmp_path)).features
    assert (one.name, one.family, one.doc) == ("visits", "frequency", "Visits in the window.")


def test_models_are_found_by_name(tmp_path: Path) -> None:
    models = load_definitions(project(tmp_path)).models
    assert models["flat"].rule
    assert models["flat"].build(share=0.1).share == 0.1


def test_definitions_are_rebuilt_from_their_text_alone(tmp_path: Path) -> None:
    loaded = load_definitions(find(project(tmp_path)))
    rebuilt = Definitions.from_sources(loaded.sources)
    assert (rebuilt.sources, rebuilt.digest) == (SOURCES, loaded.digest)
    assert [one.name for one in rebuilt.features] == ["visits"]


def test_the_digest_changes_with_the_text() -> None:
    changed = {**SOURCES, "features/frequency.py": FEATURES + "\n"}
    assert Definitions.from_sources(SOURCES).digest != Definitions.from_sources(changed).digest


def test_names_features_and_models_stay_free(tmp_path: Path) -> None:
    before = list(sys.path)
    load_definitions(project(tmp_path))
    assert not {"features", "models"} & set(sys.modules)
    assert sys.path == before


def test_an_imported_feature_belongs_to_its_own_file_alone() -> None:
    sources = {**SOURCES, "features/ratios.py": "from .frequency import visits"}
    assert [one.family for one in Definitions.from_sources(sources).features] == ["frequency"]


def test_underscored_files_are_only_imported() -> None:
    sources = {**SOURCES, "features/_shared.py": FEATURES.replace("visits", "hidden")}
    assert [one.name for one in Definitions.from_sources(sources).features] == ["visits"]


def test_two_features_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"features/a\.py and features/frequency\.py both define 'visits'"):
        Definitions.from_sources({**SOURCES, "features/a.py": FEATURES})


def test_a_broken_file_is_told_by_its_path_and_line(tmp_path: Path) -> None:
    folder = project(tmp_path, {"features/bad.py": "\n1 / 0"})
    with pytest.raises(ConfigError, match=rf"{folder}/features/bad\.py, line 2: ZeroDivisionError"):
        load_definitions(folder)


def test_estimators_pickle_within_the_process() -> None:
    flat = Definitions.from_sources(SOURCES).models["flat"].build()
    assert type(pickle.loads(pickle.dumps(flat))) is type(flat)


def test_estimators_load_where_the_project_is_not(tmp_path: Path) -> None:
    definitions = Definitions.from_sources(SOURCES)
    for module in definitions.modules:
        cloudpickle.register_pickle_by_value(module)
    (tmp_path / "flat.pkl").write_bytes(cloudpickle.dumps(definitions.models["flat"].build(share=0.2)))
    for module in definitions.modules:
        cloudpickle.unregister_pickle_by_value(module)
    code = "import pickle; print(pickle.load(open('flat.pkl', 'rb')).share)"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert run.stdout.strip() == b"0.2"
