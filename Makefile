# Needs make and Python 3.11 or later; nothing else, and nothing is installed outside $(VENV).
# PYTHON=/path/to/python3.12 make test   takes that interpreter.

VENV ?= .venv
BIN := $(VENV)/bin
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PINNED_BY := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers tests unit bench bench-quality audit format constraints clean

help:       ## what can be made
	@awk -F '## ' '/^[a-z-]+:.*## / {split($$1, name, ":"); printf "  make %-14s %s\n", name[1], $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo       ## the whole road on real data: a ranked list of customers with reasons
	$(BIN)/retain demo

test: lint types layers tests       ## everything that must pass before a change is merged

lint: $(VENV)/.dev       ## style: ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev       ## types: mypy, strict
	$(BIN)/mypy

layers: $(VENV)/.dev       ## imports only point down: import-linter
	$(BIN)/lint-imports

tests: $(VENV)/.dev       ## all tests: pytest; ARGS="-k config" for some of them
	OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile $(ARGS)

unit: $(VENV)/.dev       ## the quick ones: no training, no server, no browser, no notebook
	OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile -m "not slow" $(ARGS)

bench: $(VENV)/.dev       ## speed on generated events, against its budgets
	$(BIN)/python benchmarks/bench.py $(ARGS)

bench-quality: $(VENV)/.dev       ## quality on several businesses, against simple rules: docs/quality.md
	$(BIN)/python benchmarks/quality.py $(ARGS)

audit: $(VENV)/.dev       ## the pinned versions against the list of known vulnerabilities; needs network
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement constraints.txt --disable-pip --no-deps

faults: $(VENV)/.dev       ## kills weekly runs, and breaks what is around them: a nightly job
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/faults.py $(ARGS)

format: $(VENV)/.dev       ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints: $(VENV)/.dev       ## pin the newest versions that work together
	$(BIN)/python -m pip install --quiet uv
	(echo '# What retain is tested with, on Python 3.11 to 3.13. Made by `make constraints`.'; \
	 $(BIN)/uv pip compile pyproject.toml --extra demo --group dev --universal --python-version 3.11 \
	     --no-emit-index-url --no-header --no-annotate --quiet) > constraints.new
	mv constraints.new constraints.txt

clean:       ## forget the environment and the caches
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@python=$$(for each in $(CANDIDATES); do \
	    $$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	        && echo $$each && break; done); \
	test -n "$$python" || { echo "retain needs Python 3.11 or later with venv and pip; looked for: $(CANDIDATES)." \
	    "Install one, or name it: PYTHON=/path/to/python make ..." >&2; exit 1; }; \
	echo "Making $(VENV) with $$($$python --version) ($$python)"; \
	$$python -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'

$(VENV)/.demo: $(PINNED_BY) | $(BIN)/python
	@echo "Installing retain and its demo data (a few minutes the first time)"
	@$(INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "Installing the tools of a developer"
	@$(INSTALL) --group dev
	@touch $@
