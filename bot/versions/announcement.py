"""A new version of the LA announced: from when it is in force, whom that concerns, and what is due to them when.

PURE. The LA (clause 6, Changes) wants users informed beforehand and given the choice to opt out; how long beforehand,
the reminders and what silence means are the licensor's practice. Until the day comes the older version is in force:
the LA speaks of a change that is still to come, so nobody is asked to sign a text that does not hold yet.

    told ──> (reminded halfway) ──> (reminded two days before) ──> unanswered, on the day
      └─> stayed or opted out, at any time; or the change is called off before its day

Whoever was reached late (a license granted late on the older version, a mail that staff wrote) has the whole notice
period from then, also over the day: what no answer means begins with a day for everybody.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.model.identity import RequestId
from bot.model.people import Standing
from bot.request.commands import Command, Inform, Lapse, LeaveUnanswered
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.request.version_notice import Informed, VersionNotice

ANNOUNCEMENTS = "announcement/"
"""The key prefix of announcements of a new version of the LA, by version."""

RECEIPTS = "receipt/"
"""The key prefix of the receipts of notices, by version, request and step."""

BY_EMAIL = "email"
"""The route of a notice that staff emailed."""

_LAST_BEFORE = timedelta(days=2)
_ANSWERS = frozenset({Happened.STAYED, Happened.OPTED_OUT, Happened.UNANSWERED, Happened.LAPSED})


@dataclass(frozen=True, slots=True)
class Announcement:
    """That a version replaces another from `effective_at` on (midnight UTC). Both digests are of the texts.

    `typo_only`: the reason that staff gave, where nobody has to act; empty otherwise. `notice_days`: the setting then.
    `number`: how often that version was announced with this; again only after it was called off.
    """

    version: str
    sha256: str
    previous: str
    previous_sha256: str
    announced_at: datetime
    effective_at: datetime
    notice_days: int
    typo_only: str = ""
    number: int = 1
    called_off_at: datetime | None = None

    @property
    def key(self) -> str:
        """The key among other announcements: its version, and the number of times it was announced."""
        return self.version if self.number == 1 else f"{self.version}/{self.number}"


class Silence(StrEnum):
    """The meaning of no answer: the licensor's practice, about which the LA says nothing."""

    STAYS = "stays"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a notice: the instant at which it was sent, or given up."""

    at: datetime
    delivered: bool


Receipts = Mapping[str, Receipt]
"""Of one announcement, by the end of their keys: request and step."""


def effective_on(day: date) -> datetime:
    """The instant at which a day begins, UTC."""
    return datetime.combine(day, time(), UTC)


def earliest(now: datetime, notice_days: int) -> date:
    """The first day that is whole `notice_days` after the announcement."""
    return (now + timedelta(days=notice_days + 1, microseconds=-1)).date()


def in_order(announcements: Iterable[Announcement]) -> list[Announcement]:
    """The announcements as their days come."""
    return sorted(announcements, key=lambda announcement: announcement.effective_at)


def standing(announcements: Iterable[Announcement]) -> list[Announcement]:
    """Those that were not called off, as their days come."""
    return in_order(announcement for announcement in announcements if announcement.called_off_at is None)


def superseded(announcements: Sequence[Announcement], version: str, now: datetime) -> Announcement | None:
    """The announcement by which a version is no longer in force; None while it is."""
    past = (a for a in in_order(announcements) if a.effective_at <= now and a.previous == version)
    return next(past, None)


def answers(request: LicenseRequest, announcement: Announcement) -> list[Event]:
    """All that came of an announcement for a request: somebody who was silent, or stayed, may still opt out."""
    return [event for event in _about(request, announcement) if event.happened in _ANSWERS]


def answer(request: LicenseRequest, announcement: Announcement) -> Event | None:
    """Return the last answer to an announcement for a request; None while there is none."""
    return next(reversed(answers(request, announcement)), None)


def told(request: LicenseRequest, announcement: Announcement) -> list[Event]:
    """The events by which a request's holder was told of a version."""
    return [event for event in _about(request, announcement) if event.happened is Happened.INFORMED]


def _about(request: LicenseRequest, announcement: Announcement) -> list[Event]:
    """The events of this announcement: its version may have been announced before, and called off."""
    named = (announcement.version, announcement.number)
    return [e for e in request.events if e.about and (e.about.version, e.about.number) == named]


def held(request: LicenseRequest, announcements: Sequence[Announcement], now: datetime) -> str:
    """The version that the license is held under: what was signed, then what its holder stayed with."""
    version = request.document.version
    for announcement in in_order(announcements):
        stays = answer(request, announcement) or (announcement.typo_only and told(request, announcement))
        if announcement.effective_at <= now and stays:
            version = announcement.version
    return version


def receipt_key(announcement: Announcement, request_id: RequestId, step: Informed) -> str:
    """The key of what became of a notice."""
    return f"{RECEIPTS}{announcement.key}/{request_id}/{step}"


def reached_at(request: LicenseRequest, announcement: Announcement, receipts: Receipts) -> datetime | None:
    """Return the instant at which the holder was first told, by any route; None if they were not."""
    instants = []
    for event in told(request, announcement):
        assert event.about
        receipt = receipts.get(f"{request.id}/{event.about.step}")
        if event.about.route == BY_EMAIL:
            instants.append(event.at)
        elif receipt and receipt.delivered:
            instants.append(receipt.at)
    return min(instants, default=None)


def signer_reached_at(request: LicenseRequest, announcement: Announcement, receipts: Receipts) -> datetime | None:
    """Return the instant at which the signer was told (silence may end their license): by staff, or in their own chat.

    What an applicant was asked to forward may never have come to the signer.
    """
    if request.standing is Standing.SIGNER:
        return reached_at(request, announcement, receipts)
    by_staff = (e.at for e in told(request, announcement) if e.about and e.about.route == BY_EMAIL)
    return min(by_staff, default=None)


def counted_from(
    request: LicenseRequest, announcement: Announcement, receipts: Receipts, silence: Silence
) -> datetime | None:
    """From when no answer counts as one; None while it does not."""
    reached = reached_at if silence is Silence.STAYS else signer_reached_at
    return reached(request, announcement, receipts)


def given_up(request: LicenseRequest, receipts: Receipts) -> bool:
    """Return whether a notice to this holder could not be delivered."""
    return any(key.startswith(f"{request.id}/") and not receipt.delivered for key, receipt in receipts.items())


def closes_at(announcement: Announcement, reached: datetime) -> datetime:
    """From when no answer counts for somebody who was told then: the day, or the first that leaves the whole notice."""
    return max(announcement.effective_at, effective_on(earliest(reached, announcement.notice_days)))


def due(
    announcement: Announcement, request: LicenseRequest, receipts: Receipts, silence: Silence, now: datetime
) -> Command | None:
    """Return the command due for a request that is still under an older version; None if nothing is due now."""
    steps = {event.about.step for event in told(request, announcement) if event.about}
    if announcement.called_off_at:
        return _called_off(announcement, request, steps)
    if request.status in {Status.ISSUED, Status.RETURNED}:
        offers = now >= announcement.effective_at and Informed.OFFERED not in steps
        return _inform(announcement, request, Informed.OFFERED) if offers else None
    if request.status is not Status.APPROVED or answer(request, announcement):
        return None
    if Informed.TOLD not in steps:
        return _inform(announcement, request, Informed.TOLD)
    reached = reached_at(request, announcement, receipts)
    if reached is None or announcement.typo_only:
        return None
    counted = counted_from(request, announcement, receipts, silence)
    if counted and now >= closes_at(announcement, counted):
        about = notice(announcement, Informed.TOLD)
        return LeaveUnanswered(about) if silence is Silence.STAYS else Lapse(about)
    step = reminder(reached, closes_at(announcement, counted or reached), now)
    return None if step in steps else _inform(announcement, request, step)


def _called_off(announcement: Announcement, request: LicenseRequest, steps: Container[Informed]) -> Command | None:
    """Whoever was told that a version comes is told that it does not: once, whatever they had answered."""
    concerned = request.status is Status.APPROVED and Informed.TOLD in steps and Informed.CALLED_OFF not in steps
    return _inform(announcement, request, Informed.CALLED_OFF) if concerned else None


def reminder(reached: datetime, closes: datetime, now: datetime) -> Informed:
    """The notice that belongs to an instant."""
    half = reached + (closes - reached) / 2
    if now >= max(half, closes - _LAST_BEFORE):  # in a notice of few days the last one does not follow at once
        return Informed.LAST
    return Informed.HALFWAY if now >= half else Informed.TOLD


def notice(announcement: Announcement, step: Informed, route: str = "") -> VersionNotice:
    """Return the reference of an event to the version that it is about."""
    return VersionNotice(announcement.version, announcement.sha256, step, route, announcement.number)


def _inform(announcement: Announcement, request: LicenseRequest, step: Informed) -> Inform:
    return Inform(notice(announcement, step, request.address.platform if request.address else ""))
