# `make demo` and `make test` need Python 3.11+, pip and make. The first call downloads the packages from the internet.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

LOWEST := .venv-lowest

.PHONY: demo test test-lowest install lint docs bench lock clean
.DEFAULT_GOAL := install

install: $(VENV)/installed

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "mobilenas needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	$(BIN)/mobilenas experiment=moga scale=laptop

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: install lint
	$(BIN)/pytest -n 2 --dist loadfile
	$(BIN)/pytest --doctest-modules src

# The contract suites with the lowest versions that pyproject.toml allows, which warn of what newer ones have dropped.
test-lowest: $(LOWEST)/installed
	$(LOWEST)/bin/pytest -n 2 --dist loadfile -W default tests/contract tests/settings

$(LOWEST)/installed: requirements-lowest.txt pyproject.toml
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The site, in site/index.html; a link that leads nowhere is an error.
docs: install
	$(BIN)/mkdocs build --strict

bench: install
	$(BIN)/python -m bench

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra dev --extra build --extra aware --extra cluster --extra detection --extra docs \
	    --extra litert --extra ncnn --extra openvino --extra optuna --extra pretrained --extra sweeps --extra tracking \
	    pyproject.toml requirements.in -c constraints.in -o requirements.txt
	uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate --extra dev --extra build --extra detection --extra litert --extra ncnn --extra openvino --extra pretrained pyproject.toml -c constraints.in -o requirements-lowest.txt

clean:
	rm -rf $(VENV) $(LOWEST) build dist site .mypy_cache .ruff_cache .pytest_cache
