"""Whether a PDF is one that this bot issued, unaltered, and still the one that counts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.announcement import Announcement, superseded
from bot.lifecycle import LicenseRequest
from bot.model import Document, DocumentStatus, RequestId
from bot.ports import Stored
from bot.proof import verify

Find = Callable[[RequestId], Awaitable[Stored[LicenseRequest] | None]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. `sealed`: it bears our seal, and the seal is valid.

    `status`: None where the store does not know the document, as after it was restored from an older backup.
    `superseded_by`: the version of the LA that took the place of this document's, and when, if one did.
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


def dated(found: Examined, known: Sequence[Announcement], now: datetime) -> Examined:
    """The same, with what took the place of the LA's version that the document carries."""
    by = superseded(known, found.version, now)
    return replace(found, superseded_by=by.version, superseded_at=by.effective_at) if by else found


def _document(stored: Stored[LicenseRequest] | None, number: int) -> Document | None:
    documents = stored.value.documents if stored else ()
    return next((document for document in documents if document.number == number), None)
