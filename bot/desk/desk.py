"""The desk: what staff say, answered and carried out. Whoever is no staff is not told that it exists.

A turn of the desk is decided as any turn is: inside the account's lock, on the versions that it read, in one commit.
What a command does is its handler's: `bot.desk.listing` shows, `bot.desk.decisions` and `bot.desk.registration` move,
`bot.desk.team` names.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.desk.commands import BY_NAME, GROUPS, Said, read
from bot.desk.views import DeskOffer, DeskViews, Seen, Sight
from bot.dialogue.state import Conversation, Step
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.message import DocumentRef
from bot.model.people import PersonalData
from bot.request.lifecycle import possible
from bot.request.request_id import cut_request_ids
from bot.staff.roles import Roles
from bot.store.port import DELIVER_WITHIN, Commit, Outgoing, RecordWrite, RequestWrite, Store
from bot.texts.choice import PRESSED, SURELY
from bot.texts.say import Say


@dataclass(frozen=True, slots=True)
class DeskTurn:
    """The input of a handler: the person, their words, the place, the instant, and the role."""

    said: Said
    role: Role
    incoming: Incoming
    now: datetime

    @property
    def actor(self) -> Actor:
        """The staff member who acts, as events keep them."""
        return Actor(self.role, self.incoming.account, self.incoming.address)


@dataclass(frozen=True, slots=True)
class Reply:
    """The decision of a handler: the reply, the choices under it, and the changes committed with it.

    `confirm`: the command that is asked about; a yes says it again. `document`: a file that goes with it.
    """

    says: tuple[Say, ...]
    offers: tuple[DeskOffer, ...] = ()
    requests: tuple[RequestWrite, ...] = ()
    personal_data: Mapping[RequestId, PersonalData | None] = field(default_factory=dict)
    outgoing: tuple[Outgoing, ...] = ()
    delivered: tuple[int, ...] = ()
    records: tuple[RecordWrite, ...] = ()
    confirm: str = ""
    document: DocumentRef | None = None


_YES = "yes"
"""A yes where nothing was asked: no command, and answered all the same."""

Handler = Callable[[DeskTurn], Awaitable[Reply]]
Handlers = Mapping[str, Handler]
"""By the name of the command."""


Home = Callable[[Account, Seen, datetime], Awaitable[Sight | None]]
"""A function that returns somebody's view of the desk in a place of their own; None without a role."""


@dataclass(slots=True)
class _Question:
    """A command that was asked about, and the message after it, which may be the answer."""

    command: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """`home`: the desk in a place of somebody's own.

    `channel`: the one place besides direct messages where personal data are shown; it is named by its id.
    """

    store: Store
    views: DeskViews
    id_prefix: str
    roles: Roles
    handlers: Handlers
    home: Home
    channel: DeliveryAddress | None = None
    _questions: dict[Account, _Question] = field(default_factory=dict)
    """In memory only: whoever does not answer, or is answered by a restart, says the command again."""
    _seen: dict[Account, tuple[RequestId, ...]] = field(default_factory=dict)
    """The requests that each account saw last, for "approve it".

    In memory only; if there are several, the desk asks.
    """

    async def turn(self, incoming: Incoming, now: datetime) -> Commit | None:
        """The turn, where it is one of the desk's; None where it belongs to the dialogue that everybody has."""
        words = self._words(incoming)
        role = await self.roles.of(incoming.account) if words else None
        if role and self._declines(incoming):
            return self._commit(Reply((Say("stayed"),)), None, incoming, now)
        said = await self._said(words, role, incoming) if role else None
        if role is None or said is None:
            return None
        reply = await self._reply(DeskTurn(said, role, incoming, now))
        if reply.confirm:
            self._questions[incoming.account] = _Question(reply.confirm)
        self._see(said, incoming.account, reply)
        return self._commit(reply, said.request_id, incoming, now)

    def _commit(self, reply: Reply, about: RequestId | None, incoming: Incoming, now: datetime) -> Commit:
        message = replace(self.views.message(reply.says, reply.offers), document=reply.document)
        answers = incoming.message_id if incoming.private else ""  # among others nothing is quoted, or deleted
        answer = Outgoing(incoming.address, message, now, now + DELIVER_WITHIN, about, answers=answers)
        return Commit(
            incoming.message_id,
            requests=reply.requests,
            personal_data=reply.personal_data,
            outgoing=(answer, *reply.outgoing),
            delivered=reply.delivered,
            records=reply.records,
        )

    async def hears(self, account: Account, text: str) -> bool:
        """Return whether these words, or this button, are a command that this person has."""
        role, words = await self.roles.of(account), text.removeprefix(PRESSED)
        return role is not None and (words == SURELY or read(words, role, self.id_prefix) is not None)

    def is_private(self, incoming: Incoming) -> bool:
        """Return whether personal data may be shown there."""
        here = DeliveryAddress(incoming.address.platform, incoming.address.chat)
        return incoming.private or here == self.channel

    async def _reply(self, turn: DeskTurn) -> Reply:
        said, seen = turn.said, self._seen.get(turn.incoming.account, ())
        if not self.is_private(turn.incoming):
            return Reply((Say("desk.privately"),))
        if said.command == _YES:
            return Reply((Say("desk.yes_to_what"),))
        if said.it and len(seen) > 1:
            return await self._which(turn, seen)
        return await self.handlers[said.command](turn)

    async def _which(self, turn: DeskTurn, seen: Sequence[RequestId]) -> Reply:
        """Several may be meant: those that it can be said of, or all where it can be said of none."""
        move, stored = BY_NAME[turn.said.command].move, [await self.store.request(one) for one in seen]
        able = [s.value.id for s in stored if s and (not move or move in possible(s.value.status, turn.role))]
        lines = (Say("desk.which_line", {"command": turn.said.command, "request_id": one}) for one in able or seen)
        return Reply((Say("desk.which"), *lines))

    async def _said(self, words: str, role: Role, incoming: Incoming) -> Said | None:
        """The command; with the request that was just seen where "it" can mean that one only."""
        if isinstance(incoming.content, Pressed):
            return read(words, role, self.id_prefix)
        conversation = (await self.store.conversation(incoming.account)).value or Conversation()
        said = read(words, role, self.id_prefix, in_form=conversation.step is not Step.MENU)
        if said is None:
            return Said(_YES) if conversation == Conversation() and self.views.is_yes(words) else None
        seen = self._seen.get(incoming.account, ())
        if said.it and not seen and BY_NAME[said.command].shared:
            return None
        return replace(said, request_id=seen[0]) if said.it and len(seen) == 1 else said

    def _see(self, said: Said, account: Account, reply: Reply) -> None:
        """Note what is on the table now."""
        offered = (one for offer in reply.offers for one in cut_request_ids(self.id_prefix, offer.command)[0])
        shown = tuple(dict.fromkeys((*filter(None, [said.request_id]), *offered)))
        if shown or said.command in GROUPS["look"]:
            self._seen[account] = shown

    def _declines(self, incoming: Incoming) -> bool:
        """Return whether the message is a no to the desk's last question."""
        asked = incoming.account in self._questions
        return asked and isinstance(incoming.content, Typed) and self.views.is_no(incoming.content.text)

    def _words(self, incoming: Incoming) -> str:
        """Return the words said to the desk: typed, by a button, or by a yes to the desk's last question."""
        question = self._questions.get(incoming.account)
        if question and question.answer not in {"", incoming.message_id}:
            del self._questions[incoming.account]
            question = None
        if question:
            question.answer = incoming.message_id
        match incoming.content:
            case Pressed(choice, _) if choice.startswith(PRESSED):
                words = choice.removeprefix(PRESSED)
                return f"{question.command} {SURELY}" if words == SURELY and question else words
            case Typed(text) if question and self.views.is_yes(text):
                return f"{question.command} {SURELY}"
            case Typed(text):
                return text
            case _:
                return incoming.words
