"""Where runs and models are kept. Only this package imports MLflow, which takes seconds: import it late."""

import os

# Nothing about a company's customers or models is reported to MLflow's makers unless the user asks for it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


from retain.tracking.dated import AS_OF, DATA_END, version_of
from retain.tracking.evaluations import EvaluationRecord, log_evaluation
from retain.tracking.packaging import ChurnModel, Package
from retain.tracking.registry import (
    CHALLENGER,
    CHAMPION,
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
