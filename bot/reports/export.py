"""Requests as tables: CSV that a spreadsheet opens and does not execute, and JSON.

A cell that begins with = + - @ (their full-width forms too), a tab or a line's end would be a formula in a
spreadsheet (OWASP, CSV injection); an apostrophe before it makes it text. CSV is UTF-8 with a byte order mark, after
RFC 4180.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.model.people import PersonalData
from bot.request.events import stood
from bot.request.request import LicenseRequest, waiting_for
from bot.request.status import Status

BOM = "\ufeff"
FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")
"""Characters that a cell must not begin with, spaces before them included."""

Row = Mapping[str, str]
Entry = tuple[LicenseRequest, PersonalData | None]
"""A request and its persons; None once erased."""

COLUMNS = (
    *("request_id", "status", "waiting_for", "since", "standing", "version", "document"),
    *("issued_at", "emailed_at", "received_at", "approved_at", "returned", "reasons", "assignee"),
    *("signer_name", "signer_title", "signer_affiliation", "signer_email", "signer_address"),
    *("applicant_name", "applicant_email"),
)


def as_csv(entries: Iterable[Entry]) -> str:
    """A line for each request, under a line of the columns' names; instants in UTC, ISO 8601."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for entry in entries:
        writer.writerow({column: harmless(text) for column, text in row(*entry).items()})
    return out.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULAS or text.lstrip()[:1] in FORMULAS else text


def row(request: LicenseRequest, persons: PersonalData | None) -> Row:
    """Return the values of a request's columns; empty ones for missing values."""
    stands = stood(request.events)
    reached = {
        status: _instant(next((s.since for s in reversed(stands) if s.status is status), None)) for status in Status
    }
    returned = [stand.event for stand in stands if stand.status is Status.RETURNED]
    return {
        "request_id": request.id,
        "status": request.status,
        "waiting_for": waiting_for(request) or "",
        "since": _instant(request.since),
        "standing": request.standing,
        "version": request.document.version,
        "document": str(request.document.number),
        **{f"{s}_at": reached[s] for s in (Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.APPROVED)},
        "returned": str(len(returned)),
        "reasons": " ".join(reason for event in returned for reason in event.reasons),
        "assignee": str(request.assignee or ""),
        **_persons(persons),
    }


def _persons(persons: PersonalData | None) -> Row:
    signer, applicant = (persons.signer, persons.applicant) if persons else (None, None)
    fields = ("name", "title", "affiliation", "email", "address")
    return {
        **{f"signer_{field}": getattr(signer, field) if signer else "" for field in fields},
        "applicant_name": applicant.name if applicant else "",
        "applicant_email": applicant.email if applicant else "",
    }


def _instant(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
