"""The App Home: where somebody's requests stand, whom they wait for, and what can be done next; for staff, the desk."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.slack.blocks import FORM, JsonObject, Labels, button, parts, selection
from adapters.slack.modal import is_open
from bot.desk.views import DeskViews, Seen, Sight
from bot.dialogue.prompts import MENU
from bot.dialogue.state import Conversation, Step
from bot.model.message import Message
from bot.request.request import LicenseRequest
from bot.texts.say import Say
from bot.texts.views import Views

CONTINUE = "continue"
"""The action id of the button that takes up the dialogue where it stands."""

FILTER = "filter"
"""The action id of the list of the desk's lists."""

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


def desk_home(views: DeskViews, labels: Labels, sight: Sight) -> JsonObject:
    """The view of the desk for one of the staff. Where they look comes back with each press, as private metadata."""
    shown, *more = parts(replace(sight.message, buttons=()), labels, "0:")
    goes_on = [Say("desk.home.goes_on", {"request_id": sight.seen.request_id})] if more else []
    under = replace(views.message(goes_on), buttons=sight.message.buttons)
    chooser = selection(views.views.texts.words["desk.home.filter"], FILTER, sight.filters, sight.seen.asked)
    blocks = [{"type": "actions", "elements": [chooser]}, {"type": "divider"}, *shown.blocks]
    blocks += [block for part in parts(under, labels, "1:") for block in part.blocks]
    return {"type": "home", "private_metadata": str(sight.seen), "blocks": blocks[:_MOST_BLOCKS]}


def seen_in(view: JsonObject) -> Seen:
    """Return somebody's position in their Home."""
    return Seen.read(view.get("private_metadata") or "")


def _head(views: Views, conversation: Conversation) -> Message:
    if conversation.step is Step.MENU:
        return views.message([Say("slack.home"), Say("menu", {}, MENU)], conversation.token)
    return views.message([Say("slack.home"), Say("slack.home_under_way")], conversation.token)


def _way_on(views: Views, labels: Labels, conversation: Conversation) -> JsonObject:
    elements = [button(views.plain("slack.continue"), CONTINUE, conversation.token)]
    if is_open(conversation):
        elements.append(button(labels.fill_in, FORM, conversation.token))
    return {"type": "actions", "elements": elements}
