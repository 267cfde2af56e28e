"""How large a corpus can get: seconds and memory for n synthetic curves of 100 epochs, and how they grow.

The curves are written into one Parquet file, block by block. Then a fresh process reads and checks it
(``Corpus.from_parquet``) and replays three policies over one ordering, keeping the trials: LastSeenValue's
threshold rule after a burn-in of 100, and two median rules, Vizier's, which ranks among completed trials, and
Ray Tune's, which ranks among all. Memory is the largest resident size of that process so far, all imports
included. One thread.

``growth`` is CPU seconds per curve, relative to the smallest n: 1 means that they are linear in n.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCHS, BLOCK = 100, 10_000
MOST_GIBIBYTES, MOST_SECONDS = 4.0, 600


def write(path: Path, n: int) -> None:
    """Write n saturating curves, ``BLOCK`` at a time."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema({"run": pa.string(), "epoch": pa.int32(), "accuracy": pa.float64()})
    with pq.ParquetWriter(path, schema) as file:
        for start in range(0, n, BLOCK):
            rows = np.arange(start, min(start + BLOCK, n))
            rng = np.random.default_rng([n, start])
            level, rate = rng.uniform(0.2, 0.9, (len(rows), 1)), rng.uniform(0.05, 0.6, (len(rows), 1))
            rise = 1 - np.exp(-rate * np.arange(1, EPOCHS + 1))
            values = level * rise + rng.normal(0, 0.01, (len(rows), EPOCHS))
            columns = [
                pa.array([f"run-{row:07d}" for row in rows for _ in range(EPOCHS)]),
                np.tile(np.arange(1, EPOCHS + 1, dtype=np.int32), len(rows)),
                values.ravel(),
            ]
            file.write_table(pa.table(columns, schema=schema))


def peak_gibibytes() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB, on Linux


def measure(path: Path, record: str) -> None:
    """Write a line for every step: its name, wall seconds, CPU seconds, the largest memory so far."""

    @contextmanager
    def step(name: str) -> Iterator[None]:
        begin, worked = time.perf_counter(), time.process_time()
        yield
        figures = time.perf_counter() - begin, time.process_time() - worked, peak_gibibytes()
        print(json.dumps([name, *figures]), flush=True)

    with step("import"):
        import simlab
        from simlab.corpus import Corpus
        from simlab.policies import PERCENTILE_PRESETS, ThresholdRule
        from simlab.predictors import LastSeenValue
    with step("read and check"):
        columns = {"config_id": "run", "epoch": "epoch", "value": "accuracy"}
        corpus = Corpus.from_parquet(path, **columns, direction="maximize")
    rules = {
        "last-seen": ThresholdRule(predictor=LastSeenValue()),
        "median-vizier": PERCENTILE_PRESETS["median-vizier"],
        "median-ray": PERCENTILE_PRESETS["median-ray"],
    }
    for name, rule in rules.items():
        with step(name):
            trials = simlab.simulate(corpus, rule, orderings=1, record=record).trials
        print(f"  {name}: {trials['epochs'].sum():,} of {corpus.lengths.sum():,} epochs", file=sys.stderr)
        del trials


def run(n: int, record: str, first: dict[str, float]) -> None:
    """Measure n curves in a fresh process, and show what it takes as it goes."""
    with tempfile.TemporaryDirectory() as folder:
        path, begin = Path(folder) / "runs.parquet", time.perf_counter()
        write(path, n)
        size, seconds = path.stat().st_size / 2**20, time.perf_counter() - begin
        print(f"{n:,} curves x {EPOCHS} epochs: {size:,.0f} MiB of Parquet, written in {seconds:.0f} s")
        command = [sys.executable, "-m", "benchmarks.scale", "--inside", str(path), "--record", record]
        steps = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                name, *figures = json.loads(line)
                steps.append(figures)
                show(name, figures, n, first)
    wall, cpu, memory = zip(*steps, strict=True)
    show("all", [sum(wall), sum(cpu), max(memory)], n, first)


def show(name: str, figures: list[float], n: int, first: dict[str, float]) -> None:
    wall, cpu, memory = figures
    growth = cpu / n / first.setdefault(name, cpu / n)
    print(
        f"  {name:16} {wall:8.1f} s   CPU {cpu:8.1f} s   memory {memory:5.2f} GiB   growth {growth:5.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--curves", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--record", choices=["events", "decisions", "trials"], default="trials")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(options.inside, options.record)
        return
    first: dict[str, float] = {}
    for n in sorted(options.curves):
        run(n, options.record, first)
    print(f"targets at a million: < {MOST_SECONDS} s of CPU, < {MOST_GIBIBYTES} GiB")


if __name__ == "__main__":
    main()
