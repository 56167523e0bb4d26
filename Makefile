# Every target makes the environment it needs; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TORCH_INDEX ?=
EXTRA_INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)
PYTEST_WORKERS ?= 2

.PHONY: help setup dev demo test test-all lint smoke bench bench-accuracy bench-network bench-uncertainty bench-dashboard docs docs-serve lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make .venv with the locked versions (TORCH_INDEX=<url> adds PyTorch's own index)

$(STAMP): pyproject.toml constraints.txt
	@echo "setup: making $(VENV) with the locked versions (a few minutes the first time)"
	@start=$$SECONDS; test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(EXTRA_INDEX) -c constraints.txt -e '.[dev]' \
	&& touch $(STAMP) && echo "setup: done in $$((SECONDS - start)) s"

dev: setup ## setup plus the git hooks
	$(BIN)/pre-commit install

demo: setup ## raw frames to a scored submission, on simulated planets
	@start=$$SECONDS; scripts/demo.sh $(BIN)/spectramind && echo "demo: done in $$((SECONDS - start)) s"

test: setup ## the fast test suite
	@echo "test: the fast suite on $(PYTEST_WORKERS) workers"
	@start=$$SECONDS; OMP_NUM_THREADS=1 $(BIN)/pytest -q -n $(PYTEST_WORKERS) -m 'not slow' && echo "test: passed in $$((SECONDS - start)) s"

test-all: setup ## every test, the slow ones too
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n $(PYTEST_WORKERS)

lint: setup ## ruff, mypy strict, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd src && ../$(BIN)/lint-imports --config ../pyproject.toml

smoke: setup ## the smoke pipeline in a temporary workspace
	$(BIN)/spectramind selftest --deep

bench: setup ## speed as ratios within one run
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/kill_chain.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/transit_fit.py
	$(BIN)/python benchmarks/scan.py

bench-accuracy: setup ## accuracy on simulated planets, against the ideal observer
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/accuracy.py

bench-network: setup ## what the network adds on unseen simulated planets (about an hour the first time)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/network.py

bench-uncertainty: setup ## what temperature and COREL gain with 30, 100 and 400 planets
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/uncertainty.py

bench-dashboard: setup ## size, time and memory of the dashboard of 1100 planets
	$(BIN)/python benchmarks/dashboard.py

docs: setup ## the documentation as a site, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

docs-serve: setup ## show the documentation at http://127.0.0.1:8000 and follow changes
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

lock: ## renew poetry.lock and constraints.txt (needs poetry with poetry-plugin-export)
	poetry lock
	poetry export -f constraints.txt --without-hashes --all-groups --all-extras \
	  | sed -E 's/ ;.*//' | grep -vE '^(nvidia-|cuda-|triton|pywin32|--)' | sort -u > constraints.txt

clean: ## remove products and caches, keep .venv
	rm -rf demo build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
