"""The corner shop, trained once for every test that only looks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import corner_shop
from retain.api import Project
from retain.steps.results import PredictResult, TrainResult


@dataclass(frozen=True)
class Trained:
    """A shop after `retain train` and `retain predict`."""

    folder: Path
    project: Project
    result: TrainResult
    listed: PredictResult

    def elsewhere(self, output: Path) -> Project:
        """The same shop and model, its lists in another folder."""
        config = self.project.config.model_copy(update={"output": output})
        return replace(self.project, config=config)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, store_uri):
    folder = tmp_path_factory.mktemp("corner shop")
    corner_shop.write(folder)
    corner_shop.add(folder / "orders.csv", ",2019-03-01,5,food", "0001,31/02/2019,5,food")
    project = corner_shop.opened(folder, store=store_uri)
    result = project.train()
    return Trained(folder, project, result, project.predict())


@pytest.fixture
def shop(tmp_path, store_uri, request):
    """Write the corner shop and open it under a name of its own."""

    def _shop(*, customers=240, leaving=True, **changes):
        corner_shop.write(tmp_path, customers=customers, leaving=leaving)
        name = {"name": request.node.originalname.removeprefix("test_")}
        return corner_shop.opened(tmp_path, store=store_uri, **{**name, **changes})

    return _shop


@pytest.fixture
def copy(trained, tmp_path, store_uri):
    """The trained shop's tables in a folder of the test's own, with the model they were trained into."""

    def _copy(**changes):
        for file in trained.folder.glob("*.csv"):
            shutil.copy(file, tmp_path)
        return corner_shop.opened(tmp_path, store=store_uri, **changes)

    return _copy
