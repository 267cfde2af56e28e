from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from generators.data.images import DataError, average_down, decoding, describe_source, load_image_data
from generators.metaqnn.recipe import MINI
from tests.generators.images import flat_colours

RECIPE = replace(MINI, n_train=20, n_valid=10, image_size=16)


@dataclass(frozen=True)
class Numbered:
    """40 images that are as bright as their number, in a file of four bytes."""

    title: str = "numbers"
    where: str = "Count them."

    def find_files(self, data_root):
        return [data_root / "numbers"]

    def read_labels(self, data_root):
        return np.arange(40)

    def read_images(self, data_root, rows):
        return np.broadcast_to(rows[:, None, None, None], (len(rows), 3, 32, 32)).astype(np.uint8)


def test_averaging_keeps_flat_colours():
    images = flat_colours(20)
    np.testing.assert_array_equal(average_down(images, 16), images[:, :, ::2, ::2])


def test_checksum_is_that_of_the_files(tmp_path):
    (tmp_path / "numbers").write_bytes(b"1234")
    described = describe_source(Numbered(), tmp_path, RECIPE)
    assert described["sha256"] == "03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4"
    assert described["source"] == "numbers, training split (numbers)"


def test_too_few_images_are_counted(tmp_path):
    (tmp_path / "numbers").touch()
    with pytest.raises(DataError, match=r"40 training images, .* needs 35 \+ 10\. Count them\."):
        describe_source(Numbered(), tmp_path, replace(RECIPE, n_train=35))


def test_damage_is_reported_whatever_the_decoder_raises(tmp_path):
    message = r"numbers: cannot be read as numbers \(first line\)\. Count"
    with pytest.raises(DataError, match=message), decoding(tmp_path / "numbers", Numbered()):
        raise RuntimeError("first line\nsecond line")


def load(tmp_path, recipe=RECIPE, seed=0):
    pytest.importorskip("torch", reason="needs torch, of the generators extra")
    return load_image_data(Numbered(), tmp_path, recipe, seed, "cpu")


def test_training_and_validation_images_are_distinct(tmp_path):
    data = load(tmp_path)
    assert (data.train_images.shape, data.valid_images.shape) == ((20, 3, 16, 16), (10, 3, 16, 16))
    numbers = [*data.train_labels.tolist(), *data.valid_labels.tolist()]
    assert len(set(numbers)) == 30
    assert data.train_images[:, 0, 0, 0].tolist() == data.train_labels.tolist()
    assert data.mean.flatten().tolist() == [data.train_labels.float().mean().item()] * 3


def test_validation_images_depend_on_the_seed_alone(tmp_path):
    chosen = load(tmp_path).valid_labels.tolist()
    assert load(tmp_path, replace(RECIPE, n_train=30)).valid_labels.tolist() == chosen
    assert load(tmp_path, seed=1).valid_labels.tolist() != chosen
