# make demo    test a small service that comes along, and write the report (under four minutes on a new machine)
# make test    every test but the long ones
# make coverage    the same but the live ones, and what they cover of profiles and report, line and branch: takes three times as long
# make lint    style, format and types
# make soak    the long tests
# make clean   remove what these made
# make accuracy    every claim of the report against known truth, a line each
# make bench-generator   requests per second of one core, beside k6, FastHttpUser and wrk; jobs in flight
# make fuzz    damaged files for ten minutes, or SECONDS=…: no traceback, no hang
# make bench-report      a report of 1.5 million requests, beside Taurus, lysiro and a bare aggregation
#
# make example-workers, example-queue    one example in its short form      make examples    all of them, in under eight minutes
#
# Each first sets up what it needs in .venv; a machine with Python 3.11 and make is enough.

BIN = .venv/bin

EXAMPLES = example-workers example-queue

.PHONY: demo test coverage lint soak accuracy fuzz bench-generator bench-report constraints clean setup setup-dev setup-examples examples $(EXAMPLES)

demo: setup
	@$(BIN)/stepload demo

test: setup-dev
	@$(BIN)/pytest -q -n 4 --dist worksteal -m "not soak"

coverage: setup-dev
	@$(BIN)/pytest -q -n 4 --dist worksteal -m "not soak" --ignore tests/live --cov --cov-report term

soak: setup-dev
	@$(BIN)/pytest -q -m soak

accuracy: setup-dev
	@$(BIN)/python -m tests.accuracy

fuzz: setup-dev
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600)

bench-generator: setup-dev
	@$(BIN)/python bench/generator.py

bench-report: setup-dev
	@$(BIN)/python bench/report.py

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

# Choose the newest versions of all libraries anew, for every supported Python. Needs uv.
constraints:
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command "make constraints" --output-file constraints.txt pyproject.toml

# A suite says by its exit code that a limit failed (3), or that the machine was too busy to be believed (4): it was run all the same.
example-workers: SUITE = examples/workers/minimal.toml
example-queue: SUITE = examples/queue/short.toml
$(EXAMPLES): setup-examples
	@$(BIN)/stepload suite $(SUITE) || test $$? -eq 3 -o $$? -eq 4

examples:
	@for each in $(EXAMPLES); do $(MAKE) --no-print-directory $$each || exit; done

setup-examples:
	@tools/setup examples

setup:
	@tools/setup service

setup-dev:
	@tools/setup dev

clean:
	rm -rf .venv build dist stepload.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
