"""A training step as a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UP = 3  # steps before the capture, so that libraries have chosen their kernels


class CapturedStep:
    """Record a step once and replay it, which spares the host the launch of hundreds of small kernels.

    Parameters
    ----------
    step : callable
        Takes tensors, all of one device, and changes others in place. It must neither wait for the GPU nor
        draw random numbers.

    Notes
    -----
    The first steps run as they are, on a stream of their own as a capture needs it; so does any step
    on tensors of other shapes than the first one's, such as the last one of an epoch.
    """

    def __init__(self, step: Callable[..., None]) -> None:
        self.step = step
        self.shapes: list[torch.Size] = []
        self.n_warm = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, *inputs: torch.Tensor) -> None:
        """Take a step."""
        shapes = [tensor.shape for tensor in inputs]
        self.shapes = self.shapes or shapes
        with torch.cuda.device(inputs[0].device):  # streams belong to the current one
            if shapes != self.shapes:
                self.step(*inputs)
            elif self.n_warm < WARM_UP:
                self._warm_up(*inputs)
            else:
                self._replay(*inputs)

    def _warm_up(self, *inputs: torch.Tensor) -> None:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            self.step(*inputs)
        torch.cuda.current_stream().wait_stream(aside)
        self.n_warm += 1

    def _replay(self, *inputs: torch.Tensor) -> None:
        if self.graph is None:
            self.inputs = [tensor.clone() for tensor in inputs]
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):  # records, and runs nothing
                self.step(*self.inputs)
        for own, tensor in zip(self.inputs, inputs, strict=True):
            own.copy_(tensor)
        self.graph.replay()
