"""What a message means where the conversation stands: words or a press -> an event.

The order is the file's law: a label that is offered, a command, a request id, a pasted block, and all else by the
reader. Without a reader: a question, a block, and only then the open field's answer. Nothing here changes a state.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bot.dialogue.events import (
    Asked,
    Chose,
    EditedTooLate,
    Event,
    FilledIn,
    Gave,
    NotUnderstood,
    Pasted,
    Stale,
    StaleForm,
)
from bot.dialogue.prompts import FORM, question
from bot.dialogue.state import Conversation, Step
from bot.form.pasted_block import from_block
from bot.form.validation import FieldPolicy, check
from bot.model.identity import RequestId
from bot.model.people import SIGNER_FIELDS, Field, Standing
from bot.request.request_id import cut_request_ids, parse_request_id
from bot.terms.answer import Answer, AnswerKind
from bot.terms.port import Terms
from bot.terms.question_text import without_opening
from bot.texts.catalogue import Texts
from bot.texts.choice import ABOUT_THE_STATE, Choice
from bot.texts.say import Offer
from bot.understanding.phrases import Phrases, normalised, plainly
from bot.understanding.reader import Reader
from bot.understanding.translation import events_of, state_of

_BUT = r"(?:.{0,80}?\b(?:but|except|only|just|actually|no|sorry|wait)[\s,:]+(?:please\s+)?)?"
"""What comes before a wish: "looks good but change my name" is no yes."""
_CHANGE_TO = re.compile(
    rf"{_BUT}(?:change|edit|correct|modify|fix|update)\s+(?:the\s+)?(.+?)\s+(?:in)?to:?\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_SHOULD_BE = re.compile(
    rf"{_BUT}(?:wrong\s+)?(.+?)(?:\s+is\s+wrong)?[\s,;.]+(?:(?:it|that)\s+)?should\s+be:?\s+(.*[^?])",
    re.IGNORECASE | re.DOTALL,
)
_CHANGE = re.compile(rf"{_BUT}(?:change|edit|correct|modify|fix|update)\s+(?:the\s+)?(.+)")

_WRONG = re.compile(
    rf"{_BUT}(?:that )?(.+?) (?:is|are|was|looks) (?:wrong|not right|not correct|incorrect|missp?elt|misspelled|a typo)"
)

_LONG_COMMAND = 10
_OWNER = re.compile(r"^(?:my|the|his|her|their) ")


@dataclass(frozen=True, slots=True)
class Understanding:
    """How messages are read: the commands' phrases, the terms, the fields' policy, the ids' prefix."""

    texts: Texts
    terms: Terms
    policy: FieldPolicy
    id_prefix: str
    commands: Mapping[str, tuple[Choice, ...]]
    phrases: Phrases
    reader: Reader | None = None

    def press(self, conversation: Conversation, choice: str, token: str) -> Event:
        """What a pressed button means; one that was offered in another state means nothing any more."""
        name, _, argument = choice.partition(":")
        if name not in set(Choice):
            return Stale()
        if name in ABOUT_THE_STATE and token != conversation.token:
            return Stale()
        return self._chosen(conversation, _whole(conversation, Chose(Choice(name), argument)))

    def words(self, conversation: Conversation, text: str) -> Event:
        """What somebody wrote means."""
        heard = _Heard(text, normalised(text), plainly(text), _offers(conversation))
        chosen = self._offered(heard) or self._command(conversation, heard)
        if chosen:
            return self._chosen(conversation, chosen)
        if about := self._about_one(text):
            return about
        if request_id := self._request(conversation, heard):
            return Chose(Choice.SHOW_REQUEST, request_id)
        if nearly := self._nearly(conversation, heard):
            return self._chosen(conversation, nearly)
        block = from_block(text, _expected(conversation)) if conversation.step in FORM else {}
        if self.reader and not block:
            return self._read(self.reader, conversation, text)
        if conversation.step is Step.MENU or self.terms.is_question(text):
            return self._answer(conversation, text)
        if block:
            return Pasted(tuple(self.given(conversation, field, value) for field, value in block.items()))
        if conversation.step is Step.FIELD and conversation.asked and not conversation.leaving:
            return self.given(conversation, conversation.asked, text)
        return NotUnderstood()

    def _read(self, reader: Reader, conversation: Conversation, text: str) -> Event:
        """Read a sentence as the acts that it holds."""
        reading = reader.read(text, state_of(conversation))
        judge, answer = partial(self.given, conversation), partial(self._answer, conversation, text)
        event = events_of(text, reading, conversation, judge, answer)
        return self._chosen(conversation, event) if isinstance(event, Chose) else event

    def _answer(self, conversation: Conversation, text: str) -> Event:
        return _wished(self.terms.answer(text, conversation.last_unit or None))

    def edit(self, conversation: Conversation, message_id: str, text: str) -> Event:
        """What an edited message means: it corrects the field that it answered, or comes too late for that."""
        if field := conversation.answered.get(message_id):
            return self.given(conversation, field, text)
        return EditedTooLate()

    def edited_question(self, text: str) -> Event | None:
        """The answer, where a message that answered nothing is a question about the terms by now."""
        return _wished(self.terms.answer(text)) if self.terms.is_question(text) else None

    def form(self, conversation: Conversation, values: Mapping[Field, str]) -> tuple[Gave, ...]:
        """What a whole form says, each value judged beside the others; what the draft holds already is left out."""
        typed = {
            f: text for f, text in values.items() if f in conversation.fields and text != conversation.draft.get(f)
        }
        whole = {**conversation.draft, **typed}
        return tuple(Gave(f, check(f, text, {**whole, f: ""}, self.policy)) for f, text in typed.items())

    def fill_in(self, conversation: Conversation, values: Mapping[Field, str], token: str) -> Event:
        """What a form means that was opened on the state of that token."""
        if conversation.step not in FORM or token != conversation.token:
            return StaleForm()
        return FilledIn(self.form(conversation, values))

    def _offered(self, heard: "_Heard") -> Chose | None:
        labels = ((normalised(self.texts.label(o)), Chose(o.choice, o.argument)) for o in heard.offers)
        return next((chosen for label, chosen in labels if label in (heard.said, heard.plain)), None)

    def _command(self, conversation: Conversation, heard: "_Heard") -> Chose | Gave | None:
        said = dict.fromkeys((*self.commands.get(heard.said, ()), *self.commands.get(heard.plain, ())))
        if choice := next((choice for choice in said if _fits(conversation, choice, heard, heard.said)), None):
            return Chose(choice)
        if shown := next((choice for choice in self.commands.get(_asked(heard.text), ()) if choice in _SHOWING), None):
            return Chose(shown)
        if conversation.step is Step.MENU and said.keys() & _WHO_SIGNS and "sign" in heard.said:
            return Chose(Choice.STATUS)  # what comes of it stands there, and how to begin where nothing does
        if corrected := self._corrected(conversation, heard.text):
            return corrected
        change = _CHANGE.fullmatch(heard.said) or _WRONG.fullmatch(heard.said)
        if not (change or conversation.step is Step.CHOOSE):
            return None
        field = self._field(conversation, change[1] if change else heard.said)
        if field is None:
            return None
        if conversation.step in FORM:
            return Chose(Choice.CHANGE, field)
        return Chose(Choice.CHANGE_ISSUED, field=field)

    def _about_one(self, text: str) -> Chose | None:
        """A command with the id of its request: "opt out 4DME-…"."""
        ids, rest = cut_request_ids(self.id_prefix, text)
        if len(ids) != 1:
            return None
        said = dict.fromkeys((*self.commands.get(normalised(rest), ()), *self.commands.get(plainly(rest), ())))
        return next((Chose(choice, ids[0]) for choice in said if choice in _ABOUT_ONE), None)

    def _nearly(self, conversation: Conversation, heard: "_Heard") -> Chose | None:
        """What was meant but for a slip, if that is one thing only. A value is never taken for a slip of a word."""
        said, is_value = heard.plain, conversation.step is Step.FIELD and not conversation.doubt
        is_command = len(said) >= _LONG_COMMAND and " " in said
        if said.endswith("?") or (is_value and not is_command):
            return None
        labels = Phrases((normalised(self.texts.label(o)), o.choice) for o in heard.offers if not o.argument)
        near = {*labels.near(said), *self.phrases.near(said)}
        found = [choice for choice in near if _fits(conversation, choice, heard, said)]
        return Chose(found[0]) if len(found) == 1 else None

    def _request(self, conversation: Conversation, heard: "_Heard") -> RequestId | None:
        """The request whose id it is; at the menu also one named among other words, or in what a QR code says."""
        if request_id := parse_request_id(self.id_prefix, heard.said.removeprefix("status ").removeprefix("show ")):
            return request_id
        if conversation.step is not Step.MENU:
            return None
        named, _ = cut_request_ids(self.id_prefix, heard.text)
        return named[0] if len(set(named)) == 1 else None

    def _corrected(self, conversation: Conversation, text: str) -> Chose | Gave | None:
        """ "change my email to anna@oulu.fi", "title should be Docent": the field and its value at once."""
        said = text.strip()
        found = _CHANGE_TO.fullmatch(said) or _SHOULD_BE.fullmatch(said) if conversation.step in FORM else None
        field = self._field(conversation, normalised(found[1])) if found else None
        return self.given(conversation, field, found[2]) if found and field else None

    def _field(self, conversation: Conversation, name: str) -> Field | None:
        fields = conversation.fields if conversation.step in FORM else tuple(Field)
        wanted = normalised(name)
        calls = (wanted, _OWNER.sub("", wanted))
        named = (field for call in calls for field in fields if self._is_called(field, call))
        return next(named, None)

    def _is_called(self, field: Field, name: str) -> bool:
        return name in self.texts.field_names[field]

    def _chosen(self, conversation: Conversation, chosen: Chose | Gave) -> Event:
        """Choices that stand for a value or a question become it."""
        match chosen:
            case Chose(Choice.SUGGESTED, value) if conversation.asked:
                return self.given(conversation, conversation.asked, value)
            case Chose(Choice.TAKE_SUGGESTION | Choice.YES) if _suggested(conversation) and conversation.asked:
                return self.given(conversation, conversation.asked, _suggested(conversation))
            case Chose(Choice.KEEP) if conversation.doubt:
                return Chose(Choice.TAKE)
            case Chose(Choice.READING, unit):
                return self._reading(unit)
            case Chose(Choice.ASK, text) if text:
                return self._answer(conversation, text)
            case _:
                return chosen

    def _reading(self, unit: str) -> Event:
        """The answer that was offered, if it is still there: answers are edited while old buttons stand in chats."""
        try:
            return _wished(self.terms.unit_answer(unit))
        except KeyError:
            return Stale()

    def given(self, conversation: Conversation, field: Field, text: str) -> Gave:
        """A text as the value of a field, judged beside the others; a question mark behind it only hesitates."""
        others = {key: value for key, value in conversation.draft.items() if key is not field}
        return Gave(field, check(field, text.rstrip().rstrip("?？"), others, self.policy))


def _wished(answer: Answer) -> Event:
    """An answer, or the choice that does what is wished: "wish-status" shows the requests."""
    if answer.kind is AnswerKind.WISH:
        return Chose(Choice(answer.unit.removeprefix("wish-")))
    return Asked(answer)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was written: as it is, normalised, without politeness; and what is offered where it was written."""

    text: str
    said: str
    plain: str
    offers: tuple[Offer, ...]


def _fits(conversation: Conversation, choice: Choice, heard: _Heard, said: str) -> bool:
    """Whether a phrase can mean that choice here: "professor" answers who signs, and is a title elsewhere."""
    is_offered = any(offer.choice is choice for offer in heard.offers)
    if is_offered or choice in _EVERYWHERE or (choice is Choice.KEEP and conversation.doubt):
        return True
    if choice in _OF_THE_PERSON and conversation.step in FORM:
        if choice is Choice.SIGN_SELF and conversation.standing is Standing.SIGNER:
            return False
        return conversation.step is not Step.FIELD or said.startswith(_OF_ONESELF) or choice is Choice.OTHER_SIGNER
    return choice in _AT_MENU and conversation.step is Step.MENU


def _asked(text: str) -> str:
    """What is asked, for comparison: "wait, who sees this?" asks who sees this."""
    return plainly(without_opening(text)).rstrip("? ")


def _offers(conversation: Conversation) -> tuple[Offer, ...]:
    return tuple(offer for say in question(conversation) for offer in say.offers)


def _whole(conversation: Conversation, chosen: Chose) -> Chose:
    """The choice as it was offered: where a platform has little room (Telegram: 64 bytes) its beginning comes back."""
    offers = [offer for offer in _offers(conversation) if offer.choice is chosen.choice]
    begun = [offer.argument for offer in offers if chosen.argument and offer.argument.startswith(chosen.argument)]
    return chosen if chosen.argument in begun or not begun else Chose(chosen.choice, begun[0])


def _suggested(conversation: Conversation) -> str:
    """What a "yes" to "did you mean …?" means; empty where something else is asked."""
    if conversation != conversation.settled or not conversation.doubt:
        return ""
    return conversation.doubt.suggestion


def _expected(conversation: Conversation) -> tuple[Field, ...]:
    """The fields that a block may hold: the one that is asked for, then those still open; in the review all.

    The signer's come first there, so that "Title: Docent" is the sign block's as "change title" is.
    """
    open_fields = conversation.missing or (*SIGNER_FIELDS, *conversation.fields)
    asked = (conversation.asked,) if conversation.asked else ()
    return tuple(dict.fromkeys((*asked, *open_fields)))


_EVERYWHERE = frozenset(
    {
        *(Choice.MY_DATA, Choice.ERASE),
        *(Choice.HELP, Choice.STATUS, Choice.PRIVACY, Choice.CANCEL, Choice.START_OVER, Choice.BACK, Choice.TERMS),
        *(Choice.CITE, Choice.MENU, Choice.REQUEST, Choice.YES, Choice.NO, Choice.WHOLE_TEXT, Choice.ASK_LICENSOR),
        *(Choice.EMAILED, Choice.SEND_AGAIN, Choice.WITHDRAW, Choice.TOMORROW, Choice.NEXT_WEEK),
        *(Choice.OPT_OUT, Choice.STOP_REMINDING, Choice.EMAIL_READY, Choice.FOLLOW_UP_READY, Choice.FOR_SIGNER),
        # What notices offer, which come at any step: a label that is typed does what its button does.
        *(Choice.START_FROM, Choice.STAY, Choice.RENEW),
    }
)
_SHOWING = frozenset(
    {
        *(Choice.HELP, Choice.STATUS, Choice.PRIVACY, Choice.MY_DATA, Choice.WHOLE_TEXT),
        *(Choice.SEND_AGAIN, Choice.EMAIL_READY, Choice.FOR_SIGNER),
    }
)
"""What only shows something, and no answer of the LA: whoever wonders, with a question mark, is shown it."""
_ABOUT_ONE = frozenset(
    {
        *(Choice.EMAILED, Choice.SEND_AGAIN, Choice.WITHDRAW, Choice.EMAIL_READY, Choice.FOR_SIGNER),
        *(Choice.FOLLOW_UP_READY, Choice.STAY, Choice.OPT_OUT, Choice.RENEW, Choice.START_FROM),
    }
)
"""What is said of one request, and may name it."""
_OF_THE_PERSON = frozenset(
    {Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.IS_STUDENT, Choice.IS_RESEARCHER, Choice.OTHER_SIGNER}
)
_WHO_SIGNS = frozenset({Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.SIGN_ALREADY})
_OF_ONESELF = ("i ", "i'm ", "actually ")
_AT_MENU = frozenset(
    {Choice.ASK, Choice.CHANGE_ISSUED, Choice.EMAIL_COMPLETE, Choice.CC_FORGOTTEN, Choice.SCAN_INCOMPLETE}
)


def _answering(label: str, phrases: Iterable[str]) -> Iterator[str]:
    """What is offered as "Yes, …" or "No, …" can be typed so with every phrase for it: "yes i am a phd student"."""
    opening = label.partition(", ")[0]
    return (f"{opening} {phrase}" for phrase in phrases if opening in {"Yes", "No"})


def read_messages(
    texts: Texts, terms: Terms, policy: FieldPolicy, id_prefix: str, reader: Reader | None = None
) -> Understanding:
    """An Understanding with the texts' phrases as its commands."""
    commands: defaultdict[str, tuple[Choice, ...]] = defaultdict(tuple)
    for name, phrases in texts.phrases.items():
        for phrase in (name.replace("_", " "), texts.labels[name], *phrases, *_answering(texts.labels[name], phrases)):
            commands[normalised(phrase)] += (Choice(name),)
    known = Phrases((phrase, choice) for phrase, choices in commands.items() for choice in choices)
    return Understanding(texts, terms, policy, id_prefix, commands, known, reader)
