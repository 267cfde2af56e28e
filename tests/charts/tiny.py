"""A result small enough to check every figure by hand: two configurations of four epochs, two orderings."""

from __future__ import annotations

import polars as pl

from simlab.simulator import SimulationResult

#: (run, ordering, config, epochs trained); `a` ends at 0.8, the best, and `b` at 0.6.
TRAINED = [
    (0, 0, "a", 4), (0, 0, "b", 4), (0, 1, "b", 4), (0, 1, "a", 4),
    (1, 0, "a", 4), (1, 0, "b", 1), (1, 1, "b", 4), (1, 1, "a", 2),
    (2, 0, "a", 4), (2, 0, "b", 4), (2, 1, "b", 4), (2, 1, "a", 4),
]  # fmt: skip
POLICIES = [
    {"policy": "never", "burn_in": 0},
    {"policy": "srm", "burn_in": 1, "threshold": 0.9, "tolerance": 0.0, "top_n": 1},
    {"policy": "srm", "burn_in": 1, "threshold": 0.99, "tolerance": 0.0, "top_n": 5},
]


def tiny_result() -> SimulationResult:
    rows = [
        {
            "run": run,
            **{
                key: POLICIES[run].get(key)
                for key in ("policy", "threshold", "tolerance", "top_n", "burn_in")
            },
            "ordering": ordering,
            "position": place % 2,
            "config_id": config,
            "status": "completed",
            "outcome": "completed" if epochs == 4 else "stopped",
            "worker": 0,
            "start": 0.0,
            "end": float(epochs),
            "epochs": epochs,
            "epochs_recorded": 4,
            "last_value": 0.2 * epochs if config == "a" else 0.15 * epochs,
            "final_value": 0.8 if config == "a" else 0.6,
        }
        for place, (run, ordering, config, epochs) in enumerate(TRAINED)
    ]
    provenance = {
        "corpus": "tiny",
        "corpus_sha256": "0" * 64,
        "metric": {"name": "accuracy", "direction": "maximize", "bounds": [0.0, 1.0], "worst": 0.1},
        "n_configs": 2,
        "best_value": 0.8,
        "tenth_best": 0.6,
        "standard_error": None,
        "ceilings": [4.0, 1.6, 1.6],
        "policies": POLICIES,
        "versions": {"simlab": "0"},
        "orderings": 2,
        "workers": 1,
        "seed": 0,
        "clock": "epochs",
        "level": 0.95,
    }
    trials = pl.DataFrame(rows, infer_schema_length=None)
    return SimulationResult(trials, {}, provenance)
