"""The evidence of an announcement, holder by holder: time and route of each notice, its delivery, and the answer.

It is made of events and receipts alone, so it says the same after the persons were erased, and names nobody: requests
by their ids, staff by their role.

`delivered` is what is known of each notice: `yes` and `no` are the platform's word, `by staff` that somebody noted to
have emailed it (whether it arrived nobody knows), `no receipt` that nothing has come back yet.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.model.json_codec import to_json
from bot.request.events import Event
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.versions.announcement import BY_EMAIL, Announcement, Receipts, answers, held, standing, told

Row = dict[str, Any]

_COLUMNS = (
    *("request_id", "status", "document", "signed_version", "signed_text_sha256", "pdf_sha256", "new_version"),
    *("new_text_sha256", "step", "told_at", "route", "told_by", "delivered", "delivered_at", "answer", "answered_at"),
    *("answered_by", "answered_before"),
)


def evidence(
    made: Sequence[Announcement],
    announcement: Announcement,
    requests: Iterable[LicenseRequest],
    receipts: Receipts,
    now: datetime,
) -> Row:
    """All that is known of an announcement, and the digest of it. `made`: all announcements."""
    before = [a for a in standing(made) if a.effective_at < announcement.effective_at]
    holders = [_holder(r, announcement, receipts) for r in requests if _concerned(r, announcement, before, now)]
    content = {
        "announcement": to_json(announcement),
        "holders": sorted(holders, key=lambda row: str(row["request_id"])),
    }
    return content | {"sha256": digest(content)}


def digest(content: Row) -> str:
    """Hex SHA-256 of the evidence without its own digest, as JSON with sorted keys and no spaces."""
    bare = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def as_csv(content: Row) -> str:
    """A line for each notice of each holder; one for a holder who was not told."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for holder in content["holders"]:
        of_holder = {key: value for key, value in holder.items() if key != "notices"}
        writer.writerows(of_holder | notice for notice in holder["notices"] or [{}])
    return out.getvalue()


def _concerned(
    request: LicenseRequest, announcement: Announcement, before: Sequence[Announcement], now: datetime
) -> bool:
    if told(request, announcement) or answers(request, announcement):
        return True
    if announcement.called_off_at:
        return False
    return request.status is Status.APPROVED and held(request, before, now) != announcement.version


def _holder(request: LicenseRequest, announcement: Announcement, receipts: Receipts) -> Row:
    came, document = answers(request, announcement), request.document
    answered = came[-1] if came else None
    return {
        "request_id": request.id,
        "status": str(request.status),
        "document": document.number,
        "signed_version": document.version,
        "signed_text_sha256": document.agreement_sha256,
        "pdf_sha256": document.pdf_sha256,
        "new_version": announcement.version,
        "new_text_sha256": announcement.sha256,
        "notices": [_notice(request, event, receipts) for event in told(request, announcement)],
        "answer": str(answered.happened) if answered else "",
        "answered_at": answered.at.isoformat() if answered else "",
        "answered_by": str(answered.actor.role) if answered else "",
        "answered_before": "; ".join(f"{e.happened} {e.at.isoformat()}" for e in came[:-1]),
    }


def _notice(request: LicenseRequest, event: Event, receipts: Receipts) -> Row:
    about = event.about
    assert about
    receipt = None if about.route == BY_EMAIL else receipts.get(f"{request.id}/{about.step}")
    unknown = "by staff" if about.route == BY_EMAIL else "no receipt"
    return {
        "step": str(about.step),
        "told_at": event.at.isoformat(),
        "route": about.route,
        "told_by": str(event.actor.role),
        "delivered": unknown if receipt is None else "yes" if receipt.delivered else "no",
        "delivered_at": receipt.at.isoformat() if receipt else "",
    }
