"""Write HpBandSter's bracket tables to hpbandster_0.7.4.csv, which the tests compare ours with.

It is no extra of simlab, since it needs packages that simlab does not. In an environment of its own:
``pip install hpbandster==0.7.4``, then ``python tests/schedulers/record_hpbandster.py``.
"""

from __future__ import annotations

import csv
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

#: Budgets R and eta: those of the literature, powers, and their neighbours.
CASES = [
    (2, [8, 20, 60, 64, 100, 1024]),
    (3, [1, 2, 3, 9, 20, 26, 27, 28, 60, 80, 81, 82, 200, 243, 244, 729, 2187]),
    (4, [16, 60, 81, 255, 256]),
    (5, [60, 125, 625]),
    (10, [10, 100, 1000, 10000]),
]


def first_brackets(max_epochs: int, eta: int) -> list[tuple[list[int], list[float]]]:
    """Return sizes and budgets of every bracket of one run, in the order in which they are run."""
    from ConfigSpace import ConfigurationSpace
    from hpbandster.core.master import Master
    from hpbandster.optimizers import HyperBand

    def begin(self: Master, **settings: object) -> None:
        self.config_generator, self.config = settings["config_generator"], {}

    with patch.object(Master, "__init__", begin):  # which would look for a name server
        made = HyperBand(ConfigurationSpace(), eta=eta, min_budget=1, max_budget=max_epochs)
    brackets = [made.get_next_iteration(number) for number in range(made.max_SH_iter)]
    return [(one.num_configs, [float(budget) for budget in one.budgets]) for one in brackets]


def main() -> None:
    path = Path(__file__).with_name(f"hpbandster_{version('hpbandster')}.csv")
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["max_epochs", "eta", "bracket", "rung", "configs", "epochs"])
        for eta, budgets in CASES:
            for max_epochs in budgets:
                for place, bracket in enumerate(first_brackets(max_epochs, eta)):
                    for rung, (configs, epochs) in enumerate(zip(*bracket, strict=True)):
                        table.writerow([max_epochs, eta, place, rung, configs, epochs])


if __name__ == "__main__":
    main()
