# Two commands matter: `make run` and `make test`. Both work on a fresh machine with Python 3.11 or newer.

SHELL := /bin/sh
VENV  ?= .venv
BIN   := $(VENV)/bin
T     ?= tests
# What looks at pages in tests: axe-core and the Nu HTML checker.
TOOLS := tests/tools/node_modules/.package-lock.json
# The first Python that is new enough; `make PYTHON=/path/to/python run` chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ echo $$p; break; }; done)
PIP   := $(BIN)/python -m pip --disable-pip-version-check install --quiet

# Compiled modules are kept beside their sources, whatever the surroundings say: each of the many processes
# of a test run would otherwise compile the whole house again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test check style types contract quick looks bench guard load faults format lock sbom wheel clean

help: ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.installed ## the demo festival on http://127.0.0.1:8000 (PORT= moves it; Ctrl-C ends it)
	@$(BIN)/python scripts/vendor_assets.py
	@exec $(BIN)/bazargah demo

test: $(VENV)/.installed-dev $(TOOLS) ## all tests, on SQLite and PostgreSQL (T=tests/unit: only those; SHAPE=production: PostgreSQL, Redis, two workers)
	@$(BIN)/python scripts/vendor_assets.py
	@$(if $(filter tests,$(T)),FULL_RUN=1) $(BIN)/python -m pytest -n auto --dist worksteal $(T)

check: style types contract quick ## format, lint, types, import contract, the rules of the house, missing migrations

style: $(VENV)/.installed-dev
	$(BIN)/ruff format --check --output-format concise .
	$(BIN)/ruff check --output-format concise .
	$(BIN)/bandit --quiet -ll --configfile pyproject.toml --recursive marketplace

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contract: $(VENV)/.installed-dev
	$(BIN)/lint-imports --no-cache --no-logo

quick: $(VENV)/.installed-dev
	@$(BIN)/python scripts/vendor_assets.py
	DATABASES=sqlite $(BIN)/python -m pytest -n auto --dist worksteal tests/architecture \
		--ignore tests/architecture/test_every_page.py

looks: $(VENV)/.installed-dev ## accepts how the beautiful pages look now: tests/browser/pictures/
	@$(BIN)/python scripts/vendor_assets.py
	ACCEPT_LOOKS=1 DATABASES=sqlite $(BIN)/python -m pytest -q tests/browser/test_looks.py

bench: $(VENV)/.installed-dev ## how fast it is (DATABASES=postgresql: there too; SCALE=large: a million offers; FIGURES="1000 1000000": orders behind the figures)
	@$(BIN)/python scripts/vendor_assets.py
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.rates
	@$(BIN)/python -m benchmarks.figures $(FIGURES)

guard: $(VENV)/.installed-dev ## whether something became much dearer than benchmarks/baseline.json says, in units of the smallest Flask page
	@$(BIN)/python scripts/vendor_assets.py
	@$(BIN)/python -m benchmarks.guard

load: $(VENV)/.installed-dev ## the load and recovery figures of docs/reference/load.md (MINUTES=6, KEEP=1 writes them down)
	@$(BIN)/python scripts/vendor_assets.py
	@$(BIN)/python -m benchmarks.load

faults: $(VENV)/.installed-dev ## the long races, kills and sequences, before a release (FAULT_ROUNDS, FAULT_REPEATS, SEQUENCES, STEPS: how long)
	@$(BIN)/python scripts/vendor_assets.py
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-300} FAULT_REPEATS=$${FAULT_REPEATS:-25} CAMPAIGN_ORDERS=$${CAMPAIGN_ORDERS:-500} SEQUENCES=$${SEQUENCES:-2000} STEPS=$${STEPS:-60} \
		EVERY_DATABASE=1 $(BIN)/python -m pytest -n auto \
		--dist worksteal tests/faults tests/journeys

format: $(VENV)/.installed-dev ## puts every file into the one form
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: $(VENV)/.installed-dev ## chooses exact versions anew, from the ranges in pyproject.toml
	@for extra in "requirements.txt" "requirements-dev.txt --extra dev"; do \
		$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header -o $$extra || exit 1; done

sbom: $(VENV)/.installed ## what the house is made of, as CycloneDX: dist/sbom.cdx.json
	@mkdir -p dist
	@$(BIN)/python scripts/supply.py sbom > dist/sbom.cdx.json

wheel: $(VENV)/.installed ## a wheel of what is committed, built twice and compared: dist/
	@$(BIN)/python scripts/supply.py wheel dist

clean: ## forgets the environment and what tools left; the data under instance/ stays
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(TOOLS): tests/tools/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
		npm ci --prefix tests/tools --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is missing: the tests that need axe or vnu are skipped"; fi

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=/path/to/python ...)" >&2; exit 1; }
	@echo "making the environment with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing what the festival needs"
	@$(PIP) --require-hashes --no-deps -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what the tests need"
	@$(PIP) --require-hashes --no-deps -r requirements-dev.txt
	@$(PIP) --no-deps --editable .
	@touch $@
