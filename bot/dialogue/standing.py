"""What the person is to the signer, corrected within the form: who signs, who reports to them, and what is dropped.

PURE.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.dialogue.events import Turn
from bot.dialogue.prompts import ask, proceed
from bot.dialogue.state import Conversation, Step
from bot.model.people import APPLICANT_FIELDS, Field, Standing
from bot.texts.choice import Choice
from bot.texts.say import Say

_OWN = tuple(zip(APPLICANT_FIELDS, (Field.NAME, Field.EMAIL), strict=True))
"""A person's own fields, and the sign block's that hold the same where they sign themselves."""


def not_signer(standing: Standing | None) -> Standing:
    """What somebody is who does not sign, as far as they said."""
    return Standing.RESEARCHER if standing is Standing.RESEARCHER else Standing.STUDENT


def stands_otherwise(conversation: Conversation, standing: Standing) -> Turn:
    """What was said of oneself is corrected. Where another person signs, something is lost, and asked about."""
    if conversation.standing is standing:
        return ask(conversation, Say(f"standing.{standing}"))
    if standing is Standing.SIGNER:
        return ask(replace(conversation, leaving=Choice.SIGN_SELF))
    if conversation.standing is Standing.SIGNER:
        return ask(replace(conversation, leaving=Choice.OTHER_SIGNER))
    return ask(replace(conversation, standing=standing), Say(f"standing.{standing}"))


def with_other_signer(conversation: Conversation) -> Turn:
    """What was typed for the signer goes, unless the signer was the person: then it is theirs."""
    kept = {field: value for field, value in conversation.draft.items() if field in APPLICANT_FIELDS}
    if conversation.standing is not Standing.SIGNER:
        return proceed(replace(conversation, draft=kept, doubts={}))
    kept = {to: conversation.draft[field] for to, field in _OWN if field in conversation.draft}
    return ask(
        replace(conversation, step=Step.STUDENT, standing=None, draft=kept, doubts={}, asked=None, is_eligible=True)
    )


def signer_draft(draft: Mapping[Field, str]) -> Mapping[Field, str]:
    """Return what is known once the person signs: their own name and email are the signer's, unless those are known."""
    own = {of: draft[field] for field, of in _OWN if field in draft}
    return own | {field: value for field, value in draft.items() if field not in APPLICANT_FIELDS}


def signing_oneself(conversation: Conversation) -> Turn:
    """The person signs: their name and email go into the sign block, and what was typed for somebody else goes."""
    kept = {field: conversation.draft[of] for of, field in _OWN if of in conversation.draft}
    return proceed(replace(conversation, standing=Standing.SIGNER, draft=kept, doubts={}))
