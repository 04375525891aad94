"""Announcing a new version of the LA: what may be announced, whom it concerns, and the record of it.

The record is the announcement: it is written once, by staff in chat or by the command line, and everything else
(`bot.informing`, from when the version is in force) follows from it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.agreement import Dataset
from bot.announcement import (
    RECEIPTS,
    Announcement,
    Receipt,
    Silence,
    answer,
    counted_from,
    earliest,
    effective_on,
    given_up,
    held,
    in_order,
    reached_at,
)
from bot.codec import JsonObject, from_json, to_json
from bot.lifecycle import LicenseRequest
from bot.model import Actor, Status
from bot.ports import Commit, RecordWrite, RequestQuery, Store, Stored
from bot.staff import ANNOUNCEMENTS
from bot.turns import Say


@dataclass(frozen=True, slots=True)
class Plan:
    """An announcement that can be made, and whom it concerns. `known`: it was made before, nothing is to be done."""

    announcement: Announcement
    holders: tuple[LicenseRequest, ...]
    unsent: tuple[LicenseRequest, ...]
    sent: tuple[LicenseRequest, ...]
    known: bool = False

    @property
    def unreachable(self) -> int:
        """How many holders have no chat: staff write to them."""
        return sum(request.address is None for request in self.holders)


@dataclass(frozen=True, slots=True)
class Announcing:
    """`wrong_with`: what `la-bot agreement check` finds in a version's folder; a version with a finding is refused."""

    store: Store
    dataset: Dataset
    wrong_with: Callable[[str], list[str]]
    notice_days: int = 30

    async def known(self) -> list[Announcement]:
        """All announcements, as their days come."""
        return announcements_of(await self.store.records(ANNOUNCEMENTS))

    async def learn(self, now: datetime) -> list[Announcement]:
        """Let the dataset know which version holds from when. Another process may have announced it."""
        known = await self.known()
        there = [a for a in known if a.version in self.dataset.agreements]
        self.dataset.in_force.days = tuple((a.effective_at, a.version) for a in there)
        self.dataset.in_force.look(now)
        return there

    async def receipts(self, version: str) -> Mapping[str, Receipt]:
        """What became of a version's notices, by request and step."""
        return receipts_of(await self.store.records(f"{RECEIPTS}{version}/"), version)

    async def unreached(
        self, known: Sequence[Announcement], now: datetime, silence: Silence = Silence.STAYS
    ) -> list[LicenseRequest]:
        """The holders whom the last announcement did not reach: no chat, or what was sent was given up.

        Where silence ends a license, those too of whom the applicant alone was told, and not the signer.
        """
        announcement = known[-1]
        receipts = await self.receipts(announcement.version)
        return [
            request
            for request in sorted(await self._with(Status.APPROVED), key=lambda request: request.id)
            if held(request, known[:-1], now) != announcement.version
            and not answer(request, announcement.version)
            and counted_from(request, announcement, receipts, silence) is None
            and (
                request.address is None
                or given_up(request, receipts)
                or (reached_at(request, announcement, receipts) and not announcement.typo_only)
            )
        ]

    async def plan(self, version: str, day: date, typo_only: str, now: datetime) -> Plan | Say:
        """What would be announced, or why it cannot be. Nothing is written."""
        known = await self.learn(now)
        made = next((a for a in known if a.version == version), None)
        if made and (made.effective_at, made.typo_only) == (effective_on(day), typo_only):
            return await self._plan(made, known, now, known_already=True)
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
        )
        return await self._plan(announcement, known, now)

    async def announce(self, plan: Plan, by: Actor) -> None:
        """Write the announcement. Raises StaleCommit where another one was made meanwhile."""
        await self.store.commit(Commit(records=(record_of(plan.announcement, by),)))

    def _refused(self, version: str, day: date, known: list[Announcement], now: datetime) -> Say | None:
        if version not in self.dataset.agreements:
            there = ", ".join(self.dataset.agreements)
            return Say("announce.no_version", {"version": version, "there": there})
        if made := next((a for a in known if a.version == version or a.effective_at > now), None):
            return Say("announce.made_already", {"version": made.version, "effective": made.effective_at})
        if version == self.dataset.current_version:
            return Say("announce.in_force", {"version": version})
        if day < earliest(now, self.notice_days):
            first = effective_on(earliest(now, self.notice_days))
            return Say("announce.too_soon", {"days": self.notice_days, "earliest": first})
        if found := self.wrong_with(version):
            return Say("announce.not_sound", {"version": version, "wrong": "; ".join(found)})
        return None

    async def _plan(
        self, announcement: Announcement, known: list[Announcement], now: datetime, *, known_already: bool = False
    ) -> Plan:
        holders = [r for r in await self._with(Status.APPROVED) if held(r, known, now) != announcement.version]
        unsent = [r for status in (Status.ISSUED, Status.RETURNED) for r in await self._with(status)]
        sent = [r for status in (Status.EMAILED, Status.RECEIVED) for r in await self._with(status)]
        return Plan(announcement, tuple(holders), tuple(unsent), tuple(sent), known_already)

    async def _with(self, status: Status) -> list[LicenseRequest]:
        return list(await self.store.requests(RequestQuery(status=status)))


def announcements_of(records: Mapping[str, Stored[JsonObject]]) -> list[Announcement]:
    """The announcements in their records, as their days come."""
    return in_order(from_json(stored.value["announcement"], Announcement) for stored in records.values())


def receipts_of(records: Mapping[str, Stored[JsonObject]], version: str) -> Mapping[str, Receipt]:
    """What became of a version's notices, by request and step, from their records."""
    prefix = f"{RECEIPTS}{version}/"
    return {key.removeprefix(prefix): from_json(stored.value, Receipt) for key, stored in records.items()}


def record_of(announcement: Announcement, by: Actor) -> RecordWrite:
    """The record of an announcement, new: a second one of the same version is refused by the store."""
    content = {"announcement": to_json(announcement), "by": to_json(by)}
    return RecordWrite(f"{ANNOUNCEMENTS}{announcement.version}", content, 0)
