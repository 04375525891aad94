"""Identification of the documents in a scan or photograph, by the codes on its pages.

A scan is somebody else's file: its bytes prove nothing, and what was written on the paper nobody reads here. The code
of a page says which document was printed on it, and that this bot printed it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

import pypdfium2
import zxingcpp
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from bot.document.qr_code import ScanCode

_QR = zxingcpp.barcode_formats_from_str("QRCode")
_PDF = re.compile(rb"%PDF-")
_MOST_PAGES = 50
_LONG_SIDES = (1700, 3400)
"""Pixels of a page's longer side: an A4 page at about 150 dpi; at twice that where nothing was found on it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A document that a scan shows: what its pages say, and which of them were recognised."""

    request_id: str
    number: int
    version: str
    found: tuple[int, ...]
    pages: int

    @property
    def whole(self) -> bool:
        """True if every page of the document is there."""
        return len(self.found) == self.pages


def scans(content: bytes, secret: bytes) -> list[Scan]:
    """The documents on a scan, as PDF or picture; none where it is neither, or no code on it is this bot's."""
    found: dict[tuple[str, int, str, int], set[int]] = {}
    for code in _codes(content, secret):
        found.setdefault((code.request_id, code.number, code.version, code.pages), set()).add(code.page)
    return [Scan(*document[:3], tuple(sorted(pages)), document[3]) for document, pages in sorted(found.items())]


def _codes(content: bytes, secret: bytes) -> Iterator[ScanCode]:
    for sizes in _pages(content):
        for picture in sizes:
            read = zxingcpp.read_barcodes(picture, formats=_QR)
            codes = [code for barcode in read if (code := ScanCode.parse(barcode.text, secret))]
            yield from codes
            if codes:
                break


def _pages(content: bytes) -> Iterator[Iterator[Image.Image]]:
    """Each page as pictures of growing size."""
    try:
        if _PDF.search(content, 0, 1024):
            with pypdfium2.PdfDocument(content) as pdf:
                for page in islice(pdf, _MOST_PAGES):
                    yield (_rendered(page, side) for side in _LONG_SIDES)
        else:
            with Image.open(BytesIO(content)) as picture:
                for frame in islice(ImageSequence.Iterator(picture), _MOST_PAGES):
                    upright = ImageOps.exif_transpose(frame).convert("L")
                    yield (_fitted(upright, side) for side in _LONG_SIDES)
    except (pypdfium2.PdfiumError, UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError):
        return  # no scan: it is said to be none of ours


def _rendered(page: pypdfium2.PdfPage, side: int) -> Image.Image:
    picture: Image.Image = page.render(scale=side / max(page.get_size()), grayscale=True).to_pil()
    return picture


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    """A photograph has more pixels than help; a small picture is left as it is."""
    fitted = picture.copy()
    fitted.thumbnail((side, side))
    return fitted
