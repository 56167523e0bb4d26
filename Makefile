# Every target makes the environment it needs; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TORCH_INDEX ?=
EXTRA_INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)
PYTEST_WORKERS ?= 2

.PHONY: help setup dev demo test test-all lint smoke bench lock clean
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
