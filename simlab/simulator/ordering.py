"""One ordering of a corpus, replayed under every strategy: what one worker process of a simulation does."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from threadpoolctl import threadpool_limits

from simlab.corpus import Corpus
from simlab.errors import PredictorError, SimulationError
from simlab.policies import ThresholdRule
from simlab.predictions import PredictionStore, PredictionTables
from simlab.schedulers import InOrder, Strategy
from simlab.simulator.columns import RunColumns
from simlab.simulator.costs import AnyClock, Floats, elapsed_times
from simlab.simulator.fleet import Fleet
from simlab.simulator.frames import decisions_frame, events_frame, trials_frame
from simlab.simulator.replay import Replay
from simlab.simulator.scenario import Scenario
from simlab.simulator.scenario_replay import ScenarioReplay
from simlab.simulator.serial_replay import SerialReplay
from simlab.simulator.trace import Record

#: What was kept of one run: ``"trials"``, and ``"decisions"`` and ``"events"`` where they were asked for.
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True, eq=False, kw_only=True)
class OrderingReplay:
    """All that the orderings of one simulation share.

    Attributes
    ----------
    corpus : Corpus
    strategies : sequence of Strategy
    seed : int
    workers : int
    clock : AnyClock
        Resolved.
    elapsed : ndarray, shape (N, T + 1)
        Training time after each number of epochs on that clock.
    scenario : Scenario
    store : PredictionStore or None
    record : {"events", "decisions", "trials"}
    """

    corpus: Corpus
    strategies: Sequence[Strategy]
    seed: int
    workers: int
    clock: AnyClock
    elapsed: Floats
    scenario: Scenario
    store: PredictionStore | None
    record: Record

    def frames(self, number: int, ordering: npt.NDArray[np.int64]) -> list[Frames]:
        """Replay every strategy over one ordering and return what was recorded of each.

        On one thread, so that no library splits a sum differently.

        Raises
        ------
        SimulationError
            If a policy, a scheduler or a searcher raises, or a predictor says something impossible; the
            message says which, and where.
        """
        predictions = PredictionTables(self.corpus, self.store)
        seconds = self._seconds()
        parts: list[Frames] = []
        with threadpool_limits(1):
            for run, strategy in enumerate(self.strategies):
                try:
                    played = self._play(strategy, number, ordering, predictions)
                    parts.append(self._frames(played, seconds))
                except (SimulationError, PredictorError) as error:
                    raise SimulationError(
                        f"'{strategy.name}' (run {run}), ordering {number}: {error}"
                    ) from error.__cause__
        return parts

    def attempt(self, number: int, ordering: npt.NDArray[np.int64]) -> list[Frames] | SimulationError:
        """Return :meth:`frames`, or the error that kept it from them.

        An error that was raised in one worker process would discard what others have finished.
        """
        try:
            return self.frames(number, ordering)
        except SimulationError as error:
            # The cause does not travel between processes; its text does.
            error.add_note("".join(traceback.format_exception(error.__cause__)))
            return error

    def _seconds(self) -> Floats | None:
        """Return recorded seconds after each number of epochs, where there are any."""
        if self.clock == "seconds":
            return self.elapsed
        return elapsed_times(self.corpus, "seconds") if self.corpus.has_seconds else None

    def _frames(self, played: RunColumns, seconds: Floats | None) -> Frames:
        frames = {"trials": self._with_extras(trials_frame(played, self.corpus, seconds), played)}
        if self.record != "trials":
            frames["decisions"] = decisions_frame(played, self.corpus)
        if self.record == "events":
            frames["events"] = events_frame(played, self.corpus)
        return frames

    def _play(
        self,
        strategy: Strategy,
        number: int,
        ordering: npt.NDArray[np.int64],
        predictions: PredictionTables,
    ) -> RunColumns:
        rule = strategy.policy if type(strategy) is InOrder else None
        if type(rule) is ThresholdRule and self.workers == 1 and self.scenario == Scenario():
            serial = SerialReplay(self.corpus, ordering, rule, self.elapsed, predictions, record=self.record)
            return serial.run()
        scheduler = strategy.scheduler(ordering, np.random.SeedSequence(self.seed, spawn_key=(number, 1)))
        options: dict[str, Any] = {
            "predictions": predictions,
            "hindsight": strategy.needs_hindsight,
            "record": self.record,
        }
        if self.scenario == Scenario():
            return Replay(self.corpus, scheduler, self.elapsed, workers=self.workers, **options).run()
        seed = np.random.SeedSequence(self.seed, spawn_key=(number, 2))
        fleet = Fleet.draw(self.scenario, self.workers, seed)
        return ScenarioReplay(self.corpus, scheduler, self.elapsed, self.scenario, fleet, **options).run()

    def _with_extras(self, trials: pl.DataFrame, played: RunColumns) -> pl.DataFrame:
        """Add what only some simulations need: epochs lost to failures, and time on a clock of one's own."""
        if self.scenario.failures:
            lost = pl.Series(played.trial_columns.epochs_lost, dtype=pl.Int32)
            trials = trials.with_columns(epochs_lost=lost)
        if self.clock not in ("seconds", "epochs"):
            in_full = pl.Series(self.elapsed[played.trial_columns.config, -1])
            trials = trials.with_columns(time_recorded=in_full)
        return trials
