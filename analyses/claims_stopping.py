"""The paper's claims about early stopping: Figures 4, 5, 6 and 8."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import polars as pl

from analyses import fig4, fig6, fig8
from analyses import hyperband_runs as runs
from analyses.corpora import TITLES
from analyses.options import Options
from analyses.verdicts import FAILS, HOLDS, OPEN, Claim, Frames, Verdict

_RESNET: Final = "resnet-cifar10"
#: Share of the orderings that "consistently" asks for.
_CONSISTENTLY: Final = 0.9


def compute_frames(options: Options) -> dict[str, pl.DataFrame]:
    """Return the summaries of Figure 4, one below the other, and the frames of Figures 6 and 8."""
    return {"fig4": summaries(options), "fig6": fig6.compute(options), "fig8": fig8.compute(options)}


def summaries(options: Options) -> pl.DataFrame:
    """Return one row per corpus, burn-in and setting of Figure 4; see :meth:`SimulationResult.summary`."""
    parts = []
    for name, figure in fig4.FIGURES.items():
        result = figure.compute(options)
        if result is not None:
            names = {"figure": name, "corpus": figure.corpus}
            literals = [pl.lit(value).alias(key) for key, value in names.items()]
            parts.append(result.summary().select(*literals, pl.all()))
    return pl.concat(parts, how="diagonal_relaxed")


def _recovered(frame: pl.DataFrame, policy: str, share: float = 0.5) -> pl.DataFrame:
    """Return the settings of a policy that recovered the optimum in more orderings, the fastest first."""
    kept = pl.col("recovery_successes") / pl.col("recovery_trials") > share
    return frame.filter(kept, policy=policy).sort("speedup", descending=True)


def _setting(row: dict[str, Any]) -> str:
    variant = f", tolerance {row['tolerance']:g}" if row["tolerance"] else ""
    variant += f", top-{row['top_n']}" if row["top_n"] > 1 else ""
    kept = f"{row['recovery_successes']}/{row['recovery_trials']}"
    return f"{row['speedup']:.2f} ({row['threshold']:g}{variant}; {kept})"


def _metaqnn(frames: Frames) -> dict[str, pl.DataFrame]:
    found = frames["fig4"].filter(pl.col("corpus").str.starts_with("metaqnn"))
    return {TITLES[str(corpus)]: own for (corpus,), own in found.group_by("corpus", maintain_order=True)}


def _metaqnn_speedup(frames: Frames) -> Verdict:
    told, bounds, reached = [], [], []
    for corpus, own in _metaqnn(frames).items():
        kept = _recovered(own, "srm")
        ceiling = own.filter(policy="srm")["ceiling"][0]
        told.append(f"{corpus}: {_setting(kept.row(0, named=True)) if len(kept) else 'none recovered'}")
        bounds.append(f"{ceiling:.1f} on {corpus}")
        if ceiling > 3:
            reached.append(len(kept) > 0 and kept["speedup"][0] >= 3)
    verdict = OPEN if not reached else HOLDS if all(reached) else FAILS
    return "; ".join(told), verdict, f"asked for: 3 or more; the burn-in allows {', '.join(bounds)}"


def _srm_beats_lce(frames: Frames) -> Verdict:
    told, won = [], []
    for corpus, own in _metaqnn(frames).items():
        best = {policy: _recovered(own, policy) for policy in ("srm", "lce")}
        texts = [
            f"{policy.upper()} {_setting(kept.row(0, named=True)) if len(kept) else 'none recovered'}"
            for policy, kept in best.items()
        ]
        speed = {policy: kept["speedup"][0] if len(kept) else 1.0 for policy, kept in best.items()}
        told.append(f"{corpus}: {', '.join(texts)}")
        won.append(speed["srm"] > speed["lce"])
    return "; ".join(told), HOLDS if all(won) else FAILS, "fastest setting that recovered in more than half"


def _resnet_plain(frames: Frames, figure: str) -> pl.DataFrame:
    rows = frames["fig4"].filter(figure=figure, policy="srm", top_n=1)
    return rows.filter(pl.col("tolerance") == 0).sort("threshold")


def _resnet_threshold(frames: Frames) -> Verdict:
    told, verdicts = [], []
    for figure in ("fig4-resnet", "fig4-resnet-20-percent"):
        own = _resnet_plain(frames, figure)
        if own.is_empty():
            return "n/a", OPEN, f"{_RESNET} is not recorded yet"
        kept = own.select("threshold", share=pl.col("recovery_successes") / pl.col("recovery_trials"))
        told.append(
            f"burn-in {own['burn_in'][0]}: "
            + ", ".join(f"{row['threshold']:g} {row['share']:.0%}" for row in kept.iter_rows(named=True))
        )
        enough = kept.filter(pl.col("share") >= _CONSISTENTLY)["threshold"].to_list()
        verdicts.append(0.99 in enough and min(enough) == 0.99)
    return "; ".join(told), HOLDS if all(verdicts) else FAILS, f"consistently: in {_CONSISTENTLY:.0%} or more"


def _resnet_speedup(frames: Frames) -> Verdict:
    told, reached = [], []
    for figure in ("fig4-resnet", "fig4-resnet-20-percent"):
        own = _resnet_plain(frames, figure).filter(threshold=0.99)
        if own.is_empty():
            return "n/a", OPEN, f"{_RESNET} is not recorded yet"
        row = own.row(0, named=True)
        told.append(f"{_setting(row)}, burn-in {row['burn_in']}, ceiling {row['ceiling']:.2f}")
        if row["ceiling"] > 3.4:
            reached.append(row["speedup_high"] >= 3.4)
    verdict = OPEN if not reached else HOLDS if all(reached) else FAILS
    return "; ".join(told), verdict, "judged where the ceiling lies above 3.4, by the end of the interval"


def _needs_the_agent(_frames: Frames) -> Verdict:
    return "n/a", OPEN, "needs the Q-learning searcher, and networks of full size for the 93 %"


def _half_the_compute(frames: Frames) -> Verdict:
    label = _srm_label(runs.KEEPS[0])
    own = frames["fig6"].filter(label=label)
    speedup = own.filter(measure="speedup", number=runs.RUNS).row(0, named=True)
    gain = own.filter(measure="final gain").row(0, named=True)
    here = (
        f"{speedup['mean']:.2f} [{speedup['low']:.2f}, {speedup['high']:.2f}] over {runs.RUNS} runs, keep "
        f"{runs.KEEPS[0]:g}; final accuracy {gain['mean']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
    )
    holds = speedup["high"] >= 2 and gain["high"] >= 0
    bound = f"{runs.total_ceiling():.2f} is the most that {runs.RUNS} runs allow at R = {runs.MAX_EPOCHS}"
    return here, HOLDS if holds else FAILS, bound


def _never_below(frames: Frames) -> Verdict:
    gains = frames["fig6"].filter(pl.col("label").str.contains("SRM"), measure="gain")
    below = gains.filter(pl.col("mean") < -1e-12)
    surely = below.filter(pl.col("high") < 0)
    here = f"below at {len(below) / len(gains):.0%} of the points, surely at {len(surely) / len(gains):.0%}"
    return here, FAILS if len(below) else HOLDS, "mean of the paired differences after as many epochs"


def _larger_keep(frames: Frames) -> Verdict:
    finals = [
        frames["fig6"].filter(label=_srm_label(keep), measure="final")["mean"][0] for keep in runs.KEEPS
    ]
    here = ", ".join(f"keep {keep:g}: {final:.4f}" for keep, final in zip(runs.KEEPS, finals, strict=True))
    rises = all(after >= before - 1e-12 for before, after in pairwise(finals))
    why = f"best final value after {runs.RUNS} runs, which draw each configuration about twice: a weak test"
    return here, HOLDS if rises else FAILS, why


def _srm_label(keep: float) -> str:
    return f"f-Hyperband, SRM, keep {keep:g}"


def _carried(frames: Frames) -> pl.DataFrame:
    label = f"keep {runs.KEEPS[0]:g}, models carried over"
    return frames["fig8"].filter(label=label, measure="run").sort("number")


def _seven_times(frames: Frames) -> Verdict:
    best = _carried(frames).sort("mean", descending=True).row(0, named=True)
    here = f"at most {best['mean']:.2f} on average (run {best['number']})"
    verdict = OPEN if runs.run_ceiling() < 7 else HOLDS if best["high"] >= 7 else FAILS
    return here, verdict, f"at R = {runs.MAX_EPOCHS} a run can reach {runs.run_ceiling():.2f}"


def _jump(frames: Frames) -> Verdict:
    first = runs.first_full_run()
    own = _carried(frames)
    before, after = (
        own.filter(pl.col("number").is_between(start, start + 4)).select(pl.mean("mean")).item()
        for start in (first - 5, first + 1)
    )
    here = f"{before:.2f} in the five runs before run {first}, {after:.2f} in the five after"
    return here, HOLDS if after > 1.1 * before else FAILS, "asked for: a rise of a tenth or more"


CLAIMS: Final[tuple[Claim, ...]] = (
    (
        "8a. Early stopping speeds up MetaQNN and keeps the optimum in over half of 10 orderings (Figure 4)",
        "3 to 6",
        _metaqnn_speedup,
    ),
    ("8b. An SRM saves more than LCE despite its burn-in (Figure 4)", "by its figure", _srm_beats_lce),
    (
        "9a. On ResNets (CIFAR-10) only a threshold of 0.99 recovers the top model consistently",
        "by its text; thresholds below 0.99 do not",
        _resnet_threshold,
    ),
    ("9b. At that threshold the search is faster", "3.4", _resnet_speedup),
    (
        "10. With early stopping the Q-learning agent finds better and better models (Figure 5)",
        "3.8 at 0.99; about 93 % after 300 epochs",
        _needs_the_agent,
    ),
    (
        "11a. f-Hyperband sees the same configurations in half the compute, at the same accuracy (Figure 6)",
        "2",
        _half_the_compute,
    ),
    ("11b. f-Hyperband stays above Hyperband at all iterations", "by its figure", _never_below),
    ("11c. A larger keep ends at the same or better accuracy", "by its figure", _larger_keep),
    ("12a. With models carried over the speedup grows (Figure 8)", "up to 7", _seven_times),
    (
        "12b. It jumps when more than 100 models have reached R (Figure 8)",
        "at iteration 10",
        _jump,
    ),
)
