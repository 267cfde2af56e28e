"""Contract suites: what every policy, predictor and scheduler must do, as tests to inherit.

A suite is a class with one fixture to override, which returns what is tested; pytest finds its subclasses by
their names. Needs pytest, which is in the ``test`` extra.

Examples
--------
>>> import pytest
>>> from simlab.policies import Patience
>>> class TestPatience(PolicyContract):
...     @pytest.fixture(params=[1, 3])
...     def policy(self, request):
...         return Patience(epochs=request.param)
"""

try:
    import pytest
except ImportError as error:
    raise ImportError(
        "simlab.testing needs pytest: install the 'test' extra, or pytest alone (pip install pytest)"
    ) from error

# before they are imported, so that a failing assertion shows its values
pytest.register_assert_rewrite(
    "simlab.testing.look_ahead",
    "simlab.testing.policy_contract",
    "simlab.testing.predictor_contract",
    "simlab.testing.scheduler_contract",
)

from simlab.testing.corpora import motley_corpus, synthetic_corpus, synthetic_tables  # noqa: E402
from simlab.testing.policy_contract import PolicyContract  # noqa: E402
from simlab.testing.predictor_contract import PredictorContract  # noqa: E402
from simlab.testing.scheduler_contract import SchedulerContract  # noqa: E402

__all__ = [
    "PolicyContract",
    "PredictorContract",
    "SchedulerContract",
    "motley_corpus",
    "synthetic_corpus",
    "synthetic_tables",
]
