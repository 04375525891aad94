"""Acts -> the events of the dialogue, in the order in which they are to be applied.

Only what the open list of acts names comes through. What costs something is asked about by the dialogue itself, or is
left to a button: an unsure reading never issues, cancels or withdraws.
"""

from collections.abc import Callable, Iterator, Mapping

from bot.dialogue.events import Chose, Deferred, Event, Gave, NotUnderstood, Opened, Pasted, Several
from bot.dialogue.state import Conversation, Step
from bot.form.outcome import Accepted, Doubtful, Problem
from bot.model.people import Field
from bot.texts.choice import Choice
from bot.understanding import state as reading_state
from bot.understanding.acts import Act, Kind, Reading
from bot.understanding.state import State

Judge = Callable[[Field, str], Gave]

CHOICES: Mapping[tuple[Kind, str], tuple[Choice, ...]] = {
    (Kind.STANDING, "signer"): (Choice.SIGN_SELF,),
    (Kind.STANDING, "student"): (Choice.SIGN_LEADER, Choice.IS_STUDENT),
    (Kind.STANDING, "researcher"): (Choice.SIGN_LEADER, Choice.IS_RESEARCHER),
    (Kind.STANDING, "unsure"): (Choice.SIGN_UNSURE,),
    (Kind.STANDING, "signed_already"): (Choice.SIGN_ALREADY,),
    (Kind.LEADER_SIGNS, ""): (Choice.SIGN_LEADER,),
    (Kind.OTHER_SIGNER, ""): (Choice.OTHER_SIGNER,),
    (Kind.PURPOSE, "challenge"): (Choice.FOR_CHALLENGE,),
    (Kind.PURPOSE, "research"): (Choice.FOR_RESEARCH,),
    (Kind.PURPOSE, "commercial"): (Choice.FOR_COMMERCE,),
    (Kind.AFFIRM, ""): (Choice.YES,),
    (Kind.DENY, ""): (Choice.NO,),
    (Kind.STATUS, ""): (Choice.STATUS,),
    (Kind.EMAILED, ""): (Choice.EMAILED,),
    (Kind.CC_MISSING, ""): (Choice.CC_FORGOTTEN,),
    (Kind.SCAN_INCOMPLETE, ""): (Choice.SCAN_INCOMPLETE,),
    (Kind.SEND_AGAIN, ""): (Choice.SEND_AGAIN,),
    (Kind.HAND_OVER, ""): (Choice.FOR_SIGNER,),
    (Kind.EMAIL_DRAFT, ""): (Choice.EMAIL_READY,),
    (Kind.WITHDRAW, ""): (Choice.WITHDRAW,),
    (Kind.REMIND_LATER, ""): (Choice.NEXT_WEEK,),
    (Kind.STOP_REMINDING, ""): (Choice.STOP_REMINDING,),
    (Kind.BACK, ""): (Choice.BACK,),
    (Kind.CANCEL, ""): (Choice.CANCEL,),
    (Kind.START_OVER, ""): (Choice.START_OVER,),
    (Kind.HELP, ""): (Choice.HELP,),
    (Kind.PRIVACY, ""): (Choice.PRIVACY,),
    (Kind.MY_DATA, ""): (Choice.MY_DATA,),
    (Kind.ERASE, ""): (Choice.ERASE,),
    (Kind.CITE, ""): (Choice.CITE,),
    (Kind.SHOW_TERMS, ""): (Choice.TERMS,),
    (Kind.PERSON, ""): (Choice.ASK_LICENSOR,),
}
"""What each act comes to, by its kind and value, where it is a choice."""

_BEGINNING = frozenset({Kind.LEADER_SIGNS, Kind.SET})
"""At the menu these begin a request: nobody gives details for anything else."""
_WHO = (Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.SIGN_ALREADY, Choice.SIGN_UNSURE)
_ALONE = frozenset({Choice.FOR_RESEARCH, Choice.FOR_COMMERCE, Choice.SIGN_ALREADY, Choice.SIGN_UNSURE})
"""What ends the dialogue, or only explains: taken as the answer to its question, never in passing."""
_OFFERING = frozenset({Kind.WITHDRAW, Kind.ERASE})
"""What the dialogue asks about before it is done, whatever the state."""
_LONGEST_PROPOSED = 8
"""So many words may be a value that nobody recognised."""


def state_of(conversation: Conversation) -> State:
    """Return what a reading depends on."""
    steps = {
        Step.MENU: reading_state.Step.MENU,
        Step.WHO: reading_state.Step.WHO,
        Step.STUDENT: reading_state.Step.STUDENT,
        Step.PURPOSE: reading_state.Step.PURPOSE,
        Step.FIELD: reading_state.Step.FIELD,
        Step.REVIEW: reading_state.Step.REVIEW,
        Step.CHOOSE: reading_state.Step.REVIEW,
    }
    step = steps[conversation.step]
    if conversation != conversation.settled or conversation.doubt:
        step = reading_state.Step.CONFIRM
    doubt = conversation.doubt.value if conversation.doubt else ""
    return State(step, conversation.asked, doubt, conversation.standing, conversation.draft)


def events_of(
    text: str, reading: Reading, conversation: Conversation, judge: Judge, answer: Callable[[], Event]
) -> Event:
    """Return one event for all that was read in `text`.

    `judge` checks a value for a field; `answer` answers the message as a question. NotUnderstood where nothing of it
    can be done here.
    """
    found = [
        *_opening(reading.acts, conversation),
        *_given(reading, conversation, judge),
        *_chosen(reading.acts, conversation),
    ]
    found += [Chose(Choice.CHANGE, str(act.field)) for act in reading.acts if act.kind is Kind.CHANGE and act.field]
    kinds = {act.kind for act in reading.acts}
    if Kind.ASK in kinds or kinds == {Kind.SOCIAL}:
        found.append(answer())
    if Kind.POSTPONE in kinds and not found:
        found.append(Deferred())
    if kinds == {Kind.REPEAT}:
        found.append(Opened())
    if not found:
        found += [Chose(CHOICES[act.kind, ""][0]) for act in reading.asks if act.kind in _OFFERING][:1]
    if not found and (proposed := _proposed(text, conversation, judge)):
        return proposed
    if not found:
        return NotUnderstood()
    return found[0] if len(found) == 1 else Several(tuple(found))


def _opening(acts: tuple[Act, ...], conversation: Conversation) -> Iterator[Event]:
    """Yield the wish to begin, where nothing is begun."""
    kinds = {act.kind for act in acts}
    if conversation.step is Step.MENU and conversation == conversation.settled:
        if Kind.REQUEST in kinds or kinds & _BEGINNING:
            yield Chose(Choice.REQUEST)
    elif kinds <= {Kind.REQUEST, Kind.SOCIAL} and Kind.REQUEST in kinds:
        yield Chose(Choice.REQUEST)


def _given(reading: Reading, conversation: Conversation, judge: Judge) -> Iterator[Event]:
    """Yield the values as one event, which is said back where it is not the plain answer to the open question."""
    given = [judge(act.field, act.value) for act in reading.acts if act.kind is Kind.SET and act.field]
    taken = {gave.field for gave in given}
    for act in reading.asks:
        if act.kind is Kind.SET and act.field and act.field not in taken:
            gave = judge(act.field, act.value)
            given.append(Gave(act.field, _unsure(gave.checked)) if isinstance(gave.checked, Accepted) else gave)
    if len(given) == 1 and given[0].field is conversation.asked:
        yield given[0]
    elif given:
        yield Pasted(tuple(given))


def _proposed(text: str, conversation: Conversation, judge: Judge) -> Gave | None:
    """Return a short answer that was not recognised as the open field's value, to be confirmed."""
    if conversation.step is not Step.FIELD or conversation.doubt or conversation.asked is None:
        return None
    if conversation != conversation.settled or len(text.split()) > _LONGEST_PROPOSED:
        return None
    gave = judge(conversation.asked, text)
    return Gave(gave.field, _unsure(gave.checked)) if isinstance(gave.checked, Accepted) else gave


def _unsure(checked: Accepted) -> Doubtful:
    """Return the value as one that was read so, to be confirmed."""
    return Doubtful(checked.value, Problem.SLIP, checked.value)


def _chosen(acts: tuple[Act, ...], conversation: Conversation) -> Iterator[Event]:
    """Yield the choices in the order of the dialogue's own questions."""
    named = dict.fromkeys(choice for act in acts for choice in CHOICES.get((act.kind, act.value), ()))
    if conversation.standing is not None or conversation.step not in {Step.MENU, Step.WHO}:
        named = {choice: None for choice in named if choice is not Choice.SIGN_LEADER or len(named) == 1}
    is_answer = len(acts) == 1
    if Choice.SIGN_SELF in named:
        named.pop(Choice.SIGN_LEADER, None)
    order = [*_WHO, Choice.IS_STUDENT, Choice.IS_RESEARCHER, Choice.FOR_CHALLENGE]
    for choice in sorted(named, key=lambda c: order.index(c) if c in order else len(order)):
        if choice in _ALONE and not is_answer:
            continue
        if choice is Choice.YES and conversation.step is Step.REVIEW and not is_answer:
            continue
        if choice is Choice.NO and any(act.kind in {Kind.SET, Kind.CHANGE} for act in acts):
            continue  # the value that comes with it is the answer
        yield Chose(choice)
