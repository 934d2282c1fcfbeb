"""The settings of a record in MLflow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from mobilenas.settings import NonEmpty, settings
from mobilenas.tracking.base import Tracker
from mobilenas.tracking.log import Log, need
from mobilenas.tracking.series import reason_of

DATABASE, FILES = "mlflow.db", "mlflow-files"


@settings
class MlflowLog(Log):
    """A record in MLflow: one MLflow run for a run, over all its stages, which goes on under the same id.

    Args:
        uri: the address of MLflow's server or database; by default MLFLOW_TRACKING_URI, and if that is not set the
            database ``mlflow.db`` beside the runs
        experiment: the experiment in MLflow
        files: whether the files of the stages are copied to MLflow
    """

    name: ClassVar[str] = "mlflow"
    title: ClassVar[str] = "MLflow"

    uri: NonEmpty | None = None
    experiment: NonEmpty = "mobilenas"
    files: bool = True

    def __post_init__(self) -> None:
        if self.uri and not (urlsplit(self.uri).scheme and "://" in self.uri):
            raise ValueError(
                f"MlflowLog: uri must be an address, sqlite:///PATH for a file or http://HOST:PORT for a server, not"
                f" {self.uri!r}."
            )

    def check(self) -> None:
        """Raises ValueError unless MLflow's packages are installed, and its server or database answers."""
        for package in ("mlflow", "sqlalchemy", "alembic"):
            need(package, "mlflow")
        if address := self._given:
            try:
                client_of(address).search_experiments(max_results=1)
            except Exception as error:  # MLflow hands on those of databases and of the network
                raise ValueError(
                    f"MLflow cannot be reached at {address} ({reason_of(error)}): correct logger.uri or"
                    " MLFLOW_TRACKING_URI, or leave both out, and the record is kept beside the runs."
                ) from None

    def open(self, folder: Path, kept: str) -> Tracker:
        from mobilenas.tracking.mlflow_run import MlflowTracker

        beside = folder.absolute().parent
        address = self._given or f"sqlite:///{beside / DATABASE}"
        files = None if self._given else (beside / FILES).as_uri()
        return MlflowTracker(client_of(address), folder, self.experiment, files, kept, self.files)

    @property
    def _given(self) -> str | None:
        return self.uri or os.environ.get("MLFLOW_TRACKING_URI") or None


def client_of(address: str) -> Any:
    """Returns MLflow's client; it sends nothing about its use to MLflow's makers, and tries an address only briefly."""
    import logging

    for name, value in (
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "10"),
    ):
        os.environ.setdefault(name, value)
    for name in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # an error is told by whoever calls, without a traceback
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address)
