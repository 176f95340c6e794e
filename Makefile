# Each target is one line of a real tool. `make course` and `make test` need nothing but Python 3.11+, git and make.

PYTHON ?= python3
BIN := .venv/bin
SAMPLE := build/sample_class

# nbgrader and jupyter-book start helpers by their bare names.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: course setup book pdf exercises grade handout test class60 class300 lint audit bench browser sandbox postgresql clean

course: book exercises grade
	@$(BIN)/python -m lmgrade summary $(SAMPLE)

setup: .venv/installed

.venv/installed: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else "Python %d.%d is too old: 3.11 or newer is needed; try make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

# This is `jupyter-book`, but that Python looks for garbage less often: among all that is imported and built, that took a
# fifth of the time in which a changed page is there.
JUPYTER_BOOK = $(BIN)/python -c 'import gc; gc.set_threshold(200_000); from jupyter_book.cli.main import main; main()'

# One thread: the pages' models are small, and several threads wait for each other on a machine with other things to do.
book: setup
	OMP_NUM_THREADS=1 $(JUPYTER_BOOK) build book --path-output build/book --warningiserror --keep-going --quiet

# One page of all chapters, printed by Chromium. The pages' outputs are those of `make book`.
pdf: book browser
	mkdir -p build/pdf/_build && ln -sfn ../../book/_build/.jupyter_cache build/pdf/_build/.jupyter_cache
	OMP_NUM_THREADS=1 $(JUPYTER_BOOK) build book --path-output build/pdf --builder custom --custom-builder singlehtml --quiet
	$(BIN)/python book/print_pdf.py build/pdf/_build/singlehtml/index.html build/language-models-from-scratch.pdf

exercises: setup
	$(BIN)/python -m lmgrade release

grade: setup
	$(BIN)/python -m lmgrade sample-class $(SAMPLE) tokenization
	cd $(SAMPLE) && python -m lmgrade class tokenization --yes
	cd $(SAMPLE) && nbgrader generate_feedback tokenization
	cd $(SAMPLE) && nbgrader export --to marks.csv

handout: exercises
	$(BIN)/python -m lmgrade handout build/handout

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

audit: setup
	$(BIN)/python -m lmgrade audit
	OMP_NUM_THREADS=1 $(BIN)/python -m lmgrade audit --mutations
	$(BIN)/python -m lmgrade audit --tolerances --seeds 3

browser:
	@sh tests/install_debian.sh chromium chromium "pages"

sandbox:
	@sh tests/install_debian.sh bubblewrap bwrap "the sandbox"

postgresql:
	@PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)" sh tests/install_debian.sh postgresql pg_ctl "a gradebook in PostgreSQL"

test: setup browser sandbox postgresql lint audit
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

# A class of 300, attacks among them, killed in the middle: is every mark the known one? Ten minutes on two free cores.
class300: setup sandbox
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.journeys.killed_class --students 300

# A class of 60 does every assignment.
class60: setup sandbox
	$(BIN)/python -m lmgrade sample-class build/class60 --students 60
	cd build/class60 && for name in $$(ls exercises); do python -m lmgrade class $$name --yes || exit 1; done
	$(BIN)/python -m lmgrade summary build/class60

bench: setup
	$(BIN)/python -m benchmarks

clean:
	rm -rf build gradebook.db .pytest_cache .ruff_cache .hypothesis
