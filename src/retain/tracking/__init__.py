"""Where runs and models are kept. Only this package imports MLflow, which takes seconds: import it late."""

import os
from typing import TYPE_CHECKING

from retain.lazy import lazily

# Nothing about a company's customers or models is reported to MLflow's makers unless the user asks for it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

if TYPE_CHECKING:
    from retain.tracking.dated import AS_OF, DATA_END, version_of
    from retain.tracking.evaluations import EvaluationRecord, log_evaluation
    from retain.tracking.packaging import ChurnModel, Package
    from retain.tracking.pointer import CHAMPION
    from retain.tracking.registry import (
        CHALLENGER,
        Loaded,
        Version,
        champion,
        list_versions,
        load,
        require_answering,
        roll_back,
        set_alias,
    )
    from retain.tracking.runs import Registered, TrainingRecord, log_training

__all__ = [
    "TrainingRecord",
    "Registered",
    "log_training",
    "EvaluationRecord",
    "log_evaluation",
    "Loaded",
    "load",
    "require_answering",
    "Version",
    "champion",
    "list_versions",
    "set_alias",
    "roll_back",
    "AS_OF",
    "DATA_END",
    "version_of",
    "CHAMPION",
    "CHALLENGER",
    "Package",
    "ChurnModel",
]

_HOME = {
    "AS_OF": "retain.tracking.dated",
    "DATA_END": "retain.tracking.dated",
    "version_of": "retain.tracking.dated",
    "EvaluationRecord": "retain.tracking.evaluations",
    "log_evaluation": "retain.tracking.evaluations",
    "ChurnModel": "retain.tracking.packaging",
    "Package": "retain.tracking.packaging",
    "CHALLENGER": "retain.tracking.registry",
    "CHAMPION": "retain.tracking.pointer",
    "Loaded": "retain.tracking.registry",
    "Version": "retain.tracking.registry",
    "champion": "retain.tracking.registry",
    "list_versions": "retain.tracking.registry",
    "load": "retain.tracking.registry",
    "require_answering": "retain.tracking.registry",
    "roll_back": "retain.tracking.registry",
    "set_alias": "retain.tracking.registry",
    "Registered": "retain.tracking.runs",
    "TrainingRecord": "retain.tracking.runs",
    "log_training": "retain.tracking.runs",
}

# As `retain` does: a step that loads no model pays nothing.
__getattr__ = lazily(__name__, _HOME)
