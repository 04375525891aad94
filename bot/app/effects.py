"""What a turn asks the world to do: a document, a lifecycle command, the fields of a request.

Nothing is committed here: `Work` gathers what the turn has decided so far, and `bot.app.service` commits it once.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.dialogue.effects import Act, Consider, Effect, ErasePerson, IssueDocument, Prefill, Renew, Reopen
from bot.dialogue.events import (
    Acted,
    Event,
    NoSuchRequest,
    NothingChanged,
    NotIssued,
    Permitted,
    Prefilled,
    Reopened,
    WasErased,
    WasIssued,
    WasRefused,
)
from bot.document.issuer import Issuer
from bot.model.errors import RenderError
from bot.model.identity import Actor, RequestId, Role
from bot.model.incoming import Incoming
from bot.model.message import DocumentRef
from bot.model.people import PersonalData
from bot.privacy.erasure import Erasing, Plan
from bot.reminders.policy import ReminderPolicy, next_at, zone_of
from bot.request.commands import Issue
from bot.request.lifecycle import Refused, apply, decide, open_request
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest, Opening
from bot.store.port import RequestWrite, Store

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """What a turn has decided so far, not yet committed."""

    incoming: Incoming
    now: datetime
    writes: dict[RequestId, RequestWrite] = field(default_factory=dict)
    persons: dict[RequestId, PersonalData | None] = field(default_factory=dict)
    document: DocumentRef | None = None
    erasure: Plan | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """Performs effects for the person of a turn: what they may not do comes back as an event too."""

    store: Store
    issuer: Issuer
    erasing: Erasing
    policy: ReminderPolicy

    async def perform(self, effect: Effect, work: Work) -> Event:
        """Do it, and say what came of it."""
        match effect:
            case IssueDocument():
                return await self._issue(effect, work)
            case Act():
                return await self._act(effect, work)
            case Consider():
                return await self._consider(effect, work)
            case Renew(request_id):
                return await self._renew(request_id, work)
            case ErasePerson():
                return await self._erase(work)
            case Reopen(request_id) | Prefill(request_id):
                found, persons = await self.found(request_id, work), await self.store.personal_data(request_id)
                if found is None or persons is None:
                    return NoSuchRequest()
                if isinstance(effect, Prefill):
                    return Prefilled(found.request.standing, persons)
                return Reopened(request_id, found.request.standing, persons)

    async def _erase(self, work: Work) -> Event:
        """Everything of this person, whatever its status; `bot.app.service` commits it as one."""
        account = work.incoming.account
        requests = await self.store.requests(RequestQuery(account=account))
        work.erasure = plan = await self.erasing.plan(requests, Actor(Role.APPLICANT, account), work.now)
        return WasErased(plan.withdrawn, plan.left, self.erasing.backups_until(work.now))

    async def _act(self, effect: Act, work: Work) -> Event:
        found = await self.found(effect.request_id, work)
        if found is None:
            return NoSuchRequest()
        decided = decide(effect.command, found.request, Actor(Role.APPLICANT, work.incoming.account), work.now)
        if isinstance(decided, Refused):
            return WasRefused(decided, effect.request_id)
        request = apply(found.request, decided)
        work.writes[effect.request_id] = replace(found, request=request)
        at = next_at(request, self.policy)
        local = at.astimezone(zone_of(request, self.policy)) if at else None
        version = decided.about.version if decided.about else ""
        return Acted(effect.command, effect.request_id, request.standing, local, decided.at, version)

    async def _consider(self, effect: Consider, work: Work) -> Event:
        """What acting would come to, and nothing of it is kept."""
        came = await self._act(Act(effect.command, effect.request_id), replace(work, writes={**work.writes}))
        return Permitted(effect.command, effect.request_id) if isinstance(came, Acted) else came

    async def _renew(self, request_id: RequestId, work: Work) -> Event:
        found, persons = await self.found(request_id, work), await self.store.personal_data(request_id)
        if found is None or persons is None:
            return NoSuchRequest()
        return await self._issue(IssueDocument(found.request.standing, persons, request_id), work)

    async def _issue(self, effect: IssueDocument, work: Work) -> Event:
        """Make the PDF first: a document that could not be made was never issued."""
        found = await self.found(effect.changing, work) if effect.changing else None
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
            opening = Opening(
                id=request_id,
                dataset=self.issuer.dataset.name,
                standing=effect.standing,
                account=incoming.account,
                address=incoming.address,
                time_zone=incoming.time_zone,
            )
            request = open_request(opening, document, Actor(Role.APPLICANT, incoming.account))
            work.writes[request_id] = RequestWrite(request, 0)
        write = work.writes[request_id]
        answered = {**write.request.answered, **effect.answered}
        work.writes[request_id] = replace(write, request=replace(write.request, answered=answered))
        work.persons[request_id] = await self._with_remarks(effect.personal_data, request_id)
        return WasIssued(request_id, number)

    async def _changes(self, effect: IssueDocument, request: LicenseRequest) -> bool:
        persons = await self.store.personal_data(request.id)
        if request.document.version != self.issuer.dataset.current_version:
            return True
        given = await self._with_remarks(effect.personal_data, request.id)
        return (given, effect.standing) != (persons, request.standing)

    async def _with_remarks(self, given: PersonalData, request_id: RequestId) -> PersonalData:
        """What the applicant gave, and what staff have written beside it."""
        kept = await self.store.personal_data(request_id)
        return replace(given, remarks=kept.remarks) if kept else given

    async def found(self, request_id: RequestId, work: Work) -> RequestWrite | None:
        """The person's own request, as this turn has it; None where it is nobody's or somebody else's."""
        if request_id in work.writes:
            return work.writes[request_id]
        stored = await self.store.request(request_id)
        if stored is None or stored.value.account != work.incoming.account:
            return None
        return RequestWrite(stored.value, stored.version)
