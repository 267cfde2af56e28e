"""Several networks of LC-Net that look at one configuration at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simlab.predictors.lcnet_network import LCNetwork, read_outputs

Floats = npt.NDArray[np.floating[Any]]


class Curves(NamedTuple):
    """What k networks say of one configuration at q times.

    Attributes
    ----------
    mean : ndarray, shape (k, q)
        Of the observed score, on the scale from 0 to 1.
    log_variance : ndarray, shape (k,)
        Of the noise, the same at all times.
    """

    mean: npt.NDArray[np.float64]
    log_variance: npt.NDArray[np.float64]


class NetworkEnsemble:
    """Several networks that look at one configuration after the other, all epochs of its curve at once.

    What they say of it is the same to the last bit, whatever else is predicted: a matrix product over many
    configurations may round each of them differently from one alone.

    Parameters
    ----------
    n_features : int
    networks : sequence of ndarray, each of shape (n_parameters,)
        Parameters, at least one network's.

    Examples
    --------
    >>> network, rng = LCNetwork(n_features=2, n_points=1), np.random.default_rng(0)
    >>> ensemble = NetworkEnsemble(2, [network.initial(rng) for _ in range(5)])
    >>> curves = ensemble.curves(np.zeros(2), np.array([0.1, 0.5, 1.0]))
    >>> curves.mean.shape, curves.log_variance.shape
    ((5, 3), (5,))
    """

    def __init__(self, n_features: int, networks: Sequence[Floats]) -> None:
        parts = [LCNetwork(n_features, 0).layers(one) for one in networks]
        self._layers = [np.array(layers) for layers in zip(*parts, strict=True)]

    def curves(self, features: Floats, time: Floats) -> Curves:
        """Return what each network says of one configuration.

        Parameters
        ----------
        features : ndarray, shape (n_features,)
            Standardised.
        time : ndarray, shape (q,)
            Shares of the epochs, in (0, 1].
        """
        signal = features[:, None]
        for layer in self._layers[:-1]:
            signal = np.tanh(layer[:, :, :-1] @ signal + layer[:, :, -1:])
        raw = (self._layers[-1][:, :, :-1] @ signal + self._layers[-1][:, :, -1:])[:, :, 0].T
        n_networks, n_times = raw.shape[1], len(time)
        mean, log_variance = (np.empty(n_networks * n_times, raw.dtype) for _ in range(2))
        points = np.repeat(raw, n_times, axis=1)
        read_outputs(points, np.tile(time.astype(raw.dtype), n_networks), mean, log_variance)
        both = np.array([mean, log_variance], np.float64).reshape(2, n_networks, n_times)
        return Curves(both[0], both[1, :, 0])
