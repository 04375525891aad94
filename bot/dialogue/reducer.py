"""The applicant's dialogue: `advance` turns an event into the next state and what to say.

PURE, and the file's law: every turn in a form ends with the open question, so nobody is ever stuck; nothing that was
answered is dropped without being asked about; only `Choice.ISSUE` at the review issues a document.

    menu ─> who ─> (student) ─> purpose ─> field … field ─> review ─> issued, and the menu again
                                             ^────── choose ──┘
Doubts about a value and the wish to leave lie over a step: once settled, the step's own question is open again.
"""

from dataclasses import replace
from typing import assert_never

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
    Prefilled,
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
from bot.dialogue.openness import is_open
from bot.dialogue.outcomes import outcome
from bot.dialogue.prompts import FORM, MENU, ask, menu_of, proceed, question, ways_on
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Accepted, Checked, Doubtful, Problem, Rejected
from bot.model.people import SIGNER_FIELDS, Field, PersonalData
from bot.request.commands import MarkEmailed
from bot.terms.answer import Answer
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value


def advance(conversation: Conversation, event: Event) -> Turn:
    """The turn that an event makes. Any event in any state gets an answer."""
    match event:
        case Chose(Choice.CHANGE_ISSUED, argument, field) if conversation.step is Step.MENU:
            return choose(replace(conversation, asked=field), Choice.CHANGE_ISSUED, argument)
        case Chose(choice, argument):
            return choose(conversation, choice, argument)
        case Gave(field, checked):
            return _gave(conversation, field, checked)
        case Pasted(given):
            return _pasted(conversation, given)
        case Deferred():
            return ask(conversation, Say("deferred.menu" if conversation.step is Step.MENU else "deferred.form"))
        case Several(events):
            return _several(conversation, events)
        case FilledIn(given):
            return _filled_in(conversation, given)
        case StaleForm():
            return ask(conversation, Say("stale_form"))
        case Asked(answer):
            return ask(replace(conversation, last_unit=answer.unit), answer, *ways_on(conversation))
        case Opened():
            return _opened(conversation)
        case Reopened():
            return _reopened(conversation, event)
        case WasIssued(request_id):
            return Turn(Conversation(), (Show(View.ISSUED, request_id),))
        case Prefilled(standing, persons):
            again = Conversation(Step.PURPOSE, standing, draft_of(persons))
            return ask(again, Say("started_from"))
        case Acted(MarkEmailed(), request_id) if conversation.step is Step.MENU:
            return ask(replace(conversation, checking=request_id), outcome(event))
        case Acted() | WasRefused():
            return ask(conversation, outcome(event))
        case Permitted(_, request_id):
            return ask(replace(conversation, opting_out=request_id))
        case NotUnderstood():
            return ask(conversation, Say("not_understood", {}, menu_of(conversation)))
        case EditedTooLate():
            return ask(conversation, Say("edited_too_late", {}, menu_of(conversation)))
        case Stale():
            return ask(conversation, Say("stale", {}, menu_of(conversation)))
        case NothingChanged(request_id):
            return Turn(
                Conversation(), (Say("nothing_changed", {"request_id": request_id}), Show(View.REQUEST, request_id))
            )
        case WasErased():
            return Turn(Conversation(), (_erased(event), Show(View.ERASED)))
        case NotIssued():
            return ask(conversation, Say("not_issued"))
        case NoSuchRequest():
            return ask(conversation, Say("no_such_request", {}, (Offer(Choice.STATUS),)))
        case _:  # pragma: no cover
            assert_never(event)


def _opened(conversation: Conversation) -> Turn:
    if conversation.step is Step.MENU:
        return Turn(conversation, (Say("opening", {}, MENU),))
    return ask(conversation, Say("welcome_back"))


def _several(conversation: Conversation, events: tuple[Event, ...]) -> Turn:
    """Apply all that one message says; the open question comes once, at the end. An effect ends the message."""
    says: list[Say | Show | Answer] = []
    for event in events:
        if isinstance(event, Chose) and not is_open(conversation, event.choice):
            continue
        turn = advance(conversation, event)
        conversation = turn.conversation
        said = turn.says
        if turn.effect:
            return replace(turn, says=(*says, *said))
        asked = question(conversation)
        says += said[: len(said) - len(asked)] if asked and said[-len(asked) :] == asked else said
    if not says and not question(conversation):
        return ask(conversation, Say("not_understood", {}, menu_of(conversation)))
    return ask(conversation, *says)


def _gave(conversation: Conversation, field: Field, checked: Checked) -> Turn:
    if conversation.step not in FORM and conversation.step is not Step.MENU:
        return _pasted(conversation, (Gave(field, checked),))
    if conversation.step not in FORM or field not in conversation.fields:
        return ask(conversation, Say("not_understood"))
    conversation = conversation.settled
    match checked:
        case Accepted(value):
            return proceed(conversation.with_value(field, value))
        case Doubtful(value):
            if checked == conversation.doubts.get(field):  # typed again: that is an answer
                return proceed(conversation.with_value(field, value))
            return ask(replace(conversation.with_doubt(field, checked), step=Step.FIELD, asked=field))
        case Rejected():
            return _asked_again(replace(conversation.without_doubt(field), step=Step.FIELD, asked=field), checked)
        case _:  # pragma: no cover
            assert_never(checked)


def _asked_again(conversation: Conversation, rejected: Rejected) -> Turn:
    """What is wrong is the open question, with its offers: to hear the whole of it again would not help."""
    assert conversation.asked
    problem = _problem(conversation.asked, rejected)
    offers = (*question(conversation)[-1].offers, *problem.offers)
    return Turn(conversation, (replace(problem, offers=offers),))


def _pasted(conversation: Conversation, given: tuple[Gave, ...]) -> Turn:
    if conversation.step is Step.MENU:
        return ask(conversation, Say("not_understood"))
    conversation, says = conversation.settled, []
    for field, checked in ((gave.field, gave.checked) for gave in given if gave.field in conversation.fields):
        match checked:
            case Accepted(value):
                conversation = conversation.with_value(field, value)
                says.append(Say("pasted.field", {"field": field, "value": value}))
            case Doubtful():
                conversation = conversation.with_doubt(field, checked)
            case Rejected():
                says.append(_problem(field, checked))
            case _:  # pragma: no cover
                assert_never(checked)
    understood = any(say.text == "pasted.field" for say in says)
    says = [*([Say("pasted.intro")] if understood else []), *says]
    return proceed(conversation, *says) if conversation.step in FORM else ask(conversation, *says)


def _filled_in(conversation: Conversation, given: tuple[Gave, ...]) -> Turn:
    """A whole form. It is not echoed: the review shows it, and what is in doubt is asked about first."""
    if conversation.step not in FORM:
        return ask(conversation, Say("stale_form"))
    conversation = conversation.settled
    for field, checked in ((gave.field, gave.checked) for gave in given if gave.field in conversation.fields):
        match checked:
            case Accepted(value):
                conversation = conversation.with_value(field, value)
            case Doubtful(value):
                again = checked == conversation.doubts.get(field)
                conversation = (
                    conversation.with_value(field, value) if again else conversation.with_doubt(field, checked)
                )
            case Rejected():
                pass  # said with the others below
            case _:  # pragma: no cover
                assert_never(checked)
    return proceed(conversation, *problems(given).values())


def problems(given: tuple[Gave, ...]) -> dict[Field, Say]:
    """What is wrong with the values of a form, to be said at each field."""
    return {gave.field: _problem(gave.field, gave.checked) for gave in given if isinstance(gave.checked, Rejected)}


def _problem(field: Field, rejected: Rejected) -> Say:
    values = {"field": field, "detail": rejected.detail, "suggestion": rejected.suggestion}
    if rejected.problem not in {Problem.PRIVATE_MAILBOX, Problem.THROW_AWAY_MAILBOX}:
        return Say(f"problem.{rejected.problem}", values)
    if field is Field.APPLICANT_EMAIL:
        return Say("problem.applicant_mailbox", values)
    return Say(f"problem.{rejected.problem}", values, (Offer(Choice.OTHER_SIGNER), Offer(Choice.ASK_LICENSOR)))


def _reopened(conversation: Conversation, event: Reopened) -> Turn:
    if conversation.step is not Step.MENU:
        return ask(conversation, Say("under_way"))
    draft, named = draft_of(event.personal_data), conversation.asked
    conversation = Conversation(Step.CHOOSE, event.standing, draft, changing=event.request_id)
    if event.corrected:
        return _gave(conversation, event.corrected.field, event.corrected.checked)
    if named in conversation.fields:
        return ask(replace(conversation, step=Step.FIELD, asked=named))
    return ask(conversation)


def _erased(event: WasErased) -> Say:
    values: dict[str, Value] = {"withdrawn": ", ".join(event.withdrawn), "left": ", ".join(event.left)}
    return Say("erased", values | {"backups_until": event.backups_until}, (Offer(Choice.MENU),))


def draft_of(persons: PersonalData) -> dict[Field, str]:
    """The draft that `personal_data` was made of."""
    draft = {field: value for field in SIGNER_FIELDS if (value := getattr(persons.signer, field))}
    if persons.applicant:
        draft |= {Field.APPLICANT_NAME: persons.applicant.name, Field.APPLICANT_EMAIL: persons.applicant.email}
    return draft
