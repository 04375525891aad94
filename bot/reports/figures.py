"""Figures of the requests: counts, steps reached, and the duration of each stage by the party it waited for.

PURE. What was undone or reopened counts as it stands now. Only what is over is a duration: a stage that still lasts
would pull the median down.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from itertools import pairwise
from statistics import median
from typing import Any

from bot.model.people import Standing
from bot.request.events import Stand, stood
from bot.request.request import LicenseRequest, Party, party_of
from bot.request.status import Status

FUNNEL = (Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.APPROVED)
"""The way of a request that goes right, each step by the status that it reaches."""

_JUDGED = frozenset({Status.APPROVED, Status.RETURNED, Status.REJECTED})
_REACHED: Mapping[Status, int] = {
    **{status: step for step, status in enumerate(FUNNEL)},
    **dict.fromkeys((Status.RETURNED, Status.REJECTED), FUNNEL.index(Status.RECEIVED)),
    **dict.fromkeys((Status.VOID, Status.REVOKED), FUNNEL.index(Status.APPROVED)),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The time that requests spent in a status waiting for somebody: hours, of `count` stays that are over.

    `ninetieth`: nine of ten took no longer.
    """

    status: Status
    party: Party
    count: int
    median: float
    ninetieth: float


@dataclass(frozen=True, slots=True)
class Questions:
    """The number of questions asked, and of those about which the LA says nothing."""

    asked: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """`weeks`: by the Monday of the week in which they were made, where requests stand now. `judged`: looked at once.

    `right`: of those, approved at once. `returned`: how often each reason was given.
    """

    total: int
    statuses: Mapping[Status, int]
    weeks: Mapping[date, Mapping[Status, int]]
    funnel: Mapping[Status, int]
    stages: tuple[Stage, ...]
    judged: int
    right: int
    returned: Mapping[str, int]
    questions: Questions


def measure(requests: Sequence[LicenseRequest], questions: Questions, zone: tzinfo = UTC) -> Figures:
    """The figures of these requests; weeks begin on Monday in `zone`."""
    histories = [(request, stood(request.events)) for request in requests]
    first = [stand.status for _, stands in histories if (stand := _judgement(stands))]
    returned = (stand.event for _, stands in histories for stand in stands if stand.status is Status.RETURNED)
    return Figures(
        total=len(requests),
        statuses=_counted(Counter(request.status for request in requests)),
        weeks=_weeks(requests, zone),
        funnel=_funnel([stands for _, stands in histories]),
        stages=_stages(histories),
        judged=len(first),
        right=first.count(Status.APPROVED),
        returned=dict(Counter(reason for event in returned for reason in event.reasons).most_common()),
        questions=questions,
    )


def _counted(counts: Counter[Status]) -> dict[Status, int]:
    """In the order of the statuses, without those that nothing stands in."""
    return {status: counts[status] for status in Status if counts[status]}


def _judgement(stands: Iterable[Stand]) -> Stand | None:
    """The first one."""
    return next((stand for stand in stands if stand.status in _JUDGED), None)


def _weeks(requests: Iterable[LicenseRequest], zone: tzinfo) -> dict[date, Mapping[Status, int]]:
    """Every week from the first request to the last, those without any too."""
    weeks: dict[date, Counter[Status]] = {}
    for request in requests:
        day = request.documents[0].issued_at.astimezone(zone).date()
        weeks.setdefault(day - timedelta(days=day.weekday()), Counter())[request.status] += 1
    if not weeks:
        return {}
    begins, count = min(weeks), (max(weeks) - min(weeks)).days // 7 + 1
    every = (begins + timedelta(weeks=week) for week in range(count))
    return {week: _counted(weeks.get(week, Counter())) for week in every}


def _funnel(histories: Iterable[Iterable[Stand]]) -> dict[Status, int]:
    """Return the number of requests that reached each status or a later one, even if they have left it since."""
    farthest = Counter(max(_REACHED.get(stand.status, 0) for stand in stands) for stands in histories)
    return {status: sum(farthest[far] for far in range(step, len(FUNNEL))) for step, status in enumerate(FUNNEL)}


def _stages(histories: Iterable[tuple[LicenseRequest, Sequence[Stand]]]) -> tuple[Stage, ...]:
    hours: dict[tuple[Status, Party], list[float]] = {}
    for request, stands in histories:
        for status, party, lasted in _waits(request.standing, stands):
            hours.setdefault((status, party), []).append(lasted)
    order = sorted(hours, key=lambda stage: (list(Status).index(stage[0]), stage[1]))
    return tuple(Stage(*stage, len(hours[stage]), median(hours[stage]), _ninetieth(hours[stage])) for stage in order)


def _waits(standing: Standing, stands: Sequence[Stand]) -> Iterator[tuple[Status, Party, float]]:
    """Each stay in a status that is over and waited for somebody, in hours; a new document goes on with the stay."""
    joined = [
        stand for number, stand in enumerate(stands) if not number or stands[number - 1].status is not stand.status
    ]
    for stand, following in pairwise(joined):
        party = party_of(stand.status, stand.event.standing or standing)
        if party:
            yield stand.status, party, max(0.0, (following.since - stand.since).total_seconds() / 3600)


def _ninetieth(hours: Sequence[float]) -> float:
    """The nearest rank: the smallest that nine of ten do not exceed."""
    return sorted(hours)[math.ceil(0.9 * len(hours)) - 1]


def as_json(figures: Figures) -> dict[str, Any]:
    """For programs; durations in hours."""
    return {
        "total": figures.total,
        "statuses": dict(figures.statuses),
        "weeks": {week.isoformat(): dict(counts) for week, counts in figures.weeks.items()},
        "funnel": dict(figures.funnel),
        "stages": [
            {
                "status": stage.status,
                "waiting_for": stage.party,
                "count": stage.count,
                "median_hours": round(stage.median, 2),
                "p90_hours": round(stage.ninetieth, 2),
            }
            for stage in figures.stages
        ],
        "judged": figures.judged,
        "right_first_time": figures.right,
        "returned": dict(figures.returned),
        "questions": {"asked": figures.questions.asked, "silent": figures.questions.silent},
    }
