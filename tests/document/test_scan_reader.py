"""A signed paper comes back as somebody else's file: which document it is, from scans and photographs of it."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageFilter

from bot.document.scan_reader import Scan, scans
from tests.forms import LONGEST, SECRET, SIGNER, form, pictures, press, printed

WHOLE = [Scan("4DME-7K3M9Q2X", 1, "29.04.2026", (1, 2), 2)]


def scanned(picture: Image.Image) -> Image.Image:
    """Laid on the glass a little askew, with specks."""
    turned = picture.rotate(2.5, expand=True, fillcolor=255)
    specks = np.random.default_rng(1).normal(0, 12, (turned.height, turned.width))
    return Image.fromarray(np.clip(np.asarray(turned) + specks, 0, 255).astype(np.uint8))


def upside_down(picture: Image.Image) -> Image.Image:
    return picture.rotate(180)


def photographed(picture: Image.Image) -> Image.Image:
    """On a dark table, from an angle, in dim light, not quite sharp."""
    width, height = picture.size
    table = Image.new("L", (width + 400, height + 400), 60)
    table.paste(picture.point(lambda light: 40 + light * 150 // 255), (200, 200))
    towards = (0, 0, 60, table.height, table.width - 40, table.height - 50, table.width, 30)
    seen = table.transform(table.size, Image.Transform.QUAD, towards, Image.Resampling.BILINEAR)
    return seen.filter(ImageFilter.GaussianBlur(1.2))


def as_pdf(pages: list[Image.Image]) -> bytes:
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], quality=60)
    return out.getvalue()


def as_picture(page: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    page.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("seen", [scanned, upside_down, photographed])
@pytest.mark.parametrize("dpi", [150, 300])
def test_a_scan_in_a_pdf_is_known_by_its_pages(seen: Callable[[Image.Image], Image.Image], dpi: int) -> None:
    pages = [seen(page) for page in pictures(printed(SIGNER), dpi)]
    assert scans(as_pdf(pages), SECRET) == WHOLE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_photograph_of_one_page_is_known_and_the_other_page_missed(kind: str) -> None:
    page = photographed(pictures(printed(SIGNER), 200)[1])
    (found,) = scans(as_picture(page, kind), SECRET)
    assert (found.found, found.pages, found.whole) == ((2,), 2, False)


def test_a_file_that_was_printed_to_pdf_again_is_known_though_its_own_marks_are_gone() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(printed(LONGEST).content)) as pdf:
        del pdf.docinfo
        pdf.save(out)
    assert [scan.whole for scan in scans(out.getvalue(), SECRET)] == [True]


def test_pages_of_two_documents_are_two() -> None:
    both = [pictures(pdf, 150)[0] for pdf in (printed(SIGNER), press().print(replace(form(), number=2)))]
    assert [(scan.number, scan.found) for scan in scans(as_pdf(both), SECRET)] == [(1, (1,)), (2, (1,))]


def test_a_scan_of_another_bots_paper_and_what_is_no_scan_are_nothing_of_ours() -> None:
    page = pictures(printed(SIGNER), 150)[0]
    assert scans(as_pdf([page]), b"another secret") == []
    blank = Image.new("L", (800, 1100), 255)
    for content in (as_pdf([blank]), as_picture(blank, "PNG"), b"", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\n", b"hello"):
        assert scans(content, SECRET) == []
