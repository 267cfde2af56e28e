"""What a simulation returns: one to three frames and their provenance, readable without the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from simlab.corpus.storage import read_parquet, write_parquet
from simlab.errors import CorpusError, SettingError
from simlab.measures import RunSummary, Truth, explain_preference, measure_orderings, summarise_run
from simlab.metric import Metric
from simlab.simulator.trace import TABLES

_TRIALS, _DECISIONS, _EVENTS = "trials", "decisions", "events"


@dataclass(frozen=True, eq=False)
class SimulationResult:
    """Policies replayed over the same random orderings of one corpus.

    Attributes
    ----------
    trials : polars.DataFrame
        One row per (run, ordering, trial): cost, outcome, and what it would have cost and reached in full.
        ``run`` numbers the policies as they were given.
    details : mapping of str to polars.DataFrame
        ``"decisions"`` and ``"events"``, as far as they were kept.
    provenance : mapping
        Corpus and its content hash, metric, seed, orderings, workers, clock, level, settings of every policy,
        versions; the scenario, where there is one, what was kept, if not everything, and why a simulation
        broke off. No time, host, path or number of jobs: same inputs, same bytes.
    """

    trials: pl.DataFrame
    details: Mapping[str, pl.DataFrame]
    provenance: Mapping[str, Any]

    @property
    def decisions(self) -> pl.DataFrame:
        """One row per decision: when, whether to stop, reason, predicted value, sigma, probability."""
        return self._detail(_DECISIONS)

    @property
    def events(self) -> pl.DataFrame:
        """One row per event, in order."""
        return self._detail(_EVENTS)

    def _detail(self, table: str) -> pl.DataFrame:
        if table not in self.details:
            raise SettingError(
                f"this simulation kept no {table}: simulate again with record='{table}' (--record {table})"
            )
        return self.details[table]

    @property
    def metric(self) -> Metric:
        """The recorded metric."""
        return Metric.from_dict(self.provenance["metric"])

    @cached_property
    def per_ordering(self) -> pl.DataFrame:
        """One row per (run, ordering) with every measure; rows of different runs are paired by ordering."""
        truth = Truth(
            metric=self.metric,
            best_value=self.provenance["best_value"],
            standard_error=self.provenance["standard_error"],
            tenth_best=self.provenance["tenth_best"],
            workers=self.provenance["workers"],
            clock=self.provenance["clock"],
        )
        return measure_orderings(self.trials, truth)

    @cached_property
    def summaries(self) -> list[RunSummary]:
        """The measures of every run with their intervals over the orderings."""
        return [
            summarise_run(
                self.per_ordering.filter(pl.col("run") == run),
                settings,
                run=run,
                ceiling=self.provenance["ceilings"][run],
                level=self.provenance["level"],
            )
            for run, settings in enumerate(self.provenance["policies"])
        ]

    def summary(self) -> pl.DataFrame:
        """Return the summaries as a frame, one row per run; intervals in ``_low`` and ``_high`` columns."""
        return pl.DataFrame([_flatten(one.to_dict()) for one in self.summaries], infer_schema_length=None)

    def preference(self) -> str:
        """Return one sentence: which setting to prefer, and why."""
        return explain_preference(self.summaries)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able summary that ``simlab simulate --json`` prints."""
        runs = [one.to_dict() for one in self.summaries]
        keys = ("corpus", "corpus_sha256", "seed", "level", "workers", "clock")
        told = {key: self.provenance[key] for key in keys}
        told |= {key: self.provenance[key] for key in ("scenario", "broken_off") if key in self.provenance}
        with_burn_in = [run["ceiling"] for run in runs if run["burn_in"]]
        return told | {
            "ceiling": min(with_burn_in, default=None),
            "preference": self.preference(),
            "runs": runs,
        }

    def write(self, path: str | Path) -> list[Path]:
        """Write the trials to ``FILE.parquet``, decisions and events beside it, where they were kept.

        Parameters
        ----------
        path : path
            Ends in ``.parquet``.

        Returns
        -------
        list of Path
            ``FILE.parquet``, ``FILE.decisions.parquet``, ``FILE.events.parquet``.
        """
        paths = result_files(Path(path))
        paths[_TRIALS].parent.mkdir(parents=True, exist_ok=True)
        tables = {_TRIALS: self.trials} | dict(self.details)
        for table, frame in tables.items():
            write_parquet(paths[table], frame, {"table": table, "provenance": dict(self.provenance)})
        for table in paths.keys() - tables.keys():  # of an earlier result
            paths[table].unlink(missing_ok=True)
        return [paths[table] for table in tables]

    @classmethod
    def read(cls, path: str | Path) -> SimulationResult:
        """Read what :meth:`write` wrote.

        Raises
        ------
        CorpusError
            If a file is missing, damaged, holds something else, or the files come from different simulations.
        """
        files = result_files(Path(path))
        trials, provenance = _read_table(_TRIALS, files[_TRIALS])
        details = {}
        for table in TABLES[provenance.get("record", "events")][1:]:
            details[table], other = _read_table(table, files[table])
            if other != provenance:
                raise CorpusError(
                    f"{files[table]}: comes from another simulation than {path}. Simulate again."
                )
        return cls(trials, details, provenance)


def _read_table(table: str, file: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    frame, header = read_parquet(file)
    if header.get("table") != table:
        raise CorpusError(f"{file}: holds no {table} of a simulation. Give the file that `-o` wrote.")
    return frame, header["provenance"]


def result_files(path: Path) -> dict[str, Path]:
    """Return the file of each table of a result, given the name that it is written under."""
    if path.suffix != ".parquet":
        raise CorpusError(f"{path}: a result is written as Parquet; give a name that ends in .parquet")
    beside = {table: path.with_suffix(f".{table}.parquet") for table in (_DECISIONS, _EVENTS)}
    return {_TRIALS: path} | beside


def _flatten(summary: dict[str, Any]) -> dict[str, Any]:
    """Spread nested figures over columns: ``speedup``, ``speedup_low``, ``speedup_high``."""
    flat: dict[str, Any] = {}
    for key, value in summary.items():
        if key == "settings":
            continue
        if not isinstance(value, dict):
            flat[key] = value
            continue
        for part, figure in value.items():
            flat[key if part == "mean" else f"{key}_{part}"] = figure
    return flat
