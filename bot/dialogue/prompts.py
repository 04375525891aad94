"""The open question of a conversation: what is asked in each state, what is offered under it, which one comes next.

PURE. The words are in the texts, under the ids named here.
"""

from dataclasses import replace
from typing import assert_never

from bot.dialogue.events import Show, Turn
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Doubtful, Problem
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Field, Standing
from bot.terms.answer import Answer
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value

MENU = tuple(map(Offer, (Choice.REQUEST, Choice.ASK, Choice.STATUS, Choice.PRIVACY, Choice.HELP)))
TITLES = ("Professor", "Associate Professor", "Assistant Professor", "Group leader")

FORM = frozenset({Step.FIELD, Step.REVIEW, Step.CHOOSE})
"""The steps in which there are answers: fields may be given and changed."""

WHO = (Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.SIGN_ALREADY, Choice.SIGN_UNSURE)
PURPOSES = (Choice.FOR_CHALLENGE, Choice.FOR_RESEARCH, Choice.FOR_COMMERCE)
_REVIEW = (Choice.ISSUE, Choice.CHANGE, Choice.WHOLE_TEXT, Choice.CANCEL)


def question(conversation: Conversation) -> tuple[Say, ...]:
    """What is asked now; nothing at the menu."""
    if conversation.leaving:
        return (Say(_leaving_text(conversation), {}, (Offer(Choice.YES), Offer(Choice.NO))),)
    if request_id := conversation.withdrawing:
        return (
            Say("withdraw", {"request_id": request_id}, (Offer(Choice.WITHDRAW_SURELY, request_id), Offer(Choice.NO))),
        )
    if request_id := conversation.opting_out:
        surely = (Offer(Choice.OPT_OUT_SURELY, request_id), Offer(Choice.NO))
        return (Say("change.opt_out", {"request_id": request_id}, surely),)
    if conversation.erasing:
        return (Say("erase.ask", {}, (Offer(Choice.ERASE_SURELY), Offer(Choice.NO))),)
    match conversation.step:
        case Step.MENU:
            return ()
        case Step.WHO:
            return (Say("ask.who", {}, tuple(map(Offer, WHO))),)
        case Step.STUDENT:
            return (Say("ask.student", {}, (Offer(Choice.IS_STUDENT), Offer(Choice.IS_RESEARCHER))),)
        case Step.PURPOSE:
            return (Say("ask.purpose", {}, tuple(map(Offer, PURPOSES))),)
        case Step.FIELD:
            return (_field_question(conversation),)
        case Step.REVIEW:
            return _review(conversation)
        case Step.CHOOSE:
            fields = tuple(Offer(Choice.CHANGE, field) for field in conversation.fields)
            return (Say("ask.choose", {}, (*fields, Offer(Choice.BACK))),)
        case _:  # pragma: no cover
            assert_never(conversation.step)


def _leaving_text(conversation: Conversation) -> str:
    """An issued document outlives the cancelling of its change."""
    if conversation.changing and conversation.leaving is Choice.CANCEL:
        return "leave.change"
    return f"leave.{conversation.leaving}"


def field_text(conversation: Conversation, field: Field) -> str:
    """The id of the words for a field: signers are asked for their own, others for the signer's."""
    own = field in APPLICANT_FIELDS or conversation.standing is Standing.SIGNER
    return f"{'own' if own else 'signer'}.{field}"


def _field_question(conversation: Conversation) -> Say:
    field = conversation.asked
    assert field, "step `field` always has one"
    if doubt := conversation.doubt:
        values: dict[str, Value] = {"field": field, "value": doubt.value, "suggestion": doubt.suggestion}
        return Say(_doubt_text(doubt), values, _doubt_offers(doubt))
    titles = tuple(Offer(Choice.SUGGESTED, title) for title in TITLES) if field is Field.TITLE else ()
    if field in conversation.draft:
        return Say("ask.again", {"field": field, "value": conversation.draft[field]}, (Offer(Choice.KEEP), *titles))
    return Say(f"ask.{field_text(conversation, field)}", {}, titles)


def _doubt_text(doubt: Doubtful) -> str:
    """A slip that only decoration made ("mailto:", a trailing dot) is read without it."""
    return "doubt.read_as" if doubt.value == doubt.suggestion else f"doubt.{doubt.problem}"


def _doubt_offers(doubt: Doubtful) -> tuple[Offer, ...]:
    match doubt.problem:
        case Problem.SLIP if doubt.value != doubt.suggestion:
            return (Offer(Choice.TAKE_SUGGESTION, doubt.suggestion), Offer(Choice.TAKE))
        case Problem.SLIP:
            return (Offer(Choice.TAKE_SUGGESTION, doubt.suggestion),)
        case Problem.NO_FIXED_POSITION:
            return (Offer(Choice.OTHER_SIGNER), Offer(Choice.TAKE))
        case _:
            return (Offer(Choice.TAKE),)


def _review(conversation: Conversation) -> tuple[Say, ...]:
    says = [Say("review.intro"), Say(f"standing.{conversation.standing}")]
    if conversation.standing is not Standing.SIGNER:
        says.append(_card("review.applicant", conversation, APPLICANT_FIELDS))
    says.append(_card("review.signer", conversation, SIGNER_FIELDS))
    text = "review.ask_again" if conversation.changing else "review.ask"
    return (*says, Say(text, {}, tuple(map(Offer, _REVIEW))))


def _card(text: str, conversation: Conversation, fields: tuple[Field, ...]) -> Say:
    """Values to be read once more, a line each, and what changes each."""
    values: dict[str, Value] = {field: conversation.draft[field] for field in fields}
    return Say(text, values, beside=tuple(Offer(Choice.CHANGE, field) for field in fields))


def menu_of(conversation: Conversation) -> tuple[Offer, ...]:
    """The menu, where nothing else is open."""
    return MENU if conversation.step is Step.MENU else ()


def ways_on(conversation: Conversation) -> tuple[Say, ...]:
    """After an answer about the terms, where nothing else is open."""
    if conversation.step is not Step.MENU:
        return ()
    return (Say("ask_on", {}, (Offer(Choice.REQUEST), Offer(Choice.TERMS))),)


def ask(conversation: Conversation, *says: Say | Show | Answer) -> Turn:
    """Say something, then ask what is open."""
    return Turn(conversation, (*says, *question(conversation)))


def proceed(conversation: Conversation, *says: Say) -> Turn:
    """On to the first field that is missing; to the review where none is."""
    if conversation.missing:
        return ask(replace(conversation, step=Step.FIELD, asked=conversation.missing[0]), *says)
    return ask(replace(conversation, step=Step.REVIEW, asked=None), *says)
