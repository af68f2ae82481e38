# `make demo` and `make test` set up all they need: a virtual environment in .venv with the pinned packages.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Three tests at once for two cores, because many tests wait for a process. A file's tests stay in one worker: they
# share what is slow to make.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)
# Hundreds of tests start a process: compiled modules are kept, whatever the machine's setting.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: pictures help setup demo dev test test-long test-nightly test-matrix lint docs format bench lock

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 …"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

setup: $(READY) ## Make .venv with the pinned packages

demo: $(READY) ## See it work, without a NetSuite account
	$(BIN)/netsuite-pipeline demo

dev: $(READY) ## Open Dagster's UI on the emulator
	$(BIN)/netsuite-pipeline dev

test: $(READY) ## Run the tests of all subjects, in minutes
	$(PYTEST) -q -m "not long and not nightly" --doctest-modules netsuite_pipeline netsuite_pipeline_tests

test-long: $(READY) ## Run kills, browsers, dbt and histories, in ten minutes
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(PYTEST) -q -m "long and not nightly"

test-nightly: $(READY) ## Run every case, with as many random ones as a night has room for
	HYPOTHESIS_PROFILE=nightly $(PYTEST) -q --cov --cov-report=term:skip-covered

test-matrix: $(READY) ## Test each Python and DuckDB that is here
	.ci/matrix

lint: $(READY) ## Format check, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/codespell netsuite_pipeline netsuite_pipeline_tests docs *.md

docs: $(READY) ## Build docs/ as a site in dist/site, links checked
	$(BIN)/mkdocs build --quiet

pictures: $(READY) ## Take the pictures of the README anew
	$(BIN)/python -m netsuite_pipeline_tests.browser.pictures

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## Measure speed
	$(BIN)/python -m netsuite_pipeline_tests.benchmarks

lock: $(READY) ## Pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable | LC_ALL=C sort -f > requirements.lock
