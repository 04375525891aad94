"""Telling everybody whom a new version of the LA concerns: a job of the clock, in batches, once for each notice.

A notice is an event of its request and a message of the outbox, in one commit that names the request's version. So a
process that is killed before it told nobody, one that is killed after it has told, and two of them tell once.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.agreement import Dataset
from bot.announcement import Announcement, Receipts, closes_at, due, held, reached_at, receipt_key
from bot.announcing import Announcing
from bot.change_views import REMINDERS, ChangeViews
from bot.commands import Command, Inform
from bot.errors import RenderError, StaleCommit
from bot.events import Event
from bot.lifecycle import LicenseRequest, apply, decide
from bot.messages import DocumentRef, Message
from bot.model import Actor, Role, Status
from bot.notices import DELIVER_WITHIN, Notices
from bot.ports import Commit, Comparison, Outgoing, Renderer, RequestQuery, RequestWrite
from bot.version_notice import Informed

log = logging.getLogger(__name__)

BATCH = 50
"""Requests in a commit."""

_AGAIN_AFTER = timedelta(hours=1)
_SETTLED_AFTER = timedelta(hours=1)
"""An approval can be taken back for some minutes: its holder is told of a change once it stands."""

_CONCERNED = (Status.APPROVED, Status.ISSUED, Status.RETURNED)


@dataclass
class Informing:
    """The job. It looks when something was announced, when a day comes, and each hour."""

    announcing: Announcing
    views: ChangeViews
    notices: Notices
    _looked: tuple[str, ...] = ()
    _look_at: datetime | None = field(default=None, init=False)

    async def __call__(self, now: datetime) -> None:
        """Do one batch of what is due."""
        known = await self.announcing.learn(now)
        versions = tuple(announcement.version for announcement in known)
        if not known or (versions == self._looked and self._look_at and now < self._look_at):
            return
        await self._day(known[-1], now)
        done = await self._batch(known, now)
        self._looked, self._look_at = (versions, self._next(known[-1], now)) if done else ((), None)

    def _next(self, announcement: Announcement, now: datetime) -> datetime:
        day = announcement.effective_at
        return min(now + _AGAIN_AFTER, day) if day > now else now + _AGAIN_AFTER

    async def _batch(self, known: Sequence[Announcement], now: datetime) -> bool:
        """Tell up to a batch of them; whether nothing more is due."""
        announcement, store = known[-1], self.announcing.store
        receipts = await self.announcing.receipts(announcement.version)
        found = [r for status in _CONCERNED for r in await store.requests(RequestQuery(status=status))]
        concerned = [r for r in found if self._due(r, known, receipts, now)]
        writes, outgoing = list[RequestWrite](), list[Outgoing]()
        for request in concerned[:BATCH]:
            stored = await store.request(request.id)
            command = self._due(stored.value, known, receipts, now) if stored else None
            if stored and command:
                decided = decide(command, stored.value, Actor(Role.CLOCK), now)
                assert isinstance(decided, Event), f"{request.id}: {decided.reason}"
                writes.append(RequestWrite(apply(stored.value, decided), stored.version))
                outgoing += self._messages(command, stored.value, known, receipts, now)
        if writes:
            try:
                await store.commit(Commit(requests=tuple(writes), outgoing=tuple(outgoing)))
            except StaleCommit:
                log.info("a request moved on: the batch is decided anew")
                return False
        return len(concerned) <= BATCH

    def _due(
        self, request: LicenseRequest, known: Sequence[Announcement], receipts: Receipts, now: datetime
    ) -> Command | None:
        """What is due and can be done here: who has no chat is told by staff."""
        announcement = known[-1]
        if held(request, known[:-1], now) == announcement.version or now - request.since < self._settled(request):
            return None
        command = due(announcement, request, receipts, self.views.silence, now)
        return None if isinstance(command, Inform) and request.address is None else command

    def _settled(self, request: LicenseRequest) -> timedelta:
        return _SETTLED_AFTER if request.status is Status.APPROVED else timedelta()

    def _messages(
        self,
        command: Command,
        request: LicenseRequest,
        known: Sequence[Announcement],
        receipts: Receipts,
        now: datetime,
    ) -> tuple[Outgoing, ...]:
        if request.address is None:
            return ()
        announcement, old = known[-1], self.base(request, known, now)
        closes = closes_at(announcement, reached_at(request, announcement, receipts) or now)
        receipt = ""
        message: Message
        match command:
            case Inform(about):
                receipt = receipt_key(announcement.version, request.id, about.step)
                if about.step is Informed.OFFERED:
                    message = self.views.offered(request, announcement)
                elif about.step in REMINDERS:
                    message = self.views.reminder(request, announcement, old, closes)
                else:
                    message = self.views.notice(request, announcement, old, closes)
            case _:
                message = self.views.closed(request, announcement)
        return (Outgoing(request.address, message, now, now + DELIVER_WITHIN, request.id, receipt=receipt),)

    def base(self, request: LicenseRequest, known: Sequence[Announcement], now: datetime) -> str:
        """The version that the new one is compared with: the holder's, or the one before where its text is not here."""
        old = held(request, known[:-1], now)
        return old if old in self.views.views.dataset.agreements else known[-1].previous

    async def _day(self, announcement: Announcement, now: datetime) -> None:
        """Tell staff on the day, once, what they have to decide."""
        if now < announcement.effective_at:
            return
        store = self.announcing.store
        sent = [r for s in (Status.EMAILED, Status.RECEIVED) for r in await store.requests(RequestQuery(status=s))]
        count = sum(request.document.version != announcement.version for request in sent)
        message = self.views.in_force(announcement, count)
        outgoing = tuple(self.notices.telling(message, now))
        await store.commit(Commit(f"announcement:{announcement.version}:in-force", outgoing=outgoing))


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Makes the PDFs that go out with the notices: each once, since all holders get the same."""

    dataset: Dataset
    renderer: Renderer
    announcing: Announcing
    _made: dict[str, bytes] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def make(self, reference: DocumentRef) -> bytes:
        """The comparison that `about` names, as `OLD NEW`. Raises RenderError."""
        async with self._turn:
            if reference.about not in self._made:
                self._made[reference.about] = await self._comparison(reference.about)
            return self._made[reference.about]

    async def _comparison(self, about: str) -> bytes:
        versions = [self.dataset.agreements.get(version) for version in about.split(" ")]
        old, new = versions
        if old is None or new is None:
            raise RenderError(f"no comparison of {about}: a version is not there")
        known = await self.announcing.known()
        days = [a.effective_at for a in known if a.version == new.version]
        effective = f"{days[0]:%-d %B %Y}" if days else ""
        pdf = await self.renderer.compare(Comparison(old, new, self.dataset.title, self.dataset.licensor, effective))
        return pdf.content
