from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from generators.data.images import DataError
from generators.data.svhn import SVHN
from tests.generators.images import write_svhn


def test_digits_and_images_of_the_published_file(tmp_path):
    images, digits = write_svhn(tmp_path)
    assert SVHN.read_labels(tmp_path).dtype == np.int64
    np.testing.assert_array_equal(SVHN.read_labels(tmp_path), digits)
    rows = np.array([149, 3, 3, 0])
    np.testing.assert_array_equal(SVHN.read_images(tmp_path, rows), images[rows])


def test_missing_data_says_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"train_32x32\.mat is missing.*ufldl\.stanford\.edu/housenumbers"):
        SVHN.read_labels(tmp_path)


@pytest.mark.parametrize("length", [0, 50, -50])
def test_damaged_file_is_named(tmp_path, length):
    write_svhn(tmp_path)
    path = tmp_path / "train_32x32.mat"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DataError, match=r"train_32x32\.mat: cannot be read as SVHN"):
        SVHN.read_labels(tmp_path)


def test_other_arrays_are_refused(tmp_path):
    savemat(tmp_path / "train_32x32.mat", {"X": np.zeros((28, 28, 1, 5), np.uint8), "y": np.zeros((5, 1))})
    with pytest.raises(DataError, match=r"X is uint8 \(28, 28, 1, 5\)"):
        SVHN.read_images(tmp_path, np.array([0]))
    with pytest.raises(DataError, match=r"y is float64"):
        SVHN.read_labels(tmp_path)
