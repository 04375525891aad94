"""The dialogue as values: what each event makes of each state."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.effects import Act, Consider, ErasePerson, IssueDocument, Renew, Reopen
from bot.dialogue.events import (
    Acted,
    Asked,
    Chose,
    Deferred,
    EditedTooLate,
    Event,
    FilledIn,
    Gave,
    NoSuchRequest,
    NothingChanged,
    NotIssued,
    NotUnderstood,
    Opened,
    Pasted,
    Permitted,
    Reopened,
    Several,
    Show,
    Stale,
    StaleForm,
    Turn,
    View,
    WasErased,
    WasIssued,
    WasRefused,
)
from bot.dialogue.handlers import choose
from bot.dialogue.prompts import TITLES, question
from bot.dialogue.reducer import advance, draft_of
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Accepted, Doubtful, Problem, Rejected
from bot.model.identity import RequestId
from bot.model.message import Message
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Applicant, Field, PersonalData, Signer, Standing
from bot.request.commands import CheckEmail, MarkEmailed, OptOut, Stay, Withdraw
from bot.request.lifecycle import Refusal, Refused
from bot.request.status import EmailCheck, Status
from bot.terms.answer import Answer, Verdict
from bot.texts.choice import ABOUT_THE_STATE, Choice
from bot.texts.say import LISTED, Offer, Say

REQUEST = RequestId("4DME-22222-22222")
SIGNER = Signer("Anna Virtanen", "Professor", "University of Oulu", "anna.virtanen@oulu.fi", "Oulu 1")
APPLICANT = Applicant("Matti Meikäläinen", "matti@oulu.fi")
OWN = draft_of(PersonalData(SIGNER))
BOTH = draft_of(PersonalData(SIGNER, APPLICANT))
ANSWER = Answer((), Verdict.UNKNOWN, "The LA does not say.", unit="silent")


def after(*events: Event, start: Conversation | None = None) -> Turn:
    turn = Turn(start or Conversation())
    for event in events:
        turn = advance(turn.conversation, event)
    return turn


def chose(*choices: Choice, start: Conversation | None = None) -> Turn:
    return after(*map(Chose, choices), start=start)


def asked(turn: Turn) -> str:
    """The id of the open question, which every turn in a form ends with."""
    last = turn.says[-1]
    assert isinstance(last, Say)
    return last.text


def said(turn: Turn) -> list[str]:
    return [say.text for say in turn.says if isinstance(say, Say)]


STUDENT_FORM = chose(Choice.REQUEST, Choice.SIGN_LEADER, Choice.IS_STUDENT, Choice.FOR_CHALLENGE).conversation
SIGNER_FORM = chose(Choice.REQUEST, Choice.SIGN_SELF, Choice.FOR_CHALLENGE).conversation
SIGNER_REVIEW = Conversation(Step.REVIEW, Standing.SIGNER, OWN)
STUDENT_REVIEW = Conversation(Step.REVIEW, Standing.STUDENT, BOTH)


def gave(field: Field, value: str = "x") -> Gave:
    return Gave(field, Accepted(value))


# Eligibility


def test_eligibility_comes_before_any_field() -> None:
    assert asked(chose(Choice.REQUEST)) == "ask.who"
    assert asked(chose(Choice.REQUEST, Choice.SIGN_LEADER)) == "ask.student"
    assert asked(chose(Choice.REQUEST, Choice.SIGN_LEADER, Choice.IS_RESEARCHER)) == "ask.purpose"
    assert asked(chose(Choice.REQUEST, Choice.SIGN_SELF)) == "ask.purpose"


def test_a_student_is_asked_for_their_own_name_first_and_a_signer_for_the_sign_block() -> None:
    assert Conversation(Step.FIELD, Standing.STUDENT, asked=Field.APPLICANT_NAME, is_eligible=True) == STUDENT_FORM
    assert Conversation(Step.FIELD, Standing.SIGNER, asked=Field.NAME, is_eligible=True) == SIGNER_FORM


@pytest.mark.parametrize("step", [Step.WHO, Step.STUDENT, Step.PURPOSE])
def test_what_is_given_before_the_form_is_kept_for_it(step: Step) -> None:
    turn = advance(Conversation(step), gave(Field.EMAIL, "anna@oulu.fi"))
    assert turn.conversation == Conversation(step, draft={Field.EMAIL: "anna@oulu.fi"})
    assert said(turn)[:2] == ["pasted.intro", "pasted.field"]
    assert asked(turn) == f"ask.{step}"


def test_facts_do_not_settle_the_purpose() -> None:
    known = Conversation(Step.STUDENT, draft={Field.NAME: "Anna Virtanen"})
    assert asked(chose(Choice.IS_STUDENT, start=known)) == "ask.purpose"
    turn = chose(Choice.IS_STUDENT, Choice.FOR_CHALLENGE, start=known)
    assert turn.conversation.draft == known.draft
    assert asked(turn) == "ask.own.applicant_name"


def test_who_signs_and_gave_their_own_name_before_is_not_asked_for_it_again() -> None:
    known = {Field.APPLICANT_NAME: "Anna Virtanen", Field.APPLICANT_EMAIL: "anna@oulu.fi", Field.TITLE: "Professor"}
    turn = chose(Choice.SIGN_SELF, Choice.FOR_CHALLENGE, start=Conversation(Step.WHO, draft=known))
    signer = {Field.NAME: "Anna Virtanen", Field.EMAIL: "anna@oulu.fi", Field.TITLE: "Professor"}
    assert turn.conversation.draft == signer
    assert asked(turn) == "ask.own.affiliation"


def test_all_that_one_message_says_is_applied_in_one_turn() -> None:
    said_at_once = Several(
        (
            Chose(Choice.REQUEST),
            Pasted((gave(Field.NAME, "Anna Virtanen"), gave(Field.TITLE, "Professor"))),
            Chose(Choice.SIGN_LEADER),
            Chose(Choice.IS_STUDENT),
            Chose(Choice.FOR_CHALLENGE),
        )
    )
    turn = advance(Conversation(), said_at_once)
    assert turn.conversation.draft == {Field.NAME: "Anna Virtanen", Field.TITLE: "Professor"}
    assert said(turn) == ["pasted.intro", "pasted.field", "pasted.field", "ask.own.applicant_name"]


def test_what_means_nothing_here_is_left_out_of_several() -> None:
    nothing = Several((Chose(Choice.IS_STUDENT), Chose(Choice.FOR_CHALLENGE)))
    assert said(advance(Conversation(), nothing)) == ["not_understood"]


def test_an_effect_ends_what_one_message_says() -> None:
    turn = advance(Conversation(), Several((Chose(Choice.HELP), Chose(Choice.EMAILED, "4DME-9B5SE-H644N"))))
    assert isinstance(turn.effect, Act)
    assert said(turn) == ["help.general"]


@pytest.mark.parametrize(("step", "text"), [(Step.MENU, "deferred.menu"), (Step.WHO, "deferred.form")])
def test_who_comes_back_later_hears_that_nothing_is_lost(step: Step, text: str) -> None:
    assert said(advance(Conversation(step), Deferred()))[0] == text


@pytest.mark.parametrize("choice", [Choice.FOR_RESEARCH, Choice.FOR_COMMERCE])
def test_who_is_not_eligible_leaves_nothing(choice: Choice) -> None:
    turn = chose(Choice.REQUEST, Choice.SIGN_SELF, choice)
    assert turn.conversation == Conversation()
    assert turn.effect is None
    assert said(turn) == [{"for_research": "not_eligible.research", "for_commerce": "not_eligible.commerce"}[choice]]


def test_whose_leader_has_signed_needs_no_request() -> None:
    turn = chose(Choice.REQUEST, Choice.SIGN_ALREADY)
    assert (turn.conversation, said(turn)) == (Conversation(), ["signed_already"])


def test_who_is_not_sure_is_told_what_a_fixed_position_is_and_asked_again() -> None:
    turn = chose(Choice.REQUEST, Choice.SIGN_UNSURE)
    assert said(turn) == ["fixed_position", "ask.who"]


def test_yes_and_no_answer_the_question_about_studying() -> None:
    student = chose(Choice.REQUEST, Choice.SIGN_LEADER)
    assert advance(student.conversation, Chose(Choice.YES)).conversation.standing is Standing.STUDENT
    assert advance(student.conversation, Chose(Choice.NO)).conversation.standing is Standing.RESEARCHER


# Fields


def test_fields_are_asked_in_order_and_then_reviewed() -> None:
    turn, order = Turn(STUDENT_FORM), []
    for field in APPLICANT_FIELDS + SIGNER_FIELDS:
        order.append(asked(turn) if turn.says else "ask.own.applicant_name")
        turn = advance(turn.conversation, gave(field))
    assert order == [
        "ask.own.applicant_name",
        "ask.own.applicant_email",
        *(f"ask.signer.{field}" for field in SIGNER_FIELDS),
    ]
    assert turn.conversation.step is Step.REVIEW
    assert said(turn) == ["review.intro", "standing.student", "review.applicant", "review.signer", "review.ask"]


def test_the_signer_reviews_the_sign_block_only() -> None:
    turn = after(*map(gave, SIGNER_FIELDS), start=SIGNER_FORM)
    assert said(turn) == ["review.intro", "standing.signer", "review.signer", "review.ask"]


def test_titles_are_suggested() -> None:
    turn = after(gave(Field.NAME), start=SIGNER_FORM)
    last = turn.says[-1]
    assert isinstance(last, Say)
    assert last.offers == tuple(Offer(Choice.SUGGESTED, title) for title in TITLES)


def test_a_rejected_value_is_explained_and_asked_for_again() -> None:
    turn = after(Gave(Field.NAME, Rejected(Problem.TOO_LONG, "100")), start=SIGNER_FORM)
    assert turn.conversation == SIGNER_FORM
    assert said(turn) == ["problem.too_long"]
    titles = after(gave(Field.NAME), Gave(Field.TITLE, Rejected(Problem.TOO_LONG, "100")), start=SIGNER_FORM)
    assert titles.says[0] == Say(
        "problem.too_long",
        {"field": Field.TITLE, "detail": "100", "suggestion": ""},
        tuple(Offer(Choice.SUGGESTED, t) for t in TITLES),
    )


@pytest.mark.parametrize(
    ("field", "problem", "text", "offers"),
    [
        (Field.EMAIL, Problem.PRIVATE_MAILBOX, "problem.private_mailbox", 2),
        (Field.EMAIL, Problem.THROW_AWAY_MAILBOX, "problem.throw_away_mailbox", 2),
        (Field.APPLICANT_EMAIL, Problem.PRIVATE_MAILBOX, "problem.applicant_mailbox", 0),
    ],
)
def test_a_private_mailbox_has_ways_on(field: Field, problem: Problem, text: str, offers: int) -> None:
    turn = after(Gave(field, Rejected(problem, "gmail.com")), start=STUDENT_FORM)
    first = turn.says[0]
    assert isinstance(first, Say)
    assert (first.text, len(first.offers)) == (text, offers)


DOUBT = Doubtful("PhD student", Problem.NO_FIXED_POSITION)


def doubting(doubt: Doubtful = DOUBT, field: Field = Field.TITLE) -> Conversation:
    return after(gave(Field.NAME, "Anna"), Gave(field, doubt), start=SIGNER_FORM).conversation


def test_a_doubt_is_asked_about_and_taken_on_yes() -> None:
    assert said(Turn(doubting(), question(doubting()))) == ["doubt.no_fixed_position"]
    for choice in (Choice.YES, Choice.TAKE):
        taken = chose(choice, start=doubting()).conversation
        assert (taken.draft[Field.TITLE], taken.doubts, taken.asked) == ("PhD student", {}, Field.AFFILIATION)


def test_a_doubt_is_dropped_on_no_and_the_field_asked_again() -> None:
    for choice in (Choice.NO, Choice.BACK):
        turn = chose(choice, start=doubting())
        assert (turn.conversation.doubts, asked(turn)) == ({}, "ask.own.title")


def test_typing_the_same_again_is_an_answer() -> None:
    assert after(Gave(Field.TITLE, DOUBT), start=doubting()).conversation.draft[Field.TITLE] == "PhD student"


def test_typing_something_else_settles_a_doubt() -> None:
    turn = after(gave(Field.TITLE, "Professor"), start=doubting())
    assert (turn.conversation.draft[Field.TITLE], turn.conversation.doubts) == ("Professor", {})


def test_what_was_read_out_of_decoration_is_shown_as_read() -> None:
    conversation = doubting(Doubtful("a@oulu.fi", Problem.SLIP, "a@oulu.fi"), Field.EMAIL)
    assert question(conversation)[0].text == "doubt.read_as"
    assert question(conversation)[0].offers == (Offer(Choice.TAKE_SUGGESTION, "a@oulu.fi"),)


def test_a_slip_offers_what_was_meant() -> None:
    doubt = Doubtful("a@oulu.f", Problem.SLIP, "a@oulu.fi")
    offers = question(doubting(doubt, Field.EMAIL))[0].offers
    assert offers == (Offer(Choice.TAKE_SUGGESTION, "a@oulu.fi"), Offer(Choice.TAKE))
    one_word = question(doubting(Doubtful("Anna", Problem.ONE_WORD), Field.NAME))[0].offers
    assert one_word == (Offer(Choice.TAKE),)


def test_naming_another_signer_keeps_the_applicants_own_answers() -> None:
    form = replace(STUDENT_FORM, draft=BOTH, asked=Field.TITLE)
    turn = chose(Choice.OTHER_SIGNER, start=form)
    assert (asked(turn), turn.conversation.draft) == ("leave.other_signer", BOTH)
    assert chose(Choice.NO, start=turn.conversation).conversation == form
    turn = chose(Choice.YES, start=turn.conversation)
    assert turn.conversation.draft == {field: BOTH[field] for field in APPLICANT_FIELDS}
    assert asked(turn) == "ask.signer.name"


def test_nothing_typed_for_a_signer_is_nothing_to_ask_about() -> None:
    turn = chose(Choice.OTHER_SIGNER, start=STUDENT_FORM)
    assert (asked(turn), turn.conversation.leaving) == ("ask.own.applicant_name", None)


def test_the_standing_is_corrected_within_the_form() -> None:
    turn = chose(Choice.IS_RESEARCHER, start=STUDENT_REVIEW)
    assert turn.conversation == replace(STUDENT_REVIEW, standing=Standing.RESEARCHER)
    assert said(turn)[0] == "standing.researcher"
    assert said(chose(Choice.SIGN_LEADER, start=turn.conversation))[0] == "standing.researcher"
    for choice in (Choice.IS_STUDENT, Choice.SIGN_LEADER):
        same = chose(choice, start=STUDENT_FORM)
        assert (same.conversation, said(same)[0]) == (STUDENT_FORM, "standing.student")


def test_who_comes_to_sign_themselves_keeps_their_name_and_email_after_a_yes() -> None:
    turn = chose(Choice.SIGN_SELF, start=STUDENT_REVIEW)
    assert (asked(turn), turn.conversation.draft) == ("leave.sign_self", BOTH)
    signs = chose(Choice.YES, start=turn.conversation)
    kept = {Field.NAME: APPLICANT.name, Field.EMAIL: APPLICANT.email}
    assert (signs.conversation.standing, signs.conversation.draft) == (Standing.SIGNER, kept)
    assert asked(signs) == "ask.own.title"


@pytest.mark.parametrize("choice", [Choice.IS_STUDENT, Choice.IS_RESEARCHER, Choice.SIGN_LEADER])
def test_a_signer_who_is_none_is_asked_whether_somebody_else_signs(choice: Choice) -> None:
    turn = chose(choice, start=SIGNER_REVIEW)
    assert (asked(turn), turn.conversation.draft) == ("leave.other_signer", OWN)
    turn = chose(Choice.YES, start=turn.conversation)
    assert (asked(turn), turn.conversation.draft) == (
        "ask.student",
        {Field.APPLICANT_NAME: SIGNER.name, Field.APPLICANT_EMAIL: SIGNER.email},
    )


def test_who_cannot_sign_themselves_becomes_the_applicant() -> None:
    turn = chose(Choice.OTHER_SIGNER, start=doubting())
    assert turn.conversation.draft == {Field.APPLICANT_NAME: "Anna"}
    assert asked(turn) == "ask.student"
    turn = chose(Choice.IS_STUDENT, start=turn.conversation)
    assert asked(turn) == "ask.own.applicant_email"
    assert turn.conversation.standing is Standing.STUDENT


def test_a_pasted_block_fills_what_it_holds_and_asks_for_the_rest() -> None:
    given_fields = (
        gave(Field.NAME, "Anna Virtanen"),
        Gave(Field.TITLE, DOUBT),
        Gave(Field.EMAIL, Rejected(Problem.BAD_EMAIL)),
        gave(Field.APPLICANT_NAME, "not asked of a signer"),
    )
    turn = after(Pasted(given_fields), start=SIGNER_FORM)
    assert turn.conversation.draft == {Field.NAME: "Anna Virtanen"}
    assert said(turn) == ["pasted.intro", "pasted.field", "problem.bad_email", "doubt.no_fixed_position"]
    turn = chose(Choice.TAKE, start=turn.conversation)
    assert asked(turn) == "ask.own.affiliation"


def test_a_block_or_a_value_at_the_menu_changes_nothing() -> None:
    for event in (Pasted((gave(Field.NAME),)), gave(Field.NAME)):
        assert advance(Conversation(), event).conversation == Conversation()
    assert advance(SIGNER_FORM, gave(Field.APPLICANT_NAME)).conversation == SIGNER_FORM


# Never stuck, never lost


def test_back_goes_one_question_back_at_every_step() -> None:
    turn = Turn(SIGNER_REVIEW)
    questions = []
    for _ in range(8):
        turn = chose(Choice.BACK, start=turn.conversation)
        questions.append(asked(turn))
    assert questions == ["ask.again"] * 5 + ["ask.purpose", "ask.who", "menu"]
    assert chose(Choice.BACK, start=Conversation(Step.PURPOSE, Standing.STUDENT)).conversation.step is Step.STUDENT
    assert chose(Choice.BACK, start=Conversation(Step.STUDENT)).conversation.step is Step.WHO
    assert chose(Choice.BACK, start=replace(SIGNER_REVIEW, step=Step.CHOOSE)).conversation == SIGNER_REVIEW
    assert asked(chose(Choice.BACK)) == "menu"


def test_going_back_keeps_every_answer() -> None:
    turn = chose(Choice.BACK, Choice.BACK, Choice.KEEP, start=SIGNER_REVIEW)
    assert turn.conversation == SIGNER_REVIEW


def test_keep_needs_something_to_keep() -> None:
    assert said(chose(Choice.KEEP, start=SIGNER_FORM))[0] == "not_understood"


def test_a_field_is_changed_by_name_and_the_rest_stays() -> None:
    turn = after(Chose(Choice.CHANGE, Field.EMAIL), start=SIGNER_REVIEW)
    assert (asked(turn), turn.conversation.draft) == ("ask.again", OWN)
    turn = after(gave(Field.EMAIL, "new@oulu.fi"), start=turn.conversation)
    assert turn.conversation == replace(SIGNER_REVIEW, draft={**OWN, Field.EMAIL: "new@oulu.fi"})


def test_change_without_a_name_asks_which_one() -> None:
    for choice in (Choice.CHANGE, Choice.NO):
        assert asked(chose(choice, start=SIGNER_REVIEW)) == "ask.choose"
    assert said(chose(Choice.CHANGE, start=SIGNER_FORM)) == ["change_what", "ask.own.name"]


@pytest.mark.parametrize("choice", [Choice.CANCEL, Choice.START_OVER])
def test_leaving_with_answers_is_asked_about_once(choice: Choice) -> None:
    turn = chose(choice, start=SIGNER_REVIEW)
    assert (asked(turn), turn.conversation.draft) == (f"leave.{choice}", OWN)
    assert chose(Choice.NO, start=turn.conversation).conversation == SIGNER_REVIEW
    left = chose(Choice.YES, start=turn.conversation)
    assert left.conversation == Conversation(Step.WHO if choice is Choice.START_OVER else Step.MENU)


def test_any_other_choice_means_staying() -> None:
    leaving = replace(SIGNER_REVIEW, leaving=Choice.CANCEL)
    assert chose(Choice.PRIVACY, start=leaving).conversation == SIGNER_REVIEW
    assert after(gave(Field.NAME, "B"), start=leaving).conversation.leaving is None


def test_leaving_without_answers_needs_no_question() -> None:
    assert said(chose(Choice.CANCEL, start=SIGNER_FORM)) == ["cancelled"]
    assert said(chose(Choice.START_OVER, start=SIGNER_FORM)) == ["started_over", "ask.who"]


def test_cancelling_a_change_says_that_the_document_stays() -> None:
    changing = replace(SIGNER_REVIEW, changing=REQUEST)
    assert said(chose(Choice.CANCEL, start=changing)) == ["leave.change"]
    assert said(chose(Choice.START_OVER, start=changing)) == ["leave.start_over"]
    assert said(chose(Choice.CANCEL, Choice.YES, start=changing)) == ["cancelled_change"]


@pytest.mark.parametrize("start", [Conversation(), Conversation(checking=REQUEST)])
def test_cancelling_at_the_menu_says_that_nothing_was_open(start: Conversation) -> None:
    turn = chose(Choice.CANCEL, start=start)
    assert (said(turn), turn.conversation) == (["nothing_to_cancel"], Conversation())


@pytest.mark.parametrize("step", [Conversation(), SIGNER_REVIEW])
@pytest.mark.parametrize("over", [{"withdrawing": REQUEST}, {"opting_out": REQUEST}, {"erasing": True}])
def test_cancelling_what_was_asked_about_a_request_or_the_data_is_a_no(
    step: Conversation, over: dict[str, Any]
) -> None:
    turn = chose(Choice.CANCEL, start=replace(step, **over))
    assert (said(turn)[0], turn.conversation) == ("stayed", step)


def test_help_is_about_the_open_field() -> None:
    assert said(chose(Choice.HELP, start=SIGNER_FORM)) == ["help.own.name", "help.commands", "ask.own.name"]
    assert said(chose(Choice.HELP)) == ["help.general"]
    assert said(chose(Choice.HELP, start=SIGNER_REVIEW))[0] == "help.general"


def test_a_question_about_the_terms_is_answered_and_the_open_one_asked_again() -> None:
    turn = after(Asked(ANSWER), start=SIGNER_FORM)
    assert turn.says[0] == ANSWER
    assert asked(turn) == "ask.own.name"
    assert turn.conversation == replace(SIGNER_FORM, last_unit="silent")


def test_after_an_answer_at_the_menu_there_are_ways_on() -> None:
    assert said(after(Asked(ANSWER))) == ["ask_on"]


def test_coming_back_goes_on_where_one_was() -> None:
    assert said(after(Opened())) == ["opening"]
    assert said(after(Opened(), start=SIGNER_FORM)) == ["welcome_back", "ask.own.name"]


def test_a_request_under_way_is_finished_first() -> None:
    for choice in (Choice.REQUEST, Choice.MENU, Choice.CHANGE_ISSUED):
        assert said(chose(choice, start=SIGNER_FORM)) == ["under_way", "ask.own.name"]
    assert said(after(Reopened(REQUEST, Standing.SIGNER, PersonalData(SIGNER)), start=SIGNER_FORM))[0] == "under_way"


def test_a_choice_of_another_step_changes_nothing() -> None:
    for choice in (Choice.ISSUE, Choice.SIGN_SELF, Choice.IS_STUDENT, Choice.FOR_CHALLENGE, Choice.CHANGE):
        assert said(chose(choice)) == ["stale"]
    assert said(chose(Choice.YES, start=Conversation(Step.WHO)))[0] == "not_understood"
    assert said(chose(Choice.NO, start=Conversation(Step.WHO)))[0] == "not_understood"


def test_values_and_readings_are_understood_before_they_come_here() -> None:
    for choice in (Choice.SUGGESTED, Choice.TAKE_SUGGESTION, Choice.READING):
        assert said(choose(SIGNER_FORM, choice, "x"))[0] == "not_understood"


# Issuing, and what comes after


def test_only_the_review_issues() -> None:
    for choice in (Choice.ISSUE, Choice.YES):
        assert chose(choice, start=STUDENT_REVIEW).effect == IssueDocument(
            Standing.STUDENT, PersonalData(SIGNER, APPLICANT), None
        )
    assert chose(Choice.ISSUE, start=SIGNER_REVIEW).effect == IssueDocument(Standing.SIGNER, PersonalData(SIGNER), None)
    assert chose(Choice.ISSUE, start=SIGNER_REVIEW).conversation == SIGNER_REVIEW


def test_once_issued_the_form_is_forgotten() -> None:
    turn = after(WasIssued(REQUEST, 1), start=SIGNER_REVIEW)
    assert (turn.conversation, turn.says) == (Conversation(), (Show(View.ISSUED, REQUEST),))


def test_a_document_that_could_not_be_made_loses_nothing() -> None:
    turn = after(NotIssued(), start=SIGNER_REVIEW)
    assert turn.conversation == SIGNER_REVIEW
    assert (said(turn)[0], asked(turn)) == ("not_issued", "review.ask")


def test_changing_an_issued_request_makes_a_new_document_of_it() -> None:
    assert after(Chose(Choice.CHANGE_ISSUED, REQUEST)).effect == Reopen(REQUEST)
    turn = after(Reopened(REQUEST, Standing.STUDENT, PersonalData(SIGNER, APPLICANT)))
    assert asked(turn) == "ask.choose"
    turn = after(Chose(Choice.CHANGE, Field.TITLE), gave(Field.TITLE, "Group leader"), start=turn.conversation)
    assert said(turn)[-1] == "review.ask_again"
    effect = chose(Choice.ISSUE, start=turn.conversation).effect
    assert isinstance(effect, IssueDocument)
    assert (effect.changing, effect.personal_data.signer.title) == (REQUEST, "Group leader")


def test_the_field_that_was_named_is_asked_for_once_the_request_is_open() -> None:
    reopened = Reopened(REQUEST, Standing.SIGNER, PersonalData(SIGNER))
    turn = after(Chose(Choice.CHANGE_ISSUED, REQUEST, Field.TITLE))
    assert turn.effect == Reopen(REQUEST)
    turn = advance(turn.conversation, reopened)
    assert (asked(turn), turn.conversation.asked, turn.conversation.changing) == ("ask.again", Field.TITLE, REQUEST)
    foreign = after(Chose(Choice.CHANGE_ISSUED, REQUEST, Field.APPLICANT_NAME), reopened)
    assert asked(foreign) == "ask.choose"
    assert said(after(Chose(Choice.CHANGE_ISSUED, REQUEST, Field.TITLE), start=SIGNER_FORM))[0] == "under_way"


def test_in_a_form_requests_are_listed_and_nothing_is_to_be_picked() -> None:
    assert chose(Choice.STATUS, start=SIGNER_REVIEW).says[0] == Show(View.REQUESTS, LISTED)
    assert after(Chose(Choice.WITHDRAW)).says == (Show(View.REQUESTS, Choice.WITHDRAW),)
    assert after(Chose(Choice.STATUS, Choice.WITHDRAW)).says == (Show(View.REQUESTS, Choice.WITHDRAW),)


def test_requests_are_acted_on_from_anywhere() -> None:
    assert after(Chose(Choice.EMAILED, REQUEST), start=SIGNER_FORM).effect == Act(MarkEmailed(), REQUEST)
    assert after(Chose(Choice.WITHDRAW_SURELY, REQUEST)).effect == Act(Withdraw(), REQUEST)
    assert said(after(Chose(Choice.WITHDRAW, REQUEST))) == ["withdraw"]
    assert said(after(NothingChanged(REQUEST))) == ["nothing_changed"]
    assert said(after(Acted(MarkEmailed(), REQUEST, Standing.SIGNER), start=SIGNER_FORM)) == [
        "emailed.signer",
        "ask.own.name",
    ]
    assert said(after(Acted(Withdraw(), REQUEST, Standing.SIGNER))) == ["withdrawn"]
    refused = WasRefused(Refused(Refusal.WRONG_STATUS, Status.APPROVED), REQUEST)
    assert said(after(refused)) == ["refused.wrong_status"]
    void = WasRefused(Refused(Refusal.WRONG_STATUS, Status.VOID), REQUEST)
    assert said(after(void)) == ["refused.void"]
    assert after(NoSuchRequest()).says == (Say("no_such_request", {}, (Offer(Choice.STATUS),)),)
    assert said(after(EditedTooLate())) == ["edited_too_late"]


def test_yes_to_the_question_about_the_email_says_that_all_was_in_it_and_no_asks_what_was_not() -> None:
    looked = after(Acted(MarkEmailed(), REQUEST, Standing.STUDENT))
    assert (said(looked), looked.conversation.checking) == (["emailed.student"], REQUEST)
    yes = chose(Choice.YES, start=looked.conversation)
    assert (yes.effect, yes.conversation) == (Act(CheckEmail(EmailCheck.COMPLETE), REQUEST), Conversation())
    no = chose(Choice.NO, start=looked.conversation)
    assert (said(no), no.conversation) == (["checked.what"], Conversation())
    assert said(chose(Choice.YES, start=chose(Choice.HELP, start=looked.conversation).conversation)) == [
        "not_understood"
    ]


@pytest.mark.parametrize("start", [Conversation(), SIGNER_FORM, SIGNER_REVIEW])
def test_yes_after_the_question_withdraws_and_no_does_not(start: Conversation) -> None:
    asked_first = after(Chose(Choice.WITHDRAW, REQUEST), start=start)
    assert asked(asked_first) == "withdraw"
    surely = chose(Choice.YES, start=asked_first.conversation)
    assert (surely.effect, surely.conversation) == (Act(Withdraw(), REQUEST), start)
    stayed = chose(Choice.NO, start=asked_first.conversation)
    assert (said(stayed)[0], stayed.effect, stayed.conversation) == ("stayed", None, start)
    assert chose(Choice.STATUS, start=asked_first.conversation).conversation == start


@pytest.mark.parametrize(
    ("choice", "view"),
    [
        (Choice.STATUS, View.REQUESTS),
        (Choice.SHOW_REQUEST, View.REQUEST),
        (Choice.SEND_AGAIN, View.ISSUED),
        (Choice.TERMS, View.TERMS),
        (Choice.WHOLE_TEXT, View.WHOLE_TEXT),
        (Choice.CITE, View.CITE),
        (Choice.CLAUSE, View.CLAUSE),
    ],
)
def test_views_are_shown_and_the_open_question_asked_again(choice: Choice, view: View) -> None:
    turn = after(Chose(choice, "x"), start=SIGNER_FORM)
    assert turn.says[0] == Show(view, "x")
    assert asked(turn) == "ask.own.name"


def test_menus_and_hints_need_no_state() -> None:
    assert said(chose(Choice.MENU)) == ["menu"]
    assert [said(chose(c))[0] for c in (Choice.ASK, Choice.ASK_LICENSOR)] == ["ask_how", "ask_licensor"]


def test_a_token_changes_with_the_question_and_with_the_answers() -> None:
    states = [Conversation(), STUDENT_FORM, SIGNER_FORM, SIGNER_REVIEW, doubting()]
    states += [replace(SIGNER_REVIEW, draft={**OWN, Field.NAME: "B"}), replace(SIGNER_REVIEW, leaving=Choice.CANCEL)]
    assert len({state.token for state in states}) == len(states)
    assert replace(SIGNER_REVIEW, last_unit="x").token == SIGNER_REVIEW.token


def test_a_message_has_plain_words() -> None:
    assert Message(()).buttons == ()


# Any sequence

fields = st.sampled_from(Field)
values = st.sampled_from(
    [
        Accepted("x"),
        Doubtful("y", Problem.ONE_WORD),
        Doubtful("z", Problem.SLIP, "z"),
        Doubtful("PhD", Problem.NO_FIXED_POSITION),
        Rejected(Problem.TOO_LONG, "100"),
        Rejected(Problem.PRIVATE_MAILBOX, "gmail.com"),
    ]
)
gaves = st.builds(Gave, fields, values)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Chose, st.sampled_from(Choice), st.one_of(fields.map(str), st.just(str(REQUEST)), st.just(""))),
    gaves,
    st.builds(Pasted, st.lists(gaves, max_size=4).map(tuple)),
    st.builds(FilledIn, st.lists(gaves, max_size=4).map(tuple)),
    st.just(StaleForm()),
    st.sampled_from([Opened(), NotUnderstood(), EditedTooLate(), Stale(), NotIssued(), NoSuchRequest(), Asked(ANSWER)]),
    st.just(Reopened(REQUEST, Standing.STUDENT, PersonalData(SIGNER, APPLICANT))),
)
answers = st.lists(st.one_of(events, gaves, gaves, st.just(Chose(Choice.TAKE))), max_size=60)


@given(st.sampled_from([Conversation(), STUDENT_FORM, SIGNER_FORM, STUDENT_REVIEW]), answers)
def test_any_sequence_is_answered_and_issues_only_what_is_complete(start: Conversation, sequence: list[Event]) -> None:
    conversation = start
    for event in sequence:
        before, turn = conversation, advance(conversation, event)
        assert turn.says or turn.effect
        if isinstance(turn.effect, IssueDocument):
            assert before.step is Step.REVIEW
            assert not before.missing
            assert turn.effect.personal_data == before.personal_data
        if turn.conversation.step is not Step.MENU:
            refused = isinstance(event, Gave) and isinstance(event.checked, Rejected)
            assert turn.effect or refused or turn.says[-1:] == question(turn.conversation)[-1:]
        if turn.conversation.step is Step.FIELD:
            assert turn.conversation.asked in turn.conversation.fields
        conversation = turn.conversation


@given(st.sampled_from([STUDENT_FORM, STUDENT_REVIEW, doubting()]), answers)
def test_no_answer_is_lost_but_by_saying_so(start: Conversation, sequence: list[Event]) -> None:
    conversation = start
    for event in sequence:
        turn = advance(conversation, event)
        lost = conversation.draft.keys() - turn.conversation.draft.keys()
        if lost:
            said_so = isinstance(event, Chose) and (event.choice is Choice.OTHER_SIGNER or event.choice is Choice.YES)
            ended = isinstance(event, Chose) and event.choice in {Choice.FOR_RESEARCH, Choice.FOR_COMMERCE}
            assert said_so or ended or (isinstance(event, Chose) and event.choice is Choice.SIGN_ALREADY)
        conversation = turn.conversation


@given(events)
def test_choices_about_the_state_do_nothing_at_the_menu(event: Event) -> None:
    if isinstance(event, Chose) and event.choice in ABOUT_THE_STATE - {
        Choice.START_OVER,
        Choice.ERASE_SURELY,
    }:  # both ask first
        assert advance(Conversation(), event).conversation == Conversation()


# What is kept of a person


def test_privacy_and_my_data_are_shown_and_ways_on_only_where_nothing_else_is_open() -> None:
    for choice, view in ((Choice.PRIVACY, View.PRIVACY), (Choice.MY_DATA, View.MY_DATA)):
        assert chose(choice).says == (Show(view), Say("rights", {}, tuple(map(Offer, RIGHTS))))
        assert chose(choice, start=SIGNER_FORM).says[0] == Show(view)
        assert asked(chose(choice, start=SIGNER_FORM)) == "ask.own.name"


RIGHTS = (Choice.MY_DATA, Choice.ERASE, Choice.MENU)


@pytest.mark.parametrize("start", [Conversation(), SIGNER_FORM])
@pytest.mark.parametrize("yes", [Choice.YES, Choice.ERASE_SURELY])
def test_erasing_shows_what_goes_and_is_asked_once(start: Conversation, yes: Choice) -> None:
    turn = chose(Choice.ERASE, start=start)
    assert turn.says == (Show(View.ERASING), *question(turn.conversation))
    assert (asked(turn), turn.effect) == ("erase.ask", None)
    assert advance(turn.conversation, Chose(yes)).effect == ErasePerson()


def test_nothing_is_erased_that_was_not_asked_about() -> None:
    assert chose(Choice.ERASE_SURELY).effect is None
    assert asked(chose(Choice.ERASE_SURELY)) == "erase.ask"
    turn = chose(Choice.ERASE, Choice.HELP, Choice.YES)
    assert turn.effect is None


def test_whoever_says_no_or_goes_on_with_the_form_keeps_everything() -> None:
    stayed = chose(Choice.ERASE, Choice.NO, start=SIGNER_FORM)
    assert (stayed.conversation, said(stayed)[0]) == (SIGNER_FORM, "stayed")
    given_field = advance(replace(SIGNER_FORM, erasing=True), gave(Field.NAME)).conversation
    assert (given_field.erasing, given_field.draft) == (False, {Field.NAME: "x"})


def test_after_an_erasure_nothing_of_the_conversation_is_left() -> None:
    erased = WasErased((REQUEST,), (), datetime(2026, 12, 23, tzinfo=UTC))
    turn = advance(replace(SIGNER_FORM, erasing=True), erased)
    assert (turn.conversation, said(turn)) == (Conversation(), ["erased"])
    assert isinstance(turn.says[0], Say)
    assert (turn.says[0].values["withdrawn"], turn.says[0].values["left"]) == (REQUEST, "")


# The LA changes


def test_opting_out_waits_for_a_yes_and_staying_does_not() -> None:
    assert after(Chose(Choice.STAY, REQUEST)).effect == Act(Stay(), REQUEST)
    assert after(Chose(Choice.OPT_OUT, REQUEST)).effect == Consider(OptOut(), REQUEST)
    assert after(Chose(Choice.OPT_OUT_SURELY, REQUEST)).effect == Consider(OptOut(), REQUEST)
    asked_first = after(Permitted(OptOut(), REQUEST))
    surely = after(Chose(Choice.OPT_OUT_SURELY, REQUEST), start=asked_first.conversation)
    assert (surely.effect, surely.conversation) == (Act(OptOut(), REQUEST), Conversation())
    assert (said(asked_first), asked_first.effect) == (["change.opt_out"], None)
    assert after(Chose(Choice.YES), start=asked_first.conversation).effect == Act(OptOut(), REQUEST)
    stayed = after(Chose(Choice.NO), start=asked_first.conversation)
    assert (said(stayed), stayed.conversation) == (["stayed"], Conversation())


def test_a_document_on_the_new_version_is_made_at_the_menu_only() -> None:
    assert after(Chose(Choice.RENEW, REQUEST)).effect == Renew(REQUEST)
    in_form = after(Chose(Choice.RENEW, REQUEST), start=SIGNER_FORM)
    assert (said(in_form)[0], in_form.effect) == ("under_way", None)


@pytest.mark.parametrize(("command", "text"), [(Stay(), "change.stayed"), (OptOut(), "change.opted_out")])
def test_what_came_of_an_answer_is_said(command: Stay | OptOut, text: str) -> None:
    assert said(after(Acted(command, REQUEST, Standing.SIGNER))) == [text]
