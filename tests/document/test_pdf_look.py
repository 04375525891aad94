"""What a person sees on the pages of the License Agreement, and what a reader takes out of them."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import ImageChops

from bot.agreement.clauses import Items, Paragraph
from bot.document import geometry
from bot.document.geometry import Place
from bot.document.layout import POINT
from bot.document.port import Pdf
from bot.model.people import Signer
from tests.forms import LONGEST, SIGNER, folded, form, named, pictures, press, printed, text_by_pdfium, text_by_pypdf

SHORTEST = Signer("Bo Li", "PI", "CMVS", "b@oulu.fi", "Oulu")
WRAPPING = Signer(SIGNER.name, SIGNER.title, SIGNER.affiliation * 3, SIGNER.email, SIGNER.address)
DPI = 100


def dark(pdf: Pdf, page: int, place: Place) -> float:
    """How much of a place is dark, from 0 to 1."""
    scale = DPI / 25.4
    left, top = round(place.left * scale), round(place.top * scale)
    pixels = (
        pictures(pdf, DPI)[page].crop((left, top, round(place.right * scale), round(place.bottom * scale))).tobytes()
    )
    return sum(value < 128 for value in pixels) / len(pixels)


def inset(place: Place, by: float) -> Place:
    return Place(place.left + by, place.top + by, place.width - 2 * by, place.height - 2 * by)


@pytest.mark.parametrize("read", [text_by_pypdf, text_by_pdfium])
@pytest.mark.parametrize("signer", [SIGNER, LONGEST])
def test_every_word_of_the_la_stands_in_the_pdf_in_its_order(read: Callable[[Pdf], str], signer: Signer) -> None:
    text, agreement = folded(read(printed(signer))), form().agreement
    at = 0
    for clause in agreement.clauses[:-1]:
        said = [clause.heading]
        for block in clause.blocks:
            match block:
                case Paragraph(paragraph):
                    said.append(paragraph)
                case Items(items):
                    said += [item.marker + item.text for item in items]
        for passage in said:
            at = text.find(folded(passage), at)
            assert at >= 0, passage
    assert text.find(folded(agreement.sign_here), at) > at


@pytest.mark.parametrize("signer", [SIGNER, SHORTEST, LONGEST, WRAPPING])
def test_the_values_stand_in_the_pdf(signer: Signer) -> None:
    for read in (text_by_pypdf, text_by_pdfium):
        text = folded(read(printed(signer)))
        for value in (signer.name, signer.title, signer.affiliation, signer.email, signer.address):
            assert folded(value) in text


def test_a_plain_document_has_two_pages() -> None:
    assert printed(SIGNER).pages == 2


def test_the_longest_values_take_a_third_page_that_ends_in_terms_and_signature() -> None:
    pdf = printed(LONGEST)
    last = pypdfium2.PdfDocument(pdf.content)[2].get_textpage().get_text_range()
    assert pdf.pages == 3
    assert "7. Warranty" in last
    assert last.index("7. Warranty") < last.index("Maximiliana") < last.index("Signature")


@pytest.mark.parametrize("signer", [SIGNER, SHORTEST, LONGEST, WRAPPING, named("प्रिया शर्मा")])
def test_the_frames_of_signature_and_date_are_at_their_places_and_empty(signer: Signer) -> None:
    pdf = printed(signer)
    for place in (geometry.SIGNATURE, geometry.DATE):
        for side in (
            Place(place.left + 5, place.top - 0.5, place.width - 10, 1),
            Place(place.left + 5, place.bottom - 0.5, place.width - 10, 1),
            Place(place.left - 0.5, place.top + 5, 1, place.height - 10),
        ):
            assert dark(pdf, -1, side) > 0.2
        assert dark(pdf, -1, Place(place.left + 1, place.top + 6, place.width - 2, place.height - 7)) == 0


@pytest.mark.parametrize("signer", [SIGNER, LONGEST])
def test_corner_squares_and_the_quiet_zone_are_on_every_page(signer: Signer) -> None:
    pdf = printed(signer)
    zone = inset(geometry.SCAN_CODE, -2.8)
    for page in range(pdf.pages):
        for corner in geometry.CORNERS:
            assert dark(pdf, page, inset(corner, 0.3)) == 1
        for side in (
            Place(zone.left, zone.top, zone.width, 2.4),
            Place(zone.left, zone.bottom - 2.4, zone.width, 2.4),
            Place(zone.left, zone.top, 2.4, zone.height),
            Place(zone.right - 2.4, zone.top, 2.4, zone.height),
        ):
            assert dark(pdf, page, side) == 0


def test_both_paths_look_the_same() -> None:
    for signer in (SIGNER, SHORTEST):
        fast, full = printed(signer), printed(signer, fast=False)
        assert fast.content != full.content
        for one, other in zip(pictures(fast, DPI), pictures(full, DPI), strict=True):
            differing = sum(value > 32 for value in ImageChops.difference(one, other).tobytes())
            assert differing < 100, "more than one letter drawn a fraction of a point aside"


def test_nothing_is_written_smaller_than_8_points_or_outside_the_text() -> None:
    for signer in (SIGNER, LONGEST, WRAPPING):
        with pypdfium2.PdfDocument(printed(signer).content) as document:
            for page in document:
                text = page.get_textpage()
                for i in range(text.count_chars()):
                    if text.get_text_range(i, 1).strip():
                        left, _, right, _ = text.get_charbox(i)
                        assert left >= (geometry.TEXT.left - 0.1) * POINT
                        assert right <= (geometry.TEXT.right + 0.1) * POINT
    with pikepdf.open(BytesIO(printed(LONGEST).content)) as pdf:
        sizes = {
            float(step.operands[1])
            for page in pdf.pages
            for step in pikepdf.parse_content_stream(page, "Tf Tj")
            if str(step.operator) == "Tf"
        }
    assert min(size for size in sizes if size > 1) == 8


def test_the_document_says_what_it_is_in_its_metadata() -> None:
    with pikepdf.open(BytesIO(printed(SIGNER).content)) as pdf:
        said = {key: str(value) for key, value in pdf.docinfo.items()}
        assert str(pdf.Root.Lang) == "en"
        assert [str(item.title) for item in pdf.open_outline().root[0].children][:2] == [
            "1. Restriction of commercial use",
            "2. Distribution and publications",
        ]
    assert said["/Title"] == "License Agreement – 4DME Recognition Challenge Database (v.29.04.2026)"
    assert said["/Author"] == "Center for Machine Vision and Signal Analysis (CMVS), University of Oulu"
    assert said["/CreationDate"] == said["/ModDate"] == "D:20261122103000Z"
    assert said["/LATextSHA256"] == form().agreement.sha256


def test_header_and_footer_name_request_version_and_page() -> None:
    for number, page in enumerate(pypdfium2.PdfDocument(printed(SIGNER).content), 1):
        text = page.get_textpage().get_text_range()
        assert "Request 4DME-7K3M9Q2X · document 1 · issued 2026-11-22" in text
        assert "License Agreement v.29.04.2026" in text
        assert f"Page {number} of 2" in text


def test_a_plain_document_is_small() -> None:
    assert len(printed(SIGNER).content) <= 120_000


def test_an_agreement_of_few_clauses_has_its_signature_at_the_same_place() -> None:
    agreement = form().agreement
    short = replace(agreement, version="1", clauses=(agreement.clauses[0], *agreement.clauses[-3:]))
    pdf = press().print(replace(form(), agreement=short))
    assert pdf.pages == 1
    assert dark(pdf, -1, Place(geometry.DATE.left + 5, geometry.DATE.top - 0.5, geometry.DATE.width - 10, 1)) > 0.2
