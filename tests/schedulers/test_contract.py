"""The contract of schedulers, for every named one: one that is added is found and tested by itself."""

from __future__ import annotations

import pytest

import simlab
from simlab.policies import PolicySettings
from simlab.schedulers import SCHEDULERS, HalvingSettings, build_strategies
from simlab.testing import SchedulerContract
from tests.simulator.toys import motley

POLICIES = PolicySettings(thresholds=(0.7,), burn_in=5)
SETTINGS = {
    "continue": HalvingSettings(max_epochs=8, eta=2),
    "retrain": HalvingSettings(max_epochs=7, eta=2, min_epochs=2, cost="retrain"),
}
STRATEGIES = {
    f"{name} {cost}": strategy
    for cost, settings in SETTINGS.items()
    for name in SCHEDULERS
    for strategy in build_strategies([name], ["last-seen"], POLICIES, settings)
}


class TestSchedulers(SchedulerContract):
    @pytest.fixture(params=STRATEGIES.values(), ids=STRATEGIES)
    def strategy(self, request):
        return request.param

    def test_it_is_no_bound(self, strategy):
        assert not strategy.needs_hindsight


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_together_the_same_result_for_any_number_of_jobs(workers):
    once, again = (
        simlab.simulate(motley(), list(STRATEGIES.values()), orderings=3, workers=workers, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    for table in ("trials", "decisions", "events"):
        assert getattr(once, table).equals(getattr(again, table))
    assert once.per_ordering.equals(again.per_ordering)
