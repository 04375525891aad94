"""The printed forms, comparisons, PDFs and their seal, and the port of their printer (`bot.document.worker`)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from bot.agreement.agreement import Agreement
from bot.model.people import Signer


@dataclass(frozen=True, slots=True)
class Form:
    """A form to print. `dataset_title` and `licensor` are the dataset's; `issued_at` is in UTC, the only date."""

    request_id: str
    number: int
    agreement: Agreement
    dataset_title: str
    licensor: str
    signer: Signer
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of the LA beside each other. `effective`: from when the new one is in force, empty if not known."""

    old: Agreement
    new: Agreement
    dataset_title: str
    licensor: str
    effective: str = ""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished document: the bytes to deliver."""

    content: bytes
    pages: int

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Seal:
    """The certificate of each document: an unencrypted private key and its certificate (then its chain), both PEM."""

    key: bytes
    certificate: bytes


class Renderer(Protocol):
    """Makes the LA as PDF."""

    async def render(self, form: Form) -> Pdf:
        """The PDF of a form. Raises RenderError where none could be made."""
        ...

    async def compare(self, comparison: Comparison) -> Pdf:
        """Print the changes between two versions, then the whole new text.

        Raises RenderError if no PDF could be made.
        """
        ...
