# make report: set everything up and build the report of the bundled cohort.   make test: set everything up, run the quick tests.   make test-all: run the slow ones; the two together are all tests.
VENV ?= .venv
PYTHON ?= python3
COHORT ?= ../shared/cohorts/golub
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --durations=20 --durations-min=1

.PHONY: report test test-all soak lint bench lock clean

report: $(READY)
	$(BIN)/genereport build --out report.pdf --force

test: $(READY)
	$(PYTEST) -m "not slow"

test-all: $(READY)
	$(PYTEST) -m slow

soak: $(READY)
	GENEREPORT_SOAK=1 $(BIN)/python -m pytest tests/e2e/test_kill.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks $(wildcard $(COHORT))

$(READY): pyproject.toml requirements.lock tools/setup.sh
	PYTHON=$(PYTHON) tools/setup.sh $(VENV)
	touch $@

lock:
	uv pip compile pyproject.toml --extra test --extra lint --universal --python-version 3.11 --no-annotate --no-header --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) .venv-snakemake dist report.pdf report.html report_data runs .report.genereport .genereport.lock
