# Needs Python 3.11 or newer with venv, and make; everything else is set up by the first call.
#
#   make setup        the environment in .venv
#   make run          the whole site on one machine         PORT=8000
#   make test         every quick test, browser included    SYSTEM=no installs no system packages
#   make deep-test    the slow half
#   make check        format, lint, types, contracts, migrations, catalogue, diagrams
#   make audit        known vulnerabilities in what is locked; red too where no source could be asked
#   make sbom         FILE=sbom.cdx.json                    the bill of materials
#   make tour         one project from signed to reviewed, on a database of its own
#   make backup       FILE=...                              database and evidence in one file
#   make restore      FILE=...                              REPLACE=yes overwrites what is there
#   make fmt          format and sort imports
#   make catalogue    gather message ids, compile the Chinese catalogue
#   make lock         compile requirements/*.txt anew
#   make assets       copy browser files from npm (needs Node)

PYTHON ?= python3
PORT ?= 8000
SYSTEM ?= yes
FILE ?=
REPLACE ?=
WORKERS ?= 2

BIN := .venv/bin
PY := $(BIN)/python
SETUP := .venv/.installed
PYTEST := $(PY) -m pytest
UV := UV_PYTHON_DOWNLOADS=never ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
      --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: setup run test deep-test check audit sbom tour backup restore fmt catalogue lock assets browser
.DEFAULT_GOAL := setup

setup: $(SETUP)

$(SETUP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed ($(PYTHON) is not). Name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python has no venv. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing packages into .venv; the first time takes a minute or two ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: setup
	@PORT=$(PORT) exec $(PY) manage.py serve

test: setup browser
	@$(PYTEST) -n $(WORKERS)

deep-test: setup
	@$(PYTEST) -n $(WORKERS) -m deep

check: setup
	@$(PY) tools/check.py

audit: setup
	@$(PY) tools/audit.py

sbom: setup
	@$(PY) tools/sbom.py "$(or $(FILE),sbom.cdx.json)"

tour: setup
	@exec $(PY) manage.py tour

backup: setup
	@test -n "$(FILE)" || { echo "Name the file: make backup FILE=hetang.tar.gz" >&2; exit 2; }
	@$(PY) manage.py backup "$(FILE)"

restore: setup
	@test -n "$(FILE)" || { echo "Name the file: make restore FILE=hetang.tar.gz" >&2; exit 2; }
	@$(PY) manage.py restore "$(FILE)" $(if $(filter yes,$(REPLACE)),--replace)

fmt: setup
	@$(BIN)/ruff check --fix --quiet --select I .
	@$(BIN)/ruff format .

catalogue: setup
	@$(PY) tools/catalogue.py

# The browser tests need a Chromium; without one they are skipped with a line that says so.
browser: setup
	@SYSTEM=$(SYSTEM) $(PY) tools/browser.py

lock: setup
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	cd requirements && $(UV) runtime.in -o runtime.txt && $(UV) -c runtime.txt dev.in -o dev.txt && $(UV) browser.in -o browser.txt

assets:
	npm ci --ignore-scripts
	$(PYTHON) tools/vendor_assets.py
