# make chat   talk to the bot here          make test   every check that CI runs
# make soak   the long trials               make bench  speed and memory beside peers
# make eval   how well questions are answered and sentences read
# make answers  fit the matching anew after a change of answers.toml
# make understanding  fit the reading of sentences anew after a change of templates/dialogue
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help chat test format soak bench eval answers understanding lock clean

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

# The pure packages and modules: these tests run every branch of them.
CORE := $(addprefix tests/,desk/test_commands.py desk/test_search.py reports/test_figures.py privacy/test_retention.py \
  privacy/test_stored_fields.py dialogue request texts understanding/test_interpreter.py app/test_service.py \
  app/test_form.py app/test_outbox_worker.py app/test_config.py store/test_outbox.py agreement/test_agreement.py \
  agreement/test_diff.py versions/test_announcement.py reminders/test_policy.py reminders/test_job.py)
PURE := bot/request/* bot/dialogue/* bot/model/people.py bot/model/identity.py bot/model/errors.py bot/model/message.py bot/model/incoming.py \
  bot/store/outbox.py bot/reminders/policy.py bot/texts/email_draft.py bot/desk/search.py bot/reports/figures.py \
  bot/desk/commands.py bot/privacy/retention.py bot/privacy/stored_fields.py bot/agreement/diff.py \
  bot/versions/announcement.py bot/form/outcome.py bot/agreement/clauses.py bot/terms/answer.py bot/staff/records.py \
  bot/texts/choice.py bot/texts/say.py bot/texts/actions.py

soak: .venv/ready
	$(BIN)/pytest -m soak

bench: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	$(BIN)/python -m tests.benchmarks $(NAMES)

eval: .venv/ready
	@$(BIN)/python -m tests.evaluation
	@$(BIN)/python -m tests.dialogue_evaluation

understanding: .venv/ready
	@$(BIN)/python -m bot.understanding.fit

answers: .venv/ready
	@$(BIN)/python -m bot.terms.answering

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
