"""Whether the sentences that features say can be said, before hours are spent on training."""

from __future__ import annotations

from retain.learning.feature import TABLES, Layout, expand
from retain.learning.matrix import MatrixSpec
from retain.lists.sentences import check_templates
from retain.steps.names import NAMES
from retain.steps.run import Run


def require_sayable(run: Run, spec: MatrixSpec) -> None:
    """Raise ConfigError for every sentence with a field that no table and no feature could give.

    A model is stored with sentences that were checked, so predicting need not do it again.
    """
    columns = [column for column, _ in spec.columns(run.features)]
    check_templates(columns, others=_elsewhere(run, spec))


def _elsewhere(run: Run, spec: MatrixSpec) -> list[str]:
    """The columns there would be if every table had every column that a feature needs."""
    every = run.definitions.features
    roles = frozenset(role.rpartition(".")[2] for one in every for role in one.needs)
    kinds = spec.layout.kinds
    widest = Layout(dict.fromkeys(TABLES, roles), kinds=kinds, valued_kinds=frozenset(kinds))
    return [*(column.name for column, _ in expand(every, widest)), *NAMES]
