# Everything there is to do, by name. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet pyproject.toml --extra service --extra hub --extra images \
	--extra demo --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
SHELL_SCRIPTS = $(shell git grep -lE '^\#!/bin/(ba)?sh')

.PHONY: help up down status purge test check bench screenshots docs lock dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Install what is missing and start the lab; prints its address and the demo accounts
	@hub/bootstrap.sh up

down: started ## Stop the lab and its sessions; all data stays
	@$(BIN)/polderlab-host down

status: started ## Say what runs, where, and what is wrong (ARGS=--json for machines)
	@$(BIN)/polderlab-host status $(ARGS)

purge: started ## Ask, then remove everything the lab made on this machine (ARGS=--yes does not ask)
	@$(BIN)/polderlab-host purge $(ARGS)
	@rm -rf .venv hub/proxy/node_modules

dev: ## Install what tests and checks need
	@hub/bootstrap.sh dev

# What needs no lab runs on all processors; the one lab is for one test at a time.
ON_NO_LAB = tests/unit tests/contract tests/service
ON_THE_LAB = tests/engine tests/browser tests/deploy
test: dev ## Run all tests on a lab of their own (ARGS='tests/unit -k grants' for some)
ifdef ARGS
	@$(BIN)/pytest $(ARGS)
else
	@failed=0; \
	$(BIN)/pytest $(ON_NO_LAB) -n auto --dist worksteal || failed=1; \
	$(BIN)/pytest $(ON_THE_LAB) || failed=1; \
	exit $$failed
endif

check: dev ## Check style, types, layers, images, scripts, docs and locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files -z '*Dockerfile' | xargs -0 $(BIN)/hadolint
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	cd ansible && PATH=$$PWD/../$(BIN):$$PATH ansible-lint --offline -q playbooks roles
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@$(MAKE) --no-print-directory lock-check

bench: dev ## Measure what users wait for
	@$(BIN)/pytest tests/bench -s $(ARGS)

screenshots: dev ## Draw every page in both languages, to look at (ARGS='request --dark' for some)
	@$(BIN)/python -m tests.support.screenshots $(ARGS)

docs: dev ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: dev ## Renew the lock files after a change of pyproject.toml
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: lock-check started
started:
	@test -x $(BIN)/polderlab-host || { echo "The lab was never started here. Run \`make up\`."; exit 1; }

lock-check:
	@folder=$$(mktemp -d) && trap "rm -rf $$folder" EXIT && cp requirements*.lock $$folder && \
	$(LOCK) --output-file $$folder/requirements.lock && \
	$(LOCK) --extra dev --constraint requirements.lock --output-file $$folder/requirements-dev.lock && \
	for file in requirements.lock requirements-dev.lock; do \
	  diff <(grep -v '^ *#' $$file) <(grep -v '^ *#' $$folder/$$file) >/dev/null || \
	  { echo "$$file does not follow pyproject.toml. Run \`make lock\` and commit it."; exit 1; }; \
	done; echo "lock files up to date"
