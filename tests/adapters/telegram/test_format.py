"""Messages as Telegram takes them, read back by TDLib's own parser."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.format import MOST_CAPTION, MOST_TEXT, keyboard, parts, pressed
from bot.model.identity import RequestId
from bot.model.message import BlockKind, Button, DocumentRef, Message, Span, Style, TextBlock
from tests.adapters.telegram_wire import as_tdlib_reads

DOCUMENT = DocumentRef(RequestId("4DME-22222-22222"), 1, "a.pdf")
BOLD = partial(Span, style=Style.BOLD)
# TDLib takes control characters out and trims: a name holds neither.
TYPED = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)
LONG = st.integers(1, 9000).map(lambda length: ("word & <b>&lt; " * 700)[:length].strip() or "x")
LINES = st.lists(st.builds(lambda *spans: spans, st.builds(Span, LONG, st.sampled_from(Style))), min_size=1, max_size=3)
BLOCKS = st.builds(
    lambda kind, lines: TextBlock(kind, tuple(lines if kind in {BlockKind.LIST, BlockKind.STEPS} else lines[:1]), "s"),
    st.sampled_from([kind for kind in BlockKind if kind is not BlockKind.LINK]),
    LINES,
)


def paragraph(*spans: Span) -> TextBlock:
    return TextBlock(BlockKind.PARAGRAPH, (spans,))


def seen(message: Message) -> list[str]:
    return [as_tdlib_reads(part)[0] if part else "" for part in parts(message)]


@given(TYPED)
def test_what_a_person_typed_comes_out_as_typed(text: str) -> None:
    assert seen(Message((paragraph(Span(text)),))) == [text]


def test_markup_that_a_person_typed_is_no_markup() -> None:
    name = "<b>*_[x]_*& &amp; </pre> @x /y"
    (part,) = parts(Message((paragraph(BOLD("Name"), Span(f": {name}")),)))
    text, entities = as_tdlib_reads(part)
    assert text == f"Name: {name}"
    assert entities == ({"type": "bold", "offset": 0, "length": 4},)


def test_half_a_character_that_somebody_typed_can_be_sent() -> None:
    (part,) = parts(Message((paragraph(Span("Anna \ud83d Virtanen")),)))
    assert part.encode().decode() == "Anna ? Virtanen"


def test_every_kind_of_block_looks_like_itself() -> None:
    kinds = [TextBlock(kind, ((Span("a"),),), "clause 1") for kind in BlockKind]
    text, entities = as_tdlib_reads(parts(Message(tuple(kinds)))[0])
    assert text == "a\n\n• a\n\n1. a\n\n“a”\n— clause 1\n\na"
    assert [entity["type"] for entity in entities] == ["blockquote", "pre"]


@given(st.lists(BLOCKS, min_size=1, max_size=4), st.booleans())
def test_a_long_message_is_split_within_the_limits_and_no_word_is_lost(blocks: list[TextBlock], document: bool) -> None:
    message = Message(tuple(blocks), document=DOCUMENT if document else None)
    texts = seen(message)
    limits = [MOST_CAPTION if document else MOST_TEXT, *([MOST_TEXT] * len(texts))]
    assert all(len(text.encode("utf-16-le")) // 2 <= most for text, most in zip(texts, limits, strict=False))
    assert all(texts[document:])
    whole = "".join("".join(span.text for span in line) for block in blocks for line in block.lines)
    assert "".join(texts).count("&") == whole.count("&")
    assert "".join("".join(texts).split()).count("word") == whole.count("word")


def test_a_message_is_split_between_paragraphs() -> None:
    long = Span("x" * 3000)
    assert seen(Message((paragraph(long), paragraph(Span("y" * 1200)), paragraph(Span("z"))))) == [
        "x" * 3000,
        "y" * 1200 + "\n\nz",
    ]


def test_a_heading_stays_with_what_it_is_above() -> None:
    blocks = (paragraph(Span("a" * 1000)), paragraph(BOLD("To copy")), paragraph(Span("b" * 100)))
    assert seen(Message(blocks, document=DOCUMENT)) == ["a" * 1000, "To copy\n\n" + "b" * 100]


def test_a_document_whose_words_are_long_has_no_caption() -> None:
    assert seen(Message((paragraph(Span("a" * 2000)),), document=DOCUMENT)) == ["", "a" * 2000]


@given(TYPED, st.from_regex(r"[0-9a-f]{8}", fullmatch=True))
def test_what_a_button_brings_back_fits_and_begins_as_the_choice(argument: str, token: str) -> None:
    choice = f"take_suggestion:{argument}"
    under = keyboard(Message((), (Button(choice, "Use it"),), token))
    assert under
    brought = under["inline_keyboard"][0][0]["callback_data"]
    assert len(brought.encode()) <= 64
    begun, same = pressed(brought)
    assert (choice.startswith(begun), same) == (True, token)
    assert len(begun) >= 16


def rows(*labels: str) -> list[list[str]]:
    under = keyboard(Message((), tuple(Button(label, label) for label in labels)))
    assert under
    return [[button["text"] for button in row] for row in under["inline_keyboard"]]


def test_short_choices_stand_side_by_side_and_a_long_one_by_itself() -> None:
    long = "I will: I am group leader or professor"
    assert rows("Yes", "No", long, "Back") == [["Yes", "No"], [long], ["Back"]]


def test_no_label_is_cut_because_a_short_one_stands_beside_it() -> None:
    # Telegram makes the buttons of a row equally wide: https://core.telegram.org/bots/features#inline-keyboards
    assert rows("No", "Associate Professor") == [["No"], ["Associate Professor"]]
    assert rows("Request a license", "Terms", "Ask CMVS") == [["Request a license", "Terms"], ["Ask CMVS"]]
    assert rows("名前を変更する", "戻る", "名前を変更する人") == [["名前を変更する", "戻る"], ["名前を変更する人"]]


def test_a_message_without_choices_has_no_keyboard() -> None:
    assert keyboard(Message((paragraph(Span("a")),))) is None


def test_a_link_to_a_mail_program_is_left_out() -> None:
    link = TextBlock(BlockKind.LINK, ((Span("Open it"),),), "mailto:a@b.c")
    assert parts(Message((TextBlock(BlockKind.PARAGRAPH, ((Span("Said"),),)), link))) == ("Said",)
