"""The lists of contracts that are published beside the list of customers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from retain.events.engine import Events
from retain.lists import contract_lists, files, holdout, publish, skipped
from retain.steps.listing import Drawn
from retain.steps.run import Run

CANCELLED, ENDING = "cancelled_running", "ending_soon"
LONGEST = 90


@dataclass(frozen=True)
class ContractLists:
    """Contracts cancelled but still running, and what is about to end within `within` days; by name."""

    within: int = 0
    lists: dict[str, pd.DataFrame] = field(default_factory=dict)

    def files(self, *, bom: bool) -> dict[str, publish.Writer]:
        """Each list as CSV and Parquet."""
        written: dict[str, publish.Writer] = {}
        for name, frame in self.lists.items():
            written[f"{name}.parquet"] = files.parquet(frame)
            written[f"{name}.csv"] = files.table(frame, bom=bom)
        return written

    @property
    def sheets(self) -> dict[str, pd.DataFrame]:
        """Each list for a sheet of the workbook, by its title."""
        titles = {CANCELLED: "Cancelled, still running", ENDING: "Ending soon"}
        return {titles[name]: _dated(frame) for name, frame in self.lists.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is on the lists, as sentences."""
        if not self.lists:
            return ()
        cancelled, ending = len(self.lists[CANCELLED]), len(self.lists[ENDING])
        return (
            f"{cancelled:,} {_contracts(cancelled)} cancelled but still running: see {CANCELLED}.csv",
            f"{ending:,} contracts, trials or introductory prices end or renew within {self.within} days: "
            f"see {ENDING}.csv",
        )


def contract_lists_of(run: Run, events: Events, drawn: Drawn) -> ContractLists:
    """The lists as of the day, without customers who opted out or are held out; none without contracts."""
    if run.config.tables.subscriptions is None:
        return ContractLists()
    running, trial_days = events.running_contracts()
    running = running[~running["customer_id"].isin(_spared(drawn))]
    as_of, within = events.summary.as_of, min(run.config.churn.horizon, LONGEST)
    found = {
        CANCELLED: contract_lists.cancelled_running(running, as_of=as_of),
        ENDING: contract_lists.ending_soon(running, as_of=as_of, within=within, trial_days=trial_days),
    }
    return ContractLists(within, {name: _completed(events, drawn, frame) for name, frame in found.items()})


def _spared(drawn: Drawn) -> set[str]:
    held = drawn.listed.loc[drawn.listed["group"] == holdout.HOLDOUT, "customer_id"]
    opted_out = drawn.skipped.loc[drawn.skipped["reason"] == skipped.OPTED_OUT, "customer_id"]
    return {*held.astype(str), *opted_out.astype(str)}


def _completed(events: Events, drawn: Drawn, frame: pd.DataFrame) -> pd.DataFrame:
    """With the customer's risk, and what there is to show of them."""
    risk = drawn.scores.set_index("customer_id")["churn_probability"]
    people = events.facts([str(one) for one in frame["customer_id"]]).drop(
        columns="opted_out", errors="ignore"
    )
    shown = people.reset_index(drop=True)
    own = shown[[name for name in shown if name not in frame]]
    return frame.assign(churn_probability=frame["customer_id"].map(risk)).join(own)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Dates as ISO text."""
    named = {name: frame[name].dt.strftime("%Y-%m-%d") for name in files.CONTRACT_DATES if name in frame}
    return frame.assign(**named)


def _contracts(count: int) -> str:
    return "contract is" if count == 1 else "contracts are"
