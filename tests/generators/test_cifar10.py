from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from generators.data.cifar10 import CIFAR10
from generators.data.images import DataError, describe_source
from generators.metaqnn.recipe import MINI
from tests.generators.images import flat_colours, write_parquet

RECIPE = replace(MINI, n_train=20, n_valid=10)
IMAGES = flat_colours(50)
LABELS = np.repeat(np.arange(10), 5)


@pytest.fixture
def as_parquet(tmp_path):
    write_parquet(tmp_path / "cifar10_jpeg.parquet", IMAGES, LABELS, "test")
    return tmp_path


@pytest.fixture
def as_batches(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for number in range(5):
        part = slice(10 * number, 10 * number + 10)
        batch = {b"data": IMAGES[part].reshape(10, -1), b"labels": LABELS[part].tolist()}
        (folder / f"data_batch_{number + 1}").write_bytes(pickle.dumps(batch))
    return tmp_path


def test_parquet_gives_the_training_split(as_parquet):
    rows = np.array([3, 49, 0])
    np.testing.assert_array_equal(CIFAR10.read_labels(as_parquet), LABELS)
    read = CIFAR10.read_images(as_parquet, rows)
    assert (read.shape, read.dtype) == ((3, 3, 32, 32), np.uint8)
    assert np.abs(read.astype(int) - IMAGES[rows]).max() <= 4  # JPEG


def test_batches_give_the_training_split(as_batches):
    rows = np.array([3, 49, 0])
    np.testing.assert_array_equal(CIFAR10.read_labels(as_batches), LABELS)
    np.testing.assert_array_equal(CIFAR10.read_images(as_batches, rows), IMAGES[rows])


def test_source_is_described(as_batches):
    source = describe_source(CIFAR10, as_batches, RECIPE)
    assert source.pop("sha256").isalnum()
    assert source == {"source": "CIFAR-10, training split (data_batch_1)", "train": 20, "validation": 10}


def test_missing_data_says_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"no CIFAR-10 found.*cs\.toronto\.edu.*--data-root"):
        describe_source(CIFAR10, tmp_path, RECIPE)


def test_missing_batch_is_named(as_batches):
    (as_batches / "cifar-10-batches-py" / "data_batch_4").unlink()
    with pytest.raises(DataError, match=r"cifar-10-batches-py/data_batch_4 is missing"):
        CIFAR10.find_files(as_batches)


@pytest.mark.parametrize("damage", ["truncated", "other columns", "empty"])
def test_damaged_parquet_is_named(tmp_path, damage):
    path = tmp_path / "cifar10_jpeg.parquet"
    frame = pl.DataFrame({"split": ["train"], "label": [0], "jpeg": [b"x"]})
    (frame.rename({"label": "class"}) if damage == "other columns" else frame).write_parquet(path)
    if damage != "other columns":
        path.write_bytes(path.read_bytes()[: -20 if damage == "truncated" else 0])
    with pytest.raises(DataError, match=r"cifar10_jpeg\.parquet: cannot be read as CIFAR-10"):
        describe_source(CIFAR10, tmp_path, RECIPE)


@pytest.mark.parametrize("damaged", [lambda batch: batch[:100], lambda batch: pickle.dumps({b"fine": 1})])
def test_damaged_batch_is_named(as_batches, damaged):
    path = as_batches / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(damaged(path.read_bytes()))
    with pytest.raises(DataError, match=r"data_batch_3: cannot be read as CIFAR-10"):
        describe_source(CIFAR10, as_batches, RECIPE)


def test_damaged_image_is_reported(as_parquet):
    path = as_parquet / "cifar10_jpeg.parquet"
    pl.read_parquet(path).with_columns(jpeg=pl.lit(b"no image")).write_parquet(path)
    with pytest.raises(DataError, match="cannot be read as CIFAR-10"):
        CIFAR10.read_images(as_parquet, np.array([0]))


def test_too_few_images_are_counted(as_batches):
    with pytest.raises(DataError, match=r"50 training images, but recipe 'mini' needs 4000 \+ 5000"):
        describe_source(CIFAR10, as_batches, MINI)
