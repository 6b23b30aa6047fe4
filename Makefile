PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help setup

help: ## show what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 16

setup: ## make .venv from the lock, install the broker when it is missing
	@$(PYTHON) -m deploy.local setup
