"""The App Home: where somebody's requests stand, whom they wait for, and what can be done next."""

from collections.abc import Sequence

from adapters.slack_blocks import FORM, JsonObject, Labels, button, parts
from adapters.slack_form import is_open
from bot.dialogue import Conversation, Step
from bot.lifecycle import LicenseRequest
from bot.messages import Message
from bot.questions import MENU
from bot.turns import Say
from bot.views import Views

CONTINUE = "continue"
"""The action id of the button that takes up the dialogue where it stands."""

_MOST_BLOCKS = 100
_MOST_REQUESTS = 20


def home(views: Views, labels: Labels, conversation: Conversation, requests: Sequence[LicenseRequest]) -> JsonObject:
    """The view of somebody's requests, the last changed first."""
    cards = [views.message(views.request(request), conversation.token) for request in requests[:_MOST_REQUESTS]]
    blocks: list[JsonObject] = []
    for number, message in enumerate([_head(views, conversation), *cards]):
        if number:
            blocks.append({"type": "divider"})
        for part in parts(message, labels, f"{number}:"):
            blocks.extend(part.blocks)
        if number == 0 and conversation.step is not Step.MENU:
            blocks.append(_way_on(views, labels, conversation))
    return {"type": "home", "blocks": blocks[:_MOST_BLOCKS]}


def _head(views: Views, conversation: Conversation) -> Message:
    if conversation.step is Step.MENU:
        return views.message([Say("slack.home"), Say("menu", {}, MENU)], conversation.token)
    return views.message([Say("slack.home"), Say("slack.home_under_way")], conversation.token)


def _way_on(views: Views, labels: Labels, conversation: Conversation) -> JsonObject:
    elements = [button(views.plain("slack.continue"), CONTINUE, conversation.token)]
    if is_open(conversation):
        elements.append(button(labels.fill_in, FORM, conversation.token))
    return {"type": "actions", "elements": elements}
