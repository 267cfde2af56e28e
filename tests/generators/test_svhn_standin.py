from __future__ import annotations

import numpy as np
import pytest

from generators.data.house_numbers import compose, draw_traits
from generators.data.images import DataError
from generators.data.svhn_standin import SVHN_STANDIN
from tests.generators.images import write_batches, write_mnist

N = 400
MEANS = [[121.3, 176.5, 147.8], [168.5, 177.0, 128.5], [152.0, 115.2, 114.5]]  # by picture and channel


@pytest.fixture
def data_root(tmp_path):
    write_mnist(tmp_path)
    write_batches(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def traits():
    return draw_traits(np.random.default_rng(0), N, 7)


def draw(traits, middle=0, sides=0):
    """Draw white squares, as high as the digits of MNIST, on grey photographs."""

    def squares(brightness):
        images = np.zeros((N, 28, 28), dtype=np.uint8)
        images[:, 4:24, 10:18] = brightness
        return images

    grey = np.full((N, 3, 32, 32), 128, dtype=np.uint8)
    return compose(squares(middle), squares(sides), squares(sides), grey, traits).astype(int)


def test_pictures_depend_on_their_row_alone(data_root):
    rows = np.array([7, 3, 149, 7])
    pictures = SVHN_STANDIN.read_images(data_root, rows)
    assert (pictures.shape, pictures.dtype) == ((4, 3, 32, 32), np.uint8)
    np.testing.assert_array_equal(pictures[0], pictures[3])
    everything = SVHN_STANDIN.read_images(data_root, np.arange(150))
    np.testing.assert_array_equal(everything[rows], pictures)
    assert len(np.unique(everything.reshape(150, -1), axis=0)) == 150


def test_many_pictures_are_those_drawn_in_one_go(data_root, monkeypatch):
    whole = SVHN_STANDIN.read_images(data_root, np.arange(150))
    monkeypatch.setattr("generators.data.svhn_standin.CHUNK", 40)
    np.testing.assert_array_equal(SVHN_STANDIN.read_images(data_root, np.arange(150)), whole)


def test_pictures_never_change(data_root):
    """A corpus that ships can only grow while this holds."""
    means = SVHN_STANDIN.read_images(data_root, np.arange(3)).mean((2, 3))
    np.testing.assert_allclose(means, MEANS, atol=0.1)


def test_labels_are_those_of_mnist(tmp_path):
    digits = write_mnist(tmp_path)
    write_batches(tmp_path)
    np.testing.assert_array_equal(SVHN_STANDIN.read_labels(tmp_path), digits)


def test_digit_stands_in_the_middle_and_is_told_apart(traits):
    with_digit, without = draw(traits, middle=255), draw(traits)
    assert (without == without[:, :, :1, :1]).all()  # nothing but the ground
    changed = (np.abs(with_digit - without).max(1) > 10).astype(float)
    assert (changed.sum((1, 2)) > 40).all()
    from_centre = np.arange(32) - 15.5
    for axis in (1, 2):
        centre = (changed.sum(axis) * from_centre).sum(1) / changed.sum((1, 2))
        assert np.abs(centre).max() < 3


def test_neighbours_leave_the_middle_to_the_digit(traits):
    neighbours = np.abs(draw(traits, sides=255) - draw(traits)).max(1) > 10
    assert neighbours[:, :, 15:17].mean() < 0.05
    assert 0.4 < neighbours[:, :, :5].any((1, 2)).mean() < 0.9  # some are missing, or out of sight
    assert 0.4 < neighbours[:, :, -5:].any((1, 2)).mean() < 0.9


def test_most_ink_is_brighter_than_its_ground(traits):
    brighter = (traits.ink.mean(1) > traits.ground.mean(1)).mean()
    assert 0.9 < brighter < 1


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"mnist\.npz is missing.*tf-keras-datasets.*--data-root"):
        SVHN_STANDIN.find_files(tmp_path)
    write_mnist(tmp_path)
    with pytest.raises(DataError, match=r"no CIFAR-10 found"):
        SVHN_STANDIN.find_files(tmp_path)


@pytest.mark.parametrize("length", [0, 100, -100])
def test_damaged_file_is_named(data_root, length):
    path = data_root / "mnist.npz"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be read as SVHN stand-in"):
        SVHN_STANDIN.read_labels(data_root)


def test_other_arrays_are_refused(data_root):
    np.savez(data_root / "mnist.npz", images=np.zeros(3))
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be read"):
        SVHN_STANDIN.read_labels(data_root)
