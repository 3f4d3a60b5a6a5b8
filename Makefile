# Every target does its own set-up; nothing but python3 and a package registry is needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo-data
# Libraries to measure beside want other versions than ours: they live apart.
BENCH ?= .venv-bench
PAGES ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types wheel bench lock clean

help:  ## Show what can be made.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(BIN)/.base: requirements/base.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/base.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(BIN)/.dev: requirements/dev.txt $(BIN)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

demo: $(BIN)/.base  ## Crawl the sample newsroom into ./demo-data and search it.
	$(BIN)/python -m tests.newsroom.demo $(DEMO)

test: $(BIN)/.dev  ## Run the tests.
	$(BIN)/python -m pytest -n 2

check: lint types wheel  ## Check style, types and the built wheel.

lint: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.dev
	$(BIN)/mypy

wheel: $(BIN)/.dev
	$(BIN)/python -m tests.wheel

$(BENCH)/.done: requirements/bench.txt pyproject.toml
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/bench.txt
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

bench: $(BENCH)/.done  ## Measure extraction (sample newsroom, PAGES=folder with truth) and a daily run.
	$(BENCH)/bin/python -m benchmarks.extraction $(PAGES) --sample-newsroom
	$(BENCH)/bin/python -m benchmarks.daily

lock: $(BIN)/.dev  ## Pin the newest versions that fit pyproject.toml.
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --upgrade pyproject.toml --output-file requirements/base.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --upgrade --group dev --constraint requirements/base.txt --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --upgrade pyproject.toml --group bench --output-file requirements/bench.txt

clean:  ## Remove what was made here: environment, caches, demo archive.
	rm -rf $(VENV) $(BENCH) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
