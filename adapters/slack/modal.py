"""The form: all fields in one modal, over the draft that the dialogue has.

The modal carries the token of the state that it was opened on (`private_metadata`); a draft that moved on since is not
overwritten. What is wrong is shown at its field, in the dialogue's own words.
"""

from collections.abc import Mapping
from typing import Any

from adapters.slack.blocks import FORM, JsonObject, plain
from bot.app.service import Service
from bot.dialogue.prompts import FORM as FORM_STEPS
from bot.dialogue.prompts import field_text
from bot.dialogue.reducer import problems
from bot.dialogue.state import Conversation
from bot.model.incoming import SentForm
from bot.model.message import plain_text
from bot.model.people import Field
from bot.texts.say import Say

_MOST_IN_A_HINT = 2000
_MOST_IN_A_TITLE = 24


def is_open(conversation: Conversation) -> bool:
    """Return whether there is a form to fill in: who signs and what for was settled in the dialogue."""
    return conversation.step in FORM_STEPS


def form(service: Service, conversation: Conversation) -> JsonObject:
    """The modal, with what was answered so far."""
    views = service.views
    intro = {"type": "section", "text": plain(views.plain("slack.form_intro"))}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": conversation.token,
        "title": plain(views.plain("slack.form_title"), _MOST_IN_A_TITLE),
        "submit": plain(views.plain("slack.form_save"), _MOST_IN_A_TITLE),
        "close": plain(views.plain("slack.form_close"), _MOST_IN_A_TITLE),
        "blocks": [intro, *(_input(service, conversation, field) for field in conversation.fields)],
    }


def _input(service: Service, conversation: Conversation, field: Field) -> JsonObject:
    element: JsonObject = {"type": "plain_text_input", "action_id": field.value, "multiline": field is Field.ADDRESS}
    doubt = conversation.doubts.get(field)
    if value := doubt.value if doubt else conversation.draft.get(field, ""):
        element["initial_value"] = value
    return {
        "type": "input",
        "block_id": field.value,
        "label": plain(service.views.texts.word(field)),
        "hint": plain(service.views.plain(f"help.{field_text(conversation, field)}"), _MOST_IN_A_HINT),
        "element": element,
    }


def sent(view: Mapping[str, Any]) -> SentForm:
    """Return the values typed into the modal, and the token that it was opened on."""
    values = {
        Field(action_id): str(element.get("value") or "")
        for block in view["state"]["values"].values()
        for action_id, element in block.items()
    }
    return SentForm(values, view["private_metadata"])


def errors(service: Service, conversation: Conversation, submitted: SentForm) -> dict[str, str]:
    """Return the faults, by the block that shows them; empty if the form can be taken."""
    if not is_open(conversation) or submitted.token != conversation.token:
        return {next(iter(submitted.values)).value: service.views.plain("stale_form")}
    wrong = problems(service.understanding.form(conversation, submitted.values))
    return {field.value: _words(service, say) for field, say in wrong.items()}


def _words(service: Service, say: Say) -> str:
    return " ".join(plain_text(service.views.message([say], "")).split())
