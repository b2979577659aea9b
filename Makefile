# `make demo` shows it, `make test` checks it, `make help` lists the rest. Needs Python 3.11 or later; no Docker.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
VENV := .venv
STAMPS := $(VENV)/.stamps
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
UV_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml $(UV_OPTIONS)
CODE := nclcc services shared tests

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# -- what is installed; each stamp stands for one finished step, so that a second run installs nothing ---------------

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is not installed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# What builds packages comes first and from a lock of its own, and no build fetches another: nothing is unpinned.
$(STAMPS)/build: requirements/build.txt | $(STAMPS)/venv
	@$(PIP) --require-hashes -r requirements/build.txt
	@touch $@

$(STAMPS)/runtime: requirements/runtime.txt pyproject.toml $(STAMPS)/build
	@echo "installing the pinned requirements"
	@$(PIP) --no-build-isolation --require-hashes -r requirements/runtime.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(STAMPS)/dev: requirements/dev.txt pyproject.toml $(STAMPS)/build
	@echo "installing the pinned requirements for development"
	@$(PIP) --no-build-isolation --require-hashes -r requirements/dev.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@ $(STAMPS)/runtime

# -- running it ------------------------------------------------------------------------------------------------------

.PHONY: demo up
demo: $(STAMPS)/runtime ## Play the scenario on an embedded stack and leave nothing behind
	@exec $(BIN)/nclcc demo

up: $(STAMPS)/runtime ## Keep a stack running and print its addresses
	@exec $(BIN)/nclcc up

# -- checking it -----------------------------------------------------------------------------------------------------

.PHONY: test lint format system-packages
test: $(STAMPS)/dev $(STAMPS)/asyncapi system-packages ## Everything: style, types, layers, and all tests
	@$(BIN)/python -m nclcc.stack
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest

lint: $(STAMPS)/dev ## Style, types, layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

format: $(STAMPS)/dev ## Put the code into the house's format
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

# The official JSON Schema of AsyncAPI, where node is; without it that one test is left out, and the run says so.
$(STAMPS)/asyncapi: tests/contract/package-lock.json | $(STAMPS)/venv
	@if command -v npm >/dev/null; then npm ci --prefix tests/contract --ignore-scripts --no-audit --no-fund --silent \
		|| { echo "npm could not install tests/contract/package-lock.json: is its registry reached?" >&2; exit 1; }; \
		touch $@; fi

# A browser for the pages, Java and Maven for Apache Kafka: only root can install them, and only Debian's way.
system-packages:
	@missing=(); \
	command -v chromium >/dev/null || missing+=(chromium); \
	command -v chromedriver >/dev/null || missing+=(chromium-driver); \
	command -v java >/dev/null || missing+=(default-jre-headless); \
	command -v mvn >/dev/null || missing+=(maven); \
	if (( $${#missing[@]} == 0 )); then exit 0; fi; \
	if (( EUID != 0 )) || ! command -v apt-get >/dev/null; then \
		echo "not installed: $${missing[*]} (install them to test on Apache Kafka and in a browser)" >&2; exit 0; \
	fi; \
	echo "installing $${missing[*]}"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq; \
	apt-get install -qq -y --no-install-recommends "$${missing[@]}" >/dev/null

# -- what is generated -----------------------------------------------------------------------------------------------

.PHONY: contracts lock clean
contracts: $(STAMPS)/dev ## Write the schemas and the AsyncAPI document anew
	@$(BIN)/nclcc contracts

lock: $(STAMPS)/dev ## Resolve the requirements anew and pin them with their hashes (UPGRADE=1: to the newest)
	@$(BIN)/uv pip compile requirements/build.in $(UV_OPTIONS) $(if $(UPGRADE),--upgrade) --output-file requirements/build.txt
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --extra embedded --extra build --output-file requirements/runtime.txt
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --all-extras --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt

clean: ## Remove the virtual environment and all caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
