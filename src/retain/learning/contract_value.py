"""What a subscriber is worth who stays: what the contracts that run now bring in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.valuation import Valuation, ValueModel, ValueReport

AMOUNT = "contract_amount"
MONTH = 30.436875  # days
NOTE = (
    "What a customer is worth is the amount of their contracts (tables.subscriptions.columns.amount), which "
    "is taken to be a month's, over {days} days (value.horizon)."
)


@dataclass(frozen=True)
class ContractSpend:
    """The amounts of the contracts that run, a month each, over `horizon` days; unknown is nothing."""

    horizon: int

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """(rows,) revenue expected of who stays."""
        return np.asarray(np.nan_to_num(X[AMOUNT].to_numpy(np.float64)) * self.horizon / MONTH)


def contract_valuation(horizon: int) -> Valuation:
    """The valuation of a business that knows contracts and no orders with amounts."""
    report = ValueReport(AMOUNT, horizon, notes=(NOTE.format(days=horizon),))
    return Valuation(ValueModel(AMOUNT, ContractSpend(horizon), (AMOUNT,), horizon), report)
