"""The weekly list as an Airflow DAG (Airflow 3). Copy into the dags folder and set the three paths."""

import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

RETAIN = "/opt/retain/bin/retain"
CONFIG = "/etc/retain/shop.yaml"
HOME = "/var/lib/retain"


@dag(schedule="0 4 * * 1", start_date=datetime(2026, 1, 5), catchup=False, max_active_runs=1, tags=["retain"])
def retain_weekly():
    @task(retries=3, retry_delay=timedelta(minutes=15), execution_timeout=timedelta(hours=6))
    def weekly():
        code = subprocess.run([RETAIN, "weekly", "--config", CONFIG], cwd=HOME, check=False).returncode
        if code == 4:
            raise AirflowSkipException("another run holds the lock")
        if code in (2, 3):  # wrong config or data, or refused by a check: trying again changes nothing
            raise AirflowFailException(f"retain weekly ended with exit code {code}; its log says why")
        if code != 0:  # a service stayed away: try again
            raise AirflowException(f"retain weekly ended with exit code {code}")

    weekly()


retain_weekly()
