"""Selection of the font for each character, and the small TrueType faces that a document embeds.

The fonts are those of two families of packages, all under the SIL Open Font License 1.1: Noto Serif for Latin, Greek
and Cyrillic (`fontpkg-noto-serif`), Noto Sans for each other script (`manimgx-fonts`, `manimgx-fonts-cjk`).
Nothing is read before a character asks for it, and a font file is mapped, not loaded.
"""

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import uharfbuzz as hb

EM = 1000
"""Font units to the em, in every font after scaling and in every face made."""

REGULAR, BOLD = 400, 700


@dataclass(frozen=True, slots=True)
class Font:
    """A font file of a package, at a weight: `index` is the face's in a collection."""

    package: str
    file: str
    weight: int = REGULAR
    index: int = 0


SERIF = Font("fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf")
SERIF_BOLD = Font("fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf", BOLD)
SERIF_ITALIC = Font("fontpkg_noto_serif", "files/NotoSerif-Italic[wdth,wght].ttf")

_SCRIPTS = (
    *("Armenian", "Georgian", "Hebrew", "Arabic", "Devanagari", "Bengali", "Tamil", "Thai"),
    *("Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Sinhala", "Telugu"),
    *("Ethiopic", "Khmer", "Lao", "Myanmar"),
)
_BY_SCRIPT = {script.upper(): Font("manimgx_fonts", f"NotoSans{script}[wght].ttf") for script in _SCRIPTS}
_JAPANESE, _KOREAN, _SIMPLIFIED, _TRADITIONAL = (
    Font("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", REGULAR, index) for index in range(4)
)
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Joiners. They are kept if a script spells with them, and draw nothing."""
_HAN_ENCODINGS = (("gb2312", _SIMPLIFIED), ("big5", _TRADITIONAL), ("shift_jis", _JAPANESE))


@cache
def opened(font: Font) -> hb.Font:
    """The font, scaled to 1000 units to the em. Raises ModuleNotFoundError where its package is not installed."""
    spec = find_spec(font.package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the font package {font.package} is not installed", name=font.package)
    blob = hb.Blob.from_file_path(str(Path(spec.origin).parent / font.file))
    drawn = hb.Font(hb.Face(blob, font.index))
    drawn.scale = (EM, EM)
    drawn.set_variations({"wght": font.weight, "wdth": 100})
    return drawn


def draws(font: Font, char: str) -> bool:
    """Return whether the font has a glyph for the character."""
    return opened(font).get_nominal_glyph(ord(char)) is not None


def unprintable(text: str) -> set[str]:
    """The characters of a value that no font has; a line break is none of them."""
    return {char for char in set(unicodedata.normalize("NFC", text)) if char != "\n" and not _has(char)}


def runs(text: str) -> Iterator[tuple[Font, str]]:
    """The text in its order, cut where the font changes; marks, and what no font has, stay with the font before."""
    han, font, start = _han_font(text), SERIF, 0
    for i, char in enumerate(text):
        stays = unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") and draws(font, char)
        found = font if stays else _font_of(char, han) or font
        if found != font:
            if i > start:
                yield font, text[start:i]
            font, start = found, i
    if start < len(text):
        yield font, text[start:]


def _has(char: str) -> bool:
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in JOINERS:
        return False
    return _font_of(char, _SIMPLIFIED) is not None


def _font_of(char: str, han: Font) -> Font | None:
    """The font of the script that Unicode names the character after, or else any that has it."""
    likely = _BY_SCRIPT.get(unicodedata.name(char, "").partition(" ")[0], han)
    return next((font for font in (SERIF, likely, han, *_BY_SCRIPT.values()) if draws(font, char)), None)


def _han_font(text: str) -> Font:
    """Chinese, Japanese and Korean draw the same character differently: the text's other characters tell which."""
    names = {unicodedata.name(char, "").partition(" ")[0] for char in text}
    if names & {"HIRAGANA", "KATAKANA"}:
        return _JAPANESE
    if "HANGUL" in names:
        return _KOREAN
    han = "".join(char for char in text if unicodedata.name(char, "").startswith("CJK UNIFIED"))
    return next((font for encoding, font in _HAN_ENCODINGS if _encodes(han, encoding)), _TRADITIONAL)


def _encodes(text: str, encoding: str) -> bool:
    try:
        codecs.encode(text, encoding)
    except UnicodeEncodeError:
        return False
    return True
