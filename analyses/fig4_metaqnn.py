"""Figure 4 of the paper: simulated speedup in the MetaQNN search space, by threshold and variant of the rule.

The paper compares with learning-curve extrapolation (LCE); here the rivals are LCE, the last seen value and
pooled boosting.
"""

from __future__ import annotations

from typing import Final

import altair as alt

import simlab
from analyses.options import Options
from simlab.charts import Section, simulation_report, speedup_against_threshold
from simlab.policies import Never, Oracle, Policy, ThresholdRule
from simlab.predictors import LCE, SRM, LastSeenValue, PooledBoosting, Predictor

CORPUS: Final = "metaqnn-cifar10"
TITLE: Final = "Figure 4: early stopping in the MetaQNN search space"
THRESHOLDS: Final = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
#: One point of accuracy: the standard error of a difference between two accuracies near 50 %, each measured
#: on 5,000 images, so that models which the recording cannot tell apart are all finished.
TOLERANCE: Final = 0.01
#: The best one in a hundred of 1,000 configurations, as many as one might put into an ensemble.
TOP_N: Final = 10


def policies(burn_in: int, search: int | None = None) -> list[Policy]:
    """Return the baseline, the bounds, three variants of the rule with an SRM, and its rivals."""
    srm = SRM(regressor="nusvr-rbf", search=search)
    rivals: list[tuple[Predictor, int]] = [
        (LCE(), 0),  # it learns from the prefix alone
        (LastSeenValue(), burn_in),
        (PooledBoosting(), burn_in),
    ]
    rules = [
        ThresholdRule(predictor=srm, threshold=threshold, tolerance=tolerance, top_n=top_n, burn_in=burn_in)
        for tolerance, top_n in ((0.0, 1), (TOLERANCE, 1), (0.0, TOP_N))
        for threshold in THRESHOLDS
    ]
    rules += [
        ThresholdRule(predictor=rival, threshold=threshold, burn_in=own_burn_in)
        for rival, own_burn_in in rivals
        for threshold in THRESHOLDS
    ]
    return [Never(), Oracle(), Oracle(burn_in=burn_in), *rules]


def compute(options: Options) -> simlab.SimulationResult:
    """Replay every policy over the same random orderings."""
    corpus = simlab.load(CORPUS)
    with options.progress(corpus.name, options.repeats) as advance:
        return simlab.simulate(
            corpus,
            policies(options.train, options.search),
            orderings=options.repeats,
            seed=options.seed,
            n_jobs=options.n_jobs,
            store=options.store,
            on_ordering=advance,
        )


def draw(result: simlab.SimulationResult) -> alt.LayerChart:
    """Draw the figure."""
    return speedup_against_threshold(result)


def report(result: simlab.SimulationResult) -> list[Section]:
    """Return the sections of the report: what was repeated, and what was found."""
    corpus = simlab.load(CORPUS)
    burn_in = max(run.burn_in for run in result.summaries)
    text = (
        "The rule of Baker et al. (2017, Section 4) stops a trial when it ends no better than the incumbent "
        "with a probability of at least the threshold. Three variants, with a nu-SVR (RBF) fitted on the "
        f"first {burn_in} trials: plain; tolerance of {TOLERANCE:g}; compared with the {TOP_N}th best. "
        "Three rivals under the plain rule: LCE, from the first trial on, the last seen value, and pooled "
        "boosting, beyond the paper. It reports speedups of 3 to 6, the optimum recovered in more than half "
        f"of 10 orderings, on a recording of its own; this one is {corpus.name}."
    )
    return [Section(text=text), *simulation_report(corpus, result)]
