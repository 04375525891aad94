"""What cannot be taken back is asked about first: opting out, erasing.

PURE. The second press counts only where the question was asked just now: old messages keep their buttons.
"""

from dataclasses import replace

from bot.dialogue.effects import Act, Consider, ErasePerson
from bot.dialogue.events import Show, Turn, View
from bot.dialogue.prompts import ask
from bot.dialogue.state import Conversation
from bot.model.identity import RequestId
from bot.request.commands import OptOut


def opt_out(conversation: Conversation, argument: str) -> Turn:
    """See whether this person can opt out at all; then it is asked about (`Permitted`)."""
    return Turn(conversation, (), Consider(OptOut(), RequestId(argument)))


def opt_out_surely(conversation: Conversation, argument: str) -> Turn:
    """Opt out, if that was asked about."""
    if conversation.opting_out != argument:
        return opt_out(conversation.settled, argument)
    return Turn(conversation.settled, (), Act(OptOut(), RequestId(argument)))


def erase(conversation: Conversation, _: str) -> Turn:
    """Show what goes and what stays, and ask."""
    return ask(replace(conversation.settled, erasing=True), Show(View.ERASING))


def erase_surely(conversation: Conversation, _: str) -> Turn:
    """Erase, if it was shown what goes and what stays."""
    return Turn(conversation, (), ErasePerson()) if conversation.erasing else erase(conversation, "")
