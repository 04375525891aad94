"""The License Agreement as pages: HTML by jinja2, PDF by xhtml2pdf. Runs in the worker.

Nothing outside the HTML is read: the fonts are in it, and the resource policy allows no file and no address.
"""

import logging
import re
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO

import pikepdf
import reportlab.rl_config
from pikepdf import Array
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from bot.agreement.agreement import Agreement, Layout
from bot.document import geometry
from bot.document.fonts import SERIF, SERIF_BOLD, SERIF_ITALIC, Font, runs
from bot.document.glyphs import PLACEHOLDER, Face, FaceMaker
from bot.document.templates import template
from bot.model.errors import RenderError

POINT = 72 / 25.4
"""Points to the millimetre."""

reportlab.rl_config.invariant = 1  # the same document, the same bytes
reportlab.rl_config.useA85 = 0  # which would only make them more
_POLICY = ResourceAccessPolicy.server(allow_remote=False)
_TEXT_FONTS = {"regular": SERIF, "bold": SERIF_BOLD, "italic": SERIF_ITALIC}
_CARRIED = 1
_EXACT = 0.05  # mm
_LABEL_DEPTH = 4.21  # mm from the frame of the signature to the base line of its label
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Copy:
    """The content of one printed document. `values`: a sign block cell's key and its value, lines parted by `\n`."""

    agreement: Agreement
    dataset_title: str
    licensor: str
    request_line: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """The spread of the text: white space of the sign block (mm), the forced page break, and the number of pages."""

    white: float = 0.0
    page_break_before: str = ""
    pages: int = 2


@dataclass(frozen=True, slots=True)
class Pages:
    """A PDF as xhtml2pdf made it, whose text can be extracted, and the plan it was made by."""

    content: bytes
    plan: Plan


@dataclass(frozen=True, slots=True)
class Spot:
    """The start of a piece of text: the left end of its base line, in points from the page's lower left corner."""

    x: float
    y: float


def typeset(copy: Copy, plan: Plan) -> Pages:
    """The document's pages, the signature's frame at its place. A `plan` near the one that fits saves renders.

    What the values leave free becomes white in the sign block. Where they leave too little, the last clauses go to
    the next page with it, so that nobody signs a page without terms. Raises RenderError.
    """
    for _ in range(_TRIES):
        pages, better = _pages(copy, plan)
        if better == plan:
            return pages
        plan = better
    raise RenderError("the sign block cannot be brought to its place")


def _pages(copy: Copy, plan: Plan) -> tuple[Pages, Plan]:
    """The document by this plan, and the plan that would have been better."""
    html, faces = _html(copy, plan)
    with pikepdf.open(BytesIO(made_pdf(html))) as pdf:
        count, label = len(pdf.pages), spots(pdf.pages[-1])[-1]
        free = geometry.SIGNATURE.top - (geometry.PAGE.height - label.y / POINT - _LABEL_DEPTH)
        better = _better(copy.agreement, plan, count, None if _without_heading(pdf) else free)
        put_meaning(pdf, faces)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        return Pages(saved(pdf, compressed=True), plan), better


def put_meaning(pdf: pikepdf.Pdf, faces: list[Face]) -> None:
    """Let the fonts' ToUnicode maps tell what the private-use characters stand for."""
    meanings = {face.name: face.meaning for face in faces}
    for font in (obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary) and "/ToUnicode" in obj):
        meaning = meanings.get(str(font.BaseFont).partition("+")[2], {})

        def said(found: re.Match[bytes], meaning: Mapping[str, str] = meaning) -> bytes:
            return utf16(meaning.get(chr(int(found[1], 16)), chr(int(found[1], 16))))

        font.ToUnicode = pikepdf.Stream(pdf, PLACEHOLDER.sub(said, font.ToUnicode.read_bytes()))


def saved(pdf: pikepdf.Pdf, *, compressed: bool = False) -> bytes:
    """The PDF's bytes, the same for the same objects."""
    out, as_they_are = BytesIO(), pikepdf.StreamDecodeLevel.none
    pdf.save(out, deterministic_id=True, compress_streams=compressed, stream_decode_level=as_they_are)
    return out.getvalue()


def utf16(text: str) -> bytes:
    """A text as ToUnicode maps write it (ISO 32000-1, 9.10.3)."""
    return b"<" + text.encode("utf-16-be").hex().upper().encode() + b">"


def _without_heading(pdf: pikepdf.Pdf) -> bool:
    """Return whether no clause begins on the last page: the outline has an entry for each."""
    title = pdf.open_outline().root[0]
    last = pdf.pages[-1].obj.objgen
    return all(item.destination[0].objgen != last for item in title.children if isinstance(item.destination, Array))


def _better(agreement: Agreement, plan: Plan, count: int, free: float | None) -> Plan:
    """`free`: how far (mm) the signature's frame is above its place; None where it is on a page without a clause."""
    if free is not None:
        return replace(plan, white=plan.white + (free if abs(free) > _EXACT else 0.0), pages=count)
    if plan.white:
        return replace(plan, white=0.0, pages=count)
    if plan.page_break_before:
        raise RenderError("the values are too long for one page")
    return Plan(0.0, agreement.clauses[-1 - _CARRIED].id, count)


def spots(page: pikepdf.Page) -> list[Spot]:
    """Return the start of each piece of text on a page, in the order in which the page draws them."""
    found, matrix, stack = [], pikepdf.Matrix(), list[pikepdf.Matrix]()
    for step in pikepdf.parse_content_stream(page, "q Q cm Tm"):
        match str(step.operator):
            case "q":
                stack.append(matrix)
            case "Q":
                matrix = stack.pop()
            case "cm":
                matrix = pikepdf.Matrix(*map(float, step.operands)) @ matrix
            case _:
                at = pikepdf.Matrix(*map(float, step.operands)) @ matrix
                found.append(Spot(at.e, at.f))
    return found


def made_pdf(html: str) -> bytes:
    """Render the HTML by xhtml2pdf. Raises RenderError if it reports anything."""
    out = BytesIO()
    with _warnings() as warnings:
        result = pisa.CreatePDF(html, dest=out, encoding="utf-8", resource_policy=_POLICY)
    if result.err or result.warn or warnings:
        raise RenderError(f"xhtml2pdf found {result.err} errors and {result.warn + len(warnings)} warnings")
    return out.getvalue()


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """The loggers that spoke while xhtml2pdf worked: some of what it warns of is in no count.

    Their words stay here, and at DEBUG they would be the whole document.
    """
    said: list[str] = []
    handler, logger = logging.Handler(logging.WARNING), logging.getLogger("xhtml2pdf")
    handler.emit = lambda record: said.append(record.name)  # type: ignore[method-assign]
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


def _html(copy: Copy, plan: Plan) -> tuple[str, list[Face]]:
    makers = text_makers()
    makers["value"] = FaceMaker("LaBotValue", runs, ligatures=False)
    faces: list[Face] = []
    html = template("agreement.html.j2").render(
        agreement=copy.agreement,
        dataset_title=copy.dataset_title,
        licensor=copy.licensor,
        request_line=copy.request_line,
        values=copy.values,
        plan=plan,
        places=geometry,
        faces=lambda: css_faces(makers, faces),
        styled=lambda text: _styled(text, copy.agreement.layout),
        **{style: maker.write for style, maker in makers.items()},
    )
    return html, faces


def text_makers() -> dict[str, FaceMaker]:
    """Return the writers of the LA's text, by style."""
    return {style: _text_maker(f"LaBotSerif-{style.title()}", font) for style, font in _TEXT_FONTS.items()}


def css_faces(makers: Mapping[str, FaceMaker], faces: list[Face]) -> Iterator[dict[str, str]]:
    """Each style's face for the style sheet, made once everything was written; it is put into `faces` too."""
    for style, maker in makers.items():
        faces.append(maker.face())
        yield _css_face(style, faces[-1])


def _text_maker(name: str, font: Font) -> FaceMaker:
    maker = FaceMaker(name, lambda text: [(font, text)], ligatures=True)
    maker.write(string.ascii_letters + string.digits + ":-. ·•\N{NO-BREAK SPACE}")  # what the template says, and ids
    return maker


def _css_face(style: str, face: Face) -> dict[str, str]:
    weight, slant = "bold" if style == "bold" else "normal", "italic" if style == "italic" else "normal"
    return {"family": "value" if style == "value" else "text", "uri": face.uri, "weight": weight, "style": slant}


def _styled(text: str, layout: Layout) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the style that the licensor's source gives it."""
    passages = dict.fromkeys(layout.bold, "bold") | dict.fromkeys(layout.italic, "italic")
    for passage, style in passages.items():
        before, found, after = text.partition(passage)
        if found:
            yield from _styled(before, layout)
            yield style, found
            yield from _styled(after, layout)
            return
    if text:
        yield "regular", text
