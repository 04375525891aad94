"""The parts of one document laid over pages that xhtml2pdf made: scan codes, values, metadata.

The values of the fast path are written in an embedded subset of the same font that xhtml2pdf would have used.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import pikepdf
import uharfbuzz as hb
from pikepdf import Name, Pdf, Stream

from bot.document import qr_code
from bot.document.fonts import EM, SERIF, draws, opened
from bot.document.geometry import PAGE, SCAN_CODE
from bot.document.glyphs import ASCENT, DESCENT
from bot.document.layout import POINT, Spot, saved, utf16

_FONT = Name("/LaBotValue")
_BLOCKS = ((0x20, 0x7F), (0xA1, 0x250), (0x370, 0x400), (0x400, 0x530), (0x1E00, 0x1F00), (0x2010, 0x2030))


@dataclass(frozen=True, slots=True)
class Ink:
    """The look of a line: size in points, colour as red, green and blue from 0 to 1."""

    size: float
    colour: tuple[float, float, float]


VALUE = Ink(10.4, (0x1A / 255, 0x1A / 255, 0x1A / 255))
"""The template's `.value`."""
HEAD = Ink(8.0, (0x55 / 255, 0x55 / 255, 0x66 / 255))
"""The template's `#head`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text to write; `page` from 0."""

    page: int
    at: Spot
    ink: Ink
    text: str


@cache
def writable() -> frozenset[str]:
    """The characters of the fast path: one glyph each, whatever stands beside them."""
    return frozenset(char for start, end in _BLOCKS for char in map(chr, range(start, end)) if draws(SERIF, char))


def width(text: str, ink: Ink) -> float:
    """Return the width of a text of writable characters, in points."""
    return sum(_glyphs()[char][1] for char in text) * ink.size / EM


def laid_over(content: bytes, codes: Iterable[str], lines: Sequence[Line], info: Mapping[str, str]) -> bytes:
    """The pages with a scan code each, the lines, and the metadata."""
    with Pdf.open(BytesIO(content)) as pdf:
        drawn = [qr_code.drawing(code, _CODE_LEFT, _CODE_BOTTOM, _CODE_SIDE) for code in codes]
        for line in lines:
            drawn[line.page] += _written(line)
        font = _embedded(pdf, frozenset("".join(line.text for line in lines))) if lines else None
        for page, operators in zip(pdf.pages, drawn, strict=True):
            if font is not None:
                page.Resources.Font[_FONT] = font
            page.contents_add(Stream(pdf, operators), prepend=False)
        for key, value in info.items():
            pdf.docinfo[Name("/" + key)] = value
        return saved(pdf)


_CODE_SIDE = SCAN_CODE.width * POINT
_CODE_LEFT, _CODE_BOTTOM = SCAN_CODE.left * POINT, (PAGE.height - SCAN_CODE.bottom) * POINT


def _written(line: Line) -> bytes:
    glyphs = "".join(f"{_glyphs()[char][0]:04X}" for char in line.text)
    red, green, blue = line.ink.colour
    return (
        f"BT {red:.4f} {green:.4f} {blue:.4f} rg {_FONT} {line.ink.size} Tf "
        f"{line.at.x:.3f} {line.at.y:.3f} Td <{glyphs}> Tj ET\n"
    ).encode()


@cache
def _static() -> hb.Face:
    """Noto Serif with the characters of the fast path alone, at one weight."""
    face, wanted = opened(SERIF).face, hb.SubsetInput()
    for char in writable():
        wanted.unicode_set.add(ord(char))
    wanted.pin_axis_location(face, "wght", SERIF.weight)
    wanted.pin_axis_location(face, "wdth", 100)
    for table in ("GDEF", "GPOS", "GSUB", "OS/2", "STAT", "name", "post"):
        wanted.drop_table_tag_set.add(int.from_bytes(table.encode()))
    wanted.flags = hb.SubsetFlags.NO_HINTING
    return hb.subset(face, wanted)


@cache
def _glyphs() -> dict[str, tuple[int, int]]:
    """Glyph and advance of each character, in the numbering of `_static`."""
    font = hb.Font(_static())
    glyphs = {char: font.get_nominal_glyph(ord(char)) or 0 for char in writable()}
    return {char: (glyph, font.get_glyph_h_advance(glyph)) for char, glyph in glyphs.items()}


def _embedded(pdf: Pdf, characters: frozenset[str]) -> pikepdf.Object:
    """A composite font (ISO 32000-1, 9.7) of these characters, whose codes are glyph numbers."""
    wanted = hb.SubsetInput()
    for char in characters:
        wanted.unicode_set.add(ord(char))
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING
    file = hb.subset(_static(), wanted).blob.data
    used = sorted((*_glyphs()[char], char) for char in characters)
    widths = " ".join(f"{glyph} [{advance}]" for glyph, advance, _ in used)
    font = pikepdf.Object.parse(_COMPOSITE.format(ascent=ASCENT, descent=DESCENT, widths=widths).encode())
    font.ToUnicode = Stream(pdf, _to_unicode([(glyph, char) for glyph, _, char in used]))
    packed = Stream(pdf, zlib.compress(file, 6), Filter=Name.FlateDecode, Length1=len(file))
    font.DescendantFonts[0].FontDescriptor.FontFile2 = packed
    return pdf.make_indirect(font)


def _to_unicode(pairs: list[tuple[int, str]]) -> bytes:
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    maps = [
        b"%d beginbfchar\n%s\nendbfchar\n"
        % (len(block), b"\n".join(b"<%04X> %s" % (glyph, utf16(char)) for glyph, char in block))
        for block in blocks
    ]
    return _CMAP % b"".join(maps)


_COMPOSITE = """<< /Type /Font /Subtype /Type0 /BaseFont /LABOTV+LaBotValue /Encoding /Identity-H /DescendantFonts [
<< /Type /Font /Subtype /CIDFontType2 /BaseFont /LABOTV+LaBotValue /CIDToGIDMap /Identity /W [{widths}]
/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>
/FontDescriptor << /Type /FontDescriptor /FontName /LABOTV+LaBotValue /Flags 4 /FontBBox [-500 {descent} 2000 {ascent}]
/ItalicAngle 0 /Ascent {ascent} /Descent {descent} /CapHeight 714 /StemV 80 >> >> ] >>"""
_CMAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /LaBotValue def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
%sendcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
