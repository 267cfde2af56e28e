"""The stopping rules of other packages, transcribed as plain loops over histories of reported values.

Each answers for one trial from ``own``, its values so far, and ``others``, pairs of the values of another
trial and whether it has completed. Values are as reported, not turned.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
import pandas as pd

from simlab.corpus.schema import COMPLETED
from tests.simulator.toys import rows


def compared(corpus, trace, tool):
    """Return, for each decision, what the policy and the tool say; the tool sees what events have told."""
    minimize = corpus.metric.direction == "minimize"
    seen, completed, answers = {}, set(), []
    decisions = iter(rows(trace.decisions))
    for _, event, config, _, epoch in rows(trace.events):
        if event == COMPLETED:
            completed.add(config)
        if event != "epoch ended":
            continue
        seen[config] = epoch
        if epoch == corpus.lengths[config]:
            continue
        asked, at, _, decision = next(decisions)
        assert (asked, at) == (config, epoch)
        own = corpus.values[config, :epoch].tolist()
        others = [
            (corpus.values[other, :reached].tolist(), other in completed)
            for other, reached in seen.items()
            if other != config
        ]
        answers.append((decision.stop, bool(tool(own, others, minimize=minimize))))
    return answers


def vizier(own, others, *, minimize):
    """Golovin et al. (2017): best so far strictly worse than the median of completed running averages."""
    step = len(own)
    averages = [np.mean(values[:step]) for values, completed in others if completed and len(values) >= step]
    if not averages:
        return False
    if minimize:
        return min(own) > np.percentile(averages, 50)
    return max(own) < np.percentile(averages, 50)


def syne_tune(own, others, *, minimize, rank_cutoff=0.5, grace_time=1, grace_population=5):
    """Syne Tune 0.16.0, syne_tune/optimizer/schedulers/median_stopping_rule.py: on_trial_result."""
    sign = 1 if minimize else -1
    time_step = len(own)
    sorted_results = sorted(
        np.mean([sign * value for value in values[:time_step]])
        for values, _ in others
        if len(values) >= time_step
    )
    new_metric = np.mean([sign * value for value in own])
    index = bisect_left(sorted_results, new_metric)
    sorted_results.insert(index, new_metric)
    normalized_rank = index / float(len(sorted_results))
    grace = len(sorted_results) < grace_population or time_step < grace_time
    return not (grace or normalized_rank <= rank_cutoff)


def ray(own, others, *, minimize, grace_period=1, min_samples_required=3, twice=False):
    """Ray 2.60.0, ray/tune/schedulers/median_stopping_rule.py: on_trial_result.

    ``twice``: with its on_trial_complete, which is called for stopped and completed trials alike and appends
    the last result once more. Then each of ``others`` says whether it has ended, not completed.
    """
    compare_op = min if minimize else max
    time = len(own)
    if time < grace_period:
        return False
    running_means = []
    for values, ended in others:
        if len(values) >= time:
            results = list(enumerate(values, 1))
            results += results[-1:] if twice and ended else []
            scoped = [value for step, value in results if grace_period <= step <= time]
            running_means.append(np.mean(scoped))
    if len(running_means) < min_samples_required:
        return False
    best_result = compare_op(own)
    return compare_op(np.median(running_means), best_result) != best_result


def ax(own, others, *, minimize, percentile_threshold=50.0, min_progression=10, min_curves=5):
    """Ax 1.3.1, ax/early_stopping/strategies/percentile.py and base.py, without patience."""
    progression = len(own)
    if sum(completed for _, completed in others) < min_curves or progression < min_progression:
        return False
    at_progression = [
        values[progression - 1] if len(values) >= progression else math.nan for values, _ in others
    ]
    wide_row = pd.DataFrame([[own[-1], *at_progression]])
    if wide_row.notna().sum(axis=1)[0] < min_curves:
        return False
    q = percentile_threshold / 100.0
    q = 1 - q if minimize else q
    threshold = wide_row.quantile(q=q, axis=1)[0]
    return bool(own[-1] > threshold if minimize else own[-1] < threshold)


def wandb(own, others, *, minimize, eta=3, min_iter=1, max_iter=None, s=None, strict=True):
    """W&B's sweeps 0.3.0, sweeps/hyperband_stopping.py: hyperband_stop_runs."""
    bands = []
    if max_iter is not None:
        band = max_iter
        for _ in range(s):
            band /= eta
            if band < 1:
                break
            bands.append(int(band))
        bands = sorted(bands)
    else:
        band = min_iter
        for _ in range(100):
            bands.append(int(band))
            band *= eta
    sign = 1 if minimize else -1
    histories = [[sign * value for value in values] for values in (own, *(values for values, _ in others))]
    r = 1.0 / eta
    closest_band = -1
    for band in bands:
        if band > len(own):
            break
        band_values = [history[band - 1] for history in histories if len(history) >= band]
        closest_band, closest_threshold = band, sorted(band_values)[int(r * len(band_values))]
    if closest_band == -1:
        return False
    condition_val = histories[0][closest_band - 1] if strict else min(histories[0])
    return condition_val > closest_threshold
