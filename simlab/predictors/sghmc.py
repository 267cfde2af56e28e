"""Stochastic gradient Hamiltonian Monte Carlo that finds the scale of every coordinate by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

#: Keeps divisions finite where a gradient vanishes.
_TINY = 1e-16


def normal_draws(rng: np.random.Generator, out: Floats) -> None:
    """Fill a vector with standard normal draws, by Box and Muller's formula.

    NumPy's own generator makes one draw at a time; the logarithms and sines here are vectors, which in single
    precision is several times as fast.

    Examples
    --------
    >>> draws = np.empty(10_001, np.float32)
    >>> normal_draws(np.random.default_rng(0), out=draws)
    >>> bool(abs(draws.mean()) < 0.03), bool(abs(draws.std() - 1) < 0.03)
    (True, True)
    """
    pairs = (len(out) + 1) // 2
    uniform = rng.random((2, pairs), dtype=out.dtype)
    radius = np.sqrt(-2 * np.log1p(-uniform[0]))
    angle = 2 * np.pi * uniform[1]
    np.multiply(radius, np.cos(angle), out=out[:pairs])
    np.multiply(radius[: len(out) - pairs], np.sin(angle[: len(out) - pairs]), out=out[pairs:])


class SGHMC:
    """Samples from exp(-U) by noisy gradients of U: a heavy ball with friction.

    While it adapts, it estimates each coordinate's second moment V of the gradient, over a window whose
    length follows from how steady the gradient is. One move is::

        momentum = (1 - friction) momentum - step^2 V^(-1/2) gradient + noise
        position = position + momentum

    with noise of variance ``2 step^2 friction V^(-1/2) - step^4``. The second term stands for the noise of
    the gradient itself. Where that is the larger one nothing can be added, and the chain is hotter than the
    posterior; :attr:`share_unheated` says for how many coordinates it is not.

    Parameters
    ----------
    position : ndarray, shape (d,)
        Where to start; moved in place.
    rng : numpy.random.Generator
    step : float
        Step size.
    friction : float
        Share of the momentum that each move loses.

    Attributes
    ----------
    position : ndarray, shape (d,)
    adapting : bool
        Whether moves still learn the scales; set it to False once the burn-in is over.

    References
    ----------
    Chen, Fox, Guestrin. Stochastic gradient Hamiltonian Monte Carlo. ICML 2014. The scales: Springenberg,
    Klein, Falkner, Hutter. Bayesian optimization with robust Bayesian neural networks. NIPS 2016, Section 4.

    Examples
    --------
    >>> sampler = SGHMC(np.zeros(500), np.random.default_rng(0), step=0.3)
    >>> for move in range(300):  # 500 independent chains on a standard normal, whose U has gradient x
    ...     sampler.adapting = move < 100
    ...     sampler.move(sampler.position)
    >>> bool(abs(sampler.position.mean()) < 0.15)
    True
    """

    def __init__(
        self, position: Floats, rng: np.random.Generator, *, step: float = 0.01, friction: float = 0.05
    ) -> None:
        self.position = position
        self.adapting = True
        self._rng = rng
        self._step, self._friction = step, friction
        self._momentum = np.zeros_like(position)
        self._window = np.ones_like(position)
        self._mean = np.ones_like(position)
        self._square = np.ones_like(position)
        self._work = np.empty_like(position)
        self._set_scales()

    @property
    def share_unheated(self) -> float:
        """Share of coordinates whose gradient noise is small enough to be accounted for."""
        return float(np.mean(self._noise > 0))

    def move(self, gradient: Floats) -> None:
        """Move once.

        Parameters
        ----------
        gradient : ndarray, shape (d,)
            An unbiased estimate of the gradient of U at the position.
        """
        if self.adapting:
            self._adapt(gradient)
        np.multiply(self._drift, gradient, out=self._work)
        self._momentum *= 1 - self._friction
        self._momentum -= self._work
        normal_draws(self._rng, out=self._work)
        self._work *= self._noise
        self._momentum += self._work
        self.position += self._momentum

    def _adapt(self, gradient: Floats) -> None:
        """Update the moments (Springenberg et al. 2016, Equations 8 and 9), all from their former values."""
        share = 1 / (self._window + 1)
        self._window *= 1 - self._mean**2 / (self._square + _TINY)
        self._window += 1
        self._mean += share * (gradient - self._mean)
        self._square += share * (gradient**2 - self._square)
        self._set_scales()

    def _set_scales(self) -> None:
        scale = 1 / (np.sqrt(self._square) + _TINY)
        self._drift = self._step**2 * scale
        variance = 2 * self._friction * self._drift - self._step**4
        self._noise = np.sqrt(np.maximum(variance, 0))
