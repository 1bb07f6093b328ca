# Everything one does with this repository; `make` alone says what.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements-dev.lock
INSTALLED := $(VENV)/.installed
QMI := $(BIN)/python -m deploy.cli
# Quickest first; what starts whole stacks has the machine for itself. TESTS=… runs something else, in one step.
STEPS := "tests/unit" "-n 2 --dist loadfile tests/contract tests/integration" "tests/e2e tests/faults"
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install check test run demo faults faults-broken soak bench up down migrate schemas docs clean-data

help: ## Say what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make the environment (.venv), exactly as locked

$(INSTALLED): $(LOCK) deploy/stack/install.py
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12))
	@$(PYTHON) deploy/stack/install.py $(VENV) $(LOCK)
	@touch $@

check: $(INSTALLED) ## Lint, format, types, layers, schemas and generated documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m deploy.schemas check
	$(BIN)/python -m deploy.states --check

test: $(INSTALLED) ## Run all the tests this machine can run, quickest first; skipped ones are named (ARGS=… for pytest)
	@failed=0; for step in $(if $(TESTS),"$(TESTS)",$(STEPS)); do \
		echo "pytest $$step $(ARGS)"; $(BIN)/python -m pytest $$step $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	done; exit $$failed

run: $(INSTALLED) ## Start everything on this machine, play the demo, stay up until Ctrl-C
	@$(QMI) up --demo

demo: $(INSTALLED) ## Play the demo on the running stack (STACK=file to choose another)
	@$(QMI) demo $(if $(STACK),--stack $(STACK))

faults: $(INSTALLED) ## Hurt everything at random, then judge what is left (SEED="1 2 3" MINUTES=5)
	@$(BIN)/python -m tests.faults $(addprefix --seed ,$(SEED)) --minutes $(or $(MINUTES),5)

faults-broken: $(INSTALLED) ## Show that the judge sees what five broken variants of the kit do
	@$(BIN)/python -m tests.faults --seed $(or $(SEED),1) --broken all

soak: $(INSTALLED) ## Load without blows for long (MINUTES=30): every promise kept, and memory flat
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),30)

bench: $(INSTALLED) ## Measure, against floors taken in the same run
	$(BIN)/python -m pytest tests/bench -s $(ARGS)

up: ## Start the real thing with Docker, wait until healthy (then: make demo STACK=var/compose.json)
	@deploy/compose.sh up

down: ## Stop what `up` started; its data stay
	@deploy/compose.sh down

migrate: $(INSTALLED) ## Bring the database schemas up to date (running stack, or QMI_ADMIN_DATABASE_URL)
	@$(QMI) migrate

schemas: $(INSTALLED) ## Freeze the schemas of new events
	$(BIN)/python -m deploy.schemas freeze

docs: $(INSTALLED) ## Write the generated documents again
	$(BIN)/python -m deploy.schemas docs
	$(BIN)/python -m deploy.states
	$(BIN)/python -m deploy.metrics_page

clean-data: $(INSTALLED) ## Forget the data of `make run`
	@$(QMI) clean-data
