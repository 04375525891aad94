"""From a person's data to an issued document: the form, the PDF, and the record of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.agreement.agreement import Dataset
from bot.document.port import Form, Pdf, Renderer
from bot.model.errors import Superseded
from bot.model.identity import RequestId
from bot.model.message import DocumentRef
from bot.model.people import PersonalData
from bot.request.status import Document
from bot.store.port import Store


def utc_now() -> datetime:
    """The instant, to the millisecond: what is stored and printed is then the same."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Renders documents of one dataset. `now` and `new_request_id` are the world's."""

    dataset: Dataset
    renderer: Renderer
    store: Store
    new_request_id: Callable[[], RequestId]
    now: Callable[[], datetime] = utc_now

    async def make(
        self, request_id: RequestId, number: int, persons: PersonalData, at: datetime
    ) -> tuple[Document, Pdf]:
        """A document on the LA's current version, and its bytes. Raises RenderError."""
        agreement = self.dataset.current
        pdf = await self.renderer.render(self._form(request_id, number, agreement.version, persons, at))
        return Document(number, agreement.version, agreement.sha256, pdf.sha256, pdf.pages, at), pdf

    async def again(self, reference: DocumentRef) -> Pdf:
        """The bytes of a current document, once more. Raises RenderError; Superseded where it is no longer current."""
        stored = await self.store.request(reference.request_id)
        persons = await self.store.personal_data(reference.request_id)
        if stored is None or persons is None or not _is_ours(stored.value.document, reference.number):
            raise Superseded(f"{reference.request_id}: document {reference.number} is not the current one any more")
        document = stored.value.document
        form = self._form(stored.value.id, document.number, document.version, persons, document.issued_at)
        return await self.renderer.render(form)

    def _form(self, request_id: RequestId, number: int, version: str, persons: PersonalData, at: datetime) -> Form:
        return Form(
            request_id=request_id,
            number=number,
            agreement=self.dataset.agreements[version],
            dataset_title=self.dataset.title,
            licensor=self.dataset.licensor,
            signer=persons.signer,
            issued_at=at,
        )


def _is_ours(document: Document, number: int) -> bool:
    """Return whether it is the document of that number, and was made here."""
    return document.number == number and bool(document.pdf_sha256)
