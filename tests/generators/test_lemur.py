"""LEMUR's wheel, made small: runs are linked by uid, the incomplete are counted, nothing is repaired."""

from __future__ import annotations

import json
import zipfile

import pytest

from generators.lemur import runs as lemur
from generators.lemur import wheel as lemur_wheel
from generators.lemur.runs import import_lemur, make_tables
from generators.lemur.wheel import read_records
from simlab.corpus import read_corpus
from simlab.corpus.storage import sha256
from simlab.corpus.verify import verify
from simlab.errors import CorpusError

PIPELINES = [data.pipeline for data in lemur.DATA]
SETTINGS = {"lr": 0.1, "batch": 32, "momentum": 0.5, "dropout": 0.25, "transform": "norm_64"}
METADATA = "Metadata-Version: 2.4\nName: nn-dataset\nVersion: 2.1.2\n\nLEMUR\n"
SECOND = 1_000_000_000


def run_of(uid, epochs=range(1, 51), *, step=2 * SECOND, start=0.3, **settings):
    """Return the records of one run by epoch."""
    told = {key: value for key, value in (SETTINGS | settings).items() if value is not None}
    return {
        epoch: {"accuracy": round(start + epoch / 200, 6), "duration": epoch * step, "uid": uid, **told}
        for epoch in epochs
    }


def write_wheel(path, models, *, metadata=METADATA, more=None):
    """Write a wheel that holds these runs of these models on each data set."""
    files = {}
    for pipeline in PIPELINES:
        for model, runs in models.items():
            for run in runs:
                for epoch, record in run.items():
                    name = f"ab/nn/stat/train/{pipeline}_{model}/{epoch}.json"
                    files.setdefault(name, []).append(record)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nn_dataset-2.1.2.dist-info/METADATA", metadata)
        archive.writestr("nn_dataset-2.1.2.dist-info/licenses/LICENSE", "MIT License, of the test\n")
        for name, records in files.items():
            archive.writestr(name, json.dumps(records))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def make_wheel(tmp_path, monkeypatch):
    """Return a function that writes a wheel and has it taken for the published one."""

    def make(models, **contents):
        path = write_wheel(tmp_path / "nn_dataset-2.1.2-py3-none-any.whl", models, **contents)
        monkeypatch.setattr(lemur_wheel, "SHA256", sha256(path))
        return path

    return make


def tables(wheel):
    return make_tables(read_records(wheel, PIPELINES[0]))


def test_runs_are_linked_by_model_and_uid(make_wheel):
    fast, slow = run_of("u1", step=SECOND), run_of("u2", step=3 * SECOND, start=0.5)
    wheel = make_wheel({"ResNet": [fast, slow], "VGG": [run_of("u1", start=0.1)]})
    curves, configs, counts = tables(wheel)
    assert configs["config_id"].to_list() == ["ResNet/u1", "ResNet/u2", "VGG/u1"]
    assert curves.height == 150
    for config, start, seconds in (("ResNet/u1", 0.3, 1), ("ResNet/u2", 0.5, 3), ("VGG/u1", 0.1, 2)):
        own = curves.filter(config_id=config)
        assert own["epoch"].to_list() == list(range(1, 51))
        assert own["value"].to_list() == [round(start + epoch / 200, 6) for epoch in range(1, 51)]
        assert own["seconds"].to_list() == [seconds] * 50
    assert (counts.runs, counts.kept) == (3, 3)


def test_incomplete_runs_are_left_out_and_counted(make_wheel):
    holed = run_of("gap", [*range(1, 7), *range(8, 51)])
    late = run_of("late", range(2, 51))
    back = run_of("back")
    back[20]["duration"] = back[18]["duration"]
    runs = [run_of("whole"), holed, late, back, run_of("short", range(1, 50)), run_of("one", [1])]
    curves, configs, counts = tables(make_wheel({"ResNet": runs}))
    assert configs["config_id"].to_list() == ["ResNet/whole"]
    assert curves["config_id"].unique().to_list() == ["ResNet/whole"]
    assert (counts.runs, counts.with_gaps, counts.short, counts.clock_runs_back) == (6, 2, 2, 1)
    assert counts.runs == counts.kept + counts.with_gaps + counts.short + counts.clock_runs_back
    assert "2 of 6 runs with gaps, 2 shorter than 50 epochs, 1 whose clock runs back" in str(counts)


def test_longer_runs_are_cut_at_50(make_wheel):
    holed_later = run_of("b", [*range(1, 51), 60])
    curves, _, counts = tables(make_wheel({"ResNet": [run_of("a", range(1, 61)), holed_later, run_of("c")]}))
    assert curves["epoch"].max() == 50
    assert (counts.kept, counts.cut, counts.with_gaps) == (3, 2, 0)


def test_the_first_of_a_repeated_epoch_counts(make_wheel):
    again = run_of("a", range(1, 4), start=0.2)
    curves, _, counts = tables(make_wheel({"ResNet": [run_of("a"), again, run_of("b")]}))
    assert curves.filter(config_id="ResNet/a")["value"].to_list() == [
        round(0.3 + epoch / 200, 6) for epoch in range(1, 51)
    ]
    assert (counts.repeated, counts.repeated_records) == (1, 3)


def test_settings_become_features_and_absent_ones_are_marked(make_wheel):
    plain = run_of("u2", momentum=None, dropout=None, lr=0.01, batch=8, weight_decay=0.1)
    models = {"DPN131-8e6e495b-85cb": [run_of("u1")], "MoEv9-AlexNetv3": [plain]}
    _, configs, _ = tables(make_wheel(models))
    assert configs.drop("config_id", "reason").to_dicts() == [
        {
            "status": "completed",
            "ap_family_dpn": True,
            "ap_family_moe": False,
            "hp_learning_rate": 0.1,
            "hp_batch_size": 32,
            "hp_momentum": 0.5,
            "hp_has_momentum": True,
            "hp_dropout": 0.25,
            "hp_has_dropout": True,
            "architecture": "DPN131-8e6e495b-85cb",
            "family": "DPN",
            "transform": "norm_64",
        },
        {
            "status": "completed",
            "ap_family_dpn": False,
            "ap_family_moe": True,
            "hp_learning_rate": 0.01,
            "hp_batch_size": 8,
            "hp_momentum": 0.0,
            "hp_has_momentum": False,
            "hp_dropout": 0.0,
            "hp_has_dropout": False,
            "architecture": "MoEv9-AlexNetv3",
            "family": "MoE",
            "transform": "norm_64",
        },
    ]


def test_three_corpora_with_cards_the_same_every_time(make_wheel, tmp_path):
    wheel = make_wheel({"ResNet": [run_of("a"), run_of("b", start=0.5), run_of("c", [1])]})
    written = []
    for out in (tmp_path / "one", tmp_path / "two"):
        folders = [folder for folder, _, _ in import_lemur(wheel, out)]
        assert [folder.name for folder in folders] == ["lemur-cifar10", "lemur-svhn", "lemur-cifar100"]
        written.append({str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()})
    assert written[0] == written[1]
    for folder in folders:
        assert verify(folder) == []
    corpus = read_corpus(folders[2])
    assert (len(corpus), corpus.n_epochs, corpus.metric.worst) == (2, 50, 0.01)
    assert corpus.metadata["import"]["sha256"] == sha256(wheel)
    card = (folders[1] / "README.md").read_text()
    for part in (
        "1 left out: fewer than 50 epochs",
        "MIT License, of the test",
        "arXiv:2504.10552",
        "calling every image a 1",
        "![Learning curves](learning-curves.svg)",
        "ResNet (2)",
    ):
        assert part in card


@pytest.fixture
def refused(tmp_path):
    """Return a function that says why a wheel is refused; nothing may be written then."""

    def refused(path):
        with pytest.raises(CorpusError) as error:
            list(import_lemur(path, tmp_path / "out"))
        assert not (tmp_path / "out").exists()
        assert "\n" not in str(error.value)
        return str(error.value)

    return refused


def test_a_missing_file_is_refused(tmp_path, refused):
    assert "no such file. Fetch it with: pip download --no-deps nn-dataset==2.1.2" in refused(tmp_path / "x")


@pytest.mark.parametrize("content", [b"", b"no zip"])
def test_a_file_that_is_no_wheel_is_refused(tmp_path, refused, content):
    (tmp_path / "x.whl").write_bytes(content)
    assert "is no wheel" in refused(tmp_path / "x.whl")


def test_a_zip_that_is_no_wheel_is_refused(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        archive.writestr("a", "b")
    assert "is no wheel" in refused(tmp_path / "x.whl")


@pytest.mark.parametrize(("old", "new"), [("nn-dataset", "numpy"), ("2.1.2", "2.0.0")])
def test_another_package_or_version_is_refused(make_wheel, refused, old, new):
    wheel = make_wheel({"ResNet": [run_of("a")]}, metadata=METADATA.replace(old, new))
    assert f"holds {'nn-dataset 2.1.2'.replace(old, new)}, not nn-dataset 2.1.2" in refused(wheel)


def test_an_altered_wheel_is_refused(tmp_path, refused):
    assert "SHA-256 differs" in refused(write_wheel(tmp_path / "x.whl", {"ResNet": [run_of("a")]}))


def test_a_wheel_without_statistics_is_refused(make_wheel, refused):
    assert "holds no training statistics ab/nn/stat/train/img-classification_cifar-10_acc_*" in refused(
        make_wheel({})
    )


@pytest.mark.parametrize("content", ["{", "[1]", '[{"uid": "a"}]', '{"a": 1}'])
def test_a_file_that_holds_something_else_is_named(make_wheel, refused, content):
    name = f"ab/nn/stat/train/{PIPELINES[0]}_VGG/1.json"
    told = refused(make_wheel({"ResNet": [run_of("a")]}, more={name: content}))
    assert f"{name} cannot be read as training statistics" in told


def test_the_shipped_corpora_hold_what_was_published():
    import simlab

    sizes = {data.name: simlab.load(data.name).values.shape for data in lemur.DATA}
    assert sizes == {"lemur-cifar10": (1138, 50), "lemur-svhn": (375, 50), "lemur-cifar100": (394, 50)}
