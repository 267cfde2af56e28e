from __future__ import annotations

import numpy as np
import pytest

from generators.data.images import DataError
from generators.data.tinyimagenet import TinyImageNet
from tests.generators.images import as_jpeg, flat_colours, write_parquet

CLASSES = [f"n0{number}" for number in range(5)]
N_OF_CLASS = 12  # two-digit numbers among them
LABELS = np.repeat(np.arange(5), N_OF_CLASS)
IMAGES = flat_colours(len(LABELS))
SOURCE = TinyImageNet(3)
USED = 3 * N_OF_CLASS


@pytest.fixture
def as_parquet(tmp_path):
    write_parquet(tmp_path / "tinyimagenet32_jpeg.parquet", IMAGES, LABELS, "val")
    return tmp_path


@pytest.fixture
def as_published(tmp_path):
    """Write 64 x 64 images in a folder for each class; the published class list is in no order either."""
    for label, wnid in enumerate(CLASSES):
        folder = tmp_path / "tiny-imagenet-200" / "train" / wnid / "images"
        folder.mkdir(parents=True)
        for number in range(N_OF_CLASS):
            image = IMAGES[label * N_OF_CLASS + number].repeat(2, axis=1).repeat(2, axis=2)
            (folder / f"{wnid}_{number}.JPEG").write_bytes(as_jpeg(image))
    (tmp_path / "tiny-imagenet-200" / "wnids.txt").write_text("\n".join(reversed(CLASSES)) + "\n")
    return tmp_path


@pytest.fixture(params=["as_parquet", "as_published"])
def data_root(request):
    return request.getfixturevalue(request.param)


def test_first_classes_of_the_training_split_are_read(data_root):
    np.testing.assert_array_equal(SOURCE.read_labels(data_root), LABELS[:USED])


def test_images_are_those_of_the_rows(data_root):
    rows = np.array([USED - 1, 2, 10, N_OF_CLASS])
    read = SOURCE.read_images(data_root, rows)
    assert (read.shape, read.dtype) == ((4, 3, 32, 32), np.uint8)
    assert np.abs(read.astype(int) - IMAGES[rows]).max() <= 4  # JPEG


def test_only_images_in_use_are_opened(as_published):
    for wnid in CLASSES[3:]:
        for path in (as_published / "tiny-imagenet-200" / "train" / wnid / "images").iterdir():
            path.write_bytes(b"no image")
    (as_published / "tiny-imagenet-200" / "train" / "n00" / "images" / "n00_5.JPEG").write_bytes(b"no image")
    assert len(SOURCE.find_files(as_published)) == 1 + USED
    SOURCE.read_images(as_published, np.array([4, 6]))
    with pytest.raises(DataError, match=r"n00_5\.JPEG: cannot be read as TinyImageNet"):
        SOURCE.read_images(as_published, np.array([5]))


def test_part_of_the_classes_is_part_of_the_title():
    assert TinyImageNet().title == "TinyImageNet"
    assert SOURCE.title == "TinyImageNet (first 3 classes)"


def test_missing_data_says_where_to_get_it(tmp_path):
    with pytest.raises(
        DataError, match=r"no TinyImageNet .* found.*wnids\.txt is missing.*cs231n.*--data-root"
    ):
        SOURCE.read_labels(tmp_path)


def test_missing_images_are_named(as_published):
    for path in (as_published / "tiny-imagenet-200" / "train" / "n01" / "images").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"n01/images: cannot be read .*no images"):
        SOURCE.read_labels(as_published)


def test_missing_classes_are_counted(as_published):
    with pytest.raises(DataError, match=r"wnids\.txt: .* \(5 classes instead of 6\)"):
        TinyImageNet(6).read_labels(as_published)


def test_damaged_parquet_is_named(as_parquet):
    path = as_parquet / "tinyimagenet32_jpeg.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"tinyimagenet32_jpeg\.parquet: cannot be read as TinyImageNet"):
        SOURCE.read_labels(as_parquet)
