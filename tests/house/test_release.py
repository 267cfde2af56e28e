"""What must agree when a version is released."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import simlab

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == simlab.__version__
    assert citation["authors"] == [{"name": "The simlab authors"}]
    assert citation["license"] == PROJECT["license"]


def test_changelog_begins_with_this_version():
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == simlab.__version__


def test_no_dependency_is_pinned_exactly():
    extras = [requirement for group in PROJECT["optional-dependencies"].values() for requirement in group]
    assert [text for text in PROJECT["dependencies"] + extras if "==" in text] == []


def test_torch_is_needed_by_the_generators_only():
    groups = PROJECT["optional-dependencies"] | {"runtime": PROJECT["dependencies"]}
    assert [name for name, needs in groups.items() if any(need.startswith("torch") for need in needs)] == [
        "generators"
    ]


@pytest.mark.parametrize("pattern", ["datasets/__init__.py", "datasets/*/__init__.py"])
def test_datasets_is_no_package(pattern):
    """It would shadow Hugging Face's `datasets` for anyone who runs from the checkout."""
    assert list(ROOT.glob(pattern)) == []
