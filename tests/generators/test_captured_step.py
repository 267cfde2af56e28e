"""The bookkeeping around a CUDA graph; no GPU was at hand, so a make-believe one stands in for torch's."""
# ruff: noqa: E402  - nothing below can be imported without torch

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="needs torch, of the generators extra")

from generators.captured_step import WARM_UP, CapturedStep


class Cuda:
    """Graphs that remember the step called during their capture, and streams that do nothing."""

    def __init__(self):
        self.recording = None
        self.n_captures = 0
        self.stream = self.device = lambda _: nullcontext()
        self.Stream = self.current_stream = lambda: SimpleNamespace(wait_stream=lambda _: None)
        self.CUDAGraph = SimpleNamespace

    @contextmanager
    def graph(self, graph):
        self.n_captures += 1
        self.recording = graph
        yield
        self.recording = None


@pytest.fixture
def cuda(monkeypatch):
    fake = Cuda()
    monkeypatch.setattr("generators.captured_step.torch", SimpleNamespace(cuda=fake))
    return fake


def test_every_step_is_taken_once_on_its_own_inputs(cuda):
    taken = []

    def step(batch, rate):
        if cuda.recording is not None:  # a capture runs nothing
            cuda.recording.replay = lambda: step(batch, rate)
        else:
            taken.append((batch.tolist(), rate.item()))

    captured = CapturedStep(step)
    inputs = [
        (torch.arange(3 if number % 4 == 3 else 5) + number, torch.tensor(0.5 * number))
        for number in range(12)
    ]
    for batch, rate in inputs:
        captured(batch, rate)
    assert taken == [(batch.tolist(), rate.item()) for batch, rate in inputs]
    assert cuda.n_captures == 1
    assert captured.n_warm == WARM_UP
