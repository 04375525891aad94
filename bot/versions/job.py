"""Telling everybody whom a new version of the LA concerns: a job of the clock, in batches, once for each notice.

A notice is an event of its request and a message of the outbox, in one commit that names the request's version. So a
process that is killed before it told nobody, one that is killed after it has told, and two of them tell once.

All requests are looked at, a page at a time, and others have their turns between: a license may be granted on an older
version at any time. What a page missed, because a request moved meanwhile, the next look finds.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.agreement.agreement import Dataset
from bot.document.port import Comparison, Renderer
from bot.model.errors import RenderError, StaleCommit
from bot.model.identity import Actor, RequestId, Role
from bot.model.message import DocumentRef
from bot.request.commands import Command, Inform, Lapse
from bot.request.events import Event
from bot.request.lifecycle import apply, decide
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.request.version_notice import Informed
from bot.staff.notices import Notices
from bot.store.port import DELIVER_WITHIN, Commit, Outgoing, RequestWrite
from bot.versions.announcement import Announcement, closes_at, counted_from, due, held, receipt_key, reminder
from bot.versions.announcements import Announcing, pages
from bot.versions.messages import ChangeViews

log = logging.getLogger(__name__)

PORTION = 1000
"""The number of people told in a round of the clock.

Platforms take no more in a minute, and queued messages cost memory.
"""

_AGAIN_AFTER = timedelta(hours=1)
_SETTLED_AFTER = timedelta(hours=1)
"""An approval can be taken back for some minutes: its holder is told of a change once it stands."""

_CONCERNED = (Status.APPROVED, Status.ISSUED, Status.RETURNED)


@dataclass(frozen=True, slots=True)
class _Look:
    """The input of one look: the announcements that stand, all of them (the last one last), and the instant."""

    known: Sequence[Announcement]
    made: Sequence[Announcement]
    now: datetime

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """The announcements to tell people of: the called-off one first, then the coming change."""
        called_off = tuple(a for a in self.made if a.called_off_at)
        return (*called_off, *self.known[-1:])

    @property
    def seen(self) -> tuple[tuple[str, datetime | None], ...]:
        """A value that differs between two states of the announcements."""
        return tuple((a.key, a.called_off_at) for a in self.made)


@dataclass
class Informing:
    """The job. It looks when something was announced or called off, when a day comes, and each hour.

    A look goes on over as many rounds of the clock as it takes; a restart begins it anew.
    """

    announcing: Announcing
    views: ChangeViews
    notices: Notices
    _seen: tuple[tuple[str, datetime | None], ...] = field(default=(), init=False)
    _look_at: datetime | None = field(default=None, init=False)
    _under_way: AsyncIterator[list[LicenseRequest]] | None = field(default=None, init=False)
    _again: bool = field(default=False, init=False)

    async def __call__(self, now: datetime) -> None:
        """Do a round's portion of what is due."""
        known, made = await self.announcing.learn(now), await self.announcing.all()
        look = _Look(known, made, now)
        if look.seen != self._seen:
            self._seen, self._look_at, self._under_way = look.seen, None, None
        if not made or (self._look_at and now < self._look_at):
            return
        if known:
            await self._remind_staff(known[-1], now)
            await self._day(known[-1], now)
        if await self._walked(look):
            self._look_at = None if self._again else self._next(look)

    async def _walked(self, look: _Look) -> bool:
        """Go on through the requests; whether all were looked at."""
        requests, self._under_way, told = self._under_way, None, 0
        if requests is None:
            requests, self._again = pages(self.announcing.store, _CONCERNED), False
        async for page in requests:
            told += await self._batch(page, look)
            if told >= PORTION:
                self._under_way = requests
                return False
        return True

    def _next(self, look: _Look) -> datetime:
        again = look.now + _AGAIN_AFTER
        return min([again, *(a.effective_at for a in look.known if a.effective_at > look.now)])

    async def _batch(self, page: Sequence[LicenseRequest], look: _Look) -> int:
        """Tell those of a page to whom something is due; how many they are."""
        writes, outgoing, lapsed = list[RequestWrite](), list[Outgoing](), list[RequestId]()
        for request in page:
            if await self._due(request, look) is None:
                continue
            await asyncio.sleep(0)  # others have their turns between
            stored = await self.announcing.store.request(request.id)
            if stored and (found := await self._due(stored.value, look)):
                announcement, command = found
                # the next announcement may be due to them too; what ends leaves a gap in the pages
                self._again |= announcement.called_off_at is not None or isinstance(command, Lapse)
                decided = decide(command, stored.value, Actor(Role.CLOCK), look.now)
                assert isinstance(decided, Event), f"{request.id}: {decided.reason}"
                writes.append(RequestWrite(apply(stored.value, decided), stored.version))
                outgoing += await self._messages(command, stored.value, announcement, look)
                lapsed += [request.id] if isinstance(command, Lapse) else []
        if lapsed:
            outgoing += self.notices.telling(self.views.lapsed(lapsed, look.known[-1]), look.now)
        try:
            if writes:
                await self.announcing.store.commit(Commit(requests=tuple(writes), outgoing=tuple(outgoing)))
        except StaleCommit:
            log.info("a request moved on: it is looked at anew")
            self._again = True
        return len(writes)

    async def _due(self, request: LicenseRequest, look: _Look) -> tuple[Announcement, Command] | None:
        """Return the command that is due and possible here, and its announcement; holders without a chat are told by
        staff.
        """
        if look.now - request.since < self._settled(request):
            return None
        for announcement in look.announcements:
            if not announcement.called_off_at and held(request, look.known[:-1], look.now) == announcement.version:
                continue
            receipts = await self.announcing.receipts(request, announcement)
            command = due(announcement, request, receipts, self.views.silence, look.now)
            if command and not (isinstance(command, Inform) and request.address is None):
                return announcement, command
        return None

    def _settled(self, request: LicenseRequest) -> timedelta:
        return _SETTLED_AFTER if request.status is Status.APPROVED else timedelta()

    async def _messages(
        self, command: Command, request: LicenseRequest, announcement: Announcement, look: _Look
    ) -> tuple[Outgoing, ...]:
        if request.address is None:
            return ()
        old = self.base(request, announcement, look.known, look.now)
        receipts = await self.announcing.receipts(request, announcement)
        counted = counted_from(request, announcement, receipts, self.views.silence)
        closes = closes_at(announcement, counted or look.now)
        if not isinstance(command, Inform):
            message, receipt = self.views.closed(request, announcement), ""
        else:
            message = self.views.informing(command.about.step, request, announcement, old, closes)
            receipt = receipt_key(announcement, request.id, command.about.step)
        deadline = look.now + DELIVER_WITHIN
        return (Outgoing(request.address, message, look.now, deadline, request.id, receipt=receipt),)

    def base(
        self, request: LicenseRequest, announcement: Announcement, known: Sequence[Announcement], now: datetime
    ) -> str:
        """The version that the new one is compared with: the holder's, or the one before where its text is not here."""
        old = held(request, [a for a in known if a != announcement], now)
        return old if old in self.views.views.dataset.agreements else announcement.previous

    async def _remind_staff(self, announcement: Announcement, now: datetime) -> None:
        """Tell staff, once at each reminder before the day, that there are holders for them to write to."""
        step = reminder(announcement.announced_at, announcement.effective_at, now)
        once = f"announcement:{announcement.key}:{step}"
        if step is Informed.TOLD or now >= announcement.effective_at or await self.announcing.store.seen(once):
            return
        count = len(await self.announcing.unreached(announcement, now, self.views.silence))
        told = self.notices.telling(self.views.to_write_to(announcement, count), now) if count else ()
        await self.announcing.store.commit(Commit(once, outgoing=tuple(told)))

    async def _day(self, announcement: Announcement, now: datetime) -> None:
        """Tell staff on the day, once, what they have to decide."""
        store, once = self.announcing.store, f"announcement:{announcement.key}:in-force"
        if now < announcement.effective_at or await store.seen(once):
            return
        count = 0
        async for page in pages(store, (Status.EMAILED, Status.RECEIVED)):
            count += sum(request.document.version != announcement.version for request in page)
        outgoing = tuple(self.notices.telling(self.views.in_force(announcement, count), now))
        await store.commit(Commit(once, outgoing=outgoing))


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Makes the PDFs that go out with the notices: each once, since all holders get the same."""

    dataset: Dataset
    renderer: Renderer
    announcing: Announcing
    _made: dict[tuple[str, str, datetime | None], bytes] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def make(self, reference: DocumentRef) -> bytes:
        """The comparison that `about` names, as `OLD NEW`. Raises RenderError."""
        async with self._turn:
            old, new = reference.about.split(" ")
            day = next((a.effective_at for a in await self.announcing.known() if a.version == new), None)
            if (old, new, day) not in self._made:  # a version may be called off, and announced for another day
                self._made[old, new, day] = await self._comparison(old, new, day)
            return self._made[old, new, day]

    async def _comparison(self, old: str, new: str, day: datetime | None) -> bytes:
        versions = self.dataset.agreements
        if old not in versions or new not in versions:
            raise RenderError(f"no comparison of {old} and {new}: a version is not there")
        effective = f"{day:%-d %B %Y}" if day else ""
        compared = Comparison(versions[old], versions[new], self.dataset.title, self.dataset.licensor, effective)
        return (await self.renderer.compare(compared)).content
