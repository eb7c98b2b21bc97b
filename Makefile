# `make demo` and `make test` set up everything they need in .venv.
# `make test ENV=$VIRTUAL_ENV` uses an environment that you have, with the torch that is in it.

PYTHON ?= python3
ENV ?=

ifeq ($(ENV),)
BIN := .venv/bin
PINS := -c constraints.txt
else
BIN := $(ENV)/bin
PINS :=
endif
STAMP := $(BIN)/.whylight-installed

.PHONY: demo test check format clean

demo: $(STAMP)
	$(BIN)/whylight demo

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist *.egg-info

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PINS) -e ".[dev,vectors]"
	touch $@

.venv/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Whylight needs Python 3.11 or newer; give one with make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
