"""The project as one DAG of Cosmos, a task per view; script/bench copies it into Airflow's folder of DAGs."""

import os
from datetime import timedelta
from pathlib import Path

from cosmos import DbtDag, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, LoadMode, TestBehavior

project = Path(os.environ["BENCH_PROJECT"])

dag = DbtDag(
    dag_id="bench",
    schedule=None,
    catchup=False,
    # A manifest is what Cosmos recommends: to read the DAG needs no dbt.
    project_config=ProjectConfig(project, manifest_path=os.environ["BENCH_MANIFEST"], install_dbt_deps=False),
    profile_config=ProfileConfig("bikes", "postgres", profiles_yml_filepath=project / "profiles.yml"),
    execution_config=ExecutionConfig(execution_mode=ExecutionMode(os.environ["BENCH_MODE"])),
    render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, test_behavior=TestBehavior.NONE),
    # On a busy machine Airflow's scheduler fails a sensor whose trigger fires before it has seen that it was deferred.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
)
