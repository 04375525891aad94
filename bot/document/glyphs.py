"""Small TrueType faces, made for a document: only the glyphs that it uses, whichever fonts they come from.

xhtml2pdf puts one glyph after another and knows nothing of OpenType shaping. So HarfBuzz shapes here, and each cluster
of characters that cannot be drawn one by one (a Devanagari conjunct, a Thai letter with its marks) becomes one glyph of
the face, under a private-use character that takes its place in the HTML. `Face.meaning` tells what each stands for,
so that the PDF's ToUnicode maps are put right and the text is extracted as it was typed.
Letters written from right to left become private characters of that direction: xhtml2pdf puts them in order.
"""

import base64
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from io import BytesIO

import uharfbuzz as hb
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

from bot.document.fonts import EM, Font, opened
from bot.model.errors import RenderError

ASCENT, DESCENT = 1069, -293
"""Noto Serif's, for every face: a line is as high whatever stands in it. Font units."""

_UNIX_EPOCH = 2_082_844_800  # seconds from 1904, from which TrueType counts
_PRIVATE = range(0xE000, 0xF000)
_RIGHT_TO_LEFT = range(0x1EF00, 0x1F000)  # unassigned, and right-to-left by default (UAX 9, table 4)
PLACEHOLDER = re.compile(rb"(?<=> )<(E[0-9A-F]{3}|1EF[0-9A-F]{2})>")
"""A character of these ranges, as the ToUnicode maps of reportlab write it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A cluster as shaped: glyphs of a font with their offsets, and how far the pen moves. Font units."""

    font: Font
    glyphs: tuple[tuple[int, int, int], ...]
    advance: int


@dataclass(frozen=True, slots=True)
class Face:
    """A TrueType font to embed, and what its private-use characters stand for."""

    name: str
    ttf: bytes
    meaning: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """The font as a `data:` URI for CSS."""
        return "data:font/ttf;base64," + base64.b64encode(self.ttf).decode()


class FaceMaker:
    """Writes texts for the HTML and keeps the glyphs that they need, for one face that draws them all.

    No kerning: a glyph is as wide wherever it stands. `fonts` cuts a text where its font changes; `ligatures`:
    whether Latin ligatures are drawn.
    """

    def __init__(self, name: str, fonts: Callable[[str], Iterable[tuple[Font, str]]], *, ligatures: bool) -> None:
        self._name, self._fonts = name, fonts
        self._ligatures = ligatures
        self._drawings: dict[str, Drawing] = {}
        self._meaning: dict[str, str] = {}

    def write(self, text: str) -> str:
        """The text as it is to stand in the HTML; its line breaks stay."""
        return "\n".join("".join(self._clusters(line)) for line in text.split("\n"))

    def face(self) -> Face:
        """The face that draws all that was written so far."""
        drawings = tuple(self._drawings.items())
        # Two faces of one name are one to reportlab, which keeps the first that it met.
        name = f"{self._name}-{sha256(repr(drawings).encode()).hexdigest()[:8]}"
        return Face(name, _truetype(name, drawings), dict(self._meaning))

    def _clusters(self, line: str) -> Iterator[str]:
        for font, text in self._fonts(line):
            for right_to_left, part in _directions(text):
                for cluster, drawing in _shaped(font, part, self._ligatures):
                    alone = len(cluster) == 1 and not right_to_left
                    if alone and self._drawings.setdefault(cluster, drawing) == drawing:
                        yield cluster
                    else:
                        yield self._private(cluster, drawing, _RIGHT_TO_LEFT if right_to_left else _PRIVATE)

    def _private(self, cluster: str, drawing: Drawing, kind: range) -> str:
        drawn = (char for char, text in self._meaning.items() if text == cluster and self._drawings[char] == drawing)
        free = (char for char in map(chr, kind) if char not in self._meaning)
        char = next(drawn, None) or next(free, None)
        if char is None:
            raise RenderError("the values hold too many different letters for one font")
        self._meaning[char], self._drawings[char] = cluster, drawing
        return char


def _directions(text: str) -> Iterator[tuple[bool, str]]:
    """The text cut where letters written from right to left begin and end; marks and joiners stay with theirs."""
    leftward, part = False, ""
    for char in text:
        kind = unicodedata.bidirectional(char)
        turned = leftward if kind in ("NSM", "BN") else kind in ("R", "AL")
        if turned != leftward and part:
            yield leftward, part
            part = ""
        leftward, part = turned, part + char
    if part:
        yield leftward, part


@lru_cache(maxsize=256)  # the LA's own passages are the same from document to document
def _shaped(font: Font, text: str, ligatures: bool) -> tuple[tuple[str, Drawing], ...]:
    """The text's clusters in their order, each as its font's OpenType rules draw it."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    if buffer.direction == "rtl":  # readers turn these one by one, so a mark is kept apart from its letter
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    hb.shape(opened(font), buffer, {"kern": False, "liga": ligatures, "clig": ligatures})
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    glyphs: dict[int, list[tuple[int, int, int]]] = {start: [] for start in starts}
    pens = dict.fromkeys(starts, 0)
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        x = pens[info.cluster] + position.x_offset
        glyphs[info.cluster].append((info.codepoint, x, position.y_offset))
        pens[info.cluster] += position.x_advance
    ends = [*starts[1:], len(text)]
    return tuple(
        (text[start:end], Drawing(font, tuple(glyphs[start]), pens[start]))
        for start, end in zip(starts, ends, strict=True)
    )


@lru_cache(maxsize=16)  # the LA's own faces are the same from document to document
def _truetype(name: str, drawings: tuple[tuple[str, Drawing], ...]) -> bytes:
    names = {char: f"u{ord(char):04X}" for char, _ in drawings}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(char): glyph for char, glyph in names.items()})
    outlines = {names[char]: _outline(drawing) for char, drawing in drawings}
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph()} | outlines)
    advances = {names[char]: drawing.advance for char, drawing in drawings}
    left = {name: getattr(glyph, "xMin", 0) for name, glyph in builder.font["glyf"].glyphs.items()}
    builder.setupHorizontalMetrics({name: (advances.get(name, EM // 2), left[name]) for name in left})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=_UNIX_EPOCH, modified=_UNIX_EPOCH)
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()


@lru_cache(maxsize=4096)
def _outline(drawing: Drawing) -> Glyph:
    pen = TTGlyphPen(None)
    quadratic = Cu2QuPen(pen, max_err=1.0)
    for glyph, x, y in drawing.glyphs:
        opened(drawing.font).draw_glyph_with_pen(glyph, TransformPen(quadratic, (1, 0, 0, 1, x, y)))
    return pen.glyph(dropImpliedOnCurves=True)
