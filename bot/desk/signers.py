"""Requests that one signer stands behind: for staff to see, and never told to any applicant."""

from collections.abc import Sequence

from bot.model.identity import RequestId
from bot.model.people import PersonalData
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.port import Store

_COUNTS = frozenset({Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.RETURNED, Status.APPROVED})


async def same_signer(store: Store, persons: PersonalData, besides: RequestId) -> Sequence[LicenseRequest]:
    """The open and approved requests whose signer has the same email, in any case of letters, but for that one."""
    if not (wanted := persons.signer.email.casefold()):
        return ()
    found = await store.requests(RequestQuery(text=persons.signer.email))
    others = [request for request in found if request.id != besides and request.status in _COUNTS]
    theirs = [await store.personal_data(request.id) for request in others]
    return [r for r, p in zip(others, theirs, strict=True) if p and p.signer.email.casefold() == wanted]
