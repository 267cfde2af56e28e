"""Write the predictions of LCE into the folders of shipped corpora.

``python -m analyses.ship_predictions NAME ...``. They depend on the prefix alone, and take long to make. A
slow test makes some of them again.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

import simlab
from analyses import fig3
from simlab.cli.progress import progress_bar
from simlab.evaluation.study import epoch_at
from simlab.predictions import PredictionStore, PredictionTable
from simlab.predictions.shipped import write_shipped
from simlab.predictors import LCE

#: Corpora up to this length get every prefix length, longer ones those of Figure 3.
ALL_UP_TO: Final = 20


def lengths(n_epochs: int) -> list[int]:
    """Return the prefix lengths that are shipped.

    Examples
    --------
    >>> lengths(12), lengths(60)
    ([3, 4, 5, 6, 7, 8, 9, 10, 11], [6, 15, 30, 45, 54])
    """
    shown = {epoch_at(share, n_epochs) for share in fig3.FRACTIONS}
    every = set(range(1, n_epochs)) if n_epochs <= ALL_UP_TO else shown
    return sorted(epoch for epoch in every if epoch >= LCE.min_epochs)


def main(names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Shipped corpora.")]) -> None:
    """Extrapolate every prefix of these lengths; what was made before is read from the store."""
    for name in names:
        corpus = simlab.load(name)
        table = PredictionTable(corpus, LCE(), [], store=PredictionStore())
        made, asked = [], lengths(corpus.n_epochs)
        with progress_bar(name, len(asked)) as advance:
            for epoch in asked:
                found = table.at(epoch)
                made.append((epoch, corpus.config_ids[found.configs], found.prediction))
                advance(len(made))
        print(write_shipped(corpus, LCE(), made))


if __name__ == "__main__":
    typer.run(main)
