"""Whether a PDF is one that this bot issued, unaltered, and still the one that counts; or what a scan is a scan of."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.document.authenticity import verify
from bot.document.scan_reader import Scan, scans
from bot.model.identity import RequestId
from bot.request.request import LicenseRequest
from bot.request.status import Document, DocumentStatus
from bot.store.port import Stored
from bot.versions.announcement import Announcement, superseded

Find = Callable[[RequestId], Awaitable[Stored[LicenseRequest] | None]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. `sealed`: it bears our seal, and the seal is valid.

    `status`: None where the store does not know the document, as after it was restored from an older backup.
    `superseded_by`: the version of the LA that took the place of this document's, and when, if one did.
    `scanned`: the pages that were recognised, of `pages`, where it is a scan of the paper; empty where it is the file.
    """

    issued: bool
    request_id: str = ""
    document: int = 0
    version: str = ""
    unaltered: bool = False
    sealed: bool = False
    status: DocumentStatus | None = None
    superseded_by: str = ""
    superseded_at: datetime | None = None
    scanned: tuple[int, ...] = ()
    pages: int = 0

    @property
    def whole_scan(self) -> bool:
        """Whether it is a scan with every page of the document. What was written on the paper nobody has looked at."""
        return bool(self.scanned) and len(self.scanned) == self.pages

    @property
    def genuine(self) -> bool:
        """Whether it is ours, to the last byte."""
        return self.issued and self.unaltered


async def examine(content: bytes, secret: bytes, certificate: bytes | None, find: Find) -> Examined:
    """Look at a PDF of unknown origin; without the `certificate` (PEM) of our seals, a sealed one counts as altered."""
    found = await asyncio.to_thread(verify, content, secret, certificate)
    if not found.issued:
        return Examined(issued=False)
    document = _document(await find(RequestId(found.request_id)), found.number)
    return Examined(
        issued=True,
        request_id=found.request_id,
        document=found.number,
        version=found.version,
        unaltered=found.unaltered,
        sealed=found.sealed,
        status=document.status if document else None,
    )


async def examine_scan(content: bytes, secret: bytes, find: Find) -> list[Examined]:
    """The documents that a scan or a photograph shows, by the codes on their pages; none where no code is ours."""
    return [await _examined(scan, find) for scan in await asyncio.to_thread(scans, content, secret)]


async def _examined(scan: Scan, find: Find) -> Examined:
    document = _document(await find(RequestId(scan.request_id)), scan.number)
    return Examined(
        issued=True,
        request_id=scan.request_id,
        document=scan.number,
        version=scan.version,
        status=document.status if document else None,
        scanned=scan.found,
        pages=scan.pages,
    )


def dated(found: Examined, known: Sequence[Announcement], now: datetime) -> Examined:
    """The same, with what took the place of the LA's version that the document carries."""
    by = superseded(known, found.version, now)
    return replace(found, superseded_by=by.version, superseded_at=by.effective_at) if by else found


def _document(stored: Stored[LicenseRequest] | None, number: int) -> Document | None:
    documents = stored.value.documents if stored else ()
    return next((document for document in documents if document.number == number), None)
