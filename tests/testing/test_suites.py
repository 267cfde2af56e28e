"""The suites pass what keeps the rules, and fail toys that break one of them."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

#: For each toy a test that has to catch it, and a part of what this says.
CAUGHT = {
    "LookingAhead": ("the_future_changes_no_decision[False]", "not observed yet changed a decision"),
    "KnowingTheEnd": ("the_future_changes_no_decision[True]", "not observed yet changed a decision"),
    "Random": ("it_holds_no_state_of_a_run_and_no_chance[1]", ""),
    "Bare": ("every_decision_explains_itself", "must return a Decision"),
    "NumPyBool": ("every_decision_explains_itself", "True or False, of Python's own type"),
    "Remembering": ("it_holds_no_state_of_a_run_and_no_chance[1]", ""),
    "Wordless": ("every_decision_explains_itself", "a decision says why"),
    "NotANumber": ("one_finite_mean_and_sigma_for_each_curve", "isfinite"),
    "Centred": ("a_row_depends_on_itself_only", "Not equal to tolerance"),
    "Ordered": ("the_order_of_a_batch_does_not_matter", "Not equal to tolerance"),
    "Writing": ("inputs_stay_as_they_are", "not equal"),
    "Dice": ("same_seed_same_bytes", ""),
    "ResumingTheRunning": ("every_trial_ends_and_no_worker_trains_two[4]", "is running, not paused"),
    "Backward": ("every_trial_ends_and_no_worker_trains_two[1]", "beyond the 4 epochs already trained, not"),
    "Shuffled": ("a_run_repeats_itself_and_leaves_nothing_behind[epochs-1]", ""),
    "Peeking": ("the_future_changes_no_decision[False]", "not observed yet changed a decision"),
    "Answering": ("every_decision_explains_itself", "must return a Decision"),
}
HONEST = {"HonestPolicy": 10, "HonestPredictor": 12, "Plain": 17}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Run the suites over all toys, as a user would, and return what failed, by toy and test."""
    written = tmp_path_factory.mktemp("suites") / "outcomes.xml"
    toys = Path(__file__).with_name("broken.py")
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", "addopts=--import-mode=importlib"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", toys, *options, f"--junit-xml={written}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    found = defaultdict(dict)
    for case in ET.parse(written).iter("testcase"):
        toy = case.attrib["classname"].rpartition(".Test")[2]
        problem = case.find("failure") if case.find("error") is None else case.find("error")
        text = "" if problem is None else f"{problem.attrib['message']}\n{problem.text}"
        found[toy][case.attrib["name"].removeprefix("test_")] = text
    return found


@pytest.mark.parametrize("toy", CAUGHT)
def test_a_broken_toy_is_caught(outcomes, toy):
    test, message = CAUGHT[toy]
    assert outcomes[toy][test]
    assert message in outcomes[toy][test]


@pytest.mark.parametrize("toy", HONEST)
def test_an_honest_toy_passes(outcomes, toy):
    assert len(outcomes[toy]) >= HONEST[toy]
    assert [test for test, problem in outcomes[toy].items() if problem] == []


def test_no_toy_was_forgotten(outcomes):
    assert set(outcomes) == {*CAUGHT, *HONEST, "Forgotten"}


def test_a_suite_without_its_fixture_says_what_to_do(outcomes):
    assert any("override the fixture 'policy'" in text for text in outcomes["Forgotten"].values())


def test_without_pytest_the_extra_is_named():
    code = "import sys; sys.modules['pytest'] = None; import simlab.testing"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "simlab.testing needs pytest: install the 'test' extra" in done.stderr


def test_the_rest_of_the_package_does_without_pytest():
    modules = "simlab.cli.app, simlab.charts, simlab.evaluation, simlab.sweeps"
    code = f"import sys; sys.modules['pytest'] = None; import {modules}"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)
