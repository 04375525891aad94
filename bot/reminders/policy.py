"""The reminders due for a request, and their instants: the plan, the warning before the expiry, the follow-up.

PURE: instants and time zones are values. Plan, hours and expiry are the bot's own; the LA sets no deadline.

    issued, returned   a reminder after 3, 7, 14, 28 days, then every 28; the last one says when the request expires
    emailed            one follow-up after 14 days without a confirmation, after 335 a warning; it expires after 365
What was missed is not made up for: after a suspended week there is one reminder, and the plan goes on from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """The plan. Days count from when the request came to stand where it stands, in the person's own time zone.

    `opens`, `closes`: full hours of a weekday. `quiet_for`: how long after a person's last message nothing comes
    unasked. `apart`: how far reminders of one request are from each other, `once_in` those of one person. `notice`:
    the least days between the last reminder and the expiry, `emailed_notice` those of an email that nobody confirmed,
    which expires after `undecided` days. `time_zone` is of those whose own is unknown.
    """

    days: tuple[int, ...] = (3, 7, 14, 28)
    every: int = 28
    expiry: int = 180
    notice: int = 7
    follow_up: int = 14
    undecided: int = 365
    emailed_notice: int = 30
    opens: int = 9
    closes: int = 18
    quiet_for: timedelta = timedelta(minutes=30)
    apart: timedelta = timedelta(hours=6)
    once_in: timedelta = timedelta(hours=20)
    time_zone: str = "Europe/Helsinki"


class Kind(StrEnum):
    """A kind of reminder."""

    REMINDER = "reminder"
    LAST_REMINDER = "last_reminder"
    FOLLOW_UP = "follow_up"
    EXPIRY = "expiry"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A request, and what is due for it now."""

    request: LicenseRequest
    kind: Kind


def due(requests: Iterable[LicenseRequest], now: datetime, policy: ReminderPolicy) -> Iterator[Reminder]:
    """Yield the reminders due, at most one for a person. Nothing is due outside of the person's hours."""
    candidates = tuple(requests)
    told = {request.account for request in candidates if _told_lately(request, now, policy)}
    for request in candidates:
        at = next_at(request, policy)
        if at is None or at > now or within_hours(now, request, policy) != now:
            continue
        if request.account is None or request.account not in told:
            told.add(request.account)
            yield Reminder(request, _kind(request, now, policy))


def next_at(request: LicenseRequest, policy: ReminderPolicy) -> datetime | None:
    """Return the next due instant of a request, possibly past; None if nothing ever will be due as it stands."""
    match request.status:
        case Status.ISSUED | Status.RETURNED:
            return next_reminder_at(request, policy) or expires_at(request, policy)
        case Status.EMAILED:
            return within_hours(_emailed_next(request, policy), request, policy)
        case _:
            return None


def look_again_at(request: LicenseRequest, now: datetime, policy: ReminderPolicy) -> datetime | None:
    """Return the instant to look again at a request for which `due` gave nothing now."""
    at = next_at(request, policy)
    if at is None or at > now:
        return at
    open_at = within_hours(now, request, policy)
    return open_at if open_at > now else within_hours(now + policy.once_in, request, policy)


def after_turn(request: LicenseRequest, now: datetime, policy: ReminderPolicy) -> datetime | None:
    """Return the next due instant for a request whose person wrote just now: not while they may still be at it."""
    at, quiet_until = next_at(request, policy), now + policy.quiet_for
    return at if at is None or at > quiet_until else within_hours(quiet_until, request, policy)


def expires_at(request: LicenseRequest, policy: ReminderPolicy) -> datetime:
    """Return the instant at which a request expires if nothing happens: as planned, but never soon after a reminder."""
    planned, reminded = _days_after(request, policy.expiry, policy), _last_reminded(request)
    if reminded:
        planned = max(planned, reminded + timedelta(days=policy.notice))
    return within_hours(planned, request, policy)


def _emailed_next(request: LicenseRequest, policy: ReminderPolicy) -> datetime:
    """Return the next instant for an email that nobody confirmed: the follow-up, the expiry's warning, the expiry."""
    reminded = _reminded(request)
    if not reminded:
        return _days_after(request, policy.follow_up, policy)
    if len(reminded) == 1:
        closing = _days_after(request, max(policy.undecided - policy.emailed_notice, 0), policy)
        return max(closing, reminded[0] + timedelta(days=policy.notice))
    return max(_days_after(request, policy.undecided, policy), reminded[-1] + timedelta(days=policy.emailed_notice))


def next_reminder_at(request: LicenseRequest, policy: ReminderPolicy) -> datetime | None:
    """The next reminder of a request that waits for its applicant; None where none is left, or wished for."""
    if request.address is None or is_stopped(request):
        return None
    last = _last_reminded(request) or request.since
    postponed = [event.until for event in request.events if event.until]
    if postponed and postponed[-1] > last:
        return within_hours(postponed[-1], request, policy)
    return next(_plan_after(request, last, policy), None)


def is_stopped(request: LicenseRequest) -> bool:
    """Return whether the person wants no reminders: their last word about it counts."""
    said = [e.happened for e in request.events if e.happened in {Happened.REMINDERS_STOPPED, Happened.POSTPONED}]
    return said[-1:] == [Happened.REMINDERS_STOPPED]


def within_hours(instant: datetime, request: LicenseRequest, policy: ReminderPolicy) -> datetime:
    """The instant itself, or when the person's next working day begins."""
    return open_at(instant, zone_of(request, policy), policy)


def open_at(instant: datetime, zone: ZoneInfo, policy: ReminderPolicy) -> datetime:
    """The instant itself, or when the next working day begins in that time zone."""
    local = instant.astimezone(zone)
    day = local.date() + timedelta(days=local.hour >= policy.closes)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    if day == local.date() and local.hour >= policy.opens:
        return instant
    return datetime.combine(day, time(policy.opens), zone).astimezone(UTC)


def zone_of(request: LicenseRequest, policy: ReminderPolicy) -> ZoneInfo:
    """The person's time zone, or the policy's where theirs is unknown to us or to the machine."""
    try:
        return ZoneInfo(request.time_zone or policy.time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(policy.time_zone)


def _plan_after(request: LicenseRequest, last: datetime, policy: ReminderPolicy) -> Iterator[datetime]:
    for days in _plan(policy):
        at = _days_after(request, days, policy)
        if at > last + policy.apart:
            yield within_hours(at, request, policy)


def _plan(policy: ReminderPolicy) -> Iterator[int]:
    yield from (days for days in policy.days if days < policy.expiry)
    yield from range(policy.days[-1] + policy.every, policy.expiry, policy.every)


def _kind(request: LicenseRequest, now: datetime, policy: ReminderPolicy) -> Kind:
    if request.status is Status.EMAILED:
        return (Kind.FOLLOW_UP, Kind.CLOSING, Kind.EXPIRY)[min(len(_reminded(request)), 2)]
    if next_reminder_at(request, policy) is None:
        return Kind.EXPIRY
    return Kind.REMINDER if any(_plan_after(request, now, policy)) else Kind.LAST_REMINDER


def _days_after(request: LicenseRequest, days: int, policy: ReminderPolicy) -> datetime:
    """So many days on by the person's calendar: at the same time of day, whatever summer time does."""
    return (request.since.astimezone(zone_of(request, policy)) + timedelta(days=days)).astimezone(UTC)


def _last_reminded(request: LicenseRequest) -> datetime | None:
    """Return the last reminder's instant, since the request has its present status."""
    return next(reversed(_reminded(request)), None)


def _reminded(request: LicenseRequest) -> list[datetime]:
    """Return the instants of all reminders since the request has its present status."""
    return [e.at for e in request.events if e.happened is Happened.REMINDED and e.at >= request.since]


def _told_lately(request: LicenseRequest, now: datetime, policy: ReminderPolicy) -> bool:
    reminded = (e.at for e in reversed(request.events) if e.happened is Happened.REMINDED)
    at = next(reminded, None)
    return at is not None and abs(now - at) < policy.once_in
