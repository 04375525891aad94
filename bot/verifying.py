"""Whether a PDF is one that this bot issued, unaltered, and still the one that counts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.lifecycle import LicenseRequest
from bot.model import Document, DocumentStatus, RequestId
from bot.ports import Stored
from bot.proof import verify

Find = Callable[[RequestId], Awaitable[Stored[LicenseRequest] | None]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. `seal_valid`: None where there is no seal, or no certificate to hold it against.

    `status`: None where the store does not know the document, as after it was restored from an older backup.
    """

    issued: bool
    request_id: str = ""
    document: int = 0
    version: str = ""
    unaltered: bool = False
    sealed: bool = False
    seal_valid: bool | None = None
    status: DocumentStatus | None = None

    @property
    def genuine(self) -> bool:
        """Whether it is ours to the last byte; a seal that can be checked has to be right as well."""
        return self.issued and self.unaltered and self.seal_valid is not False


async def examine(content: bytes, secret: bytes, certificate: bytes | None, find: Find) -> Examined:
    """Look at a PDF of unknown origin; `certificate` (PEM) is the one that our seals are made with."""
    found = verify(content, secret)
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
        seal_valid=_seal_valid(content, certificate) if found.sealed and certificate else None,
        status=document.status if document else None,
    )


def _document(stored: Stored[LicenseRequest] | None, number: int) -> Document | None:
    documents = stored.value.documents if stored else ()
    return next((document for document in documents if document.number == number), None)


def _seal_valid(content: bytes, certificate: bytes) -> bool:
    from bot.seal import is_valid  # noqa: PLC0415 - needs la-bot[seal]

    return is_valid(content, certificate)
