"""The table of results on README's first screen, made from the Figure 4 result.

`python -m analyses.results_table` writes it between the two marks in README.md, from the result that
`python -m analyses` left in report/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from simlab import SimulationResult
from simlab.charts.texts import count_text, mean_text, search_text
from simlab.measures import RunSummary

README: Final = Path(__file__).resolve().parents[1] / "README.md"
RESULT: Final = Path("report/fig4-metaqnn.parquet")
BEGIN, END = "<!-- results -->\n", "<!-- /results -->"
THRESHOLDS: Final = (0.95, 0.99, 0.999)
NAMES: Final = {
    "oracle": "oracle: the bound",
    "srm": "SRM (nu-SVR)",
    "lce": "LCE, no burn-in",
    "lcnet-inductive": "LC-Net, inductive",
    "last-seen": "last seen value",
    "pooled-boosting": "pooled boosting",
}


def results_table(result: SimulationResult) -> str:
    """Return the table as Markdown: the plain rule over both predictors, and the bound."""
    provenance = result.provenance
    shown = [run for run in result.summaries if _is_shown(run)]
    caption = (
        f"`{provenance['corpus']}`, {provenance['n_configs']} recorded networks; mean of "
        f"{provenance['orderings']} random orderings, {provenance['level']:.0%} t interval. A burn-in of "
        f"{shown[0].burn_in} bounds the speedup by {shown[0].ceiling:.2f}. {search_text(shown)}"
    )
    lines = [
        caption,
        "",
        "| stops by | threshold | speedup in epochs | best model kept | or one within 1 SE of it | regret |",
        "|---|---|---|---|---|---|",
        *map(_row, shown),
        "",
        result.preference(),
        "",
    ]
    return "\n".join(lines)


def _is_shown(run: RunSummary) -> bool:
    plain = run.threshold in THRESHOLDS and not run.tolerance and run.top_n == 1
    return plain or (run.policy == "oracle" and run.burn_in > 0)


def _row(run: RunSummary) -> str:
    threshold = "" if run.threshold is None else f"{run.threshold:g}"
    regret = "" if run.regret is None else f"{run.regret:.4f}"
    kept = [count_text(run.recovery), count_text(run.recovery_within_se)]
    return f"| {' | '.join([NAMES[run.policy], threshold, mean_text(run.speedup), *kept, regret])} |"


def read_table() -> str:
    """Return what stands between the marks in README.md."""
    return README.read_text().split(BEGIN)[1].split(END)[0]


def write_table(table: str) -> None:
    """Replace what stands between the marks in README.md."""
    before, rest = README.read_text().split(BEGIN)
    README.write_text(f"{before}{BEGIN}{table}{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    write_table(results_table(SimulationResult.read(RESULT)))
