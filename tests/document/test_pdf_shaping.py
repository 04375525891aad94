"""Words look as an independent shaper draws them: Pillow's Raqm, with its own HarfBuzz and FriBidi."""

from dataclasses import replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from bot.document import geometry
from bot.document.fonts import Font, runs
from bot.document.layout import POINT, spots
from bot.document.overlay import VALUE
from tests.forms import SIGNER, pictures, printed
from tests.scripts import MARKED, SCRIPTS

DPI = 300
WORDS = {script: sorted({word for name in names for word in name.split()}) for script, names in SCRIPTS.items()}
WORDS["marked"] = sorted({word for name in MARKED for word in name.split()})


def by_raqm(font: Font, word: str) -> Image.Image:
    spec = find_spec(font.package)
    assert spec
    assert spec.origin
    file = str(Path(spec.origin).parent / font.file)
    face = ImageFont.truetype(file, VALUE.size * DPI / 72, index=font.index, layout_engine=ImageFont.Layout.RAQM)
    face.set_variation_by_axes(
        [{"Weight": font.weight}.get(axis["name"].decode(), 100) for axis in face.get_variation_axes()]
    )
    picture = Image.new("L", (1400, 200), 255)
    ImageDraw.Draw(picture).text((100, 60), word, 0, font=face, features=["-kern", "-liga", "-clig"])
    return picture


def ink(picture: Image.Image) -> Image.Image:
    """The picture cut to what is dark in it."""
    dark = picture.point(lambda value: 255 * (value < 160))
    return dark.crop(dark.getbbox())


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Of all that is dark in either picture, how much is dark, or all but, in both. The best of small shifts."""
    size = (max(one.width, other.width) + 6, max(one.height, other.height) + 6)
    fixed = Image.new("L", size)
    fixed.paste(one, (3, 3))
    found = 0.0
    for x in range(1, 6):
        for y in range(1, 6):
            moved = Image.new("L", size)
            moved.paste(other, (x, y))
            both = sum(ImageChops.darker(fixed, moved).histogram()[255:])
            found = max(found, both / sum(ImageChops.lighter(fixed, moved).histogram()[255:]))
    return found


def by_us(words: list[str]) -> list[Image.Image]:
    """Three words as they are printed: one is the name, one the affiliation, one the address."""
    pdf = printed(replace(SIGNER, name=words[0], affiliation=words[1], address=words[2]), fast=False)
    with pikepdf.open(BytesIO(pdf.content)) as document:
        found = spots(document.pages[-1])
    picture, scale = pictures(pdf, DPI)[-1], DPI / 72
    bottom = geometry.PAGE.height * POINT
    boxes = [
        (at.x - 3, bottom - at.y - 12.4, at.x + 260, bottom - at.y + 6) for at in (found[-11], found[-7], found[-3])
    ]
    return [
        picture.crop((round(a * scale), round(b * scale), round(c * scale), round(d * scale))) for a, b, c, d in boxes
    ]


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow was built without Raqm")
@pytest.mark.parametrize("script", WORDS)
def test_words_look_as_an_independent_shaper_draws_them(script: str) -> None:
    words, differing = WORDS[script], {}
    for start in range(0, len(words), 3):
        three = [*words[start : start + 3], *words[:2]][:3]
        for word, picture in zip(three, by_us(three), strict=True):
            fonts = {font for font, _ in runs(word)}
            if len(fonts) == 1:
                found = likeness(ink(picture), ink(by_raqm(fonts.pop(), word)))
                if found < 0.75:
                    differing[word] = round(found, 2)
    assert differing == {}
