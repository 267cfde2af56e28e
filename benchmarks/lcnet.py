"""What a training step of LC-Net takes against the same network in PyTorch, at which held-out likelihood.

The peer is written as such networks are in PyTorch: layers of ``torch.nn`` in double precision, gradients by
autograd, SGHMC as an optimiser over the layers' tensors. Architecture, priors, minibatches of 20 points,
adaptation of scales, number of steps and of networks kept are ours. Both run on one thread. Needs the
``generators`` extra.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread, for both alike

import argparse
import math
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import nn

import simlab
from simlab.corpus import Corpus
from simlab.predictors.lcnet_basis import FAMILIES
from simlab.predictors.lcnet_network import (
    DEPTH,
    LARGEST_LOG_VARIANCE,
    PRIOR_LOG_VARIANCE,
    PRIOR_SPREAD,
    WIDTH,
    LCNetwork,
    Outputs,
)
from simlab.predictors.lcnet_points import observed_points, standardised_features
from simlab.predictors.lcnet_sampling import BATCH, THINNING, minibatches, sample_networks
from simlab.predictors.score_scale import scale_of

BURN_IN, FRACTION = 100, 0.25
LEAST_SPEEDUP = 10


class Problem:
    """Full curves of 100 configurations and the first quarter of all others, whose ends are held out."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(corpus))
        epoch = int(FRACTION * corpus.n_epochs)
        rest = order[BURN_IN:]
        rest = rest[(corpus.lengths[rest] > epoch) & np.isfinite(corpus.final_scores[rest])]
        training, prefixes = corpus.training_set(order[:BURN_IN]), corpus.prefixes(rest, epoch)
        scale = scale_of(corpus.metric, training.targets)
        features = standardised_features(training, prefixes)
        self.points = observed_points(training, prefixes, features, scale)
        self.features = features[:, BURN_IN - training.n_without_target :]
        self.ends = scale.unit(corpus.final_scores[rest])

    def log_likelihood(self, outputs: Outputs) -> float:
        """Return the mean log-density of the held-out ends under the mixture of all networks kept."""
        variance = np.exp(outputs.log_variance)
        each = -0.5 * ((self.ends - outputs.mean) ** 2 / variance + np.log(2 * np.pi * variance))
        return float(np.mean(np.logaddexp.reduce(each, axis=0) - np.log(len(each))))

    def r2(self, outputs: Outputs) -> float:
        misses = self.ends - outputs.mean.mean(axis=0)
        return float(1 - np.mean(misses**2) / self.ends.var())


def basis_layer(theta: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    log_t = torch.log(t)
    a, b, c = theta[:, 0], theta[:, 1], theta[:, 2]
    vapor = torch.exp(-a - b / 10 / t - c / 10 * log_t) - torch.exp(-a - b / 10)
    a, b = theta[:, 3], theta[:, 4]
    power = a * (t**b - 1)
    a, b, c = theta[:, 5], theta[:, 6] / 10, theta[:, 7]
    log_power = 2 * a * (1 / (1 + torch.exp(-b * c)) - 1 / (1 + torch.exp(c * (log_t - b))))
    a, b = theta[:, 8], 10 * theta[:, 9]
    exponential = a * (torch.exp(-b) - torch.exp(-b * t))
    a, b, c = theta[:, 10], theta[:, 11], theta[:, 12]
    hill = a * (1 / (1 + (c / t) ** b) - 1 / (1 + c**b))
    return torch.stack([vapor, power, log_power, exponential, hill], dim=1)


class Peer(nn.Module):
    def __init__(self, n_features: int) -> None:
        super().__init__()
        widths = [n_features, *[WIDTH] * DEPTH]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.theta = nn.Linear(WIDTH, sum(FAMILIES.values()))
        self.weights = nn.Linear(WIDTH, len(FAMILIES))
        self.asymptote = nn.Linear(WIDTH, 1)
        self.noise = nn.Linear(WIDTH, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))
                nn.init.zeros_(layer.bias)
        nn.init.constant_(self.weights.weight, 0.01)

    def forward(self, features: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = features
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        basis = basis_layer(torch.sigmoid(self.theta(x)), t)
        mixture = torch.sum(basis * torch.softmax(self.weights(x), -1), dim=1)
        mean = torch.sigmoid(self.asymptote(x))[:, 0] + mixture
        return mean, LARGEST_LOG_VARIANCE * (2 * torch.sigmoid(self.noise(x))[:, 0] - 1)


class AdaptiveSGHMC(torch.optim.Optimizer):
    def __init__(self, parameters: Iterator[nn.Parameter], discard: int) -> None:
        super().__init__(parameters, {"step": 0.01, "friction": 0.05, "discard": discard})
        self.n_moves = 0

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        self.n_moves += 1
        for group in self.param_groups:
            for parameter in group["params"]:
                self._move(parameter, group["step"], group["friction"], self.n_moves <= group["discard"])

    def _move(self, parameter: nn.Parameter, step: float, friction: float, adapting: bool) -> None:
        state, gradient = self.state[parameter], parameter.grad
        if not state:
            state |= {name: torch.ones_like(parameter) for name in ("window", "mean", "square")}
            state["momentum"] = torch.zeros_like(parameter)
        window, mean, square = state["window"], state["mean"], state["square"]
        if adapting:
            share = 1 / (window + 1)
            window.add_(-window * mean * mean / (square + 1e-16) + 1)
            mean.add_(share * (gradient - mean))
            square.add_(share * (gradient**2 - square))
        inverse = 1 / (torch.sqrt(square) + 1e-16)
        deviation = torch.sqrt(torch.clamp(2 * step**2 * friction * inverse - step**4, min=0))
        state["momentum"].add_(
            -(step**2) * inverse * gradient
            - friction * state["momentum"]
            + deviation * torch.randn_like(parameter)
        )
        parameter.add_(state["momentum"])


def peer(problem: Problem, steps: int, discard: int, seed: int) -> Outputs:
    """Train in PyTorch, and evaluate the ends by every network kept."""
    torch.manual_seed(seed)
    rng, points = np.random.default_rng(seed), problem.points
    net = Peer(len(points.features)).double()
    optimiser = AdaptiveSGHMC(net.parameters(), discard)
    features, t, scores = (
        torch.from_numpy(part.astype(float)) for part in (points.features.T, points.time, points.scores)
    )
    ends = torch.from_numpy(problem.features.T.astype(float))
    said = []
    batches = minibatches(len(points), BATCH, rng)
    for number, batch in zip(range(1, steps + 1), batches, strict=False):
        rows = torch.from_numpy(batch)
        optimiser.zero_grad()
        mean, log_variance = net(features[rows], t[rows])
        misses = (scores[rows] - mean) ** 2 * torch.exp(-log_variance) + log_variance
        prior = torch.mean((log_variance - PRIOR_LOG_VARIANCE) ** 2) / (2 * PRIOR_SPREAD)
        for layer in net.modules():
            if isinstance(layer, nn.Linear):
                prior += (layer.in_features * torch.sum(layer.weight**2) + torch.sum(layer.bias**2)) / 2
        potential = len(points) * torch.mean(misses) / 2 + prior
        potential.backward()
        optimiser.step()
        if number > discard and number % THINNING == 0:
            with torch.no_grad():
                said.append([part.numpy() for part in net(ends, torch.ones(len(ends), dtype=torch.float64))])
    return Outputs(*np.array(said).swapaxes(0, 1))


def ours(problem: Problem, steps: int, discard: int, seed: int) -> Outputs:
    points = problem.points
    posterior = sample_networks(points, steps, discard, np.random.default_rng(seed))
    n = len(problem.ends)
    network = LCNetwork(len(points.features), n)
    said = [network.forward(one, problem.features, np.ones(n)) for one in posterior.networks]
    return Outputs(*np.array(said).swapaxes(0, 1))


Sampler = Callable[[Problem, int, int, int], Outputs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="metaqnn-cifar10")
    parser.add_argument("--steps", type=int, default=20_000, help="half of them discarded")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    corpus = simlab.load(options.corpus)
    methods: dict[str, Sampler] = {"simlab": ours, "PyTorch": peer}
    cpu: dict[str, float] = {}
    print(f"LC-Net on {options.corpus}: {options.steps} steps, half of them discarded")
    for name, sample in methods.items():
        sample(Problem(corpus, 0), 200, 100, 0)  # compile, and start
        seconds, likelihoods, r2 = [], [], []
        for seed in range(options.seeds):
            problem = Problem(corpus, seed)
            start = time.process_time()
            outputs = sample(problem, options.steps, options.steps // 2, seed)
            seconds.append(time.process_time() - start)
            likelihoods.append(problem.log_likelihood(outputs))
            r2.append(problem.r2(outputs))
        cpu[name] = min(seconds)
        print(f"  {name}: {cpu[name] / options.steps * 1e6:7.0f} us CPU per step, {cpu[name]:6.1f} s in all")
        print(f"    held-out log-likelihood {np.round(likelihoods, 3)}, R2 {np.round(r2, 3)}", flush=True)
    print(f"  ratio {cpu['PyTorch'] / cpu['simlab']:.1f}   (target {LEAST_SPEEDUP})")


if __name__ == "__main__":
    main()
