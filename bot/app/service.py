"""One turn: lock, load, decide, commit; then what was said may be delivered.

A turn reads inside the account's lock and commits once: the conversation, the request with its events and persons, the
outgoing messages, the platform's message id. A commit decided on something that moved on meanwhile is refused by the
store, and the turn is decided anew.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from bot.app.effects import Effects, Work
from bot.desk.desk import Desk
from bot.dialogue.events import (
    Asked,
    Chose,
    EditedTooLate,
    Event,
    Gave,
    NoSuchRequest,
    Opened,
    Reopened,
    Says,
    Show,
    Stale,
    View,
)
from bot.dialogue.prompts import FORM
from bot.dialogue.reducer import advance, draft_of
from bot.dialogue.state import Conversation, Step
from bot.document.issuer import Issuer
from bot.document.port import Pdf
from bot.model.errors import StaleCommit, StoreError
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import CameIn, Edited, Incoming, Pressed, SentForm, Typed
from bot.model.message import DocumentRef, FileKind, Message
from bot.model.people import PersonalData
from bot.privacy.erasure import makes_pending
from bot.privacy.rights import Rights
from bot.reminders.job import Reminding
from bot.reminders.messages import last_reminded_of
from bot.reports.question_counts import Tally
from bot.request.commands import Issue, Postpone, StopReminding
from bot.request.events import informed_of
from bot.request.lifecycle import PERMISSIONS, open_request
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest, Opening
from bot.staff.notices import Notices
from bot.store.port import DELIVER_WITHIN, Commit, ConversationWrite, OutboxEntry, Outgoing, RequestWrite, Store
from bot.terms.answer import Answer
from bot.texts.actions import MEANT
from bot.texts.choice import Choice
from bot.texts.say import ABOUT_VERSION, Offer, Say
from bot.texts.views import Views
from bot.understanding.interpreter import Understanding

log = logging.getLogger(__name__)

_ABOUT_REQUESTS = (
    MEANT.keys()
    | {Choice.SEND_AGAIN, Choice.WITHDRAW_SURELY, Choice.SHOW_REQUEST, Choice.START_FROM}
    | {Choice.OPT_OUT_SURELY}
)

_LAST_UNITS = 10_000
"""So many people's last question is remembered."""

Decide = Callable[[Incoming], Awaitable[Commit | None]]
"""What a turn makes of what came in, not yet committed; None where it was not for it."""

_TRIES = 5
"""How often a turn is decided anew before its staleness is taken for a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Service:
    """The core, whole: what comes in, and what goes out once it is durable.

    What staff say to the desk is `desk`'s; everything else is an applicant's dialogue, a staff member's own included.
    """

    store: Store
    issuer: Issuer
    understanding: Understanding
    views: Views
    notices: Notices
    desk: Desk
    rights: Rights
    reminding: Reminding
    makers: Mapping[FileKind, Callable[[DocumentRef], Awaitable[bytes]]] = field(default_factory=dict)
    """Who makes the files that are no License Agreement; each raises what `file` raises."""
    tally: Tally | None = None
    """Counts questions, and keeps nothing else of them."""
    last_units: dict[Account, str] = field(default_factory=dict)
    """What each person asked last, for a follow-up: in memory only, since questions are not kept."""

    async def handle(self, incoming: Incoming) -> tuple[OutboxEntry, ...]:
        """Make the turn; its outgoing messages are durable, to be delivered now. StoreError: nothing was written."""
        return await self._once(incoming, self._decided) or ()

    async def _made_true(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """Commit; what was erased is answered once it is nowhere any more, by the clock's job where that fails now."""
        entries = await self.store.commit(commit)
        if makes_pending(commit):
            try:
                entries += await self.rights.erasing.finish(self.issuer.now())
            except StoreError as error:
                log.error("an erasure is not finished: %s", error)
        return entries

    async def in_channel(self, incoming: Incoming) -> bool:
        """A turn of what was said or pressed where others read along, if it is the desk's; whether it was.

        Nobody's dialogue is looked at. StoreError: nothing was written.
        """
        return await self._once(incoming, self._at_desk) is not None

    async def issue(self, opening: Opening, persons: PersonalData) -> tuple[LicenseRequest, Pdf]:
        """Issue a request without a chat, durably. Raises RenderError or StoreError: then there is none."""
        now = self.issuer.now()
        self.issuer.dataset.in_force.look(now)
        document, pdf = await self.issuer.make(opening.id, 1, persons, now)
        request = open_request(opening, document, Actor(Role.APPLICANT))
        write = RequestWrite(request, 0)
        commit = Commit(requests=(write,), personal_data={request.id: persons})
        commit = await self.reminding.scheduled(commit, None, now)
        await self.store.commit(commit)
        return commit.requests[0].request, pdf

    def in_public(self, question: str) -> Message:
        """What the LA says to a question asked where others read along: no person's state is looked at or changed."""
        answer = self.understanding.terms.answer(question)
        if self.tally:
            self.tally.note(answer)
        return self.views.message(self.views.answer(answer), "")

    async def post(
        self, message_id: str, address: DeliveryAddress, message: Message, answers: str = ""
    ) -> tuple[OutboxEntry, ...]:
        """Say something outside of any dialogue, durably; once for a message id, unless that is empty.

        `answers`: the message that is answered, where it is another one.
        """
        now = self.issuer.now()
        outgoing = Outgoing(address, message, now, now + DELIVER_WITHIN, answers=answers or message_id)
        return await self.store.commit(Commit(message_id, outgoing=(outgoing,)))

    async def file(self, reference: DocumentRef) -> bytes:
        """What is to be delivered. Raises RenderError; Superseded where it is no longer to be had."""
        if reference.kind is FileKind.AGREEMENT:
            return (await self.issuer.again(reference)).content
        return await self.makers[reference.kind](reference)

    async def conversation(self, account: Account) -> Conversation:
        """Where a person is in the dialogue, to be shown elsewhere than in it."""
        return (await self.store.conversation(account)).value or Conversation()

    # A turn

    @property
    def effects(self) -> Effects:
        """What turns do besides talking."""
        return Effects(self.store, self.issuer, self.rights.erasing, self.reminding.hand_over.policy)

    async def _once(self, incoming: Incoming, decide: Decide) -> tuple[OutboxEntry, ...] | None:
        """Decide and commit, anew where that was stale; None where there was nothing to decide."""
        async with self.store.account_lock(incoming.account):
            if await self.store.seen(incoming.message_id):
                return ()
            for _ in range(_TRIES):
                try:
                    commit = await decide(incoming)
                    return await self._made_true(commit) if commit else None
                except StaleCommit:
                    log.info("what a turn was decided on moved on: it is decided anew")
        raise StaleCommit(f"a turn was stale {_TRIES} times")

    async def _at_desk(self, incoming: Incoming) -> Commit | None:
        return await self.desk.turn(incoming, self.issuer.now())

    async def _decided(self, incoming: Incoming) -> Commit:
        now = self.issuer.now()
        self.issuer.dataset.in_force.look(now)
        commit = await self.desk.turn(incoming, now) or await self._turn(incoming, now)
        return await self.reminding.scheduled(commit, incoming.account, now, incoming.time_zone)

    async def _turn(self, incoming: Incoming, now: datetime) -> Commit:
        work = Work(incoming, now)
        stored = await self.store.conversation(incoming.account)
        conversation = stored.value or Conversation()
        if unit := self.last_units.get(incoming.account):
            conversation = replace(conversation, last_unit=unit)
        event = await self._event(conversation, incoming)
        if isinstance(event, Asked) and self.tally:
            self.tally.note(event.answer)
        if isinstance(event, Gave) and isinstance(incoming.content, Typed):
            conversation = conversation.answered_by(incoming.message_id, event.field)
        turn = advance(conversation, event)
        says = await self._worded(turn.says, work)
        while turn.effect:
            turn = advance(turn.conversation, await self.effects.perform(turn.effect, work))
            says += await self._worded(turn.says, work)
        self._remember(incoming.account, turn.conversation.last_unit)
        in_form = turn.conversation.step in FORM
        message = self.views.message(says, turn.conversation.token, work.document, form=in_form)
        deadline = work.now + DELIVER_WITHIN
        about = next(iter(work.writes), None)
        answer = Outgoing(
            *(incoming.address, message, work.now, deadline, about),
            answers=incoming.message_id,
            replaces=incoming.replaces,
        )
        if work.erasure:
            gone = await self.rights.erasing.commit_of(incoming.account, stored.version, work.erasure, answer)
            return replace(gone, message_id=incoming.message_id)
        outgoing = [answer]
        outgoing += [notice for write in work.writes.values() for notice in self.notices.opted_out(write.request, now)]
        return Commit(
            message_id=incoming.message_id,
            conversation=ConversationWrite(incoming.account, _kept(turn.conversation, work.now), stored.version),
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
        return self.understanding.edited_question(edited.text) or EditedTooLate()

    async def _about_request(self, chose: Chose, account: Account) -> Event:
        """A choice about a request: the one it names, if it is this person's; else the only one that it can mean."""
        requests = await self.store.requests(RequestQuery(account=account))
        about, _, version = chose.argument.partition(ABOUT_VERSION)
        if named := next((request for request in requests if request.id == about), None):
            told = informed_of(named.events)
            is_old = version and not (told and told.version == version)
            return Stale() if is_old else replace(chose, argument=about)
        if chose.argument.startswith(self.issuer.dataset.id_prefix):
            return NoSuchRequest()
        able, of_reminders = self.views.meant_by(chose.choice, requests), {Postpone, StopReminding}
        if len(able) > 1 and MEANT.get(chose.choice) in of_reminders and (reminded := last_reminded_of(able)):
            able = [reminded]
        return replace(chose, argument=able[0].id) if len(able) == 1 else Chose(Choice.STATUS, chose.choice)

    # Words

    async def _worded(self, says: Says, work: Work) -> list[Say]:
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

    async def _shown(self, show: Show, work: Work) -> tuple[Say, ...]:
        match show.view:
            case View.REQUESTS:
                requests = await self.store.requests(RequestQuery(account=work.incoming.account))
                return self.views.requests(requests, show.argument)
            case View.REQUEST | View.ISSUED | View.EMAIL | View.FOLLOW_UP | View.FOR_SIGNER:
                return await self._shown_request(show, work)
            case View.TERMS:
                return self.views.overview()
            case View.WHOLE_TEXT:
                return self.views.whole_text()
            case View.CLAUSE:
                return self.views.clause(show.argument)
            case View.CITE:
                return self.views.cite()
            case View.PRIVACY:
                return self.rights.privacy()
            case View.MY_DATA:
                work.document = self.rights.document(work.incoming.account)
                return await self.rights.held_of(work.incoming.account, work.incoming.address)
            case View.ERASING:
                return await self.rights.preview(work.incoming.account, work.now)
            case View.ERASED:
                return (self.rights.cleared(work.incoming.account),)

    async def _shown_request(self, show: Show, work: Work) -> tuple[Say, ...]:
        request_id = RequestId(show.argument)
        found = await self.effects.found(request_id, work)
        if found is None:
            return (Say("no_such_request", {}, (Offer(Choice.STATUS),)),)
        # a document on a version that is past is not sent again: it is said why, and the one in force is offered
        if show.view is View.REQUEST or (show.view is View.ISSUED and self.views.is_outdated(found.request)):
            return self.views.request(found.request)
        persons = work.persons.get(request_id) or await self.store.personal_data(request_id)
        if persons is None:
            return (Say("no_such_request", {}, (Offer(Choice.STATUS),)),)
        if show.view is View.ISSUED:
            if found.request.document.pdf_sha256:
                work.document = self.views.document(found.request)
            return self.views.issued(found.request, persons)
        work.document = self.reminding.hand_over.file(show.view, found.request)
        return self.reminding.hand_over.shown(show.view, found.request, persons)


def _kept(conversation: Conversation, now: datetime) -> Conversation | None:
    """What is stored: nothing where nothing is under way, and never what was asked about the terms."""
    if conversation.step is Step.MENU and conversation == conversation.settled:
        return None
    return replace(conversation, last_unit="", touched_at=now, warned_at=None)
