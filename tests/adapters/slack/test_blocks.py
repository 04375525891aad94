"""Any message fits into Slack's limits, and loses no word by it; what people type comes out of Slack's markup again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.blocks import Labels, chosen, parts, pressed
from adapters.slack.markup import from_markup, typed
from bot.model.message import BlockKind, Button, Message, Span, Style, TextBlock, plain_text
from tests.adapters.slack_server import Json, texts, wrong
from tests.adapters.slack_talk import words
from tests.talk import World

LABELS = Labels("Fill in a form")
runs = st.text(min_size=1, max_size=30) | st.builds(
    lambda word, times: f"{word} " * times, st.text("abc<&>*", min_size=1, max_size=8), st.integers(1, 2000)
)
lines = st.lists(st.builds(Span, runs, st.sampled_from(Style)), min_size=1, max_size=3).map(tuple)
BESIDE = Button("change:name", "Change")
blocks = st.builds(
    TextBlock,
    st.sampled_from(BlockKind),
    st.lists(lines, min_size=1, max_size=4).map(tuple),
    st.text("abc", max_size=9),
)
buttons = st.lists(st.builds(Button, st.text(max_size=60), st.text(min_size=1, max_size=300)), max_size=30)


def told(message: Message) -> str:
    return "".join(plain_text(message).split())


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Message,
        st.lists(blocks, min_size=1, max_size=8).map(tuple),
        buttons.map(tuple),
        st.just("0a1b2c3d"),
        form=st.booleans(),
    )
)
def test_any_message_fits_and_keeps_its_words(message: Message) -> None:
    drawn = parts(message, LABELS)
    for part in drawn:
        assert limits(part.blocks, part.text) == []
    shown = [text for part in drawn for text in texts([b for b in part.blocks if b["type"] != "actions"])]
    sources = {f"\n— {block.source}" for block in message.blocks if block.kind is BlockKind.QUOTE and block.source}
    without_sources = "".join(text for text in shown if text not in sources)  # a source is a text of its own
    assert "".join(without_sources.split()) == told(message)


def test_the_ends_of_lines_count_too() -> None:
    lines = ((Span("a" * 1500),), (Span("b" * 1500),))
    drawn = parts(Message((TextBlock(BlockKind.COPY, lines),)), LABELS)
    assert [len(text) for part in drawn for text in texts(part.blocks)] == [1500, 1500]


def limits(blocks: list[Json], text: str) -> list[str]:
    """The documented limits alone: the types are checked of everything that is played."""
    return [
        found for found in wrong("auth.test", {"blocks": blocks, "text": text}) if not found.startswith("auth.test")
    ]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("chat.postMessage", {"channel": "D1", "blocks": [{"type": "actions", "elements": [{"type": "buton"}]}]}),
        ("chat.postMessage", {"channel": "D1", "text": "x", "blocks": [{"type": "divider"}] * 51}),
        ("chat.postMessage", {"channel": "D1", "text": "x", "colour": "red"}),
        ("chat.postMessage", {"text": "x"}),
        ("views.open", {"trigger_id": "t", "view": {"type": "modal", "blocks": []}}),
        ("files.completeUploadExternal", {"files": [{"title": "x"}], "channel_id": "D1"}),
    ],
)
def test_the_server_refuses_what_slack_would(method: str, arguments: Json) -> None:
    assert wrong(method, arguments) != []


def test_the_longest_message_that_the_bot_has_is_taken() -> None:
    views = World().service().views
    drawn = parts(views.message(views.whole_text(), ""), LABELS)
    assert [wrong("chat.postMessage", {"channel": "D1", "blocks": p.blocks, "text": p.text}) for p in drawn] == [
        []
    ] * len(drawn)


def test_a_button_carries_its_choice_and_token() -> None:
    message = Message(
        (TextBlock(BlockKind.PARAGRAPH, ((Span("x"),),)),), (Button("take_suggestion:a#b@oulu.fi", "Use"),), "01ab"
    )
    value = parts(message, LABELS)[0].blocks[-1]["elements"][0]["value"]
    assert pressed(value) == ("take_suggestion:a#b@oulu.fi", "01ab")


def test_what_was_chosen_takes_the_place_of_the_buttons() -> None:
    row = TextBlock(BlockKind.LIST, ((Span("Name: A B"),),), beside=(BESIDE,))
    drawn = parts(Message((row,), (Button("issue", "Yes"),), "01ab", form=True), LABELS)[0].blocks
    marked = chosen(drawn, "Yes")
    assert [block["type"] for block in marked] == ["section", "context"]
    assert words({"blocks": marked}) == "Name: A B\n✓ Yes"


@pytest.mark.parametrize(
    ("markup", "meant"),
    [
        ("<mailto:a@oulu.fi|a@oulu.fi>", "a@oulu.fi"),
        ("<mailto:a@oulu.fi>", "a@oulu.fi"),
        ("<http://oulu.fi|oulu.fi>", "oulu.fi"),
        ("<https://oulu.fi/x?a=1&amp;b=2>", "https://oulu.fi/x?a=1&b=2"),
        ("<tel:+358401234567|+358 40 1234567>", "+358 40 1234567"),
        ("R&amp;D &lt;lab&gt;", "R&D <lab>"),
        ("&amp;lt;", "&lt;"),
        ("<@U1> and <@U2|bo>", "@U1 and bo"),
        ("<#C1|general> <!here> <!subteam^S1|@team>", "general @here @team"),
        ("<!date^1392734382^{date}|February 18th>", "February 18th"),
        ("", ""),
    ],
)
def test_markup_is_read_as_it_was_typed(markup: str, meant: str) -> None:
    assert from_markup(markup) == meant


def rich(*elements: Json) -> Json:
    return {"text": "*ignored*", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*runs: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(runs)}


def test_what_was_typed_with_formatting_is_read_without_it() -> None:
    bold = {"type": "text", "text": "Anna *Virtanen*", "style": {"bold": True}}
    link = {"type": "link", "url": "mailto:a@oulu.fi", "text": "a@oulu.fi"}
    bare = {"type": "link", "url": "mailto:b@oulu.fi"}
    assert typed(rich(section(bold, {"type": "text", "text": " "}, link, {"type": "text", "text": " "}, bare))) == (
        "Anna *Virtanen* a@oulu.fi b@oulu.fi"
    )


def test_the_lines_of_lists_and_paragraphs_stay_lines() -> None:
    items = [section({"type": "text", "text": text}) for text in ("Name: A B", "Title: C")]
    message = rich(section({"type": "text", "text": "Here:\n"}), {"type": "rich_text_list", "elements": items})
    assert typed(message) == "Here:\nName: A B\nTitle: C"


def test_emoji_and_mentions_are_words_too() -> None:
    elements: list[Json] = [
        {"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fb"},
        {"type": "emoji", "name": "lab"},
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 1, "fallback": "today"},
    ]
    assert typed(rich(section(*elements))) == "👍🏻:lab:@U1#C1@heretoday"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(from_markup(text), str)


def test_a_link_leads_to_the_mail_program() -> None:
    link = TextBlock(BlockKind.LINK, ((Span("Open it"),),), "mailto:a@b.c?subject=LA")
    (part,) = parts(Message((link,)), LABELS)
    element = {"type": "link", "url": "mailto:a@b.c?subject=LA", "text": "Open it"}
    assert part.blocks == [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}]
