# Everything a newcomer or a machine needs. A fresh machine has Python 3.11 or newer and make; the rest is installed
# here, into .venv: what Signoff runs on for `make demo`, the tools for tests and checks only when they are asked for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
ARGS ?=
# Each helper has a database and perhaps a browser of its own; more than eight gain nothing.
PYTEST := $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal

MAKEFLAGS += --no-print-directory
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV

.PHONY: help install install-to-run demo test test-long check lint format docs nodes site tables bench autopilot-study clean

help: ## these lines
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: $(VENV)/.installed-to-run ## the whole job on practice apps; ARGS="--headless --leads 20 --json" runs it without a browser
	@$(BIN)/signoff demo $(ARGS)

install: $(VENV)/.installed ## install everything, tools for tests and checks included

install-to-run: $(VENV)/.installed-to-run ## only what Signoff runs on: for a service

test: $(VENV)/.installed ## the everyday tests; ARGS="-k pacing" runs some of them
	@$(PYTEST) -m "not long" $(ARGS)

test-long: $(VENV)/.installed ## the slow tests
	@$(PYTEST) -m long --timeout 1800 $(ARGS)

# What failed beside all the others runs once more, alone, and is named: failing twice fails. A run that was broken off
# or could not begin (any status but 1) gets no second look.
check: lint ## what the build machine runs: format, lint, types, import floors, migrations, tests
	@$(PYTEST) -m "not long" || { [ $$? -eq 1 ] || exit 1; \
	  echo 'Not all passed beside the others. What failed runs once more, alone:' >&2; \
	  $(BIN)/python -m pytest -m "not long" -n 0 -v --maxfail 1 --last-failed --last-failed-no-failures none; }

lint: $(VENV)/.installed ## what `check` does before the tests
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/signoff doctor --migrations

format: $(VENV)/.installed ## put the code into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/.installed-to-run ## write the reference anew from the code, after a command, a key, a call or an app was changed
	@$(BIN)/python -m signoff.site.manual.reference $(ARGS)

nodes: $(VENV)/.installed ## build the nodes for n8n anew, after one was changed; needs npm
	@$(BIN)/python -m signoff.cli.tests.n8n_built

site: $(VENV)/.installed-for-site ## build the documentation's site into dist/site; a broken link is an error
	@$(BIN)/python -m signoff.site.manual.build

tables: $(VENV)/.installed ## write down the tables of a new database, after a migration was added
	@$(BIN)/python -m signoff.engine.first_tables

bench: $(VENV)/.installed ## measure
	@$(BIN)/python bench/run.py $(ARGS)

autopilot-study: $(VENV)/.installed ## draw the figures of docs/autopilot.md
	@$(BIN)/python bench/autopilot_study.py $(ARGS)

clean: ## remove what was installed and made here; your data in .signoff stays
	@rm -rf $(VENV) .signoff/demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

# pip and uv are quiet about what goes well; what they complain about goes to standard error, like all talk here.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Signoff needs Python 3.11 or newer as `$(PYTHON)`. Name another one: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@echo 'Installing into $(VENV), once. It takes half a minute or so.' >&2
	@$(PYTHON) -m venv --clear $(VENV) >&2 || { rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv>=0.9.7' >&2 || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed-to-run: $(UV) pyproject.toml uv.lock
	@$(UV) sync --frozen --quiet --inexact --no-dev --compile-bytecode
	@$(BIN)/python -m compileall -q src || true
	@touch $@

$(VENV)/.installed: $(VENV)/.installed-to-run
	@$(UV) sync --frozen --quiet --inexact
	@touch $@

$(VENV)/.installed-for-site: $(VENV)/.installed-to-run
	@$(UV) sync --frozen --quiet --inexact --no-dev --group site
	@touch $@
