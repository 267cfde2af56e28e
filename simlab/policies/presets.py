"""The percentile rule as the tools of the field have it, each with that tool's own defaults.

References
----------
``median-vizier``
    Golovin, Solnik, Moitra, Kochanski, Karro, Sculley (2017), "Google Vizier: A Service for Black-Box
    Optimization", on its median stopping rule.
``median-optuna``
    Optuna 5.0.0, ``optuna/pruners/_percentile.py``. Its ``PercentilePruner(q)`` keeps the best q percent:
    ``percentile=100 - q`` here. Its ``n_warmup_steps`` counts from step 0: ``grace=n_warmup_steps + 1``. Its
    ``interval_steps`` is ``check_every`` of :class:`simlab.policies.Checkpoints`.
``median-syne-tune``
    Syne Tune 0.16.0, ``syne_tune/optimizer/schedulers/median_stopping_rule.py``. Its ``rank_cutoff`` is
    ``1 - percentile / 100``, ``grace_population`` is ``min_trials``, ``grace_time`` is ``grace``.
``median-ray``
    Ray 2.60.0, ``ray/tune/schedulers/median_stopping_rule.py``. Its ``min_samples_required`` is
    ``min_trials``. Its ``grace_period`` is both ``grace`` and ``average_from``; by default 60 seconds, for
    which the first epoch stands here.
``percentile-ax``
    Ax 1.3.1, ``ax/early_stopping/strategies/percentile.py`` and ``base.py``. Its ``min_curves`` is both
    ``startup`` and ``min_trials``, its ``min_progression`` is ``grace``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from simlab.policies.percentile import PercentileRule

#: By name. Another setting: ``dataclasses.replace(PERCENTILE_PRESETS["median-optuna"], grace=5)``.
PERCENTILE_PRESETS: Final = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            PercentileRule(name="median-vizier", value="best", others="mean", counted="completed"),
            PercentileRule(
                name="median-optuna", value="best", others="current", counted="completed", startup=5
            ),
            PercentileRule(
                name="median-syne-tune",
                value="mean",
                others="mean",
                counted="reached",
                by="rank",
                min_trials=5,
            ),
            PercentileRule(name="median-ray", value="best", others="mean", counted="others", min_trials=3),
            PercentileRule(
                name="percentile-ax",
                value="current",
                others="current",
                counted="reached",
                startup=5,
                min_trials=5,
                grace=10,
            ),
        )
    }
)

#: What each does, in one line.
PERCENTILE_SUMMARIES: Final = MappingProxyType(
    {
        "median-vizier": "Median rule of Vizier: best score so far against means of completed trials.",
        "median-optuna": "Median rule of Optuna: best score so far against scores of completed trials.",
        "median-syne-tune": "Median rule of Syne Tune: running mean, ranked among those of all trials.",
        "median-ray": "Median rule of Ray Tune: best score so far against means of all others.",
        "percentile-ax": "Percentile rule of Ax: score against those of all trials, from epoch 10 on.",
    }
)
