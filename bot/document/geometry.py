"""The positions on a page of the License Agreement: millimetres on A4, from the top left corner.

The template takes its lengths from here, and so does whoever reads a scan.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on the page. Millimetres; `left` and `top` from the page's top left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge, from the page's left."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge, from the page's top."""
        return self.top + self.height


PAGE = Place(0, 0, 210, 297)
TEXT = Place(23, 29, 164, 243)
HEAD = Place(23, 14, 140, 10)
FOOT = Place(23, 277, 164, 9)

SCAN_CODE = Place(167, 6, 20, 20)
"""The QR code, without its quiet zone of 3 mm."""
CORNERS = tuple(Place(left, top, 5, 5) for top in (9, 283) for left in (9, 196))
"""Black squares on every page, by which a scan is set straight."""

SIGNATURE = Place(TEXT.left, TEXT.bottom - 28.5, round(TEXT.width * 0.62, 2), 28)
"""The frame of the signature, on the last page, whatever the document says."""
DATE = Place(SIGNATURE.right, SIGNATURE.top, TEXT.right - SIGNATURE.right, SIGNATURE.height)
"""The frame of the date, beside the signature."""
CELL_PADDING = 2.0
