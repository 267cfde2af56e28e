"""The LSTM search space: two sizes of a language model with one LSTM layer (Appendix A of the paper).

References
----------
Baker, Gupta, Raskar, Naik (2017), "Accelerating Neural Architecture Search using Performance Prediction".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTHS = range(10, 1401, 20)  # 10, 30, ..., 1390


@dataclass(frozen=True)
class Sizes:
    """One configuration.

    Parameters
    ----------
    n_cells : int
        LSTM cells.
    n_inputs : int
        Inputs of the hidden layer: the width of the word embeddings.

    Examples
    --------
    >>> print(Sizes(650, 210))
    LSTM(cells=650,inputs=210)
    """

    n_cells: int
    n_inputs: int

    def __str__(self) -> str:
        return f"LSTM(cells={self.n_cells},inputs={self.n_inputs})"

    def shrunk(self, divisor: int) -> Sizes:
        """Return the sizes divided by ``divisor`` and rounded up.

        Examples
        --------
        >>> Sizes(10, 1390).shrunk(20)
        Sizes(n_cells=1, n_inputs=70)
        """
        return Sizes(-(-self.n_cells // divisor), -(-self.n_inputs // divisor))


def sample_sizes(rng: np.random.Generator) -> Sizes:
    """Draw both sizes independently; all 70 x 70 pairs are equally likely.

    Examples
    --------
    >>> sample_sizes(np.random.default_rng(0))
    Sizes(n_cells=1190, n_inputs=890)
    """
    n_cells, n_inputs = (WIDTHS[index] for index in rng.integers(len(WIDTHS), size=2))
    return Sizes(n_cells, n_inputs)
