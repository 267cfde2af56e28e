"""Same inputs, same bytes: for any number of jobs, under load, in fresh processes."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import simlab
from simlab.policies import Never, Oracle, ThresholdRule
from simlab.predictors import SRM, LastSeenValue
from tests.simulator.toys import motley

CHECKOUT = Path(__file__).parents[2]


def policies():
    return [
        Never(),
        Oracle(burn_in=5),
        ThresholdRule(predictor=LastSeenValue(), threshold=0.9, burn_in=5),
        ThresholdRule(predictor=SRM(search=3), threshold=0.9, burn_in=20),
    ]


def write(folder, n_jobs=1, orderings=3):
    """Simulate and return the bytes of the three files."""
    result = simlab.simulate(motley(), policies(), orderings=orderings, workers=2, seed=7, n_jobs=n_jobs)
    return [path.read_bytes() for path in result.write(folder / "out.parquet")]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def load():
    """Keep a core busy."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield
    busy.kill()
    busy.wait()


def test_again_and_elsewhere_the_same_bytes(reference, tmp_path):
    assert write(tmp_path / "deeper" / "elsewhere") == reference


def test_two_jobs_under_load_the_same_bytes(reference, tmp_path, load):
    assert write(tmp_path, n_jobs=2) == reference


@pytest.mark.parametrize("hash_seed", ["0", "123"])
def test_a_fresh_process_writes_the_same_bytes(reference, tmp_path, hash_seed):
    script = (
        "import sys; from pathlib import Path; from tests.simulator.test_reproducible import write;"
        "write(Path(sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, cwd=CHECKOUT, env=environment)
    assert [path.read_bytes() for path in sorted(tmp_path.glob("*.parquet"))] == sorted_like(reference)


def sorted_like(files):
    """Return trials, decisions, events in the order of their files' names."""
    trials, decisions, events = files
    return [decisions, events, trials]


def test_the_seed_changes_the_orderings(reference, tmp_path):
    other = simlab.simulate(motley(), policies(), orderings=3, workers=2, seed=8)
    assert [path.read_bytes() for path in other.write(tmp_path / "out.parquet")] != reference


def test_provenance_says_what_is_needed_and_nothing_of_the_machine(tmp_path):
    write(tmp_path)
    for path in tmp_path.glob("*.parquet"):
        metadata = pq.read_schema(path).metadata
        provenance = json.loads(metadata[b"simlab"])["provenance"]
        assert set(provenance) == {
            "best_value", "ceilings", "clock", "corpus", "corpus_sha256", "level", "metric", "n_configs",
            "orderings", "policies", "seed", "standard_error", "tenth_best", "versions", "workers",
        }  # fmt: skip
        text = b" ".join([*metadata, *metadata.values()]).decode()
        for word in (str(tmp_path), str(CHECKOUT), str(Path.home()), platform.node(), "n_jobs"):
            assert word not in text
        assert time.strftime("%Y-%m-%d") not in text


def test_more_orderings_keep_the_first_ones():
    few, many = (simlab.simulate(motley(), policies()[:3], orderings=n, seed=3) for n in (2, 4))
    for table in ("trials", "decisions", "events"):
        kept = getattr(many, table)
        assert kept.filter(kept["ordering"] < 2).equals(getattr(few, table))


def test_policies_share_the_orderings():
    result = simlab.simulate(motley(), policies(), orderings=3, workers=3)
    order = result.trials.sort("run", "ordering", "position")
    of_run = [order.filter(order["run"] == run)["config_id"].to_list() for run in range(4)]
    assert of_run[0] == of_run[1] == of_run[2] == of_run[3]
    assert order.equals(result.trials)  # rows stand in this order
    assert len({tuple(of_run[0][start : start + 30]) for start in (0, 30, 60)}) == 3


def test_a_policy_gives_the_same_trace_whatever_stands_beside_it():
    together = simlab.simulate(motley(), policies(), orderings=2)
    for run, policy in enumerate(policies()):
        alone = simlab.simulate(motley(), policy, orderings=2)
        beside = together.decisions.filter(together.decisions["run"] == run)
        assert alone.decisions.drop("run").equals(beside.drop("run"))


def test_progress_counts_orderings():
    counted = []
    simlab.simulate(motley(), Never(), orderings=3, on_ordering=counted.append)
    assert counted == [1, 2, 3]
