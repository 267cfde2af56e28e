"""The card text of the LEMUR corpora: where the curves come from, how they were chosen, what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from generators.lemur.runs import Counts, ImageData

TEXT = """\
Curves that others recorded and published; use them for stress tests and illustration, not for headline
claims (see "What to beware of").

## What was recorded

Networks of {n_models} architectures, trained for 50 epochs on {data} by the LEMUR project
([nn-dataset](https://github.com/ABrain-One/nn-dataset) 2.1.2). The value is the accuracy on the {n_test:,}
images of the test split after each epoch; the networks are trained on all {n_train:,} training images.
`seconds` are wall-clock seconds of training and testing in that epoch: the difference between two durations
since the start of the run. The machines were not the same for all runs, nor are they named.

- `hp_learning_rate`, `hp_batch_size`, `hp_momentum`, `hp_dropout`: as recorded. A setting that a model does
  not take stands as 0, and `hp_has_momentum` (false for {without_momentum} of {kept} runs) or
  `hp_has_dropout` (false for {without_dropout}) says so. Settings that few models take (weight decay,
  mixup, ...) are left out.
- `transform`: what was done to the images, the size they were brought to included, by its name in LEMUR.
  Text, so no predictor sees it.
- `family`, and `ap_family_...` (true or false): the model's name without variant and version. Weights and
  layers are not given: counting them would mean running the published code.
- `architecture`: the model's name in LEMUR, `config_id`: that name and the `uid` of the run.

## How the runs were chosen

LEMUR stores one file per model and epoch, a list of records with the most accurate first. Records with the
same model and `uid` are a run. Of {runs:,} runs:

- {with_gaps:,} left out: an epoch is missing before their last one;
- {short:,} left out: fewer than 50 epochs (most have 1 or 5, the length that LEMUR asks contributors for);
- {clock_runs_back:,} left out: a later epoch has a smaller duration, so epochs of several runs are mixed;
- {kept:,} kept, {cut:,} of them cut at 50 epochs.

A `uid` is a hash of the settings, so a run that was repeated has the same one: {repeated_records:,} records
repeat an epoch. The first of each epoch counts, which is the most accurate; {repeated:,} of the runs kept
are concerned.

## What to beware of

- Values are test accuracies: there is no other split to select on.
- A run whose accuracy fell to chance (in later versions 1.2 times chance) was aborted and is not among
  those of 50 epochs, nor is one that became NaN or took too long. Bad arms are mostly missing, and no run
  is recorded as diverged.
- Settings were proposed by an optimiser (Optuna, by accuracy), not drawn uniformly. Its later proposals
  depend on its earlier results.
- Many models are variants of one family, some of them written by language models. Split by family when
  testing how a predictor generalises. The largest here: {families}.{caution}

## How this differs from the paper

Nothing here is from the paper: other architectures, other settings, longer curves, test instead of
validation accuracy.

## Citation and licence

Goodarzi, A. T., Kochnev, R., Khalid, W., Qin, F., Uzun, T. A., Dhameliya, Y. S., Kathiriya, Y. K., Bentyn,
Z. A., Ignatov, D., Timofte, R. (2025). LEMUR Neural Network Dataset: Towards Seamless AutoML.
arXiv:2504.10552.

The licence of the wheel, and of these tables:

```text
{licence}
```"""


def write_description(data: ImageData, configs: pl.DataFrame, counts: Counts, licence: str) -> str:
    """Return the Markdown text of a card.

    Parameters
    ----------
    data : ImageData
    configs : polars.DataFrame
        The runs that were kept.
    counts : Counts
    licence : str
        Text of the wheel's licence.
    """
    sizes = configs.group_by("family").len().sort("len", "family", descending=[True, False])
    return TEXT.format(
        data=data.title,
        n_train=data.n_train,
        n_test=data.n_test,
        caution=data.caution,
        n_models=configs["architecture"].n_unique(),
        without_momentum=int((~configs["hp_has_momentum"]).sum()),
        without_dropout=int((~configs["hp_has_dropout"]).sum()),
        families=", ".join(f"{name} ({count})" for name, count in sizes.head(5).iter_rows()),
        licence=licence,
        **vars(counts),
    )
