# make chat   talk to the bot here          make test   every check that CI runs
# make soak   the long trials               make bench  speed and memory beside peers
# make eval   how well questions are answered
# make answers  fit the matching anew after a change of answers.toml
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help chat test format soak bench eval answers lock clean

help:
	@sed -n 's/^# //p' Makefile

.venv/ready: requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

chat: .venv/ready
	@$(BIN)/la-bot chat

test: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/coverage erase
	$(BIN)/coverage run --include "$(subst $(SPACE),$(COMMA),$(PURE))" -m pytest --quiet $(CORE)
	$(BIN)/coverage report --include "$(subst $(SPACE),$(COMMA),$(PURE))" --fail-under 100
	$(BIN)/pytest --quiet --numprocesses auto --dist loadfile $(addprefix --ignore ,$(CORE))

COMMA := ,
SPACE := $(subst ,, )

# The pure modules: their own tests run every branch of them.
CORE := $(addprefix tests/test_,staff.py figures.py retention.py stored_fields.py search.py conversation.py lifecycle.py ids.py texts.py \
  understanding.py service.py outbox.py delivery.py form.py config.py agreement.py changes.py announcement.py reminders.py \
  reminding.py mail.py)
PURE := $(addprefix bot/,model.py errors.py ids.py messages.py commands.py events.py lifecycle.py outcomes.py outbox.py \
  incoming.py dialogue.py turns.py questions.py choices.py standing.py sureness.py conversation.py reminders.py mail.py \
  conditions.py search.py figures.py staff.py retention.py stored_fields.py changes.py announcement.py version_notice.py)

soak: .venv/ready
	$(BIN)/pytest -m soak

bench: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	$(BIN)/python -m tests.benchmarks $(NAMES)

eval: .venv/ready
	@$(BIN)/python -m tests.evaluation

answers: .venv/ready
	@$(BIN)/python -m bot.terms

format: .venv/ready
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command "make lock"
lock: .venv/ready
	$(LOCK) --upgrade --extra postgres --extra seal --extra charts pyproject.toml -o requirements.txt
	$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(LOCK) --extra bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt

clean:
	rm -rf .venv
