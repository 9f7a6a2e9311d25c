# `make demo` and `make test` do everything on a machine that has Python 3.11+, make and git.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
UV ?= uv
SECONDS ?= 60
SCALE ?= usual
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

# Labelled data beside the project; what is not there is left out of the scores.
SCORE_DATA ?= $(if $(CLEW_TEST_DATA),$(CLEW_TEST_DATA),../shared/data)

# Compiled kernels are kept in the project, so that they compile once.
export NUMBA_CACHE_DIR := $(CURDIR)/.numba_cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test peers lint fuzz bench score lock clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Create .venv with the pinned dependencies and Clew itself

$(READY): requirements/dev.txt pyproject.toml tools/find-python
	@python=$$(tools/find-python) && echo "Setting up $(VENV) with $$("$$python" --version), $$python" && \
	{ "$(BIN)/python" -c '' 2>/dev/null || "$$python" -m venv --clear $(VENV) || { \
		echo "Python could not make a virtual environment (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }; }
	$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Trace a simulated theft end to end; prints where it went and where the report is
	@rm -rf demo
	$(BIN)/clew simulate --seed 1 --out demo/world
	$(BIN)/clew trace demo/world/case.toml --recorded demo/world/replies.jsonl.gz --offline --out demo/case
	@echo "Report: demo/case/report.html and demo/case/report.pdf"

# Each worker has one half of the files, whose fixtures it makes once; whoever is done first takes over from the other.
test: setup ## Lint, check types and imports, run every test; installs the test peers it can
	@tools/peers
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist worksteal

peers: ## Install the real peers the tests talk to, where that is possible
	@tools/peers

lint: setup ## Check style, types and the import contract
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: setup ## Fuzz every decoder with atheris, SECONDS each (60 by default)
	@for target in $$($(BIN)/python -m tests.fuzz.run); do echo "$$target"; \
		$(BIN)/python -m tests.fuzz.run "$$target" -max_total_time=$(SECONDS) -verbosity=0 || exit 1; done

bench: setup ## Measure speed against goals, peers and the machine's limit; SCALE=full for the goals' sizes
	$(BIN)/python -m benchmarks $(SCALE)

score: setup ## Measure how often Clew is right; writes docs/scores.md, fails where a score fell
	$(BIN)/clew score all --out docs/scores.md $(if $(wildcard $(SCORE_DATA)),--data $(SCORE_DATA))

lock: ## Compile the pins anew from pyproject.toml and requirements/dev.in (needs uv)
	$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml requirements/dev.in --output-file requirements/dev.txt

clean: ## Remove what these targets made
	rm -rf $(VENV) .peers .numba_cache demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
