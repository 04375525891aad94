"""The words: every text that the code names is there, every one that is there is named, and values stay values."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.agreement.clauses import ClauseId, Quote
from bot.app.config import read_settings
from bot.desk.commands import COMMANDS, GROUPS
from bot.desk.search import Problem as Misreading
from bot.form.outcome import Problem
from bot.model.errors import ConfigError
from bot.model.message import BlockKind, Message, Span, Style, plain_text
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Field, Standing
from bot.privacy.stored_fields import Category, Until
from bot.request.events import Happened
from bot.request.lifecycle import Refusal
from bot.request.request import Party
from bot.request.status import EmailCheck, Status
from bot.texts.catalogue import load_texts
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value
from bot.texts.views import Views
from tests.fakes import FakeTerms
from tests.talk import dataset, texts

ROOT = Path(__file__).resolve().parents[2]
# Texts whose id is put together: every member has to be there.
FAMILIES = {
    *(f"problem.{problem}" for problem in Problem),
    *(f"doubt.{problem}" for problem in Problem if f"doubt.{problem}" in texts().templates),
    *(f"{group}.own.{field}" for field in APPLICANT_FIELDS + SIGNER_FIELDS for group in ("ask", "help")),
    *(f"{group}.signer.{field}" for field in SIGNER_FIELDS for group in ("ask", "help")),
    *(f"leave.{choice}" for choice in (Choice.CANCEL, Choice.START_OVER, Choice.OTHER_SIGNER, Choice.SIGN_SELF)),
    *(f"standing.{standing}" for standing in Standing),
    *(f"refused.{reason}" for reason in Refusal),
    *(f"told.{h}" for h in ("received", "emailed", "withdrawn", "version_corrected")),
    *(f"told.{h}{n}" for h in ("returned", "rejected", "revoked") for n in ("", "_next")),
    *(f"desk.group.{group}" for group in GROUPS),
    *(f"desk.command.{command.name.replace(' ', '_')}" for command in COMMANDS),
    *(f"request.{status}" for status in Status if status is not Status.ISSUED),
    *(f"attached.{kind}" for kind in ("voice", "photo", "location", "contact", "other")),
    *(f"digest.{part}_none" for part in ("new", "waiting", "silent")),
    *(f"emailed.{standing}" for standing in Standing),
    *(f"checked.{found}" for found in EmailCheck),
    *(f"reminder.{text}" for text in ("la", "la_student", "cc_researcher", "last", "next_self", "next_signer")),
    *(f"reminder.{text}" for text in ("issued_self", "issued_signer", "returned")),
    "mail.follow_up",
    *(f"{text}{platform}" for text in ("cleared.", "erase.chat_") for platform in ("telegram", "slack", "terminal")),
    *(f"desk.misread.{problem}" for problem in Misreading),
    *(f"issued.mail_{standing}" for standing in ("self", Standing.STUDENT, Standing.RESEARCHER)),
}


def strings_in_code() -> Iterator[str]:
    files = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("adapters/**/*.py")]
    assert len(files) > 20
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def said_in_code() -> set[str]:
    """The ids that the code names: in `Say(…)` and the functions that hand one on."""
    found = set()
    for file in ROOT.glob("bot/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in {"Say", "_text", "_leave_with"} and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    assert len(found) > 30
    return found


def test_every_text_that_the_code_names_is_there() -> None:
    assert said_in_code() | FAMILIES <= set(texts().templates)


def test_every_text_that_is_there_is_named() -> None:
    named = set(strings_in_code()) | FAMILIES | {f"issued.{text}" for text in strings_in_code()}
    assert set(texts().templates) - named == set()


def test_every_choice_has_a_label_and_every_label_a_choice() -> None:
    assert set(texts().labels) == set(Choice)


def test_every_word_for_a_member_is_there() -> None:
    members = [*Field, *Status, *Standing, *Party, *Happened, *Category, *Until]
    assert all(texts().word(member) for member in members)
    assert all(texts().words[f"purpose.{category}"] for category in Category)
    assert set(texts().field_names) == set(Field)


def test_no_phrase_means_two_choices_in_the_same_place() -> None:
    phrases = [phrase for spoken in texts().phrases.values() for phrase in spoken]
    assert sorted(phrases) == sorted(set(phrases))


def test_labels_fit_on_every_platform() -> None:
    assert max(len(label) for label in texts().labels.values()) <= 75


@given(st.text(max_size=60))
def test_what_a_person_typed_stays_what_they_typed(value: str) -> None:
    if value:
        blocks = texts().blocks(Say("pasted.field", {"field": Field.NAME, "value": value}))
        assert blocks[0].lines[0] == (Span("Name", Style.BOLD), Span(": "), Span(value))


@pytest.mark.parametrize("value", ["{dataset.contact}", "**bold**", "> quote", "- item", "{value}"])
def test_what_a_person_typed_is_no_markup_and_names_no_value(value: str) -> None:
    block = texts().blocks(Say("doubt.one_word", {"value": value}))[0]
    assert block.kind is BlockKind.PARAGRAPH
    assert Span(value) in block.lines[0]


def test_a_line_with_an_empty_value_is_left_out() -> None:
    values = {"cc": "", "subject": "4DME-X"}
    lines = [line[0].text for line in texts().blocks(Say("issued.mail", values))[1].lines if line]
    assert lines == ["To: ", "Subject: "]


def test_instants_and_members_get_their_words() -> None:
    since = datetime(2026, 3, 9, tzinfo=UTC)
    values: dict[str, Value] = {
        "request_id": "X",
        "number": 2,
        "version": "1",
        "status": Status.RETURNED,
        "since": since,
    }
    say = Say("request.head", values)
    message = Views(texts(), FakeTerms(dataset().current), dataset()).message([say], "")
    assert plain_text(message) == "X, document 2, LA version 1: returned for correction, since 9 March 2026."


def test_a_quote_names_the_clause_that_it_stands_in() -> None:
    quote = Quote(ClauseId("6-changes"), "Opting out will render the previous LA void.")
    block = texts().blocks(Say("terms.whole", {"quotes": (quote,)}))[0]
    assert (block.kind, block.source, block.lines) == (BlockKind.QUOTE, "clause 6, Changes", ((Span(quote.text),),))


def test_every_quote_in_the_texts_is_in_the_la() -> None:
    quoted = {
        block.lines[0][0].text[1:-1].removeprefix("la.")
        for template in texts().templates.values()
        for block in template
        if block.kind is BlockKind.QUOTE and block.lines[0][0].text.startswith("{la.")
    }
    assert len(quoted) > 5
    assert quoted <= set(dataset().current.quotes)


def test_labels_name_what_they_are_about() -> None:
    assert texts().label(Offer(Choice.CHANGE, Field.EMAIL)) == "The signer's work email"
    assert texts().label(Offer(Choice.CHANGE)) == "Change something"
    assert texts().label(Offer(Choice.TAKE_SUGGESTION, "a@oulu.fi")) == "Use a@oulu.fi"
    assert texts().label(Offer(Choice.FOR_CHALLENGE)) == "The 4DME challenge, non-commercial"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "xx.toml"
    path.write_text("[texts\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"xx\.toml"):
        load_texts(path, dataset(), read_settings({}).shown("a", "b"))


def test_what_is_counted_stands_in_the_number_of_its_count() -> None:
    def said(count: int) -> str:
        return plain_text(Message(texts().blocks(Say("stats.export", {"count": count}))))

    assert "1 request " in said(1)
    assert "2 requests " in said(2)
    assert "0 requests " in said(0)
    assert "1 request**" not in said(1)
