# make demo      the service, one story over HTTP, its cards (ONCE=1: end after the cards)
# make test      the tests                          make check  what has to hold; changes nothing
# make fix       format, mend, renew the pages      make bench  how fast a request is answered
# make lock      resolve the dependencies again     make clean  away with the environment and caches
# make fixtures  keep the answers of the stories anew, on purpose (ONLY=name: of one)
# make test-browser  the sandbox in a real Chromium   make screenshots  its pictures
# make test-postgres  the database: a real PostgreSQL, replay, outages (WRITE=1: keep the figures)
# make test-faults  real servers that are stopped, killed and starved (WRITE=1: keep the figures)
# make fuzz      ten thousand requests with something wrong (EXPLORE=1: others each time)
# make load      minutes at full load, every answer looked at (MINUTES=10)
# make image     the container (BUILDER=podman)     make container-check  build it, run it, try it
# make conform-healthchain  another service before the kit, from the package index (WRITE=1: keep it)
# make mock-ehr  the walk through the official mock EHR (SANDBOX=folder: where it was built; CRD=)
#
# Needs python3 (3.11 or newer) with venv, and make. Everything is installed into .venv, by hash.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
UV_COMPILE := uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

BUILDER ?= docker
IMAGE ?= leukocds
SOURCE ?= unknown

.PHONY: demo test test-browser screenshots test-faults test-postgres load check fix fixtures bench image container-check mock-ehr conform-healthchain lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.project
	@$(BIN)/leukocds demo $(if $(ONCE),--once)

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -q

test-browser: $(VENV)/.dev
	@$(BIN)/python -m pytest -q -m browser tests/browser

screenshots: $(VENV)/.dev
	@$(BIN)/python -m tests.browser.screenshots

test-faults: $(VENV)/.dev
	@$(if $(WRITE),WRITE_FIGURES=1 )$(BIN)/python -m pytest -q -m faults

test-postgres: $(VENV)/.dev
	@$(if $(WRITE),WRITE_FIGURES=1 )$(BIN)/python -m pytest -q -m postgres

fuzz: $(VENV)/.dev
	@EXPLORE=$(EXPLORE) $(BIN)/python -m pytest -q -p no:logging -m fuzz tests/fuzz

check: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/leukocds knowledge check --strict

fix: $(VENV)/.dev
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/python docs/generate.py

fixtures: $(VENV)/.dev
	@$(BIN)/python -m tests.regenerate_fixtures $(ONLY)

bench: $(VENV)/.dev
	@$(BIN)/python bench/answer.py

load: $(VENV)/.dev
	@$(BIN)/python bench/load.py --minutes $(or $(MINUTES),10) $(if $(WRITE),--write)

image:
	$(BUILDER) build --build-arg REVISION=$$(git rev-parse HEAD) --build-arg SOURCE=$(SOURCE) --tag $(IMAGE) .

container-check: $(VENV)/.dev
	@$(BIN)/python -m deploy.check_container $(if $(WRITE),--write)

mock-ehr: $(VENV)/.dev
	@$(BIN)/python -m tests.mock_ehr $(SANDBOX) $(if $(RECORD),--record)
	@$(BIN)/python -m tests.mock_ehr.crd_generator $(CRD)

conform-healthchain: $(VENV)/.dev
	@$(BIN)/python bench/conform_healthchain.py $(if $(WRITE),--write)

lock:
	$(UV_COMPILE) --output-file deploy/sbom.lock deploy/sbom.in
	$(UV_COMPILE) --extra build --output-file requirements.lock pyproject.toml
	$(UV_COMPILE) --extra build --extra dev --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# one stamp per step, so that nothing is installed twice
$(VENV)/.runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q cards cds
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.project
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@
