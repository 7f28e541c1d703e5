"""The report every Monday as an Airflow DAG: exit code 11 skips the task, any other but 0 fails it."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="outcomes_report",
    schedule="15 6 * * 1",
    start_date=datetime(2026, 1, 5),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="report",
        bash_command=(
            "outcomes report /srv/study/study.toml --out /srv/reports"
            " --as-of {{ data_interval_end | ds }} --json"
        ),
        skip_on_exit_code=11,
        retries=2,
        retry_delay=timedelta(minutes=15),
    )
