"""The views of staff: lists of requests, and one request with its persons and its history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from bot.desk.commands import COMMANDS
from bot.desk.search import Misread
from bot.model.identity import Actor, Role
from bot.model.message import Button, Message
from bot.model.people import PersonalData
from bot.request.events import trail
from bot.request.lifecycle import possible
from bot.request.request import LicenseRequest, waiting_for
from bot.request.status import Status
from bot.texts.choice import PRESSED, Choice
from bot.texts.say import Say, Value
from bot.texts.views import Views
from bot.understanding.phrases import normalised

LOOK = "look:"
"""The prefix of a choice that changes only the view in a place of the desk; a `Seen` follows."""

FILTERS = ("waiting", "overdue", *(f"find status:{status}" for status in Status), "find")
"""The lists that a place of the desk offers, as they could be typed; the last is all requests."""

MOST_DIGITS = 5
"""Of the number of a page."""


@dataclass(frozen=True, slots=True)
class DeskOffer:
    """A button of the desk: the command that it says (as it could be typed; Telegram has 64 bytes for it and a token).

    `label` names the words on it, `desk.button.…`; `about` stands in them as `{about}`.
    """

    command: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The position of a staff member in a place of theirs: a page of a list, or a request opened from there.

    `asked`: the list, as it could be typed. As text, `2:4DME-…:waiting`, it comes back with a press.
    """

    asked: str = "waiting"
    page: int = 1
    request_id: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.request_id}:{self.asked}"

    @classmethod
    def read(cls, text: str) -> "Seen":
        """Read the text of a button; the beginning of the list if it is nothing of ours."""
        page, _, rest = text.partition(":")
        request_id, _, asked = rest.partition(":")
        known = asked in FILTERS and page.isascii() and page.isdecimal() and len(page) <= MOST_DIGITS
        return cls(asked, max(1, int(page)), request_id) if known else cls()


@dataclass(frozen=True, slots=True)
class Sight:
    """A view there: the message with its buttons, the lists to choose from with their labels, and the position."""

    message: Message
    filters: Mapping[str, str]
    seen: Seen


@dataclass(frozen=True, slots=True)
class DeskViews:
    """The words of everybody's views, and the desk's own. Instants are shown in `zone`."""

    views: Views
    zone: tzinfo = UTC

    def message(self, says: Sequence[Say], offers: Sequence[DeskOffer] = ()) -> Message:
        """The sayings as one message, with buttons under it."""
        return replace(self.views.message(says, ""), buttons=tuple(map(self._button, offers)))

    def is_yes(self, text: str) -> bool:
        """Return whether a text says yes, in the words that everybody has for it."""
        return self._says(text, Choice.YES)

    def is_no(self, text: str) -> bool:
        """Return whether a text says no."""
        return self._says(text, Choice.NO)

    def _says(self, text: str, choice: Choice) -> bool:
        texts = self.views.texts
        return normalised(text) in {normalised(texts.labels[choice]), *texts.phrases[choice]}

    def _button(self, offer: DeskOffer) -> Button:
        label = self.views.texts.words[f"desk.button.{offer.label}"].replace("{about}", offer.about)
        return Button(f"{PRESSED}{offer.command}", label)

    def page(
        self, requests: Sequence[LicenseRequest], count: int, offset: int, now: datetime, *, oldest_first: bool
    ) -> tuple[Say, ...]:
        """A line for each request of a page, which begins after `offset` of `count`."""
        if not requests:
            none = "desk.nothing_waits" if oldest_first else "desk.none"
            return (Say("desk.no_more" if count else none),)
        order = "desk.page_oldest" if oldest_first else "desk.page"
        values: dict[str, Value] = {"first": offset + 1, "last": offset + len(requests), "count": count}
        return (Say(order, values), *(Say("desk.line", self.line(request, now)) for request in requests))

    def misread(self, misread: Misread) -> Say:
        """Return the unreadable part of a search, and the possible ones."""
        return Say(f"desk.misread.{misread.problem}", {"said": misread.said, "possible": ", ".join(misread.possible)})

    def request(self, request: LicenseRequest, persons: PersonalData | None, now: datetime) -> tuple[Say, ...]:
        """One request: where it stands, its persons, its history."""
        head = Say("desk.head", self.line(request, now))
        taken = Say("desk.taken", {"assignee": str(request.assignee or "")})
        return (head, taken, *self._persons(persons), *self._history(request), *self._remarks(persons))

    def _persons(self, persons: PersonalData | None) -> tuple[Say, ...]:
        if persons is None:
            return (Say("desk.erased"),)
        signer, applicant = persons.signer, persons.applicant
        values: dict[str, Value] = {
            "signer": signer.name,
            "title": signer.title,
            "affiliation": signer.affiliation,
            "signer_email": signer.email,
            "applicant": applicant.name if applicant else "",
            "applicant_email": applicant.email if applicant else "",
        }
        return (Say("desk.persons", values),)

    def line(self, request: LicenseRequest, now: datetime) -> dict[str, Value]:
        """Return the values of a line about a request: the party that it waits for, and for how many days."""
        party = waiting_for(request) or "nobody"
        return {
            **self.views.line(request),
            "waiting": self.views.texts.words[f"desk.party.{party}"],
            "days": self.days((now - request.since).days),
        }

    def days(self, days: int) -> str:
        """A number of days in words."""
        words = self.views.texts.words
        return (
            words["desk.days.today"] if days < 1 else words[f"desk.days.{'one' if days == 1 else 'many'}"].format(days)
        )

    def _history(self, request: LicenseRequest) -> Iterator[Say]:
        """The audit trail: what happened, when, by whom, from where, and what it changed."""
        labels = {reason.code: reason.label for reason in self.views.dataset.reasons}
        for event, before, after in trail(request.events):
            actor = event.actor
            values: dict[str, Value] = {
                "at": self.instant(event.at),
                "happened": event.happened,
                "who": _who(actor),
                "reasons": ", ".join(labels.get(code, code) for code in event.reasons),
                "other": event.other or "",
                "before": before or "",
                "after": after,
            }
            yield Say("desk.event" if before is after else "desk.event_moved" if before else "desk.event_first", values)

    def _remarks(self, persons: PersonalData | None) -> Iterator[Say]:
        for remark in persons.remarks if persons else ():
            values: dict[str, Value] = {"at": self.instant(remark.at), "who": str(remark.author), "text": remark.text}
            yield Say("desk.said" if remark.told else "desk.note", values)

    def instant(self, at: datetime) -> str:
        """An instant to the minute, as it stands beside what happened."""
        return f"{at.astimezone(self.zone):%-d %B %Y, %H:%M %Z}"


def _who(actor: Actor) -> Value:
    """Return the actor, and their place if it is not their own chat."""
    if actor.account is None:
        return actor.role
    place = actor.place
    elsewhere = place and place.chat != actor.account.user
    return f"{actor.account} in {place.platform}:{place.chat}" if place and elsewhere else str(actor.account)


PRESSABLE = frozenset({"received", "approve", "return", "reject", "revoke", "reopen", "assign"})
"""Commands of which the id says all, or that ask for the rest, and that are wanted often."""

ALL_PRESSABLE = PRESSABLE | {"emailed", "withdraw"}
"""All of them: where there is room."""


def offers(request: LicenseRequest, role: Role, among: frozenset[str] = PRESSABLE) -> tuple[DeskOffer, ...]:
    """Return the commands for a request that a role has as buttons."""
    allowed = possible(request.status, role)
    able = (command for command in COMMANDS if command.move in allowed and role in command.roles)
    return tuple(DeskOffer(f"{c.name} {request.id}", c.name) for c in able if c.name in among)
