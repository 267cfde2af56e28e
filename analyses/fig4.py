"""Figure 4 of the paper: simulated speedup of early stopping, by threshold and variant of the rule.

The paper draws MetaQNN on CIFAR-10 and compares with learning-curve extrapolation (LCE); of its ResNets on
CIFAR-10 it says one sentence. Here each corpus has a figure, and the rivals are LCE, a BNN, the last seen
value and pooled boosting.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import altair as alt

import simlab
from analyses.corpora import TITLES, missing_text, recorded
from analyses.options import Options
from analyses.replays import replay
from simlab.charts import Section, simulation_report, speedup_against_threshold
from simlab.policies import Never, Oracle, Policy, ThresholdRule
from simlab.predictors import LCE, SRM, InductiveLCNet, LastSeenValue, PooledBoosting, Predictor

THRESHOLDS: Final = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
#: One point of accuracy: the standard error of a difference between two accuracies near 50 %, each measured
#: on 5,000 images, so that models which the recording cannot tell apart are all finished.
TOLERANCE: Final = 0.01
#: The best one in a hundred configurations, as many as one might put into an ensemble.
TOP: Final = 0.01


@dataclass(frozen=True)
class Figure4:
    """The figure for one corpus.

    Attributes
    ----------
    corpus : str
    share : float, optional
        Burn-in as a share of the corpus, for small ones; by default it is the paper's number of curves.
    """

    corpus: str
    share: float | None = None

    @property
    def title(self) -> str:
        """Heading in the report."""
        if self.corpus == "metaqnn-cifar10":
            return "Figure 4: early stopping in the MetaQNN search space"
        burn_in = f", burn-in {self.share:.0%} of the corpus" if self.share else ""
        return f"Figure 4 for {TITLES[self.corpus]}{burn_in}"

    def compute(self, options: Options) -> simlab.SimulationResult | None:
        """Replay every policy over the same random orderings; None where the corpus is not recorded yet."""
        for corpus in recorded((self.corpus,)):
            burn_in = round(self.share * len(corpus)) if self.share else options.train
            return replay(corpus, policies(burn_in, top_n(corpus), options.search), options)
        return None

    def report(self, result: simlab.SimulationResult | None) -> list[Section]:
        """Return the sections of the report: what was repeated, and what was found."""
        if result is None:
            return [Section(text=missing_text((self.corpus,)).strip())]
        corpus = simlab.load(self.corpus)
        burn_in = max(run.burn_in for run in result.summaries)
        text = (
            "The rule of Baker et al. (2017, Section 4) stops a trial when it ends no better than the "
            "incumbent with a probability of at least the threshold. Three variants, with a nu-SVR (RBF) "
            f"fitted on the first {burn_in} trials: plain; tolerance of {TOLERANCE:g}; compared with the "
            f"n-th best, n = {top_n(corpus)}. Four rivals under the plain rule: LCE, from the first trial "
            "on, BNN, the last seen value, and pooled boosting, beyond the paper. BNN is our "
            "lcnet-inductive: LC-Net's networks, sampled once from the burn-in, with a covariance of "
            "residuals that is not the authors'. LC-Net itself trains on the very curves that it then "
            "predicts, anew at every epoch, so it cannot judge one running trial after the other. "
            f"{PAPER[self.corpus]} That was on a recording of its own; this one is {corpus.name}."
        )
        return [Section(text=text), *simulation_report(corpus, result)]


def write(result: simlab.SimulationResult | None, path: Path) -> None:
    """Write a result, where there is one."""
    if result is not None:
        result.write(path)


def draw(result: simlab.SimulationResult) -> alt.LayerChart:
    """Draw the figure."""
    return speedup_against_threshold(result)


def top_n(corpus: simlab.Corpus) -> int:
    """Return the place of the configuration that the third variant compares with; at least the second."""
    return max(2, round(TOP * len(corpus)))


def policies(burn_in: int, top: int, search: int | None = None) -> list[Policy]:
    """Return the baseline, the bounds, three variants of the rule with an SRM, and its rivals."""
    srm = SRM(regressor="nusvr-rbf", search=search)
    rivals: list[tuple[Predictor, int]] = [
        (LCE(), 0),  # it learns from the prefix alone
        (InductiveLCNet(), burn_in),
        (LastSeenValue(), burn_in),
        (PooledBoosting(), burn_in),
    ]
    rules = [
        ThresholdRule(predictor=srm, threshold=threshold, tolerance=tolerance, top_n=n_th, burn_in=burn_in)
        for tolerance, n_th in ((0.0, 1), (TOLERANCE, 1), (0.0, top))
        for threshold in THRESHOLDS
    ]
    rules += [
        ThresholdRule(predictor=rival, threshold=threshold, burn_in=own_burn_in)
        for rival, own_burn_in in rivals
        for threshold in THRESHOLDS
    ]
    return [Never(), Oracle(), Oracle(burn_in=burn_in), *rules]


_METAQNN: Final = (
    "The paper reports speedups of 3 to 6, the optimum recovered in more than half of 10 orderings."
)
#: What the paper says of each.
PAPER: Final = {
    "metaqnn-cifar10": _METAQNN,
    "metaqnn-svhn-standin": _METAQNN,
    "resnet-cifar10": (
        "Of its ResNets the paper reports that only a threshold of 0.99 recovers the top model consistently, "
        "with a speedup of 3.4."
    ),
}
FIGURES: Final = {
    "fig4-metaqnn": Figure4("metaqnn-cifar10"),
    "fig4-metaqnn-svhn": Figure4("metaqnn-svhn-standin"),
    "fig4-resnet": Figure4("resnet-cifar10"),
    "fig4-resnet-20-percent": Figure4("resnet-cifar10", share=0.2),
}
