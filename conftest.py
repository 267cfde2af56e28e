"""What all tests share: determinism, the documents' code blocks, and the browser."""

from __future__ import annotations

import contextlib
import os
import shutil

# One BLAS thread, before anything imports numpy: results must not depend on the machine's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from sybil import Sybil

from tests.documentation import parsers

# No deadline: the machine may be busy. The same examples every time: a failure can be repeated.
settings.register_profile("simlab", deadline=None, derandomize=True)
settings.load_profile("simlab")


@pytest.fixture(scope="session", autouse=True)
def predictions_of_this_session(tmp_path_factory):
    """Keep predictions in a folder of the tests' own."""
    os.environ["SIMLAB_CACHE"] = str(tmp_path_factory.mktemp("predictions"))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """Run a document's blocks in a folder of their own."""
    with contextlib.chdir(tmp_path_factory.mktemp("document")):
        yield


pytest_collect_file = Sybil(
    parsers=list(parsers()), patterns=["README.md", "docs/*.md"], fixtures=["scratch"]
).pytest()


@pytest.fixture(scope="session")
def chromium():
    """Return the path of Chromium; without one the test is skipped, but under CI it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "needs Chromium: make browser"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return path


@pytest.fixture
def page(chromium):
    """Return an empty browser page, without a network; use it in tests marked `browser`."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser.new_context(offline=True).new_page()
        browser.close()
