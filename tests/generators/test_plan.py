from __future__ import annotations

import re

import pytest

from generators.blocks import make_blocks
from generators.draws import draw_configs
from generators.plan import make_plan, seconds_of, spread, summarize, train_sample
from simlab.corpus import read_tables
from simlab.errors import SimlabError
from tests.generators.toy import ToyPopulations, ToyRecipe, ToySpace, record

SETTINGS = {"n_configs": 20, "device": "cpu", "seed": 0}


def sample(data_root, recipe=None, space=None, n_sample=4, **settings):
    space = space or ToySpace()
    recipe = recipe or ToyRecipe()
    return list(train_sample(space, recipe, data_root=data_root, n_sample=n_sample, **SETTINGS | settings))


def test_sample_is_spread_over_the_recording():
    blocks = make_blocks(ToySpace(), ToyRecipe(), draw_configs(ToySpace(), 0, 20), 1)
    assert [draw.index for (draw,) in spread(blocks, 4)] == [2, 7, 12, 17]
    assert [draw.index for (draw,) in spread(blocks, 1)] == [10]
    assert spread(blocks, 99) == blocks


def test_sample_trains_what_the_recording_would(tmp_path):
    curves = [curve for block in sample(tmp_path / "data") for curve in block.curves]
    record(tmp_path / "out", n_configs=20)
    recorded = read_tables(tmp_path / "out")[0].partition_by("config_id", as_dict=True)
    for curve in curves:
        values = [epoch["value"] for epoch in curve.epochs]
        assert recorded[(curve.config_id,)]["value"].to_list() == values


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sample(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_plan_multiplies(tmp_path):
    plan = make_plan(sample(tmp_path, ToyRecipe(pause=0.002)), n_configs=7200, workers=2)
    mean = sum(plan.seconds) / 4
    assert mean >= 4 * 0.002
    assert f"about {mean:.1f} h" in str(plan)  # 7200 / 2 / 3600 = 1
    assert "in a sample of 4" in str(plan)


def test_size_is_about_that_of_the_recording(tmp_path):
    plan = make_plan(sample(tmp_path / "data", n_sample=20), n_configs=20, workers=1)
    record(tmp_path / "out", n_configs=200)
    size = sum((tmp_path / "out" / name).stat().st_size for name in ("curves.parquet", "configs.parquet"))
    assert 0.5 < 200 * plan.bytes_per_config / size < 3


def test_diverged_and_failed_ones_are_part_of_it(tmp_path):
    space = ToySpace()
    configs = [draw.config for draw in spread(draw_configs(space, 0, 20), 4)]
    recipe = ToyRecipe(stillborn=(configs[0],), failing=(configs[1],))
    blocks = sample(tmp_path, recipe)
    assert [block.curves[0].status for block in blocks] == ["diverged", "failed", "completed", "completed"]
    plan = make_plan(blocks, n_configs=20, workers=1)
    assert plan.seconds[0] == 0
    assert make_plan(blocks[:1], n_configs=20, workers=1).bytes_per_config > 0


def test_populations_are_timed_as_such(tmp_path):
    blocks = sample(tmp_path, space=ToyPopulations(), device="toy", block=4, n_sample=2)
    assert [len(block.curves) for block in blocks] == [3, 3]
    plan = make_plan(blocks, n_configs=20, workers=1)
    assert plan.seconds == tuple(seconds_of(block) / len(block.curves) for block in blocks)
    assert re.fullmatch(r"0\d{3} to 0\d{3}: 0\.0 s, 3 completed", summarize(blocks[0]))


def test_missing_data_is_reported_before_training(tmp_path):
    with pytest.raises(SimlabError, match="no such data"):
        sample(tmp_path, space=Dataless())


class Dataless(ToySpace):
    def data_source(self, data_root, recipe):
        raise SimlabError("no such data")
