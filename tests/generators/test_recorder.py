from __future__ import annotations

import fcntl

import pytest
from polars.testing import assert_frame_equal

from generators.draws import draw_configs
from generators.parts import Parts
from generators.recorder import RecordingError
from simlab.corpus import read_corpus, read_tables
from simlab.errors import CorpusError, SimlabError
from tests.generators.toy import DatalessToys, ToyRecipe, ToySpace, record


def read(folder):
    """Return the tables of a corpus without what may differ between two recordings."""
    curves, configs, _, _ = read_tables(folder)
    return curves.drop("seconds"), configs


def assert_same(one, other):
    for mine, theirs in zip(read(one), read(other), strict=True):
        assert_frame_equal(mine, theirs)


def values(*indices):
    """Return the configurations with these numbers."""
    draws = draw_configs(ToySpace(), 0, max(indices) + 1)
    return tuple(draws[index].config for index in indices)


def test_recording_is_a_valid_corpus(tmp_path):
    assert record(tmp_path, n_configs=3) == 3
    corpus = read_corpus(tmp_path)
    curves, configs, metric, metadata = read_tables(tmp_path)
    assert len(corpus) == 3
    assert metric == ToySpace().metric(ToyRecipe())
    assert configs["config_id"].to_list() == ["0000", "0001", "0002"]
    assert configs["seed"].to_list() == [draw.seed for draw in draw_configs(ToySpace(), 0, 3)]
    assert configs.columns == [
        *("config_id", "status", "reason", "seed", "ap_n_weights", "hp_learning_rate", "architecture")
    ]
    assert curves["epoch"].to_list() == [1, 2, 3, 4] * 3
    assert metadata["recipe"] == {**metadata["recipe"], "name": "toy", "epochs": 4}
    assert metadata["seed"] == 0
    assert metadata["data"]["validation"] == 100
    assert metadata["software"].keys() >= {"python", "torch", "numpy", "commit", "generators_sha256"}


def test_complete_recording_leaves_no_parts(tmp_path):
    record(tmp_path, n_configs=2)
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [".lock"]


def test_number_of_workers_changes_nothing(tmp_path):
    record(tmp_path / "one", n_configs=7, workers=1)
    record(tmp_path / "three", n_configs=7, workers=3, recipe=ToyRecipe())
    assert_same(tmp_path / "one", tmp_path / "three")


def test_growing_keeps_what_is_there(tmp_path):
    record(tmp_path / "grown", n_configs=3)
    before, _, _, _ = read_tables(tmp_path / "grown")
    assert record(tmp_path / "grown", n_configs=5) == 2
    after, _, _, _ = read_tables(tmp_path / "grown")
    assert_frame_equal(after.head(len(before)), before)
    record(tmp_path / "at once", n_configs=5)
    assert_same(tmp_path / "grown", tmp_path / "at once")


def test_complete_recording_is_left_alone(tmp_path):
    record(tmp_path, n_configs=3)
    before = (tmp_path / "curves.parquet").read_bytes()
    assert record(tmp_path, n_configs=2) == 0
    assert (tmp_path / "curves.parquet").read_bytes() == before


def test_diverged_and_failed_runs_do_not_stop_the_recording(tmp_path):
    diverging, stillborn, failing, dying = values(1, 2, 3, 4)
    recipe = ToyRecipe(diverging=(diverging,), stillborn=(stillborn,), failing=(failing,), dying=(dying,))
    record(tmp_path, n_configs=7, recipe=recipe)
    curves, configs, _, _ = read_tables(tmp_path)
    status = ["completed", "diverged", "diverged", "failed", "failed", "completed", "completed"]
    assert configs["status"].to_list() == status
    lengths = dict(curves.group_by("config_id").len().iter_rows())
    assert [lengths.get(f"{index:04d}", 0) for index in range(7)] == [4, 2, 0, 2, 0, 4, 4]
    assert configs["reason"].to_list() == [
        None,
        "train_loss not finite in epoch 3",
        "train_loss not finite in epoch 1",
        "MemoryError: out of memory",
        "worker died with exit code -9 (killed for lack of memory?)",
        None,
        None,
    ]
    read_corpus(tmp_path)


def test_recording_without_a_completed_run_grows_on(tmp_path):
    recipe = ToyRecipe(stillborn=values(0))
    record(tmp_path, n_configs=1, recipe=recipe)
    assert not (tmp_path / "curves.parquet").exists()
    assert record(tmp_path, n_configs=2, recipe=recipe) == 1
    assert read_tables(tmp_path)[1]["status"].to_list() == ["diverged", "completed"]


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"recipe": ToyRecipe(epochs=5)}, "another recipe: epochs is 4 there, 5 here"),
        ({"seed": 1}, "another seed: 0 there, 1 here"),
        ({"space": ToySpace(name="other")}, "another space: 'toy' there, 'other' here"),
    ],
)
def test_folder_of_another_recording_is_refused(tmp_path, settings, message, interrupted):
    record(tmp_path, n_configs=1)
    if interrupted:
        metadata = read_tables(tmp_path)[3]
        Parts(tmp_path / "parts").pin({name: metadata[name] for name in ("space", "recipe", "seed", "data")})
    with pytest.raises(RecordingError, match=f"{message}.*--out"):
        record(tmp_path, n_configs=2, **settings)
    assert len(read_corpus(tmp_path)) == 1


def test_second_recorder_is_refused(tmp_path):
    record(tmp_path, n_configs=1)
    with (tmp_path / "parts" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RecordingError, match="another recorder is at work"):
            record(tmp_path, n_configs=2)


def test_damaged_part_is_named(tmp_path):
    record(tmp_path, n_configs=1)
    parts = Parts(tmp_path / "parts")
    metadata = read_tables(tmp_path)[3]
    parts.pin({name: metadata[name] for name in ("space", "recipe", "seed", "data")})
    (parts.folder / "0000.json").write_text("{")
    with pytest.raises(CorpusError, match=r"0000\.json: damaged"):
        record(tmp_path, n_configs=1)


def test_later_code_is_kept_in_the_provenance(tmp_path, monkeypatch):
    record(tmp_path, n_configs=1)
    monkeypatch.setattr("generators.__version__", "0.2.0")
    record(tmp_path, n_configs=2)
    sessions = read_tables(tmp_path)[3]["sessions"]
    assert [session["software"]["generators"] for session in sessions] == ["0.1.0", "0.2.0"]


def test_unusable_data_ends_the_recording(tmp_path):
    with pytest.raises(SimlabError, match="no such data"):
        record(tmp_path, n_configs=1, space=DatalessToys())
