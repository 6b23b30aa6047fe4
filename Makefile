# Every target works in a fresh clone: what it needs is set up first, and takes no time when it is there.

# the first Python that is new enough; say another with `make PYTHON=... run`
PYTHON ?= $(firstword $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done) python3)
LOCAL = $(PYTHON) -m deploy.local
VENV = .venv/bin
SERVICES = gateway ingest incident oncall automation comms analytics
# what only the client and the command line need, and no image holds
OF_CLIENT_ONLY = --no-emit-package rich --no-emit-package pygments --no-emit-package shtab
COMPILE = $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# where it is set, every process of every test would compile all that it imports anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run stop test check lint format bench dead-letters rebuild-analytics docs lock fast-db clean \
	test-unit test-contract test-integration test-integration-together test-alone test-architecture test-scenarios \
	test-chaos test-cluster test-compose test-images test-browser test-pythons test-debian13 \
	tests-of-parts tests-behind tests-without-services

help: ## show what can be done here
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  run-<service>      one service in the foreground beside the running stack: $(SERVICES)"

setup: ## make .venv from the lock, install the broker and bubblewrap when they are missing
	@$(LOCAL) setup

run: ## set up, start everything, wait until it answers (TOCSIN_HTTP_PORT, TOCSIN_REPLICAS, ...)
	@$(LOCAL) run

stop: ## stop everything; returns when every port is free
	@$(LOCAL) stop

$(addprefix run-,$(SERVICES)): run-%: setup
	@$(LOCAL) service $*

dead-letters: setup ## list the dead letters of the running stack; ARGS="..." for more, such as replaying
	@$(LOCAL) exec $(VENV)/python -m shared.bus.dead_letters $(ARGS)

# $(call tier,folder,pytest options): a tier without tests is said and passed. Each has a budget and a limit: tests/budgets.py
tier = @if [ -n "$$(find tests/$(1) -name 'test_*.py' 2>/dev/null | head -n 1)" ]; then \
	$(VENV)/python -m pytest tests/$(1) $(2) $(ARGS); else echo "tests/$(1): no tests yet"; fi
# what is side by side says what it has to say when it is done, and what fails ends nothing beside it
MAKE_ALL = $(MAKE) --no-print-directory --keep-going --output-sync=target
ONE_BY_ONE = MAKEFLAGS= $(MAKE_ALL)
# $(call beside,groups of targets (with + between those that run side by side),the seconds that all may take)
beside = @began=$$(date +%s); failed=0; for group in $(1); do \
	MAKEFLAGS= $(MAKE_ALL) --jobs=2 $$(echo $$group | tr + ' ') || failed=1; done; \
	echo "make $@: $$(( $$(date +%s) - began )) s of $(2) s"; exit $$failed

test: setup ## every tier of tests, side by side where they do not load each other
	$(call beside,tests-of-parts+test-scenarios tests-behind+test-chaos test-alone,900)

check: setup ## the inner loop: lint, and the unit, contract and architecture tests beside it
	$(call beside,lint+tests-without-services,180)

# a stack's promises are about seconds: where it wants the processors, it comes first
tests-of-parts: setup ## what starts single services, beside whole stacks
	@nice -n 5 env $(ONE_BY_ONE) test-integration-together

tests-behind: setup ## the tiers that start no service, on what others leave of the processors
	@nice -n 19 env $(ONE_BY_ONE) test-unit test-contract test-architecture

tests-without-services: setup ## the tiers that start no service
	@$(ONE_BY_ONE) test-unit test-contract test-architecture

test-unit: setup ## pure decisions, in seconds
	$(call tier,unit,-n auto)

test-contract: setup ## one suite over every implementation, on the real broker and database
	$(call tier,contract,-n 2)

test-integration: setup ## one service, or the supervisor, with its real parts
	@$(ONE_BY_ONE) test-integration-together test-alone

test-integration-together: setup ## what may run beside each other of test-integration
	$(call tier,integration,-n 3 -m "not alone")

# what is marked `alone` measures moments that three tests at once on two processors make late
test-alone: setup ## the rest of test-integration, one at a time
	$(call tier,integration,-n 1 -m alone)

test-architecture: setup ## the rules of the house, checked on the source
	$(call tier,architecture,-n 2)

test-scenarios: setup ## the whole stack, in a user's words
	$(call tier,scenarios,-n 2)

test-chaos: setup ## processes are killed and links cut while promises are watched
	$(call tier,chaos,-n 1)

test-pythons: setup ## the unit and contract tests under every Python of 3.11 to 3.14 that is found here
	@$(LOCAL) test-pythons -- $(ARGS)

test-debian13: ## every tier on Debian 13 with Python 3.13 and RabbitMQ 4: as root; TIERS="test-unit test-chaos" for some
	@$(LOCAL) test-debian13 $(TIERS) -- $(ARGS)

test-cluster: setup ## three brokers and two sites in network namespaces, under load: as root, not part of `make test`
	@$(LOCAL) test-cluster
	$(call tier,cluster,-n 0)

test-images: setup ## a container engine of the tests' own, and images for it where none can be pulled: as root
	@$(LOCAL) engine
	@$(VENV)/python -m tests.engine

test-compose: test-images ## compose.yaml in containers, under load: as root, not part of `make test`
	$(call tier,compose,-n 0)

test-browser: setup ## the console in a real browser
	$(call tier,browser,)

lint: setup ## ruff, mypy, import contracts, dependencies, spelling, image, compose, chart
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/deptry .
	$(VENV)/codespell
	$(VENV)/python -m deploy.linting

format: setup ## put the source into its one format
	$(VENV)/ruff check --fix-only --quiet
	$(VENV)/ruff format

bench: setup ## measure what docs promise, on this machine
	$(VENV)/python -m bench $(ARGS)

docs: setup ## write docs/events.md and the AsyncAPI document from the event classes, docs/where.md from the code
	$(VENV)/python -m shared.events.docs
	$(VENV)/python -m deploy.where
	$(VENV)/python -m deploy.metrics_document

rebuild-analytics: setup ## make analytics' copies of other services' facts anew, from the log and their owners
	@$(LOCAL) exec $(VENV)/python -m services.analytics.rebuild

lock: setup ## resolve the dependencies anew; ARGS=--upgrade takes the newest
	$(COMPILE) $(ARGS) --all-extras pyproject.toml --output-file requirements-dev.txt
	$(COMPILE) $(OF_CLIENT_ONLY) --extra services --extra analytics --extra automation --extra comms --extra incident --extra ingest --extra oncall --constraint requirements-dev.txt \
		pyproject.toml --output-file requirements.txt
	@! grep -nE 'https?://|file:|^-' requirements.txt requirements-dev.txt

fast-db: ## build a faster embedded database server (secantusd-rs, needs cargo)
	@$(LOCAL) fast-db

clean: stop ## stop, then remove .venv, caches and .run with all its data
	rm -rf .venv .run .*_cache .hypothesis
	find . -name __pycache__ -type d -not -path './console/*' -prune -exec rm -rf {} +
