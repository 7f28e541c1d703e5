# The one list of commands. `make help` prints it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# One thread for the linear algebra: the arrays are small, and two test processes share two cores.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup report test test-long test-versions pythons reliability lint format types examples bench picture lab schema example gallery docs lock audit clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: .venv/ready ## make .venv from requirements.lock

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "outcomes needs Python 3.11 or newer; say which with: make setup PYTHON=/path/to/python3.11"; exit 2; }
	@echo "environment: .venv, about 210 packages from requirements.lock, each held to its hash (a minute or two)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "uv could not be installed: pip does the rest"
	@set -o pipefail; VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --compile-bytecode --require-hashes requirements.lock 2>&1 | sed -u -e '/^ [-+~] /d' -e 's/^/environment: /' >&2 || { echo "uv could not install: pip does it"; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	@echo "environment: ready" >&2

report: setup examples ## make the report of the example study and print where it is
	@echo "report: reading data/example and fitting its models (5 to 15 s)" >&2
	@begun=$$SECONDS; $(BIN)/outcomes report data/example/study.toml --out reports && echo "report: made in $$((SECONDS - begun)) s; open it in a browser" >&2

test: setup examples lint types ## everything that must hold before a commit
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long"

test-long: setup examples ## everything, also what takes minutes, with new random examples and the coverage
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n 2 --dist loadfile --cov=outcomes --cov-report=term:skip-covered

pythons: setup ## unpack Debian's newest Python into .pythons for test-versions; needs apt and the network
	tests/install/debian_python.sh 3.14 .pythons

test-versions: setup ## the built wheel alone on each Python found here, with the lowest and the newest versions
	$(BIN)/python -m pytest -s tests/install

reliability: setup ## kill, break, crowd and repeat reports; writes docs/reliability.md
	$(BIN)/python tests/reliability/measure.py

examples: setup ## prepare examples/kostecki, when the folder shared lies beside the project
	@if test -f ../shared/data/kostecki_dillon.csv; then $(BIN)/python examples/kostecki/prepare.py --quiet; fi

lint: setup ## format check and lint
	$(BIN)/ruff format --check src tests tools benchmarks examples docs
	$(BIN)/ruff check src tests tools benchmarks examples docs

format: setup ## write the format
	$(BIN)/ruff format src tests tools benchmarks examples docs
	$(BIN)/ruff check --fix src tests tools benchmarks examples docs

types: setup ## mypy, strict, on src and tools
	$(BIN)/mypy

# What measures speed. The other files of benchmarks/ calibrate: each says itself how it writes its table, which takes hours.
BENCHES := startup peers scale page_from_sums check_and_periods against_duckdb derive bench_periods mmrm daily imputation adverse_events attacks report sites

bench: setup ## run every benchmark of speed and write its table into bench/ (about an hour on a laptop)
	@mkdir -p bench; failed=; for b in $(BENCHES); do echo "bench: $$b" >&2; \
	if $(BIN)/python benchmarks/$$b.py > bench/$$b.part; then mv bench/$$b.part bench/$$b.txt; cat bench/$$b.txt; \
	else failed="$$failed $$b"; fi; done; test -z "$$failed" || { echo "bench: not ended well:$$failed" >&2; exit 1; }

picture: setup ## draw docs/images/report.png: the first screen of the example's report, with Debian's Chromium
	@mkdir -p docs/images && path=$$($(BIN)/outcomes report data/example/study.toml --out reports | tail -1) && \
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --font-render-hinting=none --window-size=1280,1320 \
	--screenshot="$(CURDIR)/docs/images/report.png" "file://$$(realpath "$$path")" 2>/dev/null && \
	$(BIN)/python -c "from PIL import Image; name = 'docs/images/report.png'; \
	Image.open(name).convert('RGB').quantize(128).save(name, optimize=True)" && ls -l docs/images/report.png

lab: setup ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

schema: setup ## write data/schema from the classes
	$(BIN)/outcomes schema export data/schema

example: setup ## write data/example again from its seed
	PYTHONPATH=tools $(BIN)/python -m example_study

docs: setup ## make site/index.html: tutorial, how-to, reference, methods; a warning is an error; other versions stay
	@$(BIN)/python docs/versions.py site && echo site/index.html

gallery: setup ## make gallery/index.html: every plot with the code that made it
	@$(BIN)/python examples/gallery.py

lock: setup ## make requirements.lock again from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock

audit: setup ## look the locked packages up among the known vulnerabilities; needs the network
	$(BIN)/uv tool run pip-audit --require-hashes --disable-pip -r requirements.lock

clean: ## remove what was made, not the environment
	rm -rf reports site gallery bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
