"""The examples of docs/deploy are what their tools can read, and know every exit code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from retain import errors

DEPLOY = Path(__file__).parents[1] / "docs" / "deploy"
EXAMPLES = ("crontab", "retain-weekly.service", "retain-weekly.timer", "airflow_dag.py", "github-actions.yml")


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_every_example_is_in_the_table():
    there = {path.name for path in DEPLOY.iterdir()} - {"README.md"}
    assert there == set(EXAMPLES) == set(re.findall(r"\]\(([\w.-]+)\)", text("README.md")))


def test_every_exit_code_is_told():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")]
    codes = {0, *(kind.exit_code for kind in kinds)}
    assert {int(code) for code in re.findall(r"^\| (\d) \|", text("README.md"), re.MULTILINE)} == codes


def test_the_crontab_has_a_line_whose_command_is_shell():
    (line,) = [line for line in text("crontab").splitlines() if re.match(r"[\d*]", line)]
    *when, command = line.split(maxsplit=5)
    assert when == ["0", "4", "*", "*", "1"]
    assert "%" not in command  # cron takes it for the end of the command
    subprocess.run(["sh", "-n", "-c", command], check=True)


def test_the_workflow_is_yaml_with_shell_in_it():
    workflow = yaml.safe_load(text("github-actions.yml"))
    (step,) = [step for step in workflow["jobs"]["weekly"]["steps"] if step.get("name") == "retain weekly"]
    subprocess.run(["sh", "-n", "-c", step["run"]], check=True)


def test_the_dag_is_python():
    compile(text("airflow_dag.py"), "airflow_dag.py", "exec")


def test_the_dag_can_be_imported():
    pytest.importorskip("airflow", reason="Airflow is not installed")
    exec(compile(text("airflow_dag.py"), "airflow_dag.py", "exec"), {"__name__": "dag"})


@pytest.mark.parametrize("name", ["retain-weekly.service", "retain-weekly.timer"])
def test_systemd_can_read_the_unit(name, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd-analyze")
    for unit in ("retain-weekly.service", "retain-weekly.timer"):
        written = text(unit).replace("/opt/retain/bin/retain", "/bin/true").replace("User=retain\n", "")
        (tmp_path / unit).write_text(written)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Unknown" not in done.stderr
