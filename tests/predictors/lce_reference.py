"""Reference quantiles of learning curve extrapolation, by emcee and a model in plain NumPy.

Writes ``lce_reference.csv``: one row per chain of 100 walkers, with mean and quantiles of y_T. Chains start
where ours start (the least-squares fits are tested against SciPy elsewhere). Everything else is independent:
the formulas, prior, likelihood and noise below, and emcee's moves and random numbers.

    python -m tests.predictors.lce_reference    # some 7 minutes of one core; continues where it was left
"""

from __future__ import annotations

import csv
from pathlib import Path

import joblib
import numpy as np

import simlab
from simlab.predictors.lce_extrapolation import starting_point
from simlab.predictors.lce_families import FAMILIES

FILE = Path(__file__).with_suffix(".csv")
FIELDS = ("config_id", "epoch", "steps", "seed", "mean", "q05", "q50", "q95", "acceptance")
WALKERS, DISCARD, THINNING = 100, 500, 10
#: Each curve at two of these prefix lengths.
LENGTHS = (4, 6, 9, 13, 17)
N_CURVES, N_CHAINS = 40, 2
#: Chains as long as ours are by default, and for every tenth curve four times as long.
STEPS, LONG = 2500, 10_000

FORMULAS = {
    "vapor pressure": lambda x, a, b, c: np.exp(a + b / x + c * np.log(x)),
    "pow3": lambda x, c, a, alpha: c - a * x ** (-alpha),
    "log log linear": lambda x, a, b: np.log(a * np.log(x) + b),
    "Hill3": lambda x, theta, eta, kappa: theta * x**eta / (kappa**eta + x**eta),
    "log power": lambda x, a, b, c: a / (1 + (x / np.exp(b)) ** c),
    "pow4": lambda x, c, a, b, alpha: c - (a * x + b) ** (-alpha),
    "MMF": lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) / (1 + (kappa * x) ** delta),
    "exp4": lambda x, c, a, b, alpha: c - np.exp(-a * x**alpha + b),
    "Janoschek": lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) * np.exp(-kappa * x**delta),
    "Weibull": lambda x, alpha, beta, kappa, delta: alpha - (alpha - beta) * np.exp(-((kappa * x) ** delta)),
    "ilog2": lambda x, c, a: c - a / np.log(x + 1),
}


def log_probability(theta, names, scores, horizon):
    """Return log posterior, the curve's end and sigma, for rows of theta: shape (n, 3)."""
    n = len(scores)
    x = np.append(np.arange(1.0, n + 1), horizon)
    weights = 10 ** (np.arange(n) / n)
    values, column = [], 0
    with np.errstate(all="ignore"):
        for name in names:
            size = FORMULAS[name].__code__.co_argcount - 1
            parameters = theta[:, column : column + size, None]
            values.append(FORMULAS[name](x, *np.moveaxis(parameters, 1, 0)))
            column += size
        values = np.array(values)
        sigma, shares = theta[:, column], theta[:, column + 1 :]
        second, end = values[:, :, 1], values[:, :, -1]
        inside = ((second <= end) & (end >= 0) & (end <= 100)).all(axis=0) & (shares >= 0).all(axis=1)
        curve = np.einsum("nk,knx->nx", shares / shares.sum(axis=1, keepdims=True), values)
        normal = -0.5 * ((scores - curve[:, :-1]) / sigma[:, None]) ** 2 - np.log(
            sigma[:, None] * np.sqrt(2 * np.pi)
        )
        density = normal @ weights
    density = np.where(inside & np.isfinite(density), density, -np.inf)
    return np.column_stack([density, curve[:, -1], sigma])


def run_chain(scores, horizon, steps, seed):
    """Run emcee once, and return draws of y_T and the acceptance.

    Its random numbers depend on the curve as well, lest the chains of one seed err together.
    """
    import emcee

    seed = np.random.SeedSequence([seed, *scores.view(np.uint32)]).generate_state(1)[0]

    problem, start = starting_point(scores, horizon)
    names = [FAMILIES[family].name for family in problem.families]
    random = np.random.default_rng(seed)
    sampler = emcee.EnsembleSampler(
        WALKERS,
        len(start),
        log_probability,
        args=(names, scores, horizon),
        vectorize=True,
    )
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(
        start + 1e-6 * random.standard_normal((WALKERS, len(start))), steps, skip_initial_state_check=True
    )
    ends, sigmas = np.moveaxis(sampler.get_blobs()[DISCARD::THINNING], -1, 0)
    draws = ends + sigmas * random.standard_normal(ends.shape)
    return draws, float(sampler.acceptance_fraction.mean())


def cases(corpus):
    """Return (config, epoch, steps, seed) of every chain."""
    chosen = np.linspace(0, len(corpus) - 1, N_CURVES).astype(int)
    for seed in range(N_CHAINS):
        for shift in (0, 2):
            for number, config in enumerate(chosen):
                yield config, LENGTHS[(number + shift) % 5], STEPS, seed
        for number, config in enumerate(chosen[::10]):
            yield config, LENGTHS[1 + number], LONG, seed


def main():
    corpus = simlab.load("metaqnn-cifar10")
    done = set()
    if FILE.exists():
        with FILE.open() as file:
            done = {
                (row["config_id"], row["epoch"], row["steps"], row["seed"]) for row in csv.DictReader(file)
            }
    else:
        FILE.write_text(",".join(FIELDS) + "\n")
    missing = []
    for config, epoch, steps, seed in cases(corpus):
        key = (str(corpus.config_ids[config]), epoch, steps, seed)
        scores = corpus.scores[config, :epoch].copy()
        if tuple(map(str, key)) not in done and starting_point(scores, corpus.n_epochs) is not None:
            missing.append((key, scores))
    rows = joblib.Parallel(n_jobs=-1, return_as="generator")(
        joblib.delayed(summarise)(key, scores, corpus.n_epochs) for key, scores in missing
    )
    for row in rows:
        with FILE.open("a") as file:
            file.write(row + "\n")


def summarise(key, scores, horizon):
    """Return the row of one chain."""
    draws, acceptance = run_chain(scores, horizon, *key[2:])
    summary = [np.mean(draws), *np.quantile(draws, (0.05, 0.5, 0.95)), acceptance]
    return ",".join([*map(str, key), *(f"{number:.6g}" for number in summary)])


if __name__ == "__main__":
    main()
