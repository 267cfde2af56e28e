"""LEMUR's published learning curves as corpora: networks trained for 50 epochs on three image data sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

import generators
from generators.lemur.card import write_description
from generators.lemur.wheel import PACKAGE, VERSION, check_wheel, read_licence, read_records
from simlab.charts.card_charts import refresh_card
from simlab.corpus import Corpus, write_corpus
from simlab.corpus.schema import COMPLETED
from simlab.metric import Metric

N_EPOCHS: Final = 50
_RUN: Final = ("model", "uid")  # the uid is a hash of the settings, and other models may have the same


@dataclass(frozen=True, kw_only=True)
class ImageData:
    """A data set that LEMUR trains on, with the sizes of its two splits and what its card warns of."""

    name: str
    title: str
    pipeline: str
    n_classes: int
    n_train: int
    n_test: int
    caution: str = ""


DATA: Final = (
    ImageData(
        name="lemur-cifar10",
        title="CIFAR-10",
        pipeline="img-classification_cifar-10_acc",
        n_classes=10,
        n_train=50_000,
        n_test=10_000,
    ),
    ImageData(
        name="lemur-svhn",
        title="SVHN",
        pipeline="img-classification_svhn_acc",
        n_classes=10,
        n_train=73_257,
        n_test=26_032,
        caution="""
- The digits are not equally frequent: calling every image a 1 is right for 19.6 % of the test images, a 2 for
  15.9 %. Networks that do so passed for better than chance, and were trained to the end.""",
    ),
    ImageData(
        name="lemur-cifar100",
        title="CIFAR-100",
        pipeline="img-classification_cifar-100_acc",
        n_classes=100,
        n_train=50_000,
        n_test=10_000,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of the runs in the wheel.

    Attributes
    ----------
    runs : int
        All runs of the data set.
    with_gaps : int
        Left out: an epoch is missing before the last one.
    short : int
        Left out: fewer than 50 epochs.
    clock_runs_back : int
        Left out: a later epoch has a smaller duration, so epochs of several runs are mixed.
    kept : int
    cut : int
        Kept, and cut at 50 epochs.
    repeated : int
        Kept, though an epoch was recorded more than once: the first record of each counts.
    repeated_records : int
        Records beyond the first of their epoch, in all runs.
    """

    runs: int
    with_gaps: int
    short: int
    clock_runs_back: int
    kept: int
    cut: int
    repeated: int
    repeated_records: int

    def __str__(self) -> str:
        return (
            f"{self.with_gaps} of {self.runs} runs with gaps, {self.short} shorter than {N_EPOCHS} epochs, "
            f"{self.clock_runs_back} whose clock runs back, {self.repeated_records} repeated records"
        )


def import_lemur(wheel: Path, out: Path) -> Iterator[tuple[Path, Corpus, Counts]]:
    """Write a corpus folder for each data set; earlier ones are replaced.

    Parameters
    ----------
    wheel : Path
        The wheel of nn-dataset.
    out : Path
        Parent of the corpus folders.

    Yields
    ------
    folder, corpus, counts

    Raises
    ------
    CorpusError
        If the wheel is not the expected one, or something in it cannot be read.
    """
    digest = check_wheel(wheel)
    for data in DATA:
        curves, configs, counts = make_tables(read_records(wheel, data.pipeline))
        description = write_description(data, configs, counts, read_licence(wheel))
        metadata = {
            "name": data.name,
            "title": f"LEMUR: networks on {data.title}",
            "description": description,
            "license": "MIT",
            "epochs": N_EPOCHS,
            "data": {
                "source": f"{data.title}; the value is the accuracy on its test split",
                "train": data.n_train,
                "validation": data.n_test,
            },
            "import": {"package": PACKAGE, "version": VERSION, "sha256": digest, "runs": asdict(counts)},
            "software": {"generators": generators.__version__},
        }
        accuracy = Metric(
            name="test accuracy", direction="maximize", bounds=(0.0, 1.0), worst=1 / data.n_classes
        )
        write_corpus(out / data.name, curves, configs, accuracy, metadata)
        yield out / data.name, refresh_card(out / data.name), counts


def make_tables(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, Counts]:
    """Link the records of each run, keep the runs of 50 whole epochs, and count the others.

    Parameters
    ----------
    records : polars.DataFrame
        As :func:`generators.lemur.wheel.read_records` returns them.

    Returns
    -------
    curves, configs : polars.DataFrame
        As the data contract says.
    counts : Counts
    """
    once = records.unique([*_RUN, "epoch"], keep="first", maintain_order=True)
    epochs = once.filter(pl.col("epoch") <= N_EPOCHS).sort(*_RUN, "epoch")
    began = pl.col("duration").shift(1, fill_value=0).over(_RUN)
    epochs = epochs.with_columns(seconds=(pl.col("duration") - began) / 1e9)
    runs = epochs.group_by(_RUN).agg(
        gap=pl.len() != pl.col("epoch").max(),
        short=pl.col("epoch").max() < N_EPOCHS,
        runs_back=(pl.col("seconds") < 0).any(),
    )
    whole = runs.filter(~pl.col("gap") & ~pl.col("short"))
    kept = whole.filter(~pl.col("runs_back")).select(_RUN)
    repeated = records.filter(pl.struct(*_RUN, "epoch").is_duplicated() & (pl.col("epoch") <= N_EPOCHS))
    counts = Counts(
        runs=runs.height,
        with_gaps=int(runs["gap"].sum()),
        short=runs.filter(~pl.col("gap") & pl.col("short")).height,
        clock_runs_back=whole.height - kept.height,
        kept=kept.height,
        cut=kept.join(once.filter(pl.col("epoch") > N_EPOCHS), on=_RUN, how="semi").height,
        repeated=kept.join(repeated, on=_RUN, how="semi").height,
        repeated_records=records.height - once.height,
    )
    epochs = epochs.join(kept, on=_RUN, how="semi", maintain_order="left")
    epochs = epochs.with_columns(config_id=pl.format("{}/{}", *_RUN))
    return epochs.select("config_id", "epoch", "value", "seconds"), _configs(epochs), counts


def _configs(epochs: pl.DataFrame) -> pl.DataFrame:
    """Return one row per run; a setting that a model does not take is 0, and a column says so."""
    runs = epochs.unique("config_id", keep="first", maintain_order=True)
    families = runs["model"].map_elements(family, return_dtype=pl.String)
    optional: dict[str, Any] = {}
    for name in ("momentum", "dropout"):
        optional[f"hp_{name}"] = pl.col(name).fill_null(0.0)
        optional[f"hp_has_{name}"] = pl.col(name).is_not_null()
    return runs.select(
        "config_id",
        pl.lit(COMPLETED).alias("status"),
        pl.lit(None, dtype=pl.String).alias("reason"),
        *((families == one).alias(f"ap_family_{one.lower()}") for one in families.unique().sort()),
        hp_learning_rate="learning_rate",
        hp_batch_size="batch_size",
        **optional,
        architecture="model",
        family=families,
        transform="transform",
    )


def family(model: str) -> str:
    """Return the family of a model: its name without variant, version and the hash of a generated one.

    Examples
    --------
    >>> [family(one) for one in ("DPN131-8e6e495b-85cb", "MoEv9-AlexNetv3", "InceptionV3-1", "ga-1009")]
    ['DPN', 'MoE', 'Inception', 'ga']
    """
    return re.sub(r"[vV]?\d+$", "", model.partition("-")[0])
