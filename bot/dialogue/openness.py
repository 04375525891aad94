"""At which steps each choice means something.

PURE. A choice that is not named here means something at every step.
"""

from collections.abc import Mapping

from bot.dialogue.prompts import FORM, PURPOSES, WHO
from bot.dialogue.state import Conversation, Step
from bot.texts.choice import Choice

_AT: Mapping[Choice, frozenset[Step]] = {
    **{choice: frozenset({Step.WHO}) for choice in WHO},
    **{choice: FORM | {Step.WHO} for choice in (Choice.SIGN_SELF, Choice.SIGN_LEADER)},
    **{choice: FORM | {Step.STUDENT} for choice in (Choice.IS_STUDENT, Choice.IS_RESEARCHER)},
    **{choice: frozenset({Step.PURPOSE}) for choice in PURPOSES},
    **{choice: frozenset({Step.FIELD}) for choice in (Choice.SUGGESTED, Choice.KEEP, Choice.TAKE)},
    Choice.TAKE_SUGGESTION: frozenset({Step.FIELD}),
    Choice.OTHER_SIGNER: FORM,
    Choice.ISSUE: frozenset({Step.REVIEW}),
    Choice.CHANGE: FORM,
}


def is_open(conversation: Conversation, choice: Choice) -> bool:
    """Tell whether a choice means something at the open step."""
    return conversation.step in _AT.get(choice, Step)
