"""What every predictor must do."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import clone

from simlab.corpus import Corpus, Prefixes, TrainingSet
from simlab.predictors import Predictor
from simlab.predictors.prediction import Prediction
from simlab.testing.corpora import synthetic_corpus

#: Curves that are predicted.
_N_TESTED = 15


class PredictorContract:
    """Tests of a predictor; inherit them, and override the fixture ``predictor``.

    It is fitted on at least 30 synthetic curves and predicts 15 others, after 1, 2 and 4 epochs, or as many
    more as its ``min_epochs`` says. Where it is not ``transductive``, the other curves of a batch may not
    change what it says of one.

    Examples
    --------
    >>> from simlab.predictors import LastSeenValue
    >>> class TestLastSeenValue(PredictorContract):
    ...     @pytest.fixture
    ...     def predictor(self):
    ...         return LastSeenValue()
    """

    @pytest.fixture
    def predictor(self) -> Predictor:
        """Return the predictor, not fitted; with ``params``, one after the other."""
        raise NotImplementedError("override the fixture 'predictor', to return the predictor that is tested")

    @pytest.fixture
    def corpus(self, predictor: Predictor) -> Corpus:
        """Return completed curves: those that are learned from, then those that are predicted."""
        return _completed(n_training(predictor) + _N_TESTED, predictor.min_epochs + 4)

    def test_one_finite_mean_and_sigma_for_each_curve(self, predictor: Predictor, corpus: Corpus) -> None:
        """From its first possible epoch on."""
        fitted = fit(predictor, corpus)
        for epoch in _epochs(predictor):
            prediction = fitted.predict(to_predict(corpus, epoch))
            assert prediction.mean.shape == prediction.sigma.shape == (_N_TESTED,)
            assert np.isfinite(prediction.mean).all()
            assert np.isfinite(prediction.sigma).all()
            assert (prediction.sigma >= 0).all()

    def test_a_batch_equals_one_by_one(self, predictor: Predictor, corpus: Corpus) -> None:
        """Predictions are made in batch, and looked up one by one."""
        if predictor.transductive:
            pytest.skip("it learns from the curves that it predicts")
        fitted, prefixes = fit(predictor, corpus), to_predict(corpus, _epochs(predictor)[-1])
        batch = fitted.predict(prefixes)
        single = [fitted.predict(take(prefixes, row)) for row in range(len(prefixes))]
        np.testing.assert_allclose([one.mean[0] for one in single], batch.mean, rtol=1e-10)
        np.testing.assert_allclose([one.sigma[0] for one in single], batch.sigma, rtol=1e-10)

    def test_the_order_of_a_batch_does_not_matter(self, predictor: Predictor, corpus: Corpus) -> None:
        """Each row keeps its prediction."""
        if predictor.transductive:
            pytest.skip("another order is another draw of its minibatches")
        fitted, prefixes = fit(predictor, corpus), to_predict(corpus, _epochs(predictor)[-1])
        order = np.random.default_rng(0).permutation(_N_TESTED)
        plain, permuted = fitted.predict(prefixes), fitted.predict(take(prefixes, order))
        np.testing.assert_allclose(permuted.mean, plain.mean[order], rtol=1e-10)
        np.testing.assert_allclose(permuted.sigma, plain.sigma[order], rtol=1e-10)

    def test_a_row_depends_on_itself_only(self, predictor: Predictor, corpus: Corpus) -> None:
        """Curves that begin later, in the replay, are in the same batch."""
        if predictor.transductive:
            pytest.skip("it learns from the curves that it predicts")
        fitted, prefixes = fit(predictor, corpus), to_predict(corpus, _epochs(predictor)[-1])
        others = copy.deepcopy(prefixes)
        others.scores[1:] = 0.123
        before, after = fitted.predict(prefixes), fitted.predict(others)
        np.testing.assert_allclose(after.mean[0], before.mean[0], rtol=1e-10)
        np.testing.assert_allclose(after.sigma[0], before.sigma[0], rtol=1e-10)

    def test_no_curves_give_no_predictions(self, predictor: Predictor, corpus: Corpus) -> None:
        """As at the end of a corpus, where no curve goes on."""
        nobody = take(to_predict(corpus, _epochs(predictor)[0]), np.array([], dtype=int))
        prediction = fit(predictor, corpus).predict(nobody)
        assert prediction.mean.shape == prediction.sigma.shape == (0,)

    def test_inputs_stay_as_they_are(self, predictor: Predictor, corpus: Corpus) -> None:
        """All predictors are handed the same arrays."""
        training = corpus.training_set(np.arange(n_training(predictor)))
        prefixes = to_predict(corpus, _epochs(predictor)[-1])
        before = _arrays(training), _arrays(prefixes)
        clone(predictor).fit(training).predict(prefixes)
        np.testing.assert_equal((_arrays(training), _arrays(prefixes)), before)

    def test_same_seed_same_bytes(self, predictor: Predictor, corpus: Corpus) -> None:
        """All chance comes from its own settings."""
        prefixes = to_predict(corpus, _epochs(predictor)[-1])
        assert_same_bytes(*(fit(predictor, corpus).predict(prefixes) for _ in range(2)))

    def test_the_order_of_asked_lengths_does_not_matter(self, predictor: Predictor, corpus: Corpus) -> None:
        """A model of one prefix length leaves the others alone."""
        upwards, downwards = fit(predictor, corpus), fit(predictor, corpus)
        lengths = sorted({1, 2, *_epochs(predictor)})
        up = {epoch: upwards.predict(to_predict(corpus, epoch)) for epoch in lengths}
        down = {epoch: downwards.predict(to_predict(corpus, epoch)) for epoch in reversed(lengths)}
        for epoch in lengths:
            assert_same_bytes(up[epoch], down[epoch])

    def test_fitting_again_forgets_the_first_time(self, predictor: Predictor, corpus: Corpus) -> None:
        """Each ordering has a training set of its own."""
        used, prefixes = fit(predictor, corpus), to_predict(corpus, _epochs(predictor)[0])
        used.predict(prefixes)
        other = corpus.training_set(np.arange(_N_TESTED, len(corpus)))
        assert_same_bytes(used.fit(other).predict(prefixes), clone(predictor).fit(other).predict(prefixes))

    def test_clone_keeps_the_settings(self, predictor: Predictor, corpus: Corpus) -> None:
        """It follows scikit-learn's conventions, and its settings can be the key of a table."""
        fitted = fit(predictor, corpus)
        copied = clone(fitted)
        assert isinstance(copied, Predictor)
        assert copied.get_params() == fitted.get_params() == predictor.get_params()
        hash((type(copied), tuple(sorted(copied.get_params().items()))))

    def test_its_description_is_json(self, predictor: Predictor) -> None:
        """It stands in the output."""
        description = predictor.describe()
        assert json.loads(json.dumps(description)) == description
        assert description["predictor"] == predictor.name

    def test_ragged_and_diverged_training_curves(self, predictor: Predictor) -> None:
        """Ragged, diverged and censored curves are ordinary."""
        n = n_training(predictor)
        corpus = _motley(n + 30, predictor.min_epochs + 5)
        training = corpus.training_set(np.arange(n + 20))
        fitted, reached = clone(predictor).fit(training), 0
        for epoch in range(predictor.min_epochs, corpus.n_epochs):
            longer = n + 20 + np.flatnonzero(corpus.lengths[n + 20 :] >= epoch)
            if np.sum(training.lengths >= epoch) < predictor.min_training:
                continue
            prediction = fitted.predict(corpus.prefixes(longer, epoch))
            assert np.isfinite(prediction.mean).all()
            assert np.isfinite(prediction.sigma).all()
            reached += 1
        assert reached >= 3


@cache
def _completed(n: int, epochs: int) -> Corpus:
    return synthetic_corpus(n=n, epochs=epochs, seed=3)


@cache
def _motley(n: int, epochs: int) -> Corpus:
    return synthetic_corpus(n=n, epochs=epochs, seed=5, diverged=12, censored=3, ragged=True)


def n_training(predictor: Predictor) -> int:
    """Return how many curves a predictor is fitted on."""
    return max(30, predictor.min_training)


def fit(predictor: Predictor, corpus: Corpus) -> Predictor:
    """Fit a copy on the first curves of a corpus."""
    fitted: Predictor = clone(predictor).fit(corpus.training_set(np.arange(n_training(predictor))))
    return fitted


def to_predict(corpus: Corpus, epoch: int) -> Prefixes:
    """Return prefixes of the last curves of a corpus."""
    return corpus.prefixes(np.arange(len(corpus) - _N_TESTED, len(corpus)), epoch)


def take(prefixes: Prefixes, chosen: int | npt.NDArray[np.int64]) -> Prefixes:
    """Return some of the rows."""
    chosen = np.atleast_1d(chosen)
    return Prefixes(
        prefixes.scores[chosen], prefixes.architecture.take(chosen), prefixes.hyperparameters.take(chosen)
    )


def assert_same_bytes(one: Prediction, other: Prediction) -> None:
    """Demand two predictions that are the same to the last bit."""
    assert one.mean.tobytes() == other.mean.tobytes()
    assert one.sigma.tobytes() == other.sigma.tobytes()


def _epochs(predictor: Predictor) -> list[int]:
    """Return the prefix lengths that are predicted from, the longest last."""
    longest = predictor.min_epochs + 3
    return sorted({max(epoch, predictor.min_epochs) for epoch in (1, 2)} | {max(4, longest)})


def _arrays(part: TrainingSet | Prefixes) -> dict[str, Any]:
    """Return copies of all arrays of a training set or prefixes, by name."""
    found = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    features = {"ap": part.architecture.matrix, "hp": part.hyperparameters.matrix}
    return copy.deepcopy(found | features)
