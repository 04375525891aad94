"""Announcing a new version of the LA: what may be announced, whom it concerns, and the record of it.

The record is the announcement: staff write it in chat or on the command line, and everything else (`bot.versions.job`,
from when the version is in force) follows from it. One change is announced at a time, also by two colleagues at once:
whoever writes an announcement writes the record of which one was the last, and the later of two finds it moved on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from bot.agreement.agreement import Dataset
from bot.model.identity import Actor
from bot.model.json_codec import JsonObject, from_json, to_json
from bot.request.commands import Inform
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.request.version_notice import Informed
from bot.store.port import Commit, RecordWrite, Store, Stored
from bot.texts.say import Say
from bot.versions.announcement import (
    ANNOUNCEMENTS,
    RECEIPTS,
    Announcement,
    Receipt,
    Receipts,
    Silence,
    answer,
    counted_from,
    due,
    earliest,
    effective_on,
    given_up,
    held,
    reached_at,
    receipt_key,
    standing,
    told,
)

LAST = "announced/last"
"""The record of which announcement was written last; every announcement writes it."""

PAGE = 20
"""Requests that are looked at in one go; others have their turns between."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An announcement that can be made, and how many it concerns. `known`: it was made before, nothing is to be done.

    `unreachable`: holders without a chat, whom staff write to. `unsent`, `sent`: open requests, before and after the
    email.
    """

    announcement: Announcement
    holders: int = 0
    unreachable: int = 0
    unsent: int = 0
    sent: int = 0
    known: bool = False


@dataclass(frozen=True, slots=True)
class Announcing:
    """`wrong_with`: what `la-bot agreement check` finds in a version's folder; a version with a finding is refused."""

    store: Store
    dataset: Dataset
    wrong_with: Callable[[str], list[str]]
    notice_days: int = 30

    async def all(self) -> list[Announcement]:
        """All announcements, those that were called off too, as they were made."""
        return await announcements_in(self.store)

    async def known(self) -> list[Announcement]:
        """The announcements that stand, as their days come."""
        return standing(await self.all())

    async def learn(self, now: datetime) -> list[Announcement]:
        """Let the dataset know which version holds from when. Another process may have announced it."""
        return let_know(self.dataset, await self.known(), now)

    async def last(self) -> Announcement | None:
        """The announcement that was made last, called off or not."""
        made = [a for a in await self.all() if a.version in self.dataset.agreements]
        return made[-1] if made else None

    async def receipts(self, request: LicenseRequest, announcement: Announcement) -> Receipts:
        """Return the receipts of the notices of an announcement to one holder."""
        found: dict[str, Receipt] = {}
        for event in told(request, announcement):
            assert event.about
            stored = await self.store.record(receipt_key(announcement, request.id, event.about.step))
            if stored.value is not None:
                found[f"{request.id}/{event.about.step}"] = from_json(stored.value, Receipt)
        return found

    async def unreached(self, last: Announcement, now: datetime, silence: Silence) -> list[LicenseRequest]:
        """The holders whom the last announcement, or its being called off, did not reach.

        They have no chat, or what was sent was given up. Where silence ends a license, those too of whom the applicant
        alone was told, and not the signer. Whom staff wrote to is here again when a reminder is due.
        """
        before, found = [a for a in await self.known() if a != last], list[LicenseRequest]()
        async for page in pages(self.store, (Status.APPROVED,)):
            still = [r for r in page if held(r, before, now) != last.version and not answer(r, last)]
            found += [r for r in still if await self._is_unreached(r, last, now, silence)]
        return sorted(found, key=lambda request: request.id)

    async def _is_unreached(
        self, request: LicenseRequest, announcement: Announcement, now: datetime, silence: Silence
    ) -> bool:
        if await self.by_staff(request, announcement, now, silence):
            return True
        receipts = await self.receipts(request, announcement)
        if announcement.called_off_at or counted_from(request, announcement, receipts, silence) is not None:
            return False
        told_applicant = reached_at(request, announcement, receipts) and not announcement.typo_only
        return bool(request.address is None or given_up(request, receipts) or told_applicant)

    async def by_staff(
        self, request: LicenseRequest, announcement: Announcement, now: datetime, silence: Silence
    ) -> Informed | None:
        """Return the notice that staff have to write to a holder without a chat; None for the erased, who have no
        address.
        """
        if request.address or request.is_erased:
            return None
        command = due(announcement, request, await self.receipts(request, announcement), silence, now)
        return command.about.step if isinstance(command, Inform) else None

    async def plan(self, version: str, day: date, typo_only: str, now: datetime) -> Plan | Say:
        """Return the plan of an announcement, or the reason why it cannot be made. Nothing is written."""
        known = await self.learn(now)
        made = next((a for a in known if a.version == version), None)
        if made and (made.effective_at, made.typo_only) == (effective_on(day), typo_only):
            return replace(await self._counted(made, known, now), known=True)
        if refused := self._refused(version, day, known, now):
            return refused
        new, old = self.dataset.agreements[version], self.dataset.current
        announcement = Announcement(
            version=version,
            sha256=new.sha256,
            previous=old.version,
            previous_sha256=old.sha256,
            announced_at=now,
            effective_at=effective_on(day),
            notice_days=self.notice_days,
            typo_only=typo_only,
            number=1 + sum(a.version == version for a in await self.all()),
        )
        return await self._counted(announcement, known, now)

    async def write(self, announcement: Announcement, by: Actor) -> None:
        """Write it, new or called off. Raises StaleCommit where another one was written meanwhile."""
        await self.store.commit(Commit(records=await self.written(announcement, by)))

    async def to_call_off(self, version: str, now: datetime) -> Announcement | Say:
        """The announcement as it is once called off, or why it cannot be: after its day the version is in force."""
        made = next((a for a in await self.learn(now) if a.version == version), None)
        if made is None:
            return Say("announce.not_announced" if version else "announce.call_off_none", {"version": version})
        if made.effective_at <= now:
            return Say("announce.came", {"version": version, "effective": made.effective_at})
        return replace(made, called_off_at=now)

    async def written(self, announcement: Announcement, by: Actor) -> tuple[RecordWrite, ...]:
        """The records of an announcement that is new, or as it is from now on."""
        last, key = await self.store.record(LAST), f"{ANNOUNCEMENTS}{announcement.key}"
        before = await self.store.record(key)
        made_by = "called_off_by" if announcement.called_off_at else "by"
        content = {**(before.value or {}), "announcement": to_json(announcement), made_by: to_json(by)}
        return (RecordWrite(key, content, before.version), RecordWrite(LAST, {"key": announcement.key}, last.version))

    def _refused(self, version: str, day: date, known: list[Announcement], now: datetime) -> Say | None:
        if version not in self.dataset.agreements:
            there = ", ".join(self.dataset.agreements)
            return Say("announce.no_version", {"version": version, "there": there})
        if made := next((a for a in known if a.effective_at > now), None):
            return Say("announce.made_already", {"version": made.version, "effective": made.effective_at})
        if version in {self.dataset.current_version, *(a.version for a in known)}:
            return Say("announce.in_force", {"version": version, "current": self.dataset.current_version})
        if day < earliest(now, self.notice_days):
            first = effective_on(earliest(now, self.notice_days))
            return Say("announce.too_soon", {"days": self.notice_days, "earliest": first})
        if found := self.wrong_with(version):
            return Say("announce.not_sound", {"version": version, "wrong": "; ".join(found)})
        return None

    async def _counted(self, announcement: Announcement, known: list[Announcement], now: datetime) -> Plan:
        before = [a for a in known if a.version != announcement.version]
        holders = unreachable = 0
        async for page in pages(self.store, (Status.APPROVED,)):
            concerned = [r for r in page if held(r, before, now) != announcement.version]
            holders += len(concerned)
            unreachable += sum(request.address is None for request in concerned)
        unsent = [await self.store.count(RequestQuery(status=s)) for s in (Status.ISSUED, Status.RETURNED)]
        sent = [await self.store.count(RequestQuery(status=s)) for s in (Status.EMAILED, Status.RECEIVED)]
        return Plan(announcement, holders, unreachable, sum(unsent), sum(sent))


async def pages(store: Store, statuses: Iterable[Status]) -> AsyncIterator[list[LicenseRequest]]:
    """All requests at these statuses, some at a time, oldest first; others have their turns between.

    What moves to another status meanwhile may be met twice or not at all: who reads this looks again, or only counts.
    """
    for status in statuses:
        offset = 0
        while page := await store.requests(RequestQuery(status=status, limit=PAGE, offset=offset, oldest_first=True)):
            yield list(page)
            offset += len(page)
            await asyncio.sleep(0)


def let_know(dataset: Dataset, announcements: Iterable[Announcement], now: datetime) -> list[Announcement]:
    """Let a dataset know which version holds from when; those of which it has the text."""
    there = [a for a in announcements if a.version in dataset.agreements]
    dataset.in_force.days = tuple((a.effective_at, a.version) for a in there)
    dataset.in_force.look(now)
    return there


class Recorded(Protocol):
    """Whatever records are read from: the store, or what it held at one instant."""

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """The records whose keys begin so."""
        ...


async def announcements_in(kept: Recorded) -> list[Announcement]:
    """All announcements, those that were called off too, as they were made."""
    records = (await kept.records(ANNOUNCEMENTS)).values()
    found = (from_json(stored.value["announcement"], Announcement) for stored in records)
    return sorted(found, key=lambda announcement: announcement.announced_at)


def receipts_of(records: Mapping[str, Stored[JsonObject]], announcement: Announcement) -> Receipts:
    """Return the receipts of an announcement's notices, by request and step, from their records."""
    prefix = f"{RECEIPTS}{announcement.key}/"
    return {key.removeprefix(prefix): from_json(stored.value, Receipt) for key, stored in records.items()}
