"""The summary of a simulation as a table: one row per setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from simlab.charts.texts import (
    count_text,
    mean_text,
    number_text,
    proportion_text,
    search_text,
    variant_labels,
)
from simlab.measures import RunSummary

if TYPE_CHECKING:
    from rich.table import Table

    from simlab.simulator import SimulationResult

_UNKNOWN = "-"
#: Heading of each column, and what stands in it.
_COLUMNS: dict[str, Callable[[RunSummary], str]] = {
    "speedup": lambda run: mean_text(run.speedup),
    "w/o burn-in": lambda run: number_text(run.speedup_without_burn_in.mean),
    "wall clock": lambda run: number_text(run.speedup_wall_clock.mean),
    "recovery": lambda run: proportion_text(run.recovery),
    "within SE": lambda run: count_text(run.recovery_within_se),
    "regret": lambda run: _UNKNOWN if run.regret is None else f"{run.regret:.4f}",
    "epochs": lambda run: f"{run.epochs_spent:,.0f}",
}


def summary_cells(result: SimulationResult) -> pl.DataFrame:
    """Return the table as text, one row per run, in the order in which the policies were given.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    polars.DataFrame
        Policy, variant, threshold, then the measures; all columns are text.
    """
    runs = result.summaries
    cells = {
        "policy": [run.policy for run in runs],
        "variant": variant_labels(runs),
        "threshold": [_UNKNOWN if run.threshold is None else f"{run.threshold:g}" for run in runs],
    }
    return pl.DataFrame(cells | {heading: list(map(write, runs)) for heading, write in _COLUMNS.items()})


def summary_caption(result: SimulationResult) -> str:
    """Say what the figures of the table are means of, and which ceiling they stand below."""
    runs, level = result.summaries, f"{result.provenance['level']:.0%}"
    bounds = {run.burn_in: run.ceiling for run in runs if run.burn_in}
    told = [f"{ceiling:.2f} with a burn-in of {burn_in}" for burn_in, ceiling in sorted(bounds.items())]
    totals = sorted({round(run.epochs_total) for run in runs})  # a scheduler may not start every trial
    total = f"{totals[0]:,}" if len(totals) == 1 else f"{totals[0]:,} to {totals[-1]:,}, by scheduler,"
    what = (
        f"Means of {runs[0].orderings} random orderings of {result.provenance['corpus']}, speedup in epochs "
        f"with its {level} t interval; training everything that was started takes {total} epochs. "
        "Recovery: orderings in which the best configuration was trained to its end, with the "
        f"{level} Clopper-Pearson interval of their share in percent."
    )
    ceilings = f"Ceiling of the speedup: {'; '.join(told)}." if told else ""
    return " ".join(filter(None, [what, search_text(runs), ceilings]))


def summary_table(result: SimulationResult) -> Table:
    """Return the table for a terminal of 80 columns or more, with its caption.

    Parameters
    ----------
    result : SimulationResult

    Returns
    -------
    rich.table.Table

    Examples
    --------
    >>> import numpy as np, polars as pl, simlab
    >>> from rich.console import Console
    >>> from simlab.policies import Never, Oracle
    >>> frame = pl.DataFrame({"run": np.repeat(range(5), 4), "epoch": [1, 2, 3, 4] * 5,
    ...                       "acc": np.linspace(0.1, 0.9, 20)})
    >>> corpus = simlab.Corpus.from_frame(frame, config_id="run", epoch="epoch", value="acc",
    ...                                   direction="maximize")
    >>> result = simlab.simulate(corpus, [Never(), Oracle()], orderings=3)
    >>> table = summary_table(result)
    >>> table.row_count, [column.header for column in table.columns][:3]
    (2, ['policy', 'threshold', 'speedup'])
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    table.caption = summary_caption(result)
    left_out = ["variant", "w/o burn-in"]  # to fit; the frames and the report have them
    if result.provenance["workers"] == 1:
        left_out.append("wall clock")  # one worker's makespan follows the epochs
    cells = summary_cells(result)
    table.add_column("policy", overflow="fold")
    for heading in cells.drop("policy", *left_out).columns:
        table.add_column(heading.replace(" ", "\n"), justify="right", no_wrap=True)
    for row in cells.iter_rows(named=True):
        name = row["policy"] if row["variant"] in ("", "plain") else f"{row['policy']} {row['variant']}"
        table.add_row(name, *(row[heading] for heading in cells.drop("policy", *left_out).columns))
    return table
