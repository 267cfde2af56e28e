"""The five parametric curves that LC-Net mixes: each rises to 0 at the end of training."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import nan_aware

Floats = npt.NDArray[np.floating[Any]]

#: Families in their order, with the number of their parameters.
FAMILIES: Final = {"vapor-pressure": 3, "pow": 2, "log-power": 3, "exponential": 2, "hill3": 3}
N_FAMILIES: Final = len(FAMILIES)
N_PARAMETERS: Final = sum(FAMILIES.values())
#: Row of the family that each parameter belongs to.
FAMILY_OF: Final = np.repeat(np.arange(N_FAMILIES), list(FAMILIES.values()))


@nan_aware
def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)); a large -x gives 0.

    Examples
    --------
    >>> logistic(0.0), logistic(-1000.0)
    (0.5, 0.0)
    """
    return 1 / (1 + math.exp(-x))


@nan_aware
def _vapor_pressure(a: float, b: float, c: float, time: float) -> tuple[float, float, float, float]:
    log_time = math.log(time)
    now = math.exp(-a - 0.1 * (b / time + c * log_time))
    end = math.exp(-a - 0.1 * b)
    return now - end, end - now, 0.1 * (end - now / time), -0.1 * now * log_time


@nan_aware
def _pow(a: float, b: float, time: float) -> tuple[float, float, float]:
    power = time**b
    return a * (power - 1), power - 1, a * power * math.log(time)


@nan_aware
def _log_power(a: float, b: float, c: float, time: float) -> tuple[float, float, float, float]:
    at_end = 0.1 * b
    at_now = at_end - math.log(time)
    end, now = logistic(c * at_end), logistic(c * at_now)
    end_slope, now_slope = end * (1 - end), now * (1 - now)
    by_b = 0.2 * a * c * (end_slope - now_slope)
    by_c = 2 * a * (at_end * end_slope - at_now * now_slope)
    return 2 * a * (end - now), 2 * (end - now), by_b, by_c


@nan_aware
def _exponential(a: float, b: float, time: float) -> tuple[float, float, float]:
    end, now = math.exp(-10 * b), math.exp(-10 * b * time)
    return a * (end - now), end - now, 10 * a * (time * now - end)


@nan_aware
def _hill3(a: float, b: float, c: float, time: float) -> tuple[float, float, float, float]:
    at_end = math.log(c)
    at_now = at_end - math.log(time)
    end, now = logistic(b * at_end), logistic(b * at_now)
    end_slope, now_slope = end * (1 - end), now * (1 - now)
    by_b = a * (at_end * end_slope - at_now * now_slope)
    by_c = a * b / c * (end_slope - now_slope)
    return a * (end - now), end - now, by_b, by_c


@nan_aware
def basis_functions(parameters: Floats, time: float, values: Floats, slopes: Floats) -> None:
    """Evaluate the families at one point.

    ``s`` is the logistic function, ``t`` the time::

        vapor pressure   exp(-a - b / (10 t) - c log(t) / 10) - exp(-a - b / 10)
        pow              a (t^b - 1)
        log power        2 a (s(b c / 10) - s(c (b / 10 - log t)))
        exponential      a (exp(-10 b) - exp(-10 b t))
        Hill3            a (1 / (1 + (c / t)^b) - 1 / (1 + c^b))

    All vanish at t = 1. In the authors' code a slip keeps log power and Hill3 from that.

    Parameters
    ----------
    parameters : ndarray, shape (13,)
        Each in (0, 1), by family and in the order above.
    time : float
        Share of the epochs, in (0, 1].
    values : ndarray, shape (5,)
        Where to write the families' values.
    slopes : ndarray, shape (13,)
        Where to write the derivative of each parameter's family with respect to it.

    References
    ----------
    Klein, Falkner, Springenberg, Hutter. Learning curve prediction with Bayesian neural networks. ICLR 2017.

    Examples
    --------
    >>> values, slopes = np.empty(5), np.empty(13)
    >>> basis_functions(np.full(13, 0.5), 0.25, values, slopes)
    >>> values.round(3)
    array([-0.045, -0.25 , -0.166, -0.14 , -0.086])
    """
    p, s = parameters, slopes
    values[0], s[0], s[1], s[2] = _vapor_pressure(p[0], p[1], p[2], time)
    values[1], s[3], s[4] = _pow(p[3], p[4], time)
    values[2], s[5], s[6], s[7] = _log_power(p[5], p[6], p[7], time)
    values[3], s[8], s[9] = _exponential(p[8], p[9], time)
    values[4], s[10], s[11], s[12] = _hill3(p[10], p[11], p[12], time)
