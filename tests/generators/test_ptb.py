from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.data.images import DataError
from generators.data.ptb import (
    build_vocabulary,
    cut_streams,
    describe_source,
    encode,
    read_words,
    split_words,
)
from generators.lstm.recipe import MINI
from tests.generators.treebank import sentences, write_treebank

RECIPE = replace(MINI, n_train=600, n_valid=300, batch_size=5, vocabulary_size=8)


@pytest.mark.parametrize("compressed", [False, True])
def test_source_is_described(tmp_path, compressed):
    source = describe_source(write_treebank(tmp_path, compressed=compressed), RECIPE)
    assert (source["train"], source["validation"]) == (600, 300)
    assert len(source["sha256"]) == 64


def test_checksum_is_that_of_the_texts(tmp_path):
    plain = describe_source(write_treebank(tmp_path / "plain"), RECIPE)
    assert describe_source(write_treebank(tmp_path / "gz", compressed=True), RECIPE) == plain
    path = tmp_path / "plain" / "ptb.valid.txt"
    path.write_text(path.read_text().replace("old", "new", 1))
    assert describe_source(tmp_path / "plain", RECIPE)["sha256"] != plain["sha256"]


def test_words_come_in_order_with_ends_of_sentences(tmp_path):
    write_treebank(tmp_path)
    words = read_words(tmp_path, "ptb.train.txt", 1)
    assert len(words) == 200 * 7
    assert words[6::7] == ["<eos>"] * 200
    assert " ".join(words[:6]) == sentences(200).splitlines()[0].strip()


@pytest.mark.parametrize("name", ["ptb.train.txt", "ptb.valid.txt"])
def test_missing_text_says_where_to_get_it(tmp_path, name):
    (write_treebank(tmp_path) / name).unlink()
    with pytest.raises(DataError, match=rf"no Penn Treebank found \({name}.*imikolov.*--data-root"):
        describe_source(tmp_path, RECIPE)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"the cat " * 1000)[:-20], b"no gzip", b"", gzip.compress(b"\xff\xfe")],
    ids=["truncated", "not compressed", "empty", "not text"],
)
def test_damaged_text_is_named(tmp_path, content):
    write_treebank(tmp_path, compressed=True)
    (tmp_path / "ptb.valid.txt.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"ptb\.valid\.txt\.gz: (cannot be read as Penn Treebank|0 words)"):
        describe_source(tmp_path, RECIPE)


def test_flipped_byte_is_noticed(tmp_path):
    path = write_treebank(tmp_path, compressed=True) / "ptb.train.txt.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"ptb\.train\.txt\.gz: cannot be read as Penn Treebank"):
        describe_source(tmp_path, RECIPE)


def test_too_few_words_are_counted(tmp_path):
    with pytest.raises(DataError, match=r"ptb\.train\.txt: 1400 words, but the recipe needs 1401"):
        describe_source(write_treebank(tmp_path), replace(RECIPE, n_train=1400))
    describe_source(tmp_path, replace(RECIPE, n_train=1399))


def test_vocabulary_is_the_most_frequent_words():
    words = split_words("b a <unk> b \n a c <unk> <unk> <unk>\n")
    assert build_vocabulary(words, 5) == {"<unk>": 0, "<eos>": 1, "a": 2, "b": 3, "c": 4}
    assert list(build_vocabulary(words, 3)) == ["<unk>", "<eos>", "a"]


@pytest.mark.parametrize(("size", "fault"), [(6, "there are only 5"), (1, "<eos> is not among them")])
def test_vocabulary_that_cannot_be_built(size, fault):
    with pytest.raises(DataError, match=f"needs its {size} most frequent words, but {fault}"):
        build_vocabulary(split_words("b a <unk> b \n a c <unk> <unk> <unk>\n"), size)


def test_text_without_the_unknown_word_is_refused(tmp_path):
    path = write_treebank(tmp_path) / "ptb.train.txt"
    path.write_text(path.read_text().replace("<unk>", "very"))
    with pytest.raises(DataError, match="<unk> is not among them"):
        describe_source(tmp_path, RECIPE)


def test_rare_words_become_unknown():
    vocabulary = {"<eos>": 0, "<unk>": 1, "a": 2}
    np.testing.assert_array_equal(encode(["a", "rare", "<unk>", "<eos>"], vocabulary), [2, 1, 1, 0])


@given(
    n_streams=st.integers(1, 7),
    n_targets=st.integers(1, 100),
    n_more=st.integers(1, 5),
)
def test_streams_side_by_side_are_the_text(n_streams, n_targets, n_more):
    text = np.arange(n_targets + n_more)
    inputs, targets = cut_streams(text, n_streams, n_targets)
    np.testing.assert_array_equal(targets, inputs + 1)
    np.testing.assert_array_equal(inputs.T.ravel(), text[: n_targets // n_streams * n_streams])
    assert inputs.shape == targets.shape == (n_targets // n_streams, n_streams)
