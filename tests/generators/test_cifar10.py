from __future__ import annotations

import io
import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from generators.cifar10 import DataError, average_down, describe_source, read_images, read_labels
from generators.metaqnn_recipe import MINI

RECIPE = replace(MINI, n_train=20, n_valid=10)


@pytest.fixture
def images():
    """Return 50 flat-coloured images, so that JPEG hardly changes them, sorted by label."""
    colours = np.random.default_rng(0).integers(0, 256, (50, 3), dtype=np.uint8)
    return np.broadcast_to(colours[:, :, None, None], (50, 3, 32, 32)).copy()


@pytest.fixture
def labels():
    return np.repeat(np.arange(10), 5)


@pytest.fixture
def as_parquet(tmp_path, images, labels):
    Image = pytest.importorskip("PIL.Image", reason="needs pillow, of the generators extra")  # noqa: N806
    jpegs = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(image.transpose(1, 2, 0)).save(buffer, "JPEG", quality=95)
        jpegs.append(buffer.getvalue())
    split = ["test"] * 5 + ["train"] * 50
    frame = pl.DataFrame({"split": split, "label": [9] * 5 + labels.tolist(), "jpeg": jpegs[:5] + jpegs})
    frame.write_parquet(tmp_path / "cifar10_jpeg.parquet")
    return tmp_path


@pytest.fixture
def as_batches(tmp_path, images, labels):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for number in range(5):
        part = slice(10 * number, 10 * number + 10)
        batch = {b"data": images[part].reshape(10, -1), b"labels": labels[part].tolist()}
        (folder / f"data_batch_{number + 1}").write_bytes(pickle.dumps(batch))
    return tmp_path


def test_parquet_gives_the_training_split(as_parquet, images, labels):
    rows = np.array([3, 49, 0])
    np.testing.assert_array_equal(read_labels(as_parquet), labels)
    read = read_images(as_parquet, rows)
    assert (read.shape, read.dtype) == ((3, 3, 32, 32), np.uint8)
    assert np.abs(read.astype(int) - images[rows]).max() <= 4  # JPEG


def test_batches_give_the_training_split(as_batches, images, labels):
    rows = np.array([3, 49, 0])
    np.testing.assert_array_equal(read_labels(as_batches), labels)
    np.testing.assert_array_equal(read_images(as_batches, rows), images[rows])


def test_source_is_described(as_batches):
    source = describe_source(as_batches, RECIPE)
    assert (source["train"], source["validation"], len(source["sha256"])) == (20, 10, 64)


def test_missing_data_says_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"no CIFAR-10 found.*cs\.toronto\.edu.*--data-root"):
        describe_source(tmp_path, RECIPE)


@pytest.mark.parametrize("damage", ["truncated", "other columns", "empty"])
def test_damaged_parquet_is_named(tmp_path, damage):
    path = tmp_path / "cifar10_jpeg.parquet"
    frame = pl.DataFrame({"split": ["train"], "label": [0], "jpeg": [b"x"]})
    (frame.rename({"label": "class"}) if damage == "other columns" else frame).write_parquet(path)
    if damage != "other columns":
        path.write_bytes(path.read_bytes()[: -20 if damage == "truncated" else 0])
    with pytest.raises(DataError, match=r"cifar10_jpeg\.parquet: cannot be read as CIFAR-10"):
        describe_source(tmp_path, RECIPE)


def test_damaged_batch_is_named(as_batches):
    path = as_batches / "cifar-10-batches-py" / "data_batch_3"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="cannot be read as CIFAR-10"):
        describe_source(as_batches, RECIPE)


def test_damaged_image_is_reported(as_parquet):
    path = as_parquet / "cifar10_jpeg.parquet"
    pl.read_parquet(path).with_columns(jpeg=pl.lit(b"no image")).write_parquet(path)
    with pytest.raises(DataError, match="cannot be read as CIFAR-10"):
        read_images(as_parquet, np.array([0]))


def test_too_few_images_are_counted(as_batches):
    with pytest.raises(DataError, match=r"50 training images, but recipe 'mini' needs 4000 \+ 5000"):
        describe_source(as_batches, MINI)


def test_averaging_keeps_flat_colours(images):
    np.testing.assert_array_equal(average_down(images, 16), images[:, :, ::2, ::2])
