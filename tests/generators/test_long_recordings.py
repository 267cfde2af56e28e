"""Thousands of configurations cost the recorder neither ever more memory nor ever more time for each."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from generators import recorder
from generators.consolidation import configs_table, curves_table, tables_of
from generators.engine import FinishedBlock, Job
from generators.parts import FinishedCurve, Parts
from simlab.corpus import read_corpus
from tests.generators.toy import ToyRecipe, ToySpace

ROOT = Path(__file__).parents[2]


class Clock:
    """Simulated seconds."""

    now = 0.0

    def monotonic(self):
        return self.now


def test_consolidation_takes_a_bounded_share_of_the_time(tmp_path, monkeypatch):
    clock, shares, ages = Clock(), [0.0], [0.0]
    monkeypatch.setattr(recorder, "time", clock)
    recording = recorder._Recording(
        Job(ToySpace(), ToyRecipe(), 0, tmp_path), Parts(tmp_path), tmp_path, total=5000, n_done=0
    )

    def consolidate(*, with_charts=False):
        took = 0.01 * recording.n_done  # every consolidation reads all curves
        clock.now += took
        shares.append(shares[-1] + took)
        ages.append(clock.now)

    def write(self, curve):
        clock.now += 2.0

    monkeypatch.setattr(Parts, "write", write)
    monkeypatch.setattr(recording, "_consolidate", consolidate)
    recording.finish(iter([FinishedBlock([None])] * 5000))
    assert shares[-2] < 0.05 * clock.now  # the last one is due anyway
    gaps = [after - before for before, after in itertools.pairwise(ages)]
    assert gaps[0] == pytest.approx(60, abs=3)
    assert max(gaps) < 21 * 0.01 * 5000 + 3
    assert len(gaps) > 20


def curve(index, n_epochs):
    fails = n_epochs == 0
    return FinishedCurve(
        config_id=f"{index:04d}",
        status="failed" if fails else "completed",
        reason="bad luck" if fails else None,
        seed=index,
        architecture="toy",
        columns={"ap_n_weights": index, "hp_rate": 1 if index < 3 else 0.5},
        epochs=[{"value": 0.5, "seconds": 1.0, "train_loss": 0.1, "valid_loss": 0.2}] * n_epochs,
    )


@pytest.mark.parametrize("lengths", [[], [0, 0], [2, 0, 1], [0, 0, 2, 1, 0, 3, 1]])
def test_batches_make_the_tables_of_all_curves(monkeypatch, lengths):
    monkeypatch.setattr("generators.consolidation.BATCH", 2)
    curves = [curve(index, n_epochs) for index, n_epochs in enumerate(lengths)]
    epochs, configs = tables_of(iter(curves))
    assert epochs.equals(curves_table(curves))
    assert configs.equals(configs_table(curves))
    assert epochs.schema == curves_table(curves).schema
    assert configs.schema == configs_table(curves).schema


RECORD = """
import scipy.stats  # the card loads it, once, which is no growth
import sys
from pathlib import Path
from generators import recorder
from generators.parts import Parts
from tests.generators.toy import ToyRecipe, ToySpace, record

def write(self, curve):
    store(self, curve)
    if curve.config_id in ("0500", "1999"):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        print(pages * 4096)

store, Parts.write = Parts.write, write
recorder.CONSOLIDATE_EVERY, recorder.CONSOLIDATION_SHARE = 0.1, 0.5  # often, however fast the machine
settings = {"recipe": ToyRecipe(epochs=20), "space": ToySpace(n_values=10**6), "workers": 2}
record(Path(sys.argv[1]), n_configs=2000, **settings)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="measures memory in /proc")
def test_memory_stays_flat(tmp_path):
    command = [sys.executable, "-c", RECORD, str(tmp_path / "out")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    after_a_quarter, at_the_end = map(int, ended.stdout.split())
    assert at_the_end - after_a_quarter < 40e6
    assert ended.stderr.count("of 2000 configurations recorded") > 3
    assert len(read_corpus(tmp_path / "out")) == 2000
