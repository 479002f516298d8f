# setup demo test test-quick lint fix speed fuzz kills nano study: each works alone on a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: setup demo test test-quick lint fix speed fuzz kills nano study

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

demo: setup
	$(BIN)/vlitqa check examples/drawings.jsonl
	$(BIN)/vlitqa score examples/shapes/dataset.jsonl
	$(BIN)/vlitqa compare --quick --models llava --data guided,guided-mostly-wrong

test: setup
	$(BIN)/python -m pytest -m 'not speed'

test-quick: setup
	$(BIN)/python -m pytest -m 'not (speed or model or browser or cluster or slow)'

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

speed: setup
	$(BIN)/python -m pytest -m speed -n 0 -s tests/speed

# FILES=300 SEED=7: fewer files, others; a file that breaks vlitqa is kept in build/fuzz
fuzz: setup
	$(BIN)/python -m tests.evil.fuzzing --files $(or $(FILES),5000) --seed $(or $(SEED),1)

# SHARE=0.1: every tenth kill
kills: setup
	$(BIN)/python -m tests.evil.killing --share $(or $(SHARE),1) --seed $(or $(SEED),1)
	KILLS=10 $(BIN)/python -m pytest -n 0 tests/vlitqa/comparison -k killed

nano: setup
	$(BIN)/python -m reference_models.nano build/nano

# the study of docs/study.md: about one and a half hours on two cores; goes on where it was stopped
study: setup
	$(BIN)/vlitqa compare --output build/study --seeds 3 --data guided,adapted,generated,paired,controlled,guided-fifth-wrong,guided-half-wrong,guided-mostly-wrong,guided-half-negated,guided-collapsed,guided-repeated,guided-few-tasks
	$(BIN)/vlitqa compare --output build/study --seeds 3 --data guided-half-wrong,generated --select paper
