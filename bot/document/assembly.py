"""One form, printed. This is what runs in the worker of `bot.document.worker`, one document after another.

Where each line of the values fits its cell, in Latin, Greek or Cyrillic, they are laid over pages that were set once
(the fast path); any other values are set with the whole LA. Both look the same.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from io import BytesIO

import pikepdf

from bot.document import authenticity, comparison_pdf, geometry, overlay
from bot.document.fonts import unprintable
from bot.document.layout import POINT, Copy, Pages, Plan, Spot, spots, typeset
from bot.document.overlay import Line
from bot.document.port import Comparison, Form, Pdf, Seal
from bot.document.qr_code import ScanCode
from bot.model.errors import RenderError
from bot.model.people import SIGNER_FIELDS

_BLANK = "\N{NO-BREAK SPACE}"
_SLACK = 1.0  # points that the fast path leaves free in a cell


@dataclass(frozen=True, slots=True)
class Base:
    """Pages without request and values. `heads`: where the request stands, by page; `values`: by cell and line."""

    pages: Pages
    heads: tuple[Spot, ...]
    values: Mapping[str, tuple[Spot, ...]]


class Press:
    """Prints forms. What was set once of a version of the LA is kept."""

    def __init__(self, secret: bytes, seal: Seal | None = None) -> None:
        self._secret, self._seal = secret, seal
        self._bases: dict[tuple[object, ...], Base] = {}

    def print(self, form: Form, *, fast: bool = True) -> Pdf:
        """Make the document; `fast`: lay values over where they fit. Raises RenderError."""
        copy = _copy(form)
        base = self._base(copy)
        laid = fast and _fits(copy)
        pages = base.pages if laid else typeset(copy, base.pages.plan)
        count = pages.plan.pages
        said = ((form.request_id, form.number, form.agreement.version, page, count) for page in range(1, count + 1))
        codes = [ScanCode(*of).text(self._secret) for of in said]
        info = _info(form) | authenticity.names(form, count, self._secret)
        content = overlay.laid_over(pages.content, codes, _lines(copy, base) if laid else [], info)
        return Pdf(self._sealed(authenticity.proven(content, self._secret), form.issued_at), count)

    def compare(self, compared: Comparison) -> Pdf:
        """Print the changes between two versions. It is nobody's document: no code, no seal. Raises RenderError."""
        return comparison_pdf.as_pdf(compared)

    def _sealed(self, content: bytes, at: datetime) -> bytes:
        if self._seal is None:
            return content
        return bytes(import_module("bot.document.seal").sealed(content, self._seal, at))

    def _base(self, copy: Copy) -> Base:
        shape = tuple(value.count("\n") for value in copy.values.values())
        key = (copy.agreement.sha256, copy.agreement.version, copy.dataset_title, copy.licensor, shape)
        if key not in self._bases:
            self._bases[key] = _blank(copy)
        return self._bases[key]


def _blank(copy: Copy) -> Base:
    """The pages with white space for the request and for as many lines of values as this copy has."""
    blank = {key: "\n".join(_BLANK for _ in value.split("\n")) for key, value in copy.values.items()}
    pages = typeset(replace(copy, request_line=_BLANK, values=blank), Plan())
    with pikepdf.open(BytesIO(pages.content)) as pdf:
        on_pages = [spots(page) for page in pdf.pages]
    return Base(pages, tuple(found[1] for found in on_pages), _value_spots(copy, on_pages[-1]))


def _value_spots(copy: Copy, found: list[Spot]) -> dict[str, tuple[Spot, ...]]:
    """The sign block is the last on the page: of each cell the label, then the lines of its value."""
    counts = {cell.key: 0 for row in copy.agreement.sign_block for cell in row}
    counts |= {key: value.count("\n") + 1 for key, value in copy.values.items()}
    left, at = found[-sum(counts.values()) - len(counts) :], {}
    for key, count in counts.items():
        label, *at[key] = left[: 1 + count]
        left = left[1 + count :]
        if any(spot.x != label.x or spot.y >= label.y for spot in at[key]):
            raise RenderError(f"the label of {key} does not stand on one line above its value")
    return {key: tuple(lines) for key, lines in at.items()}


def _copy(form: Form) -> Copy:
    keys = [cell.key for row in form.agreement.sign_block for cell in row if cell.key in SIGNER_FIELDS]
    values = {key: unicodedata.normalize("NFC", getattr(form.signer, key)) for key in keys}
    if lacking := unprintable("".join(values.values())):
        raise RenderError(f"no font has {len(lacking)} of the characters")
    issued = form.issued_at.date().isoformat()
    request_line = f"Request {form.request_id} · document {form.number} · issued {issued}"
    return Copy(form.agreement, form.dataset_title, form.licensor, request_line, values)


def _lines(copy: Copy, base: Base) -> list[Line]:
    lines = [Line(page, at, overlay.HEAD, copy.request_line) for page, at in enumerate(base.heads)]
    for key, value in copy.values.items():
        texts = zip(base.values[key], value.split("\n"), strict=True)
        lines += [Line(len(base.heads) - 1, at, overlay.VALUE, text) for at, text in texts]
    return lines


def _fits(copy: Copy) -> bool:
    """Return whether the fast path can write each line of the values, and no line is wider than its cell."""
    for row in copy.agreement.sign_block:
        frames = (geometry.TEXT,) if len(row) == 1 else (geometry.SIGNATURE, geometry.DATE)
        for cell, frame in zip(row, frames, strict=True):
            room = (frame.width - 2 * geometry.CELL_PADDING) * POINT - _SLACK
            lines = copy.values.get(cell.key, "").split("\n")
            if not all(
                overlay.writable().issuperset(line) and overlay.width(line, overlay.VALUE) <= room for line in lines
            ):
                return False
    return True


def _info(form: Form) -> dict[str, str]:
    issued = form.issued_at.strftime("D:%Y%m%d%H%M%SZ")
    subject = f"Request {form.request_id}, document {form.number}, version {form.agreement.version}"
    return {"Subject": subject, "CreationDate": issued, "ModDate": issued}
