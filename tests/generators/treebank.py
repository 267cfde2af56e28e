"""A made-up text in the format of the Penn Treebank files, for tests that train."""

from __future__ import annotations

import gzip

import numpy as np

WORDS = ["the", "cat", "dog", "bird", "sees", "hears", "chases", "old", "young", "<unk>"]


def sentences(n, seed=0):
    """Return ``n`` lines of one simple grammar."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(n):
        nouns = rng.choice(WORDS[1:4], 2)
        verb, age = rng.choice(WORDS[4:7]), rng.choice([*WORDS[7:9], "<unk>"])
        lines.append(f" the {nouns[0]} {verb} the {age} {nouns[1]} \n")
    return "".join(lines)


def write_treebank(root, *, compressed=False, n_train=200, n_valid=100):
    """Write training and validation text; a test text that cannot be read stands beside them."""
    root.mkdir(parents=True, exist_ok=True)
    for split, n, seed in (("train", n_train, 0), ("valid", n_valid, 1)):
        content = sentences(n, seed).encode()
        if compressed:
            (root / f"ptb.{split}.txt.gz").write_bytes(gzip.compress(content))
        else:
            (root / f"ptb.{split}.txt").write_bytes(content)
    (root / "ptb.test.txt").write_bytes(b"\xff\xff")
    return root
