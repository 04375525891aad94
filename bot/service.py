"""One turn: lock, load, decide, commit; then what was said may be delivered.

A turn reads inside the account's lock and commits once: the conversation, the request with its events and persons, the
outgoing messages, the platform's message id. A commit decided on something that moved on meanwhile is refused by the
store, and the turn is decided anew.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.conversation import advance, draft_of
from bot.dialogue import Choice, Conversation, Step
from bot.errors import RenderError, StaleCommit
from bot.incoming import CameIn, Edited, Incoming, Pressed, SentForm, Typed
from bot.issuing import Issuer
from bot.lifecycle import PERMISSIONS, Issue, LicenseRequest, Opening, Refused, apply, decide, open_request
from bot.messages import DocumentRef, Message
from bot.model import Account, Actor, Answer, DeliveryAddress, PersonalData, RequestId, Role
from bot.ports import Commit, ConversationWrite, OutboxEntry, Outgoing, Pdf, RequestQuery, RequestWrite, Store
from bot.questions import FORM, MENU
from bot.turns import (
    Act,
    Acted,
    Chose,
    EditedTooLate,
    Effect,
    Event,
    Gave,
    IssueDocument,
    NoSuchRequest,
    NothingChanged,
    NotIssued,
    Opened,
    Reopen,
    Reopened,
    Say,
    Says,
    Show,
    View,
    WasIssued,
    WasRefused,
)
from bot.understanding import Understanding
from bot.views import ACTIONS, Views

log = logging.getLogger(__name__)

DELIVER_WITHIN = timedelta(days=7)
"""How long a message is tried for before staff are told that it could not be delivered."""

_ABOUT_REQUESTS = frozenset(
    {
        *(Choice.EMAILED, Choice.CHANGE_ISSUED, Choice.SEND_AGAIN),
        *(Choice.WITHDRAW, Choice.WITHDRAW_SURELY, Choice.SHOW_REQUEST),
    }
)

_LAST_UNITS = 10_000
"""So many people's last question is remembered."""

_TRIES = 5
"""How often a turn is decided anew before its staleness is taken for a mistake of ours."""


@dataclass(slots=True)
class _Work:
    """What a turn has decided so far, not yet committed."""

    incoming: Incoming
    now: datetime
    writes: dict[RequestId, RequestWrite] = field(default_factory=dict)
    persons: dict[RequestId, PersonalData | None] = field(default_factory=dict)
    document: DocumentRef | None = None
    opened: list[LicenseRequest] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Service:
    """The core, whole: what comes in, and what goes out once it is durable. `staff` are told of new requests."""

    store: Store
    issuer: Issuer
    understanding: Understanding
    views: Views
    staff: Sequence[Account] = ()
    last_units: dict[Account, str] = field(default_factory=dict)
    """What each person asked last, for a follow-up: in memory only, since questions are not kept."""

    async def handle(self, incoming: Incoming) -> tuple[OutboxEntry, ...]:
        """Make the turn; its outgoing messages are durable, to be delivered now. StoreError: nothing was written."""
        async with self.store.account_lock(incoming.account):
            if await self.store.seen(incoming.message_id):
                return ()
            for _ in range(_TRIES):
                try:
                    return await self.store.commit(await self._turn(incoming))
                except StaleCommit:
                    log.info("what a turn was decided on moved on: it is decided anew")
        raise StaleCommit(f"a turn was stale {_TRIES} times")

    async def issue(self, opening: Opening, persons: PersonalData) -> tuple[LicenseRequest, Pdf]:
        """Issue a request without a chat, durably. Raises RenderError or StoreError: then there is none."""
        now = self.issuer.now()
        document, pdf = await self.issuer.make(opening.id, 1, persons, now)
        request = open_request(opening, document, Actor(Role.APPLICANT))
        notices = tuple(self._notices(request, now))
        write = RequestWrite(request, 0)
        await self.store.commit(Commit(requests=(write,), personal_data={request.id: persons}, outgoing=notices))
        return request, pdf

    def in_public(self, question: str) -> Message:
        """What the LA says to a question asked where others read along: no person's state is looked at or changed."""
        return self.views.message(self.views.answer(self.understanding.terms.answer(question)), "")

    async def post(self, message_id: str, address: DeliveryAddress, message: Message) -> tuple[OutboxEntry, ...]:
        """Say something outside of any dialogue, durably; once for a message id, unless that is empty."""
        now = self.issuer.now()
        outgoing = Outgoing(address, message, now, now + DELIVER_WITHIN)
        return await self.store.commit(Commit(message_id, outgoing=(outgoing,)))

    async def conversation(self, account: Account) -> Conversation:
        """Where a person is in the dialogue, to be shown elsewhere than in it."""
        return (await self.store.conversation(account)).value or Conversation()

    # A turn

    async def _turn(self, incoming: Incoming) -> Commit:
        work = _Work(incoming, self.issuer.now())
        stored = await self.store.conversation(incoming.account)
        conversation = replace(stored.value or Conversation(), last_unit=self.last_units.get(incoming.account, ""))
        event = await self._event(conversation, incoming)
        if isinstance(event, Gave) and isinstance(incoming.content, Typed):
            conversation = conversation.answered_by(incoming.message_id, event.field)
        turn = advance(conversation, event)
        says = await self._worded(turn.says, work)
        while turn.effect:
            turn = advance(turn.conversation, await self._perform(turn.effect, work))
            says += await self._worded(turn.says, work)
        self._remember(incoming.account, turn.conversation.last_unit)
        message = self.views.message(says, turn.conversation.token, work.document)
        message = replace(message, form=turn.conversation.step in FORM)
        deadline = work.now + DELIVER_WITHIN
        about = next(iter(work.writes), None)
        outgoing = [Outgoing(incoming.address, message, work.now, deadline, about)]
        outgoing += [notice for request in work.opened for notice in self._notices(request, work.now)]
        return Commit(
            message_id=incoming.message_id,
            conversation=ConversationWrite(incoming.account, _kept(turn.conversation), stored.version),
            requests=tuple(work.writes.values()),
            personal_data=work.persons,
            outgoing=tuple(outgoing),
        )

    def _remember(self, account: Account, unit: str) -> None:
        self.last_units.pop(account, None)
        if unit:
            self.last_units[account] = unit
        while len(self.last_units) > _LAST_UNITS:
            self.last_units.pop(next(iter(self.last_units)))

    async def _event(self, conversation: Conversation, incoming: Incoming) -> Event:
        event: Event
        match incoming.content:
            case CameIn():
                return Opened()
            case Pressed(choice, token):
                event = self.understanding.press(conversation, choice, token)
            case Typed(text):
                event = self.understanding.words(conversation, text)
            case Edited(message_id, text):
                event = self.understanding.edit(conversation, message_id, text)
                if isinstance(event, EditedTooLate):
                    return await self._edited_issued(incoming.account, incoming.content)
            case SentForm(values, token):
                event = self.understanding.fill_in(conversation, values, token)
            case _:  # pragma: no cover
                assert_never(incoming.content)
        if isinstance(event, Chose) and event.choice in _ABOUT_REQUESTS:
            return await self._about_request(event, incoming.account)
        return event

    async def _edited_issued(self, account: Account, edited: Edited) -> Event:
        """An edited answer of a request that was issued: its form is opened again, to be confirmed."""
        for request in await self.store.requests(RequestQuery(account=account)):
            field = request.answered.get(edited.message_id)
            persons = await self.store.personal_data(request.id)
            if field and persons and Issue in PERMISSIONS[request.status, Role.APPLICANT]:
                filled_in = Conversation(standing=request.standing, draft=draft_of(persons))
                corrected = self.understanding.given(filled_in, field, edited.text)
                return Reopened(request.id, request.standing, persons, corrected)
        return EditedTooLate()

    async def _about_request(self, chose: Chose, account: Account) -> Event:
        """A choice about a request: the one it names, if it is this person's; else the only one that it can mean."""
        requests = await self.store.requests(RequestQuery(account=account))
        if chose.argument in {request.id for request in requests}:
            return chose
        if chose.argument.startswith(self.issuer.dataset.id_prefix):
            return NoSuchRequest()
        command = dict(ACTIONS).get(chose.choice)
        able = [r for r in requests if command is None or command in PERMISSIONS[r.status, Role.APPLICANT]]
        return replace(chose, argument=able[0].id) if len(able) == 1 else Chose(Choice.STATUS, chose.choice)

    # Effects

    async def _perform(self, effect: Effect, work: _Work) -> Event:
        match effect:
            case IssueDocument():
                return await self._issue(effect, work)
            case Act():
                return await self._act(effect, work)
            case Reopen(request_id):
                found, persons = await self._found(request_id, work), await self.store.personal_data(request_id)
                if found is None or persons is None:
                    return NoSuchRequest()
                return Reopened(request_id, found.request.standing, persons)

    async def _act(self, effect: Act, work: _Work) -> Event:
        found = await self._found(effect.request_id, work)
        if found is None:
            return NoSuchRequest()
        decided = decide(effect.command, found.request, Actor(Role.APPLICANT, work.incoming.account), work.now)
        if isinstance(decided, Refused):
            return WasRefused(decided, effect.request_id)
        work.writes[effect.request_id] = replace(found, request=apply(found.request, decided))
        return Acted(effect.command, effect.request_id)

    async def _issue(self, effect: IssueDocument, work: _Work) -> Event:
        """Make the PDF first: a document that could not be made was never issued."""
        found = await self._found(effect.changing, work) if effect.changing else None
        request_id = effect.changing or self.issuer.new_request_id()
        number = found.request.document.number + 1 if found else 1
        if found and not await self._changes(effect, found.request):
            return NothingChanged(request_id)
        try:
            document, _ = await self.issuer.make(request_id, number, effect.personal_data, work.now)
        except RenderError as error:
            log.error("%s: no PDF: %s", request_id, type(error).__name__)
            return NotIssued()
        if found:
            acted = await self._act(Act(Issue(document, effect.standing), request_id), work)
            if isinstance(acted, WasRefused):
                return acted
        else:
            incoming = work.incoming
            opening = Opening(request_id, self.issuer.dataset.name, effect.standing, incoming.account, incoming.address)
            request = open_request(opening, document, Actor(Role.APPLICANT, incoming.account))
            work.writes[request_id] = RequestWrite(request, 0)
            work.opened.append(request)
        write = work.writes[request_id]
        answered = {**write.request.answered, **effect.answered}
        work.writes[request_id] = replace(write, request=replace(write.request, answered=answered))
        work.persons[request_id] = effect.personal_data
        return WasIssued(request_id, number)

    async def _changes(self, effect: IssueDocument, request: LicenseRequest) -> bool:
        persons = await self.store.personal_data(request.id)
        return (effect.personal_data, effect.standing) != (persons, request.standing)

    async def _found(self, request_id: RequestId, work: _Work) -> RequestWrite | None:
        """The person's own request, as this turn has it; None where it is nobody's or somebody else's."""
        if request_id in work.writes:
            return work.writes[request_id]
        stored = await self.store.request(request_id)
        if stored is None or stored.value.account != work.incoming.account:
            return None
        return RequestWrite(stored.value, stored.version)

    # Words

    async def _worded(self, says: Says, work: _Work) -> list[Say]:
        worded: list[Say] = []
        for say in says:
            match say:
                case Say():
                    worded.append(say)
                case Answer():
                    worded += self.views.answer(say)
                case Show():
                    worded += await self._shown(say, work)
        return worded

    async def _shown(self, show: Show, work: _Work) -> tuple[Say, ...]:
        match show.view:
            case View.REQUESTS:
                requests = await self.store.requests(RequestQuery(account=work.incoming.account))
                return self.views.requests(requests, show.argument)
            case View.REQUEST | View.ISSUED:
                return await self._shown_request(show, work)
            case View.TERMS:
                return self.views.overview()
            case View.WHOLE_TEXT:
                return self.views.whole_text()
            case View.CLAUSE:
                return self.views.clause(show.argument)
            case View.CITE:
                return self.views.cite()

    async def _shown_request(self, show: Show, work: _Work) -> tuple[Say, ...]:
        request_id = RequestId(show.argument)
        found = await self._found(request_id, work)
        if found is None:
            return (Say("no_such_request", {}, MENU),)
        if show.view is View.REQUEST:
            return self.views.request(found.request)
        persons = work.persons.get(request_id) or await self.store.personal_data(request_id)
        if persons is None:
            return (Say("no_such_request", {}, MENU),)
        work.document = self.views.document(found.request)
        return self.views.issued(found.request, persons)

    def _notices(self, request: LicenseRequest, now: datetime) -> Iterator[Outgoing]:
        """What staff are told of a new request; no names, so it may stand in any of their chats."""
        values = {"request_id": request.id, "standing": request.standing, "version": request.document.version}
        yield from self._to_staff(Say("staff.new_request", values), request.id, now)

    def undelivered(self, entry: OutboxEntry, now: datetime) -> tuple[Outgoing, ...]:
        """What staff are told of a message that cannot be delivered; nothing where it was for staff itself."""
        if entry.outgoing.address in {_address(account) for account in self.staff}:
            return ()
        about = entry.outgoing.about
        values = {
            "platform": entry.outgoing.address.platform,
            "about": about or "-",
            "since": entry.outgoing.not_before,
        }
        return tuple(self._to_staff(Say("staff.undelivered", values), about, now))

    def _to_staff(self, say: Say, about: RequestId | None, now: datetime) -> Iterator[Outgoing]:
        message = self.views.message([say], "")
        for account in self.staff:
            yield Outgoing(_address(account), message, now, now + DELIVER_WITHIN, about)


def _address(account: Account) -> DeliveryAddress:
    """Where a person is reached who has not written: on every platform that is a chat by their own id."""
    return DeliveryAddress(account.platform, account.user)


def _kept(conversation: Conversation) -> Conversation | None:
    """What is stored: nothing where nothing is under way, and never what was asked about the terms."""
    if conversation.step is Step.MENU and not conversation.withdrawing:
        return None
    return replace(conversation, last_unit="")
