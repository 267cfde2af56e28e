"""The eleven parametric families of learning curves (Domhan et al. 2015, Table 1), for vectors of parameters.

A kernel works on lanes: each has its own parameters and its own epoch, and the loop over lanes becomes vector
instructions. A power x**a is exp(a ln x). Where a family is undefined (a root of a negative number), its
value is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import inlined, nan_aware
from simlab.predictors.vector_math import exp, log

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """One parametric family.

    Attributes
    ----------
    name : str
    formula : str
        f(x) for epoch x = 1, 2, ...
    start : dict of str to float
        Parameters in the order of the kernel, with the values from which a least-squares fit starts: those of
        the original code.
    """

    name: str
    formula: str
    start: dict[str, float]


#: In the order of the kernels' numbers.
FAMILIES = (
    Family("vapor pressure", "exp(a + b / x + c ln x)", {"a": -0.622028, "b": -0.470050, "c": 0.042322}),
    Family("pow3", "c - a x**-alpha", {"c": 0.84, "a": 0.52, "alpha": 0.01}),
    Family("log log linear", "ln(a ln x + b)", {"a": 1.0, "b": 1.0}),
    Family(
        "Hill3",
        "theta x**eta / (kappa**eta + x**eta)",
        {"theta": 0.772320, "eta": 0.586449, "kappa": 2.460843},
    ),
    Family("log power", "a / (1 + (x / e**b)**c)", {"a": 0.77, "b": 2.98, "c": -0.51}),
    Family("pow4", "c - (a x + b)**-alpha", {"c": 0.8, "a": 200.0, "b": 0.0, "alpha": 0.1}),
    Family(
        "MMF",
        "alpha - (alpha - beta) / (1 + (kappa x)**delta)",
        {"alpha": 0.7, "beta": 0.1, "kappa": 0.01, "delta": 5.0},
    ),
    Family("exp4", "c - exp(-a x**alpha + b)", {"c": 0.7, "a": 0.8, "b": -0.8, "alpha": 0.3}),
    Family(
        "Janoschek",
        "alpha - (alpha - beta) exp(-kappa x**delta)",
        {"alpha": 0.73, "beta": 0.07, "kappa": 0.355, "delta": 0.46},
    ),
    Family(
        "Weibull",
        "alpha - (alpha - beta) exp(-(kappa x)**delta)",
        {"alpha": 0.7, "beta": 0.1, "kappa": 0.01, "delta": 1.0},
    ),
    Family("ilog2", "c - a / ln(x + 1)", {"c": 0.78, "a": 0.43}),
)


#: Rows of a time axis.
_X, _LOG_X, _INVERSE_X, _INVERSE_LOG = range(4)


def time_axis(epochs: Floats) -> Floats:
    """Return what the families need to know of epochs x, shape (n,).

    Returns
    -------
    ndarray, shape (4, n)
        x, ln x, 1 / x and 1 / ln(x + 1).
    """
    return np.stack([epochs, np.log(epochs), 1 / epochs, 1 / np.log(epochs + 1)])


@nan_aware
def family_values(  # noqa: C901  # one branch for each family
    family: int, parameters: Floats, axis: Floats, values: Floats
) -> None:
    """Fill in the values of one family.

    Parameters
    ----------
    family : int
        Its place in :data:`FAMILIES`.
    parameters : ndarray, shape (p, n)
        At least as many rows as the family has parameters; further ones are not read.
    axis : ndarray, shape (4, n)
        See :func:`time_axis`.
    values : ndarray, shape (n,)
        Filled in.

    Examples
    --------
    >>> parameters = np.array([[0.9, 0.9], [0.8, 0.8], [1.0, 1.0]])
    >>> values = np.empty(2)
    >>> family_values(1, parameters, time_axis(np.array([1.0, 10.0])), values)  # pow3: 0.9 - 0.8 / x
    >>> values.round(6)
    array([0.1 , 0.82])
    """
    if family == 0:
        _vapor_pressure(parameters, axis, values)
    elif family == 1:
        _pow3(parameters, axis, values)
    elif family == 2:
        _log_log_linear(parameters, axis, values)
    elif family == 3:
        _hill3(parameters, axis, values)
    elif family == 4:
        _log_power(parameters, axis, values)
    elif family == 5:
        _pow4(parameters, axis, values)
    elif family == 6:
        _mmf(parameters, axis, values)
    elif family == 7:
        _exp4(parameters, axis, values)
    elif family == 8:
        _janoschek(parameters, axis, values)
    elif family == 9:
        _weibull(parameters, axis, values)
    else:
        _ilog2(parameters, axis, values)


@inlined
def _vapor_pressure(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        a, b, c = p[0, i], p[1, i], p[2, i]
        values[i] = exp(a + b * axis[_INVERSE_X, i] + c * axis[_LOG_X, i])


@inlined
def _pow3(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        c, a, alpha = p[0, i], p[1, i], p[2, i]
        values[i] = c - a * exp(-alpha * axis[_LOG_X, i])


@inlined
def _log_log_linear(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        a, b = p[0, i], p[1, i]
        values[i] = log(a * axis[_LOG_X, i] + b)


@inlined
def _hill3(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        theta, eta, kappa = p[0, i], p[1, i], p[2, i]
        values[i] = theta / (1 + exp(eta * (log(kappa) - axis[_LOG_X, i])))


@inlined
def _log_power(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        a, b, c = p[0, i], p[1, i], p[2, i]
        values[i] = a / (1 + exp(c * (axis[_LOG_X, i] - b)))


@inlined
def _pow4(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        c, a, b, alpha = p[0, i], p[1, i], p[2, i], p[3, i]
        values[i] = c - exp(-alpha * log(a * axis[_X, i] + b))


@inlined
def _mmf(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        alpha, beta, kappa, delta = p[0, i], p[1, i], p[2, i], p[3, i]
        values[i] = alpha - (alpha - beta) / (1 + exp(delta * (log(kappa) + axis[_LOG_X, i])))


@inlined
def _exp4(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        c, a, b, alpha = p[0, i], p[1, i], p[2, i], p[3, i]
        values[i] = c - exp(b - a * exp(alpha * axis[_LOG_X, i]))


@inlined
def _janoschek(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        alpha, beta, kappa, delta = p[0, i], p[1, i], p[2, i], p[3, i]
        values[i] = alpha - (alpha - beta) * exp(-kappa * exp(delta * axis[_LOG_X, i]))


@inlined
def _weibull(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        alpha, beta, kappa, delta = p[0, i], p[1, i], p[2, i], p[3, i]
        values[i] = alpha - (alpha - beta) * exp(-exp(delta * (log(kappa) + axis[_LOG_X, i])))


@inlined
def _ilog2(p: Floats, axis: Floats, values: Floats) -> None:
    for i in range(len(values)):
        c, a = p[0, i], p[1, i]
        values[i] = c - a * axis[_INVERSE_LOG, i]
