"""A corpus: recorded learning curves as arrays, with their configurations and metric."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from simlab.corpus.matrices import Matrices, put_together
from simlab.corpus.observations import FeatureMatrix, Prefixes, TrainingSet
from simlab.corpus.schema import (
    AP_PREFIX,
    COMPLETED,
    DIVERGED,
    HP_PREFIX,
    configs_in_order,
    curves_in_order,
    feature_columns,
    offenders,
)
from simlab.corpus.validation import find_problems, refuse
from simlab.errors import CorpusError
from simlab.metric import Metric

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Corpus:
    """N recorded learning curves of at most T epochs.

    Build one with :func:`simlab.load`, :meth:`Corpus.from_frame` or :meth:`Corpus.from_tables`; those check
    the data contract. Rows of every array follow ``config_ids``, which are sorted.

    Attributes
    ----------
    name : str
        Short name, e.g. ``"metaqnn-cifar10"``.
    metric : Metric
        Name, direction and bounds of the recorded value.
    config_ids : ndarray of str, shape (N,)
    lengths : ndarray of int, shape (N,)
        Recorded epochs of each curve; 0 for a run that ended before its first epoch did.
    status : ndarray of str, shape (N,)
        ``completed``, ``diverged``, ``censored`` or ``failed``.
    series : mapping of str to ndarray, each of shape (N, T)
        Every recorded series (``value``, ``seconds``, losses), NaN beyond a curve's end.
    configs : polars.DataFrame
        One row per configuration: status, reason, seed, ``ap_*``, ``hp_*``, architecture.
    metadata : mapping
        Provenance as recorded.

    Examples
    --------
    >>> frame = {"run": [1, 1, 2, 2], "step": [1, 2, 1, 2], "acc": [0.2, 0.6, 0.3, 0.5]}
    >>> corpus = Corpus.from_frame(pl.DataFrame(frame), config_id="run", epoch="step", value="acc",
    ...                            direction="maximize", bounds=(0, 1))
    >>> corpus
    Corpus('runs', 2 configurations x 2 epochs, acc maximize)
    >>> corpus.final_values
    array([0.6, 0.5])
    """

    name: str
    metric: Metric
    config_ids: npt.NDArray[np.str_]
    lengths: Integers
    status: npt.NDArray[np.str_]
    series: Mapping[str, Floats]
    configs: pl.DataFrame
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_tables(
        cls,
        curves: pl.DataFrame,
        configs: pl.DataFrame,
        metric: Metric,
        *,
        name: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> Corpus:
        """Build a corpus from the two tables of the data contract.

        Parameters
        ----------
        curves, configs : polars.DataFrame
            As in ``curves.parquet`` and ``configs.parquet``.
        metric : Metric
        name : str
        metadata : mapping, optional
            Provenance.

        Raises
        ------
        CorpusError
            With every broken rule, its count and first offenders.
        """
        refuse(find_problems(curves, configs, metric), source=name)
        matrices = [Matrices.of(curves_in_order(curves))]
        return cls.from_matrices(matrices, configs, metric, name=name, metadata=metadata)

    @classmethod
    def from_matrices(
        cls,
        parts: Sequence[Matrices],
        configs: pl.DataFrame,
        metric: Metric,
        *,
        name: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> Corpus:
        """Build a corpus from curves that were laid out, and checked, in one part or several.

        Raises
        ------
        CorpusError
            If a column is declared ``log_scaled`` and holds what is not positive.
        """
        configs = configs_in_order(configs)
        _check_log_scaled(configs, (metadata or {}).get("log_scaled", ()), name)
        ids = configs["config_id"].to_numpy().astype(np.str_)
        lengths, series = put_together(parts, ids)
        return cls(
            name=name,
            metric=metric,
            config_ids=ids,
            lengths=lengths,
            status=configs["status"].to_numpy().astype(np.str_),
            series=series,
            configs=configs,
            metadata=dict(metadata or {}),
        )

    @classmethod
    def from_frame(cls, frame: IntoDataFrame, **columns: Any) -> Corpus:
        """Build a corpus from any long table of past runs.

        A shortcut for :func:`simlab.corpus.tables.tables_from_frame` and :meth:`from_tables`.

        Parameters
        ----------
        frame : any eager data frame (pandas, Polars, PyArrow, ...)
            One row per run and epoch.
        **columns
            ``config_id``, ``epoch`` and ``value`` name the columns, ``direction`` says which way is better;
            further options as in :func:`simlab.corpus.tables.tables_from_frame`.

        Raises
        ------
        CorpusError
            If a column is missing or a rule of the data contract is broken.
        """
        from simlab.corpus.tables import tables_from_frame

        name = columns.pop("name", "runs")
        curves, configs, metric = tables_from_frame(frame, **columns)
        return cls.from_tables(curves, configs, metric, name=name)

    def __len__(self) -> int:
        return len(self.config_ids)

    def __repr__(self) -> str:
        size = f"{len(self)} configurations x {self.n_epochs} epochs"
        return f"Corpus({self.name!r}, {size}, {self.metric.name} {self.metric.direction})"

    @classmethod
    def from_parquet(cls, path: str | Path, **columns: Any) -> Corpus:
        """Build a corpus from a Parquet file that holds any long table of past runs, however many.

        As :meth:`from_frame`, but the table is read and checked in blocks and never lies in memory as a
        whole. Where there are several, of about a million rows each, the rows of a run must stand together.

        Parameters
        ----------
        path : path
        **columns
            As in :meth:`from_frame`.

        Raises
        ------
        CorpusError
            If the file cannot be read, a column is missing, a rule of the data contract is broken, or the
            rows of a run stand apart.

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "runs.parquet"
        >>> frame = pl.DataFrame({"run": ["a", "a", "b"], "step": [1, 2, 1], "loss": [0.9, 0.5, 0.7]})
        >>> frame.write_parquet(path)
        >>> Corpus.from_parquet(path, config_id="run", epoch="step", value="loss", direction="minimize")
        Corpus('runs', 2 configurations x 2 epochs, loss minimize)
        """
        from simlab.corpus.tables import matrices_from_parquet

        name = columns.pop("name", "runs")
        matrices, configs, metric = matrices_from_parquet(Path(path), **columns)
        return cls.from_matrices(matrices, configs, metric, name=name)

    @property
    def n_epochs(self) -> int:
        """T, the length of the longest curve."""
        return int(self.values.shape[1])

    @property
    def values(self) -> Floats:
        """Recorded values, shape (N, T), NaN beyond a curve's end."""
        return self.series["value"]

    @cached_property
    def scores(self) -> Floats:
        """Values turned so that larger is better, shape (N, T)."""
        return self.metric.score(self.values)

    @property
    def has_seconds(self) -> bool:
        """Whether the cost of each epoch was recorded."""
        return "seconds" in self.series

    @cached_property
    def final_values(self) -> Floats:
        """Final value y_T of each configuration, shape (N,).

        The last value of a completed curve; the metric's worst for a diverged one; NaN where there is none
        (censored, failed).
        """
        last = self.values[np.arange(len(self)), np.maximum(self.lengths, 1) - 1]
        worst = np.nan if self.metric.worst is None else self.metric.worst
        return np.where(self.status == COMPLETED, last, np.where(self.status == DIVERGED, worst, np.nan))

    @cached_property
    def final_scores(self) -> Floats:
        """Final values turned so that larger is better, shape (N,)."""
        return self.metric.score(self.final_values)

    @cached_property
    def completed(self) -> Integers:
        """Indices of the completed configurations."""
        return np.flatnonzero(self.status == COMPLETED)

    @cached_property
    def best(self) -> Integers:
        """Indices of the completed configurations with the best final value (several where they tie)."""
        scores = np.where(self.status == COMPLETED, self.final_scores, -np.inf)
        return np.flatnonzero(scores == scores.max())

    @property
    def best_value(self) -> float:
        """Best final value in the corpus."""
        return float(self.final_values[self.best[0]])

    @cached_property
    def standard_error(self) -> float | None:
        """Standard error of the best final value, or None where it cannot be known."""
        return self.standard_error_of(self.best_value)

    def standard_error_of(self, value: float) -> float | None:
        """Return the standard error of a recorded value, or None where it cannot be known.

        Binomial, ``sqrt(p (1 - p) / n)``, for a proportion p measured on the n validation examples named in
        the metadata (``data.validation``).

        Parameters
        ----------
        value : float
            In the metric's unit.
        """
        n = self.metadata.get("data", {}).get("validation")
        if not (self.metric.is_proportion and n):
            return None
        return float(np.sqrt(value * (1 - value) / n))

    @property
    def log_scaled(self) -> tuple[str, ...]:
        """Feature columns that spread evenly on a logarithmic scale, as metadata say (``log_scaled``)."""
        return tuple(self.metadata.get("log_scaled", ()))

    @cached_property
    def architecture_parameters(self) -> FeatureMatrix:
        """The AP features (``ap_`` columns); those that metadata call ``log_scaled`` as log10."""
        return self._features(AP_PREFIX, self.log_scaled)

    @cached_property
    def hyperparameters(self) -> FeatureMatrix:
        """The HP features (``hp_`` columns); those that metadata call ``log_scaled`` as log10."""
        return self._features(HP_PREFIX, self.log_scaled)

    def _features(self, prefix: str, log_scaled: Sequence[str]) -> FeatureMatrix:
        names = feature_columns(self.configs, prefix)
        matrix = np.empty((len(self), len(names)))
        for position, column in enumerate(names):
            values = self.configs[column].cast(pl.Float64).to_numpy()
            matrix[:, position] = np.log10(values) if column in log_scaled else values
        return FeatureMatrix(tuple(names), matrix)

    def training_set(self, indices: Sequence[int] | Integers, horizon: int | None = None) -> TrainingSet:
        """Return fully observed curves to fit a predictor on.

        Configurations without a target (censored or failed ones, for whom nobody has seen it) are left out,
        and their number is kept in ``n_without_target``.

        Parameters
        ----------
        indices : sequence of int, shape (n,)
        horizon : int, optional
            Epoch whose score is the target, y_r in a rung of Hyperband, instead of the final one; nothing
            later is handed out. A curve that ended before it has its final score as target.
        """
        asked = np.asarray(indices, dtype=np.int64)
        last = self.n_epochs if horizon is None else horizon
        targets = self.final_scores[asked]
        if horizon is not None:
            reached = self.lengths[asked] >= horizon
            targets = np.where(reached, self.scores[asked, horizon - 1], targets)
        known = np.isfinite(targets)
        chosen = asked[known]
        return TrainingSet(
            scores=self.scores[chosen, :last],
            lengths=np.minimum(self.lengths[chosen], last),
            targets=targets[known],
            architecture=self.architecture_parameters.take(chosen),
            hyperparameters=self.hyperparameters.take(chosen),
            n_without_target=len(asked) - len(chosen),
            metric=self.metric,
        )

    def prefixes(self, indices: Sequence[int] | Integers, epoch: int) -> Prefixes:
        """Return the first ``epoch`` values of some curves: all that a predictor may see of them.

        Parameters
        ----------
        indices : sequence of int, shape (n,)
            Configurations that have at least ``epoch`` recorded epochs.
        epoch : int

        Raises
        ------
        CorpusError
            If a curve is shorter than ``epoch``.
        """
        chosen = np.asarray(indices, dtype=np.int64)
        if np.any(self.lengths[chosen] < epoch):
            raise CorpusError(f"{self.name}: a prefix of {epoch} epochs was asked for from a shorter curve")
        return Prefixes(
            scores=self.scores[chosen, :epoch],
            architecture=self.architecture_parameters.take(chosen),
            hyperparameters=self.hyperparameters.take(chosen),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of metric, ids, statuses, series and features, whatever file they came from.

        Of features as recorded: the last bit of a logarithm depends on the processor.
        """
        features = [self._features(prefix, log_scaled=()) for prefix in (AP_PREFIX, HP_PREFIX)]
        series = sorted(self.series)
        columns: dict[str, Any] = {"series": series, "features": [matrix.names for matrix in features]}
        if self.log_scaled:
            columns["log_scaled"] = list(self.log_scaled)
        keys = {
            "metric": self.metric.to_dict(),
            "ids": self.config_ids.tolist(),
            "status": self.status.tolist(),
        }
        content = hashlib.sha256(json.dumps(columns | keys, sort_keys=True).encode())
        for array in (*(one.matrix for one in features), *(self.series[name] for name in series)):
            content.update(np.ascontiguousarray(array).ravel().data)
        return content.hexdigest()

    def curves_frame(self) -> pl.DataFrame:
        """Return the long table of ``curves.parquet``."""
        rows, columns = np.nonzero(np.arange(self.n_epochs) < self.lengths[:, None])
        keys = {
            "config_id": pl.Series(self.config_ids[rows], dtype=pl.String),
            "epoch": (columns + 1).astype(np.int32),
        }
        return pl.DataFrame(keys | {name: array[rows, columns] for name, array in self.series.items()})


def _check_log_scaled(configs: pl.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise CorpusError unless every column is there and positive throughout."""
    for column in columns:
        if column not in configs.columns:
            raise CorpusError(f"{name}: log_scaled names '{column}', but configs have no such column")
        offending = configs.filter(~(pl.col(column) > 0))
        if offending.height:
            raise CorpusError(
                f"{name}: column '{column}' is declared log_scaled, but {offending.height} of its values are "
                f"not positive: {offenders(offending['config_id'].to_list())}. Take it out of log_scaled."
            )
