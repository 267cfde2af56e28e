"""The Penn Treebank from a folder: its usual text files, as numbers of words in a small vocabulary.

References
----------
Mikolov, Karafiát, Burget, Černocký, Khudanpur (2010), "Recurrent neural network based language model".
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from generators.data.images import DataError

if TYPE_CHECKING:
    import torch

    from generators.lstm.recipe import LstmRecipe

Tokens = npt.NDArray[np.int64]

TRAIN = "ptb.train.txt"
VALID = "ptb.valid.txt"
UNKNOWN = "<unk>"
END_OF_SENTENCE = "<eos>"
WHERE = (
    f"Put {TRAIN} and {VALID} (simple-examples/data/ of Mikolov's simple-examples.tgz, from "
    "https://www.fit.vutbr.cz/~imikolov/rnnlm/), as they are or compressed as .gz, there, or name another "
    "folder with --data-root."
)


@dataclass(frozen=True)
class LanguageData:
    """Words to read and the words that follow them, int64 [length, streams] on the training device."""

    train_inputs: torch.Tensor
    train_targets: torch.Tensor
    valid_inputs: torch.Tensor
    valid_targets: torch.Tensor


def find_file(data_root: Path, name: str) -> Path:
    """Return the file of a split, ``name`` or ``name.gz``.

    Raises
    ------
    DataError
        If neither is there; says where to get it.
    """
    for path in (data_root / name, data_root / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"{data_root}: no Penn Treebank found ({name} or {name}.gz is missing). {WHERE}")


def read_text(path: Path) -> str:
    """Return the text of a split.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as Penn Treebank ({error}). {WHERE}") from error


def read_words(data_root: Path, name: str, n_needed: int) -> list[str]:
    """Return the words of a split in their order, the end of each line marked.

    Raises
    ------
    DataError
        If the file is missing or damaged, or has fewer words than needed.
    """
    path = find_file(data_root, name)
    words = split_words(read_text(path))
    if len(words) < n_needed:
        raise DataError(f"{path}: {len(words)} words, but the recipe needs {n_needed}. {WHERE}")
    return words


def split_words(text: str) -> list[str]:
    r"""Split a text into its words, with a mark at the end of each line.

    Examples
    --------
    >>> split_words(" no it was n't \n")
    ['no', 'it', 'was', "n't", '<eos>']
    """
    return [word for line in text.splitlines() for word in (*line.split(), END_OF_SENTENCE)]


def build_vocabulary(words: Sequence[str], size: int) -> dict[str, int]:
    """Return the numbers of the most frequent words: by falling frequency, then alphabetically.

    Parameters
    ----------
    words : sequence of str
        The whole training split.
    size : int
        Words in the vocabulary, the marks for unknown words and for the end of a sentence among them.

    Raises
    ------
    DataError
        If there are fewer different words, or one of the marks is not among the most frequent.

    Examples
    --------
    >>> build_vocabulary(split_words("<unk> said <unk> has said <unk> had"), 3)
    {'<unk>': 0, 'said': 1, '<eos>': 2}
    """
    ranked = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))
    vocabulary = {word: number for number, (word, _) in enumerate(ranked[:size])}
    missing = [mark for mark in (UNKNOWN, END_OF_SENTENCE) if mark not in vocabulary]
    if missing or len(vocabulary) < size:
        fault = f"{missing[0]} is not among them" if missing else f"there are only {len(vocabulary)}"
        raise DataError(f"{TRAIN}: the vocabulary needs its {size} most frequent words, but {fault}. {WHERE}")
    return vocabulary


def encode(words: Sequence[str], vocabulary: Mapping[str, int]) -> Tokens:
    """Return the numbers [n] of words; all that are not in the vocabulary become the unknown one.

    Examples
    --------
    >>> encode(["what", "he", "said"], {"<unk>": 0, "said": 1}).tolist()
    [0, 0, 1]
    """
    unknown = vocabulary[UNKNOWN]
    return np.array([vocabulary.get(word, unknown) for word in words], dtype=np.int64)


def cut_streams(tokens: Tokens, n_streams: int, n_targets: int) -> tuple[Tokens, Tokens]:
    """Cut the first tokens of a text into streams that are read side by side.

    Parameters
    ----------
    tokens : array of int, shape (n,)
        At least ``n_targets + 1`` of them.
    n_streams : int
    n_targets : int
        Words to predict; a remainder that would not fill all streams is dropped.

    Returns
    -------
    inputs, targets : array of int, shape (length, n_streams)
        Each target is the word that follows its input.

    Examples
    --------
    >>> inputs, targets = cut_streams(np.arange(10), 2, 6)
    >>> inputs.T.tolist(), targets.T.tolist()
    ([[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]])
    """
    length = n_targets // n_streams
    n_used = length * n_streams
    inputs, targets = (
        part.reshape(n_streams, length).T for part in (tokens[:n_used], tokens[1 : n_used + 1])
    )
    return np.ascontiguousarray(inputs), np.ascontiguousarray(targets)


def describe_source(data_root: Path, recipe: LstmRecipe) -> dict[str, Any]:
    """Return source, checksum of the texts (compressed or not) and split sizes for the provenance.

    Raises
    ------
    DataError
        If files are missing or damaged, or too short for the recipe.
    """
    digest = hashlib.sha256()
    for name in (TRAIN, VALID):
        digest.update(read_text(find_file(data_root, name)).encode())
    _read_splits(data_root, recipe)
    return {
        "source": f"Penn Treebank ({TRAIN}, {VALID})",
        "sha256": digest.hexdigest(),
        "train": recipe.n_train,
        "validation": recipe.n_valid,
    }


def load_language_data(data_root: Path, recipe: LstmRecipe, device: str) -> LanguageData:
    """Load the recipe's share of the training and validation text onto a device; the test text is not read.

    The vocabulary comes from the whole training text, whatever share of it is trained on.

    Parameters
    ----------
    data_root : Path
    recipe : LstmRecipe
    device : str

    Raises
    ------
    DataError
        If files are missing or damaged, or too short for the recipe.
    """
    import torch

    train, valid = (
        [torch.from_numpy(part).to(device) for part in cut_streams(tokens, recipe.batch_size, n_targets)]
        for tokens, n_targets in zip(
            _read_splits(data_root, recipe), (recipe.n_train, recipe.n_valid), strict=True
        )
    )
    return LanguageData(*train, *valid)


def _read_splits(data_root: Path, recipe: LstmRecipe) -> tuple[Tokens, Tokens]:
    train = read_words(data_root, TRAIN, recipe.n_train + 1)
    valid = read_words(data_root, VALID, recipe.n_valid + 1)
    vocabulary = build_vocabulary(train, recipe.vocabulary_size)
    return encode(train, vocabulary), encode(valid, vocabulary)
