# Everything a newcomer or a machine needs. A fresh machine has Python 3.11 and make; the rest is installed here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.9.7
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
ARGS ?=

.PHONY: install demo test test-long check format bench clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=$(UV_VERSION)'
	@$(UV) sync --frozen --quiet --inexact
	@touch $@

demo: install ## the whole job on the practice apps
	@$(BIN)/signoff demo $(ARGS)

test: install ## the everyday tests
	$(BIN)/python -m pytest -n auto -m "not long" $(ARGS)

test-long: install ## the slow ones
	$(BIN)/python -m pytest -n auto -m "long" --timeout 1800 $(ARGS)

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: install ## what CI runs: format, lint, types, floors, migrations, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/signoff doctor --migrations
	$(MAKE) test

clean:
	rm -rf $(VENV) .signoff
