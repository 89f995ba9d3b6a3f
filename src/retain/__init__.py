"""retain: event tables in, a ranked list of the customers about to be lost out.

`retain.open(config)` gives a `Project`, whose methods are the commands; `feature`, `model` and
`Span` are the words that definitions are written in; `ChurnClassifier` is the model by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retain.lazy import lazily

if TYPE_CHECKING:
    from retain.api import Project, open
    from retain.events.span import Span, ratio
    from retain.learning.classifier import ChurnClassifier
    from retain.learning.feature import Feature, feature
    from retain.learning.model import Model, model

__version__ = "0.1.0"

__all__ = [
    "ChurnClassifier",
    "Feature",
    "Model",
    "Project",
    "Span",
    "feature",
    "model",
    "open",
    "ratio",
]

_HOME = {
    "ChurnClassifier": "retain.learning.classifier",
    "Feature": "retain.learning.feature",
    "Model": "retain.learning.model",
    "Project": "retain.api",
    "Span": "retain.events.span",
    "feature": "retain.learning.feature",
    "model": "retain.learning.model",
    "open": "retain.api",
    "ratio": "retain.events.span",
}

# A public name is imported when it is first asked for: `retain --help` pays for none of them.
__getattr__ = lazily(__name__, _HOME)
