"""What each choice does: one handler a choice, in a table.

PURE. A choice that means something only at a certain step is stale anywhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from bot.dialogue.effects import Act, IssueDocument, Prefill, Renew, Reopen
from bot.dialogue.events import Show, Turn, View
from bot.dialogue.openness import is_open
from bot.dialogue.prompts import FORM, MENU, ask, field_text, menu_of, proceed, question, ways_on
from bot.dialogue.standing import not_signer, signer_draft, signing_oneself, stands_otherwise, with_other_signer
from bot.dialogue.state import Conversation, Step
from bot.dialogue.sureness import erase, erase_surely, opt_out, opt_out_surely
from bot.model.identity import RequestId
from bot.model.people import SIGNER_FIELDS, Field, Standing
from bot.request.commands import CheckEmail, Command, MarkEmailed, Postpone, Stay, StopReminding, Withdraw
from bot.request.status import EmailCheck
from bot.texts.choice import Choice
from bot.texts.say import LISTED, Offer, Say

Handler = Callable[[Conversation, str], Turn]


def choose(conversation: Conversation, choice: Choice, argument: str) -> Turn:
    """The turn that a choice makes; `argument` is what it is about (a field, a request id, a clause)."""
    if choice not in _SETTLING:
        conversation = conversation.settled
    if not is_open(conversation, choice):
        return ask(conversation, Say("stale", {}, menu_of(conversation)))
    return _HANDLERS[choice](conversation, argument)


def _request(conversation: Conversation, _: str) -> Turn:
    if conversation.step is Step.MENU:
        return ask(replace(conversation, step=Step.WHO))
    return ask(conversation, Say("under_way"))


def _help(conversation: Conversation, _: str) -> Turn:
    if conversation.step is Step.FIELD and conversation.asked:
        return ask(conversation, Say(f"help.{field_text(conversation, conversation.asked)}"), Say("help.commands"))
    return ask(conversation, Say("help.general", {}, menu_of(conversation)))


def _menu(conversation: Conversation, _: str) -> Turn:
    if conversation.step is Step.MENU:
        return Turn(conversation, (Say("menu", {}, MENU),))
    return ask(conversation, Say("under_way"))


def _standing(standing: Standing) -> Handler:
    def handler(conversation: Conversation, _: str) -> Turn:
        known = replace(conversation, standing=standing)
        if conversation.step in FORM:
            return stands_otherwise(conversation, standing)
        if standing is Standing.SIGNER:
            known = replace(known, draft=signer_draft(known.draft))
        return proceed(known) if known.is_eligible else ask(replace(known, step=Step.PURPOSE))

    return handler


def _leader_signs(conversation: Conversation, _: str) -> Turn:
    if conversation.step in FORM:
        return stands_otherwise(conversation, not_signer(conversation.standing))
    return ask(replace(conversation, step=Step.STUDENT))


def _turned_away(text: str, *offers: Choice) -> Handler:
    """The end of a request that cannot be made: nothing of it is kept."""

    def handler(_: Conversation, __: str) -> Turn:
        return Turn(Conversation(), (Say(text, {}, tuple(map(Offer, offers))),))

    return handler


def _keep(conversation: Conversation, _: str) -> Turn:
    return (
        proceed(conversation) if conversation.asked in conversation.draft else ask(conversation, Say("not_understood"))
    )


def _take(conversation: Conversation, _: str) -> Turn:
    if conversation.asked and (doubt := conversation.doubt):
        return proceed(conversation.with_value(conversation.asked, doubt.value))
    return ask(conversation, Say("not_understood"))


def _other_signer(conversation: Conversation, _: str) -> Turn:
    """Somebody else signs. Where that is no answer to a doubt about the signer, it is asked about first."""
    offered = (offer.choice for say in question(conversation) for offer in say.offers)
    if Choice.OTHER_SIGNER in offered or not conversation.draft.keys() & set(SIGNER_FIELDS):
        return with_other_signer(conversation)
    return ask(replace(conversation, leaving=Choice.OTHER_SIGNER))


def _issue(conversation: Conversation, _: str) -> Turn:
    assert conversation.standing, "nobody comes to the review without one"
    effect = IssueDocument(
        conversation.standing, conversation.personal_data, conversation.changing, conversation.answered
    )
    return Turn(conversation, (), effect)


def _change(conversation: Conversation, argument: str) -> Turn:
    if argument in conversation.fields:
        return ask(replace(conversation, step=Step.FIELD, asked=Field(argument), doubts={}))
    if conversation.step is Step.FIELD:
        return ask(conversation, Say("change_what"))
    return ask(replace(conversation, step=Step.CHOOSE))


def _back(conversation: Conversation, _: str) -> Turn:
    if conversation.doubt:
        return ask(conversation.without_doubt(conversation.asked))
    match conversation.step:
        case Step.MENU:
            return _menu(conversation, "")
        case Step.WHO:
            return _menu(Conversation(), "")
        case Step.STUDENT:
            return ask(replace(conversation, step=Step.WHO))
        case Step.PURPOSE:
            step = Step.WHO if conversation.standing is Standing.SIGNER else Step.STUDENT
            return ask(replace(conversation, step=step))
        case Step.CHOOSE:
            return proceed(conversation)
        case Step.FIELD | Step.REVIEW:
            return _previous_field(conversation)
        case _:  # pragma: no cover
            assert_never(conversation.step)


def _previous_field(conversation: Conversation) -> Turn:
    fields = conversation.fields
    position = fields.index(conversation.asked) if conversation.asked else len(fields)
    if position == 0:
        return ask(replace(conversation, step=Step.PURPOSE, asked=None))
    return ask(replace(conversation, step=Step.FIELD, asked=fields[position - 1]))


def _cancel(conversation: Conversation, _: str) -> Turn:
    """A no to what is asked about a request or the data; else the form goes, if there is one."""
    if conversation.withdrawing or conversation.opting_out or conversation.erasing:
        return _no(conversation, "")
    conversation = conversation.settled
    if conversation.step is Step.MENU:
        return ask(conversation, Say("nothing_to_cancel", {}, MENU))
    return _leave(conversation, Choice.CANCEL)


def _leave(conversation: Conversation, choice: Choice) -> Turn:
    if conversation.draft or conversation.doubts:
        return ask(replace(conversation, leaving=choice))
    return _left(conversation, choice)


def _left(conversation: Conversation, choice: Choice) -> Turn:
    conversation = replace(conversation, leaving=None)
    if choice is Choice.OTHER_SIGNER:
        return with_other_signer(conversation)
    if choice is Choice.SIGN_SELF:
        return signing_oneself(conversation)
    if choice is Choice.START_OVER:
        return ask(Conversation(Step.WHO), Say("started_over"))
    text = "cancelled_change" if conversation.changing else "cancelled"
    return Turn(Conversation(), (Say(text, {}, MENU),))


def _yes(conversation: Conversation, _: str) -> Turn:
    if conversation.leaving:
        return _left(conversation, conversation.leaving)
    if conversation.withdrawing:
        return _HANDLERS[Choice.WITHDRAW_SURELY](replace(conversation, withdrawing=None), conversation.withdrawing)
    if conversation.opting_out:
        return opt_out_surely(conversation, conversation.opting_out)
    if conversation.erasing:
        return erase_surely(conversation, "")
    if conversation.checking:
        return _HANDLERS[Choice.EMAIL_COMPLETE](conversation.settled, conversation.checking)
    match conversation.step:
        case Step.FIELD if conversation.doubt:
            return _take(conversation, "")
        case Step.STUDENT:
            return _HANDLERS[Choice.IS_STUDENT](conversation, "")
        case Step.REVIEW:
            return _issue(conversation, "")
        case _:
            return ask(conversation, Say("not_understood", {}, menu_of(conversation)))


def _no(conversation: Conversation, _: str) -> Turn:
    if request_id := conversation.checking:
        lacking = (Offer(Choice.CC_FORGOTTEN, request_id), Offer(Choice.SCAN_INCOMPLETE, request_id))
        return ask(conversation.settled, Say("checked.what", {"request_id": request_id}, lacking))
    if conversation != conversation.settled:
        staying = conversation.settled
        return ask(staying, Say("stayed", {}, menu_of(staying)))
    match conversation.step:
        case Step.FIELD if conversation.doubt:
            return ask(conversation.without_doubt(conversation.asked))
        case Step.STUDENT:
            return _HANDLERS[Choice.IS_RESEARCHER](conversation, "")
        case Step.REVIEW:
            return _change(conversation, "")
        case _:
            return ask(conversation, Say("not_understood", {}, menu_of(conversation)))


def _change_issued(conversation: Conversation, argument: str) -> Turn:
    if conversation.step is not Step.MENU:
        return ask(conversation, Say("under_way"))
    return Turn(conversation, (), Reopen(RequestId(argument)))


def _withdraw(conversation: Conversation, argument: str) -> Turn:
    if not argument:
        return _requests(conversation, Choice.WITHDRAW)
    return ask(replace(conversation, withdrawing=RequestId(argument)))


def _renew(conversation: Conversation, argument: str) -> Turn:
    if conversation.step is not Step.MENU:
        return ask(conversation, Say("under_way"))
    return Turn(conversation, (), Renew(RequestId(argument)))


def _start_from(conversation: Conversation, argument: str) -> Turn:
    if conversation.step is not Step.MENU:
        return ask(conversation, Say("under_way"))
    return Turn(conversation, (), Prefill(RequestId(argument)))


def _act(command: Command) -> Handler:
    return lambda conversation, argument: Turn(conversation, (), Act(command, RequestId(argument)))


def _show(view: View) -> Handler:
    return lambda conversation, argument: ask(conversation, Show(view, argument))


def _requests(conversation: Conversation, argument: str) -> Turn:
    """All of them; `argument`: the choice that one is picked for. In a form they are only listed: it has its own."""
    listed = "" if conversation.step is Step.MENU else LISTED
    return ask(conversation, Show(View.REQUESTS, argument or listed))


def _rights(view: View) -> Handler:
    """What is kept of the person, and at the menu what they can have done about it."""
    offers = tuple(map(Offer, (Choice.MY_DATA, Choice.ERASE, Choice.MENU)))

    def handler(conversation: Conversation, _: str) -> Turn:
        ways = (Say("rights", {}, offers),) if conversation.step is Step.MENU else ()
        return ask(conversation, Show(view), *ways)

    return handler


def _terms(view: View) -> Handler:
    """A view of the LA, and at the menu ways on."""

    def handler(conversation: Conversation, argument: str) -> Turn:
        return ask(conversation, Show(view, argument), *ways_on(conversation))

    return handler


def _text(text: str, *offers: Choice) -> Handler:
    def handler(conversation: Conversation, _: str) -> Turn:
        return ask(conversation, Say(text, {}, (*map(Offer, offers), *menu_of(conversation))))

    return handler


def _unread(conversation: Conversation, _: str) -> Turn:
    """A choice that `bot.understanding.interpreter` turns into another event: a value or an answer."""
    return ask(conversation, Say("not_understood"))


_HANDLERS: Mapping[Choice, Handler] = {
    Choice.REQUEST: _request,
    Choice.ASK: _text("ask_how", Choice.TERMS, Choice.CITE),
    Choice.STATUS: _requests,
    Choice.PRIVACY: _rights(View.PRIVACY),
    Choice.MY_DATA: _rights(View.MY_DATA),
    Choice.ERASE: erase,
    Choice.ERASE_SURELY: erase_surely,
    Choice.HELP: _help,
    Choice.MENU: _menu,
    Choice.SIGN_SELF: _standing(Standing.SIGNER),
    Choice.SIGN_LEADER: _leader_signs,
    Choice.SIGN_ALREADY: _turned_away("signed_already", Choice.ASK, Choice.ASK_LICENSOR, Choice.MENU),
    Choice.SIGN_UNSURE: _text("fixed_position"),
    Choice.IS_STUDENT: _standing(Standing.STUDENT),
    Choice.IS_RESEARCHER: _standing(Standing.RESEARCHER),
    Choice.FOR_CHALLENGE: lambda conversation, _: proceed(replace(conversation, is_eligible=True)),
    Choice.FOR_RESEARCH: _turned_away("not_eligible.research", Choice.ASK_LICENSOR, Choice.ASK, Choice.MENU),
    Choice.FOR_COMMERCE: _turned_away("not_eligible.commerce", Choice.ASK_LICENSOR, Choice.ASK, Choice.MENU),
    Choice.SUGGESTED: _unread,
    Choice.KEEP: _keep,
    Choice.TAKE: _take,
    Choice.TAKE_SUGGESTION: _unread,
    Choice.OTHER_SIGNER: _other_signer,
    Choice.ISSUE: _issue,
    Choice.CHANGE: _change,
    Choice.BACK: _back,
    Choice.CANCEL: _cancel,
    Choice.START_OVER: lambda conversation, _: _leave(conversation, Choice.START_OVER),
    Choice.YES: _yes,
    Choice.NO: _no,
    Choice.EMAILED: _act(MarkEmailed()),
    Choice.CHANGE_ISSUED: _change_issued,
    Choice.SEND_AGAIN: _show(View.ISSUED),
    Choice.WITHDRAW: _withdraw,
    Choice.WITHDRAW_SURELY: _act(Withdraw()),
    Choice.SHOW_REQUEST: _show(View.REQUEST),
    Choice.STAY: _act(Stay()),
    Choice.OPT_OUT: opt_out,
    Choice.OPT_OUT_SURELY: opt_out_surely,
    Choice.RENEW: _renew,
    Choice.START_FROM: _start_from,
    Choice.TOMORROW: _act(Postpone(1)),
    Choice.NEXT_WEEK: _act(Postpone(7)),
    Choice.STOP_REMINDING: _act(StopReminding()),
    Choice.EMAIL_READY: _show(View.EMAIL),
    Choice.FOLLOW_UP_READY: _show(View.FOLLOW_UP),
    Choice.FOR_SIGNER: _show(View.FOR_SIGNER),
    Choice.EMAIL_COMPLETE: _act(CheckEmail(EmailCheck.COMPLETE)),
    Choice.CC_FORGOTTEN: _act(CheckEmail(EmailCheck.CC_FORGOTTEN)),
    Choice.SCAN_INCOMPLETE: _act(CheckEmail(EmailCheck.SCAN_INCOMPLETE)),
    Choice.TERMS: _terms(View.TERMS),
    Choice.WHOLE_TEXT: _terms(View.WHOLE_TEXT),
    Choice.CITE: _terms(View.CITE),
    Choice.CLAUSE: _terms(View.CLAUSE),
    Choice.READING: _unread,
    Choice.ASK_LICENSOR: _text("ask_licensor"),
}

_SETTLING = frozenset({Choice.YES, Choice.NO, Choice.CANCEL, Choice.ERASE_SURELY, Choice.OPT_OUT_SURELY})
"""Choices that answer what is asked over a step; any other leaves that unanswered."""
