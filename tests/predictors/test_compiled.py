"""Compiled functions: what the compiler may do to them, and what the user hears of it."""

from __future__ import annotations

import logging

import numba
import numpy as np

from simlab.predictors import compiled as module
from simlab.predictors.compiled import compiled


def total(values):
    result = 0.0
    for value in values:
        result += value
    return result


def product_sum(values, other):
    result = 0.0
    for k in range(values.size):
        result += values[k] * other[k]
    return result


def largest(values):
    result = -np.inf
    for value in values:
        result = max(result, value)
    return result


def ratio(numerator, denominator):
    return numerator / denominator


def test_sums_are_neither_reordered_nor_fused():
    rng = np.random.default_rng(0)
    values, other = rng.normal(size=(2, 1001)) * 10.0 ** rng.integers(-8, 8, (2, 1001))
    assert compiled(total)(values) == total(values)
    assert compiled(product_sum)(values, other) == product_sum(values, other)
    assert compiled(largest)(values) == values.max()


def test_a_division_by_zero_gives_infinity():
    assert compiled(ratio)(1.0, 0.0) == np.inf


def test_where_no_cache_can_be_written_functions_are_compiled_without_one(monkeypatch):
    def nowhere(function):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(module, "_Cache", nowhere)
    assert compiled(total)(np.arange(4.0)) == 6.0


def test_machine_code_is_read_again_until_any_file_of_kernels_changes(tmp_path, monkeypatch):
    """What a kernel calls in another file is part of its machine code, which Numba alone would not notice."""
    digest = "as it was"
    monkeypatch.setattr(module, "kernels_digest", lambda _: digest)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def hits() -> int:
        function = compiled(total)
        assert function(np.arange(4.0)) == 6.0
        return sum(function.stats.cache_hits.values())

    assert [hits(), hits()] == [0, 1]
    digest = "edited"
    assert [hits(), hits()] == [0, 1]


def test_the_digest_of_kernels_follows_their_files_and_no_others(tmp_path):
    (tmp_path / "kernel.py").write_text("@compiled\ndef one(): ...")
    (tmp_path / "other.py").write_text("def two(): ...")

    def digest() -> str:
        module.kernels_digest.cache_clear()
        return module.kernels_digest(tmp_path)

    before = digest()
    (tmp_path / "other.py").write_text("def three(): ...")
    assert digest() == before
    (tmp_path / "kernel.py").write_text("@compiled\ndef four(): ...")
    assert digest() != before


def test_compilation_is_announced_once_and_only_for_our_own_functions(caplog, monkeypatch):
    monkeypatch.setattr(module._notice, "given", False)
    foreign = numba.njit(lambda x: x + 1)
    first, second = numba.njit(lambda x: x + 2), numba.njit(lambda x: x + 3)
    for ours in (first, second):
        ours.py_func.__module__ = "simlab.toy"
    with caplog.at_level(logging.WARNING):
        foreign(1)
        assert caplog.messages == []
        first(1)
        second(1)
        first(2)
    assert [message.startswith("simlab compiles") for message in caplog.messages] == [True]
