# Two commands matter: `make demo` and `make test`. Without make:
#     sh bin/setup && .venv/bin/python main.py demo

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test contract torture setup dev lint types docs fuzz bench bench-intake fresh lock

PYTHON_BIN := .venv/bin
DEMO_FLAGS ?=
PYTEST_FLAGS ?= -n 2
SUITE ?= bookworm
TORTURE := tests/integration/test_send_protocol.py tests/integration/test_smtp.py tests/integration/test_concurrency.py \
	tests/integration/test_dispute_races.py \
	tests/integration/test_keeping.py tests/integration/test_outages.py tests/integration/test_bad_input.py tests/unit/test_zones.py \
	tests/property/test_patterns.py tests/property/test_money_machine.py tests/property/test_dunning_machine.py
TORTURE_FLAGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' Makefile

demo: setup ## a sample company through the whole chain, then the screen (DEMO_FLAGS=--no-serve stops before it)
	@$(PYTHON_BIN)/python main.py demo $(DEMO_FLAGS)

test: dev lint types ## everything CI asks for: lint, types, all tests (PYTEST_FLAGS="-n 2")
	@$(PYTHON_BIN)/python -m pytest $(PYTEST_FLAGS)

contract: dev ## the API against its OpenAPI document, long (EXAMPLES=200 requests a call and kind)
	@DUECOURSE_CONTRACT_EXAMPLES=$${EXAMPLES:-200} $(PYTHON_BIN)/python -m pytest tests/integration/test_api_contract.py

setup: ## .venv from the lock file, and missing system libraries where allowed
	@sh bin/setup

dev: ## the same with the test tools and Chromium
	@sh bin/setup dev

lint: dev ## ruff (rules and format) and the import contracts
	@$(PYTHON_BIN)/ruff check --quiet .
	@$(PYTHON_BIN)/ruff format --check --quiet .
	@$(PYTHON_BIN)/lint-imports --no-logo

types: dev ## mypy --strict
	@$(PYTHON_BIN)/mypy

docs: dev ## docs/bank-formats.md and docs/reference.md anew, from the code
	@$(PYTHON_BIN)/python bin/bank-formats
	@$(PYTHON_BIN)/python bin/reference

torture: dev ## crashes, races, mail servers, state machines in their full form, for hours (TORTURE_FLAGS="-k killed")
	@DUECOURSE_LONG=1 $(PYTHON_BIN)/python -m pytest -n 0 -s $(TORTURE) $(TORTURE_FLAGS)

fuzz: dev ## a million damaged bank files of every format (FUZZ_FLAGS="--format mt940 --seconds 60")
	@PYTHONPATH=. $(PYTHON_BIN)/python -m tests.readers.fuzz $(FUZZ_FLAGS)

bench: dev ## every benchmarks/bench_*.py, one after the other
	@set -e; for each in benchmarks/bench_*.py; do echo "== $$each"; PYTHONPATH=. $(PYTHON_BIN)/python "$$each"; done

bench-%: dev ## one of them, as bench-statements (BENCH_FLAGS="100000 postgresql mt940")
	@PYTHONPATH=. $(PYTHON_BIN)/python "benchmarks/bench_$*.py" $(BENCH_FLAGS)

bench-intake: dev ## a million invoices from CSV on both databases (BENCH_FLAGS="100000 sqlite")
	@PYTHONPATH=. $(PYTHON_BIN)/python benchmarks/bench_intake.py $(BENCH_FLAGS)

fresh: ## demo and test on a bare Debian made for the purpose (root; SUITE=trixie for the next one)
	@bin/fresh $(SUITE)

lock: ## write requirements*.txt anew from pyproject.toml (LOCK_FLAGS=--upgrade takes the newest)
	@bin/lock $(LOCK_FLAGS)
