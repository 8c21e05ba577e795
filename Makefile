# Every command of the project. It needs Python 3.11 or newer, and Chromium for the browser tests.
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
# Setting up must not run inside what it sets up.
OUTSIDE := env PATH="$(PATH)" $(PYTHON)
export PATH := $(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
.DEFAULT_GOAL := help
.PHONY: help
help: ## List every command
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Set up the virtual environment, Node and all packages
	@$(OUTSIDE) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("setup: Python 3.11 or newer is needed, this is %s; name another with PYTHON=" % sys.version.split()[0])'
	@$(OUTSIDE) -m ops.dev.bootstrap

.PHONY: demo
demo: build ## Start server and campus with an example exam and print what to do
	@python -m ops.demo

.PHONY: demo-reset
demo-reset: setup ## Forget everything the demo stored
	@python -m ops.demo.reset

.PHONY: sit
sit: build ## Sit one whole exam without a human: CAMERA= AUDIO= SECONDS=60 OUT=dir
	@python -m ops.sit --camera "$(CAMERA)" --audio "$(AUDIO)" --seconds "$(SECONDS)" --out "$(OUT)"

.PHONY: test
test: lint types test-typescript build ## Run every check and every test, in a real Chromium too
	@python -m ops.dev.system
	@python -m pytest -m "not e2e" --numprocesses=auto
	@python -m pytest -m "e2e and not alone" --numprocesses=2 --dist=loadfile
	@python -m pytest -m "e2e and alone"

.PHONY: test-python
test-python: setup ## Run the Python tests that need no browser
	@python -m pytest -m "not e2e" --numprocesses=auto

.PHONY: test-typescript
test-typescript: setup ## Run the TypeScript tests
	@npm run --silent test

.PHONY: test-e2e
test-e2e: build ## Run the end-to-end tests in a real Chromium
	@python -m ops.dev.system
	@python -m pytest -m "e2e and not alone" --numprocesses=2 --dist=loadfile
	@python -m pytest -m "e2e and alone"

.PHONY: lint
lint: setup ## Check style, import directions and budgets in both languages
	@ruff check
	@ruff format --check
	@lint-imports --no-logo
	@npm run --silent lint

.PHONY: types
types: setup ## Check the types in both languages
	@mypy server/src verifier/src campus/src ops tests bench
	@npm run --silent types

.PHONY: format
format: setup ## Lay out the code in both languages as `make lint` wants it
	@ruff check --fix-only --quiet
	@ruff format
	@npm run --silent format

.PHONY: generate
generate: setup ## Write the OpenAPI document and the TypeScript client's types
	@python -m ops.dev.openapi

.PHONY: check-generated
check-generated: setup ## Fail if the generated client is stale
	@python -m ops.dev.openapi --check

.PHONY: lock
lock: setup ## Resolve both lock files anew after a dependency was edited
	@uv lock
	@npm install --package-lock-only

.PHONY: bench
bench: build ## Answer the questions of bench/ with numbers
	@python -m bench

.PHONY: mutants
mutants: setup ## Change both verifiers in small ways and see that a test notices
	@python -m bench.mutants

.PHONY: build
build: setup ## Build the extension into extension/.output/chrome-mv3
	@python -m ops.dev.build

.PHONY: clean
clean: ## Remove everything that can be made again; keeps the demo's data
	@rm -rf .venv node_modules */node_modules packages/*/node_modules extension/.output extension/.wxt .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
