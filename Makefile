# Everything one does with simlab from a checkout. `make` alone lists it; needs Python 3.11 or newer, and make.

PYTHON ?= python3
VENV ?= .venv
RECORD_VENV ?= .venv-record
BIN := $(VENV)/bin
DEMO ?= $(BIN)/python -m analyses fig4-metaqnn
PYTEST ?= $(BIN)/python -m pytest
JOBS ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test slow lint types docs browser bench bench-recording record-env test-generators clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## set everything up, run the analyses on the shipped corpora, and write report/report.html
	$(DEMO)

test: $(VENV)/.dev ## run the default tests, the doctests, and the code blocks of README.md and docs/
	$(PYTEST) -n $(JOBS)

slow: $(VENV)/.dev ## run the slow tests
	$(PYTEST) -n $(JOBS) -m slow

lint: $(VENV)/.dev ## check style, formatting, and the direction of the imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(VENV)/.dev ## check the types
	$(BIN)/mypy

docs: $(VENV)/.dev ## build the documentation into docs/_build/html, warnings being errors
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

browser: ## install Debian's Chromium, which the browser tests need, unless there is one
	@command -v chromium >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "no apt-get here: install Chromium by hand" >&2; exit 1; }; \
	  echo "installing chromium ..."; \
	  if [ "$$(id -u)" = 0 ]; then as_root=; else as_root=sudo; fi; \
	  $$as_root apt-get -qq update && \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install chromium \
	    >/dev/null; }

bench: $(VENV)/.dev ## run the benchmarks, but for that of recording
	@for script in cli_startup predictors; do echo "== $$script"; $(BIN)/python -m benchmarks.$$script || exit 1; done

bench-recording: $(RECORD_VENV)/.record ## run the benchmark of recording, with torch, on the CPU
	$(RECORD_VENV)/bin/python -m benchmarks.recording --recipe mini --device cpu

record-env: $(RECORD_VENV)/.record ## set up .venv-record, the environment with torch that records corpora

test-generators: $(RECORD_VENV)/.record ## run the generators' tests (the slow ones too) and doctests, with torch
	$(RECORD_VENV)/bin/python -m pytest -n $(JOBS) -m "" tests/generators generators

clean: ## remove everything that make made, the environments included
	rm -rf $(VENV) $(RECORD_VENV) build dist docs/_build docs/api report
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The environments. A stamp in each says what is installed; it is made anew when pyproject.toml changes.

$(BIN)/python $(RECORD_VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "simlab needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "creating $(@:/bin/python=) ..."
	@$(PYTHON) -m venv $(@:/bin/python=)

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	@echo "installing simlab into $(VENV) (about a minute) ..."
	@$(BIN)/python -m pip install -qq -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "installing what tests, checks and documentation need (about a minute) ..."
	@$(BIN)/python -m pip install -qq -e '.[dev]'
	@touch $@

$(RECORD_VENV)/.record: pyproject.toml constraints.txt | $(RECORD_VENV)/bin/python
	@echo "installing simlab with torch into $(RECORD_VENV) (some minutes) ..."
	@$(RECORD_VENV)/bin/python -m pip install -qq -c constraints.txt -e '.[generators,test]'
	@touch $@
