"""Blocks: which configurations train together, and what happens when a population goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.block_training import train_block
from generators.blocks import block_size, make_blocks
from generators.draws import draw_configs
from generators.engine import Job
from simlab.corpus import read_tables
from simlab.errors import SettingError
from tests.generators.test_recorder import assert_same, values
from tests.generators.toy import ToyPopulations, ToyRecipe, ToySpace, record

DRAWS = draw_configs(ToyPopulations(), 0, 40)


@given(n_draws=st.integers(0, 40), size=st.integers(2, 50))
def test_blocks_hold_everything_once_and_only_their_kind(n_draws, size):
    blocks = make_blocks(ToyPopulations(), ToyRecipe(), DRAWS[:n_draws], size)
    assert sorted(draw.index for block in blocks for draw in block) == list(range(n_draws))
    for block in blocks:
        assert 1 <= len(block) <= size
        assert len({draw.config % 2 for draw in block}) == 1
    assert [block[0].index for block in blocks] == sorted(block[0].index for block in blocks)


def test_configurations_are_shared_out_evenly():
    blocks = make_blocks(ToyPopulations(), ToyRecipe(), [draw for draw in DRAWS if draw.config % 2][:9], 4)
    assert [len(block) for block in blocks] == [3, 3, 3]


def test_size():
    assert block_size(ToyPopulations(), "cuda:0") == 64
    assert block_size(ToyPopulations(), "cuda:0", 5) == 5
    assert block_size(ToyPopulations(), "cpu") == 1
    assert block_size(ToySpace(), "cuda:0") == 1
    assert block_size(ToySpace(), "cpu", 1) == 1


@pytest.mark.parametrize(
    ("space", "device", "why"),
    [(ToyPopulations(), "cpu", "on a CPU"), (ToySpace(), "cuda:0", "in the search space 'toy'")],
)
def test_size_where_configurations_train_singly_is_refused(space, device, why):
    with pytest.raises(SettingError, match=f"--block 8: {why} configurations train one at a time"):
        block_size(space, device, 8)


def train(recipe, n_members=8):
    block = make_blocks(ToyPopulations(), recipe, DRAWS, 64)[0][:n_members]
    return train_block(Job(ToyPopulations(), recipe, 0, Path()), block, Path(), "toy")


def configs(*members):
    block = make_blocks(ToyPopulations(), ToyRecipe(), DRAWS, 64)[0]
    return tuple(block[member].config for member in members)


def outcomes(finished):
    return [(curve.status, len(curve.epochs)) for curve in finished.curves]


def test_members_diverge_on_their_own():
    finished = train(ToyRecipe(diverging=configs(1), stillborn=configs(4)))
    expected = [("completed", 4)] * 8
    expected[1], expected[4] = ("diverged", 2), ("diverged", 0)
    assert outcomes(finished) == expected
    assert finished.curves[1].reason == "train_loss not finite in epoch 3"
    assert finished.note is None


def test_population_ends_when_all_have_diverged():
    assert outcomes(train(ToyRecipe(stillborn=configs(*range(8))))) == [("diverged", 0)] * 8


def test_one_bad_apple_fails_alone():
    finished = train(ToyRecipe(failing=configs(5)))
    expected = [("completed", 4)] * 8
    expected[5] = ("failed", 2)
    assert outcomes(finished) == expected
    assert finished.curves[5].reason == "MemoryError: out of memory"
    assert finished.note.count("trained in halves: MemoryError: out of memory") == 3  # of 8, 4 and 2


def test_population_too_large_for_memory_is_halved():
    finished = train(ToyRecipe(crowd=4))
    assert outcomes(finished) == [("completed", 4)] * 8
    assert finished.note.count("MemoryError: too many") == 1


@pytest.fixture
def toy_device(monkeypatch):
    """Let the recorder take the device ``toy``, on which populations train."""
    monkeypatch.setattr("generators.workers.describe_hardware", lambda device: device)
    return "toy"


def test_populations_are_recorded_as_single_ones_are(tmp_path, toy_device, capsys):
    recipe = {"diverging": values(1), "stillborn": values(2), "failing": values(3)}
    record(tmp_path / "single", n_configs=20, recipe=ToyRecipe(**recipe))
    for size in (None, 3):
        out = tmp_path / f"blocks of {size}"
        settings = {"device": toy_device, "workers": 2, "block": size}
        record(out, n_configs=20, recipe=ToyRecipe(**recipe), space=ToyPopulations(), **settings)
        assert_same(out, tmp_path / "single")
        assert read_tables(out)[3]["block"] == (size or 64)
    assert "block" not in read_tables(tmp_path / "single")[3]
    assert "failed, so trained in halves: MemoryError: out of memory" in capsys.readouterr().err


def test_population_that_kills_its_worker_is_halved(tmp_path, toy_device):
    recipe = ToyRecipe(dying=values(3))
    record(tmp_path, n_configs=10, recipe=recipe, space=ToyPopulations(), device=toy_device)
    statuses = read_tables(tmp_path)[1]["status"].to_list()
    assert statuses == ["completed"] * 3 + ["failed"] + ["completed"] * 6


def test_block_size_is_checked_before_anything_is_written(tmp_path):
    with pytest.raises(SettingError, match="--block 4"):
        record(tmp_path / "out", n_configs=2, block=4)
    assert not list((tmp_path / "out").iterdir())
