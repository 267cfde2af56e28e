"""The eleven parametric families of learning curves (Domhan et al. 2015, Table 1), for vectors of parameters.

Each formula stands here once, for one number; the loop over columns of parameters around it becomes vector
instructions. A power x**a is exp(a ln x). Where a family is undefined (a root of a negative number), its
value is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simlab.predictors.compiled import inlined, nan_aware
from simlab.predictors.vector_math import exp, log

Floats = npt.NDArray[np.float64]
Four = tuple[float, float, float, float]
#: Of the parameters (the fourth is not always one) and of what the time axis says of an epoch.
Formula = Callable[[Four, Four], float]


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


#: Columns of a time axis.
_X, _LOG_X, _INVERSE_X, _INVERSE_LOG = range(4)
#: A vector instruction takes so many columns of parameters; from a multiple of it none is left over.
LANES = 4


def time_axis(epochs: Floats) -> Floats:
    """Return what the families need to know of epochs x, shape (n,).

    Returns
    -------
    ndarray, shape (n, 4)
        x, ln x, 1 / x and 1 / ln(x + 1).
    """
    return np.stack([epochs, np.log(epochs), 1 / epochs, 1 / np.log(epochs + 1)], axis=1)


@nan_aware
def family_values(  # noqa: C901, PLR0917  # one branch for each family; compiled functions know positions only
    family: int, n: int, parameters: Floats, first: int, axis: Floats, values: Floats
) -> None:
    """Fill in the values of one family, for n columns of parameters at m epochs.

    Parameters
    ----------
    family : int
        Its place in :data:`FAMILIES`.
    n : int
        Columns to evaluate; further ones are left alone.
    parameters : ndarray, shape (first + 4 or more, n or more)
        Working space, too: where the family has a kappa, ln kappa takes its place.
    first : int
        Row of the family's first parameter; the others follow. Of four rows those beyond them do not matter.
    axis : ndarray, shape (m, 4)
        See :func:`time_axis`.
    values : ndarray, shape (m or more, n or more)
        Filled in.

    Examples
    --------
    >>> parameters = np.array([[0.9, 0.5], [0.8, 0.0], [1.0, 1.0], [0, 0]])
    >>> values, axis = np.empty((2, 2)), time_axis(np.array([1.0, 10.0]))
    >>> family_values(1, 2, parameters, 0, axis, values)  # pow3: 0.9 - 0.8 / x, and 0.5
    >>> values.round(6)
    array([[0.1 , 0.5 ],
           [0.82, 0.5 ]])
    """
    if family == 0:
        _fill(_vapor_pressure, n, parameters, first, axis, values)
    elif family == 1:
        _fill(_pow3, n, parameters, first, axis, values)
    elif family == 2:
        _fill(_log_log_linear, n, parameters, first, axis, values)
    elif family == 3:
        _take_logarithms(n, parameters, first + 2)
        _fill(_hill3, n, parameters, first, axis, values)
    elif family == 4:
        _fill(_log_power, n, parameters, first, axis, values)
    elif family == 5:
        _fill(_pow4, n, parameters, first, axis, values)
    elif family == 6:
        _take_logarithms(n, parameters, first + 2)
        _fill(_mmf, n, parameters, first, axis, values)
    elif family == 7:
        _fill(_exp4, n, parameters, first, axis, values)
    elif family == 8:
        _fill(_janoschek, n, parameters, first, axis, values)
    elif family == 9:
        _take_logarithms(n, parameters, first + 2)
        _fill(_weibull, n, parameters, first, axis, values)
    else:
        _fill(_ilog2, n, parameters, first, axis, values)


@inlined
def _take_logarithms(n: int, parameters: Floats, row: int) -> None:
    for i in range(n):
        parameters[row, i] = log(parameters[row, i])


@inlined
def _fill(  # noqa: PLR0917  # compiled functions know positions only
    formula: Formula, n: int, parameters: Floats, first: int, axis: Floats, values: Floats
) -> None:
    for point in range(len(axis)):
        epoch = axis[point, 0], axis[point, 1], axis[point, 2], axis[point, 3]
        for i in range(n):
            column = (
                parameters[first, i],
                parameters[first + 1, i],
                parameters[first + 2, i],
                parameters[first + 3, i],
            )
            values[point, i] = formula(column, epoch)


@inlined
def _vapor_pressure(p: Four, x: Four) -> float:
    a, b, c, _ = p
    return exp(a + b * x[_INVERSE_X] + c * x[_LOG_X])


@inlined
def _pow3(p: Four, x: Four) -> float:
    c, a, alpha, _ = p
    return c - a * exp(-alpha * x[_LOG_X])


@inlined
def _log_log_linear(p: Four, x: Four) -> float:
    a, b, _, _ = p
    return log(a * x[_LOG_X] + b)


@inlined
def _hill3(p: Four, x: Four) -> float:
    theta, eta, log_kappa, _ = p
    return theta / (1 + exp(eta * (log_kappa - x[_LOG_X])))


@inlined
def _log_power(p: Four, x: Four) -> float:
    a, b, c, _ = p
    return a / (1 + exp(c * (x[_LOG_X] - b)))


@inlined
def _pow4(p: Four, x: Four) -> float:
    c, a, b, alpha = p
    return c - exp(-alpha * log(a * x[_X] + b))


@inlined
def _mmf(p: Four, x: Four) -> float:
    alpha, beta, log_kappa, delta = p
    return alpha - (alpha - beta) / (1 + exp(delta * (log_kappa + x[_LOG_X])))


@inlined
def _exp4(p: Four, x: Four) -> float:
    c, a, b, alpha = p
    return c - exp(b - a * exp(alpha * x[_LOG_X]))


@inlined
def _janoschek(p: Four, x: Four) -> float:
    alpha, beta, kappa, delta = p
    return alpha - (alpha - beta) * exp(-kappa * exp(delta * x[_LOG_X]))


@inlined
def _weibull(p: Four, x: Four) -> float:
    alpha, beta, log_kappa, delta = p
    return alpha - (alpha - beta) * exp(-exp(delta * (log_kappa + x[_LOG_X])))


@inlined
def _ilog2(p: Four, x: Four) -> float:
    c, a, _, _ = p
    return c - a * x[_INVERSE_LOG]
