"""What a message means depends on where the conversation stands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.events import Asked, Chose, Event, Gave, NotUnderstood, Pasted, Stale
from bot.dialogue.reducer import advance
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Accepted, Doubtful, Problem, Rejected
from bot.form.validation import FieldPolicy
from bot.model.people import Field, Standing
from bot.terms.answer import AnswerKind, Verdict
from bot.terms.answer_bank import read_answers
from bot.terms.answering import Terms
from bot.texts.choice import Choice
from bot.understanding.interpreter import Understanding, read_messages
from bot.understanding.phrases import normalised
from tests.fakes import FakeTerms
from tests.talk import dataset, texts

ID = "4DME-9B5SE-H644N"
MENU = Conversation()
WHO = Conversation(Step.WHO)
TITLE = Conversation(Step.FIELD, Standing.STUDENT, {Field.NAME: "Anna Virtanen"}, Field.TITLE)
PURPOSE = Conversation(Step.PURPOSE, Standing.STUDENT)
EMAIL = Conversation(Step.FIELD, Standing.SIGNER, {}, Field.EMAIL)
REVIEW = Conversation(Step.REVIEW, Standing.SIGNER, dict.fromkeys(Field, "x"))
REVIEW_STUDENT = Conversation(Step.REVIEW, Standing.STUDENT, dict.fromkeys(Field, "x"))
CHOOSE = Conversation(Step.CHOOSE, Standing.STUDENT, dict.fromkeys(Field, "x"))


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return read_messages(texts(), FakeTerms(dataset().current), FieldPolicy(), "4DME")


@pytest.fixture(scope="module")
def real() -> Understanding:
    return read_messages(texts(), Terms.load(dataset()), FieldPolicy(), "4DME")


@pytest.mark.parametrize(
    ("conversation", "text", "choice"),
    [
        (MENU, "request", Choice.REQUEST),
        (MENU, "/request", Choice.REQUEST),
        (MENU, "  My Requests! ", Choice.STATUS),
        (MENU, "change", Choice.CHANGE_ISSUED),
        (WHO, "My group leader or professor will", Choice.SIGN_LEADER),
        (WHO, "i’m not sure", Choice.SIGN_UNSURE),
        (Conversation(Step.STUDENT), "student", Choice.IS_STUDENT),
        (Conversation(Step.PURPOSE, Standing.SIGNER), "challenge", Choice.FOR_CHALLENGE),
        (TITLE, "go back", Choice.BACK),
        (TITLE, "HELP", Choice.HELP),
        (TITLE, "never mind", Choice.CANCEL),
        (TITLE, "start over", Choice.START_OVER),
        (REVIEW, "yes, this is right", Choice.ISSUE),
        (REVIEW, "change", Choice.CHANGE),
        (REVIEW, "read the LA", Choice.WHOLE_TEXT),
        (MENU, "i have emailed it", Choice.EMAILED),
    ],
)
def test_commands_and_labels_are_understood(
    understanding: Understanding, conversation: Conversation, text: str, choice: Choice
) -> None:
    assert understanding.words(conversation, text) == Chose(choice)


@pytest.mark.parametrize(
    ("conversation", "text", "field"),
    [
        (TITLE, "change email", Field.EMAIL),
        (TITLE, "change my email", Field.APPLICANT_EMAIL),
        (REVIEW, "Correct the address.", Field.ADDRESS),
        (REVIEW, "change my email", Field.EMAIL),
        (REVIEW, "the email is wrong", Field.EMAIL),
        (REVIEW, "Her title looks wrong!", Field.TITLE),
        (TITLE, "my email is not correct", Field.APPLICANT_EMAIL),
        (CHOOSE, "affiliation", Field.AFFILIATION),
        (CHOOSE, "Your name", Field.APPLICANT_NAME),
    ],
)
def test_a_field_to_change_is_named_in_plain_words(
    understanding: Understanding, conversation: Conversation, text: str, field: Field
) -> None:
    assert understanding.words(conversation, text) == Chose(Choice.CHANGE, field)


@pytest.mark.parametrize(
    ("conversation", "text", "choice"),
    [
        (PURPOSE, "the challange", Choice.FOR_CHALLENGE),
        (PURPOSE, "teh challenge please", Choice.FOR_CHALLENGE),
        (REVIEW, "Yes this is right", Choice.ISSUE),
        (REVIEW, "yes, this is rigth!", Choice.ISSUE),
        (REVIEW, "looks good to me!", Choice.ISSUE),
        (REVIEW, "looks good 👍", Choice.ISSUE),
        (REVIEW, "OK, looks good, thanks", Choice.ISSUE),
        (MENU, "show my reqests", Choice.STATUS),
        (MENU, "please, my requests", Choice.STATUS),
        (WHO, "my profesor", Choice.SIGN_LEADER),
        (WHO, "My group leader or profesor wil", Choice.SIGN_LEADER),
        (TITLE, "go back, please", Choice.BACK),
    ],
)
def test_politeness_pictures_and_slips_are_read_away(
    understanding: Understanding, conversation: Conversation, text: str, choice: Choice
) -> None:
    assert understanding.words(conversation, text) == Chose(choice)


@pytest.mark.parametrize(
    ("conversation", "text", "choice"),
    [
        (WHO, "my prof will sign", Choice.SIGN_LEADER),
        (Conversation(Step.STUDENT), "I'm a PhD", Choice.IS_STUDENT),
        (MENU, "Wait, who sees this?", Choice.PRIVACY),
        (EMAIL, "who sees this?", Choice.PRIVACY),
        (MENU, "where is my thing", Choice.STATUS),
        (MENU, "ok what happens next?", Choice.STATUS),
        (MENU, "show me the license", Choice.WHOLE_TEXT),
        (WHO, "what am I signing?", Choice.WHOLE_TEXT),
        (MENU, "i lost the pdf", Choice.SEND_AGAIN),
        (MENU, "my prof wants to know what he signs", Choice.FOR_SIGNER),
        (MENU, "sent it", Choice.EMAILED),
        (MENU, "I want to stay.", Choice.STAY),
        (MENU, "actually, opt out", Choice.OPT_OUT),
        (MENU, "my prof was not in cc", Choice.CC_FORGOTTEN),
        (MENU, "a page was missing", Choice.SCAN_INCOMPLETE),
        (MENU, "I made a mistake in the form", Choice.CHANGE_ISSUED),
    ],
)
def test_a_hurried_person_is_understood(
    understanding: Understanding, conversation: Conversation, text: str, choice: Choice
) -> None:
    assert understanding.words(conversation, text) == Chose(choice)


@pytest.mark.parametrize("text", ["my prof will sign", "I will sign myself", "My supervisor has already signed."])
def test_who_signs_is_no_question_at_the_menu_and_shows_where_the_requests_stand(
    real: Understanding, text: str
) -> None:
    assert real.words(MENU, text) == Chose(Choice.STATUS)


@pytest.mark.parametrize("text", ["cancel?", "withdraw?", "sent it?", "done?"])
def test_whoever_only_wonders_moves_nothing(understanding: Understanding, text: str) -> None:
    for conversation in (MENU, REVIEW):
        assert not isinstance(understanding.words(conversation, text), Chose)


@pytest.mark.parametrize(
    "text",
    ["this is not right", "this isn't right", "is this right?", "it's wrong", "right", "looks god", "not perfect"],
)
def test_nothing_is_issued_on_words_that_may_mean_something_else(understanding: Understanding, text: str) -> None:
    assert understanding.words(REVIEW, text) != Chose(Choice.ISSUE)


@pytest.mark.parametrize(
    "text", ["withdrew", "cancl", "with draw", "don't cancel", "cancelled", "no withdraw", "i haven't emailed it"]
)
def test_nothing_is_given_up_on_a_slip(understanding: Understanding, text: str) -> None:
    costly = {Choice.WITHDRAW, Choice.CANCEL, Choice.EMAILED, Choice.START_OVER}
    for conversation in (MENU, REVIEW):
        event = understanding.words(conversation, text)
        assert not (isinstance(event, Chose) and event.choice in costly)


@pytest.mark.parametrize("name", ["Ann Cancela", "Mark Black", "Ok Soon Kim", "Max Hepl", "Bac Ky", "Ben Startover"])
def test_a_value_is_not_taken_for_a_slip(understanding: Understanding, name: str) -> None:
    conversation = Conversation(Step.FIELD, Standing.SIGNER, {}, Field.NAME)
    assert understanding.words(conversation, name) == Gave(Field.NAME, Accepted(name))


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("looks good but change title", Chose(Choice.CHANGE, Field.TITLE)),
        ("yes, but please change the title", Chose(Choice.CHANGE, Field.TITLE)),
        ("all right, only the title is wrong", Chose(Choice.CHANGE, Field.TITLE)),
        ("yes but change title to Professor", Gave(Field.TITLE, Accepted("Professor"))),
        ("fine but the title should be Professor", Gave(Field.TITLE, Accepted("Professor"))),
        ("actually title should be Professor", Gave(Field.TITLE, Accepted("Professor"))),
        ("no, change the title to Professor", Gave(Field.TITLE, Accepted("Professor"))),
        ("wrong title, it should be Docent", Gave(Field.TITLE, Accepted("Docent"))),
        ("her address is wrong; should be PO Box 8000, Oulu", Gave(Field.ADDRESS, Accepted("PO Box 8000, Oulu"))),
        ("this should be Professor", NotUnderstood()),
        ("the title should be what?", NotUnderstood()),
    ],
)
def test_a_yes_with_a_wish_is_the_wish(understanding: Understanding, text: str, event: Event) -> None:
    assert understanding.words(REVIEW, text) == event


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("yes i am phd", Choice.IS_STUDENT),
        ("Yes, I'm a PhD student", Choice.IS_STUDENT),
        ("phd", Choice.IS_STUDENT),
        ("no, i am a postdoc", Choice.IS_RESEARCHER),
        ("no staff", Choice.IS_RESEARCHER),
    ],
)
def test_a_yes_or_no_may_be_typed_before_what_it_stands_for(real: Understanding, text: str, choice: Choice) -> None:
    assert real.words(Conversation(Step.STUDENT), text) == Chose(choice)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("where is my license?", Choice.STATUS),
        ("Did they get my email?", Choice.STATUS),
        ("any news", Choice.STATUS),
        ("please give me licence", Choice.REQUEST),
        ("i want to download the data", Choice.REQUEST),
        ("what do you store about me", Choice.PRIVACY),
        ("who can see the data I type in here?", Choice.PRIVACY),
    ],
)
def test_a_wish_in_ones_own_words_is_done(real: Understanding, text: str, choice: Choice) -> None:
    assert real.words(MENU, text) == Chose(choice)


def test_a_wish_in_the_middle_of_the_form_is_told_apart_from_a_value(real: Understanding) -> None:
    assert real.words(TITLE, "Who sees my data?") == Chose(Choice.PRIVACY)
    affiliation = Conversation(Step.FIELD, Standing.SIGNER, {}, Field.AFFILIATION)
    assert real.words(affiliation, "University of Oulu?") == Gave(Field.AFFILIATION, Accepted("University of Oulu"))
    assert isinstance(real.words(TITLE, "Is a postdoc OK?"), Asked)


@pytest.mark.parametrize(
    ("conversation", "text", "choice"),
    [
        (TITLE, "I am not a student", Choice.IS_RESEARCHER),
        (REVIEW_STUDENT, "Actually, I am the professor", Choice.SIGN_SELF),
        (TITLE, "I sign myself", Choice.SIGN_SELF),
        (REVIEW_STUDENT, "change signer", Choice.OTHER_SIGNER),
        (TITLE, "change the signer, please", Choice.OTHER_SIGNER),
        (REVIEW, "actually my professor is signing", Choice.SIGN_LEADER),
        (REVIEW, "I am a student", Choice.IS_STUDENT),
    ],
)
def test_what_one_is_to_the_signer_is_corrected_in_words(
    understanding: Understanding, conversation: Conversation, text: str, choice: Choice
) -> None:
    assert understanding.words(conversation, text) == Chose(choice)


def test_a_title_is_not_taken_for_a_standing(understanding: Understanding) -> None:
    own = Conversation(Step.FIELD, Standing.SIGNER, {}, Field.TITLE)
    read = Doubtful("professor", Problem.SLIP, "professor")
    assert understanding.words(own, "I am a professor") == Gave(Field.TITLE, read)


def test_every_wish_names_a_choice_that_changes_nothing() -> None:
    wishes = {unit.id for unit in read_answers(dataset()).units if unit.kind is AnswerKind.WISH}
    harmless = (Choice.STATUS, Choice.REQUEST, Choice.PRIVACY)
    assert wishes == {f"wish-{choice}" for choice in harmless}


def test_a_command_word_that_fits_the_question_no_better_is_an_answer(understanding: Understanding) -> None:
    assert understanding.words(TITLE, "student") == Gave(Field.TITLE, Doubtful("student", Problem.NO_FIXED_POSITION))
    assert understanding.words(TITLE, "Professor") == Gave(Field.TITLE, Accepted("Professor"))


def test_a_question_in_the_form_is_told_apart_from_an_answer(understanding: Understanding) -> None:
    assert isinstance(understanding.words(TITLE, "May I sell it?"), Asked)
    assert isinstance(understanding.words(TITLE, "Group leader?"), Gave)


def test_at_the_menu_anything_else_is_a_question(understanding: Understanding) -> None:
    assert isinstance(understanding.words(MENU, "selling to my friends"), Asked)


def test_words_that_fit_no_offer_are_not_understood(understanding: Understanding) -> None:
    assert understanding.words(WHO, "purple") == NotUnderstood()
    assert understanding.words(REVIEW, "hm") == NotUnderstood()


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        (f"opt out {ID}", Choice.OPT_OUT),
        ("please withdraw 4dme9b5seh644n!", Choice.WITHDRAW),
        (f"{ID}: I have emailed it", Choice.EMAILED),
        (f"i stay {ID.lower()}", Choice.STAY),
    ],
)
@pytest.mark.parametrize("conversation", [MENU, TITLE, REVIEW])
def test_a_command_may_name_the_request_that_it_is_about(
    understanding: Understanding, conversation: Conversation, text: str, choice: Choice
) -> None:
    assert understanding.words(conversation, text) == Chose(choice, ID)


@pytest.mark.parametrize("text", [f"help {ID}", f"opt out {ID} {ID}", f"can we still opt out of {ID}"])
def test_an_id_beside_other_words_makes_no_command_of_them(understanding: Understanding, text: str) -> None:
    assert understanding.words(MENU, text) == Chose(Choice.SHOW_REQUEST, ID)


@pytest.mark.parametrize("text", [ID, ID.lower(), "4dme9b5seh644n", f"status {ID}", f"show {ID.lower()}"])
def test_an_id_asks_for_its_request(understanding: Understanding, text: str) -> None:
    assert understanding.words(MENU, text) == Chose(Choice.SHOW_REQUEST, ID)


@pytest.mark.parametrize(
    "text",
    [
        f"Where is my request {ID.lower()}?",
        f"https://t.me/la_test_bot?start={ID}",
        f"{ID}:1:29.04.2026:1/2:MFRGGZDFMZTWQ2LK",  # what a telephone reads from the QR code of the PDF
    ],
)
def test_a_request_is_known_by_its_id_among_other_words_where_nothing_else_is_asked(
    understanding: Understanding, text: str
) -> None:
    assert understanding.words(MENU, text) == Chose(Choice.SHOW_REQUEST, ID)
    assert isinstance(understanding.words(MENU, f"{text} Or 4DME-22222-22222?"), Asked)
    assert understanding.words(REVIEW, text) == NotUnderstood()


def test_a_pasted_block_is_taken_apart(understanding: Understanding) -> None:
    event = understanding.words(REVIEW, "Name: Anna Virtanen\nTitle: Professor\nEmail: anna@oulu.fi")
    assert event == Pasted(
        (
            Gave(Field.NAME, Accepted("Anna Virtanen")),
            Gave(Field.TITLE, Accepted("Professor")),
            Gave(Field.EMAIL, Accepted("anna@oulu.fi")),
        )
    )


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("Title: Docent", Gave(Field.TITLE, Accepted("Docent"))),
        ("Name: Eva Example", Gave(Field.NAME, Accepted("Eva Example"))),
        ("my name is Eva Example", Gave(Field.APPLICANT_NAME, Accepted("Eva Example"))),
    ],
)
def test_in_the_review_a_labelled_value_is_the_sign_blocks_and_mine_is_my_own(
    understanding: Understanding, text: str, given: Gave
) -> None:
    assert understanding.words(REVIEW_STUDENT, text) == Pasted((given,))


def test_a_suggested_value_is_judged_like_a_typed_one(understanding: Understanding) -> None:
    assert understanding.press(TITLE, "suggested:Professor", TITLE.token) == Gave(Field.TITLE, Accepted("Professor"))
    slip = EMAIL.with_doubt(Field.EMAIL, Doubtful("anna@gmial.com", Problem.SLIP, "anna@gmail.com"))
    judged = [
        understanding.press(slip, "take_suggestion:anna@gmail.com", slip.token),
        *(understanding.words(slip, said) for said in ("yes", "use it")),
    ]
    assert all(isinstance(event, Gave) and isinstance(event.checked, Rejected) for event in judged)


def test_keep_under_a_doubt_takes_the_value_and_never_becomes_it(understanding: Understanding) -> None:
    doubting = TITLE.with_doubt(Field.TITLE, Doubtful("PhD student", Problem.NO_FIXED_POSITION))
    for said in ("keep", "keep it", "Keep what I typed", "keep it all the same"):
        assert understanding.words(doubting, said) == Chose(Choice.TAKE)


def test_a_field_is_corrected_with_its_new_value_at_once(understanding: Understanding) -> None:
    event = understanding.words(TITLE, "Change my email to Matti@oulu.fi")
    assert event == Gave(Field.APPLICANT_EMAIL, Accepted("Matti@oulu.fi"))


def test_a_button_of_another_state_is_stale(understanding: Understanding) -> None:
    assert understanding.press(REVIEW, "issue", EMAIL.token) == Stale()
    assert understanding.press(REVIEW, "issue", REVIEW.token) == Chose(Choice.ISSUE)
    assert understanding.press(REVIEW, f"emailed:{ID}", "") == Chose(Choice.EMAILED, ID)


def test_a_reading_that_the_answers_do_not_have_any_more_is_stale(understanding: Understanding) -> None:
    assert understanding.press(MENU, "reading:gone", "") == Stale()


def test_a_reading_is_the_question_that_it_stands_for(understanding: Understanding) -> None:
    assert isinstance(understanding.press(MENU, "reading:sell", ""), Asked)


@given(st.text(max_size=40))
def test_what_comes_back_from_a_button_may_be_anything(choice: str) -> None:
    read = read_messages(texts(), FakeTerms(dataset().current), FieldPolicy(), "4DME")
    read.press(TITLE, choice, TITLE.token)


@given(st.text(max_size=80), st.sampled_from([MENU, WHO, TITLE, EMAIL, REVIEW, CHOOSE]))
def test_any_words_mean_something(text: str, conversation: Conversation) -> None:
    read = read_messages(texts(), FakeTerms(dataset().current), FieldPolicy(), "4DME")
    turn = advance(conversation, read.words(conversation, text))
    assert turn.says or turn.effect


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert normalised("  “Don’t  Know!” ") == "don't know"


def test_a_long_choice_may_come_back_cut_short(understanding: Understanding) -> None:
    address = f"{'a' * 60}@oulu.fi"
    conversation = replace(EMAIL, doubts={Field.EMAIL: Doubtful("typed", Problem.SLIP, address)})
    whole = understanding.press(conversation, f"take_suggestion:{address}", conversation.token)
    assert isinstance(whole, Gave)
    assert understanding.press(conversation, f"take_suggestion:{address[:30]}", conversation.token) == whole


def test_the_choice_to_ask_can_bring_the_question(understanding: Understanding) -> None:
    event = understanding.press(TITLE, "ask:please sell faces", "")
    assert isinstance(event, Asked)
    assert event.answer.verdict is Verdict.NO
