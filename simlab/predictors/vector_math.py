"""exp and log that compilers turn into vector instructions, for the compiled kernels.

The C library's functions are called for one number at a time. These consist of plain arithmetic, so that a
loop over numbers takes four or eight at once. Their polynomials interpolate at Chebyshev nodes.
"""

from __future__ import annotations

import numpy as np

from simlab.predictors.compiled import inlined

_LOG2_E = 1.4426950408889634
#: ln 2 in two parts; the first has trailing zeros, so that its product with a small integer is exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: Added to a number below 2**51, it leaves the nearest integer in the low bits.
_ROUND = 6755399441055744.0
_LOWEST, _HIGHEST = -690.0, 690.0
_SQRT_HALF = 0.7071067811865476
_TINIEST = 2.2250738585072014e-308


@inlined
def exp(x: float) -> float:
    """Return e**x within a relative 1e-15 for -690 <= x <= 690, beyond it the value at that bound; NaN stays.

    Examples
    --------
    >>> float(round(exp(1.0), 12))
    2.718281828459
    """
    if x < _LOWEST:  # noqa: PLR1730  # min() and max() would lose a NaN
        x = _LOWEST
    if x > _HIGHEST:  # noqa: PLR1730
        x = _HIGHEST
    shifted = x * _LOG2_E + _ROUND
    power = shifted - _ROUND
    rest = (x - power * _LN2_HIGH) - power * _LN2_LOW  # |rest| <= ln(2) / 2
    series = 2.7626495546432196e-07
    series = series * rest + 2.7640346826138498e-06
    series = series * rest + 2.4801504014426906e-05
    series = series * rest + 0.00019841169871202734
    series = series * rest + 0.0013888888932751
    series = series * rest + 0.008333333385982784
    series = series * rest + 0.041666666666572393
    series = series * rest + 0.16666666666553503
    series = series * rest + 0.50000000000000056
    series = series * rest + 1.0000000000000069
    series = series * rest + 1.0
    two_to_the_power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    return series * two_to_the_power


@inlined
def log(x: float) -> float:
    """Return ln x within 1e-15 absolutely or relatively; NaN for x <= 0, for subnormal x, and for NaN.

    Examples
    --------
    >>> float(round(log(10.0), 12)), float(log(-1.0))
    (2.302585092994, nan)
    """
    bits = np.float64(x).view(np.int64)
    biased = np.int64(((bits & 0x7FF0000000000000) >> 52) + 0x4338000000000000).view(np.float64)
    exponent = biased - (_ROUND + 1023.0)
    mantissa = np.int64((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64) * _SQRT_HALF
    # mantissa lies in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh(s)
    ratio = (mantissa - 1) / (mantissa + 1)
    square = ratio * ratio
    series = 0.084191625877547804
    series = series * square + 0.090609403009394615
    series = series * square + 0.11111718083652541
    series = series * square + 0.14285707999435371
    series = series * square + 0.20000000030938936
    series = series * square + 0.3333333333327631
    series = series * square + 1.0000000000000002
    half = exponent + 0.5  # the factor sqrt(1/2) above
    logarithm = half * _LN2_HIGH + (half * _LN2_LOW + 2 * ratio * series)
    return logarithm if x >= _TINIEST else np.nan
