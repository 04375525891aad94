"""The License Agreement as pages: HTML by jinja2, PDF by xhtml2pdf. Runs in the worker.

Nothing outside the HTML is read: the fonts are in it, and the resource policy allows no file and no address.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO

import jinja2
import reportlab.rl_config
from pypdf import PdfReader
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from bot import places
from bot.agreement import DATASETS, Agreement, Layout
from bot.errors import RenderError
from bot.faces import Face, FaceMaker
from bot.fonts import SERIF, SERIF_BOLD, SERIF_ITALIC, Font, runs

POINT = 72 / 25.4
"""Points to the millimetre."""

reportlab.rl_config.invariant = 1  # the same document, the same bytes
_POLICY = ResourceAccessPolicy.server(allow_remote=False)
_TEXT_FONTS = {"regular": SERIF, "bold": SERIF_BOLD, "italic": SERIF_ITALIC}
_CARRIED = 3
_MOST_FREE, _EXACT = 70.0, 0.05  # mm
_LABEL_DEPTH = 4.21  # mm from the frame of the signature to the base line of its label
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Copy:
    """What one document prints. `values`: a sign block cell's key and its value, lines parted by "\\n"."""

    agreement: Agreement
    dataset_title: str
    licensor: str
    request_line: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the text is spread: the white given to the sign block (mm), where a page is forced, how many there are."""

    white: float = 0.0
    page_break_before: str = ""
    pages: int = 2


@dataclass(frozen=True, slots=True)
class Pages:
    """A PDF as xhtml2pdf made it. `meaning`: by face, what its private-use characters stand for."""

    content: bytes
    plan: Plan
    meaning: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a text begins: page from 0, its base line's left end in points from the page's lower left corner."""

    page: int
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
    content = _pdf(html)
    reader = PdfReader(BytesIO(content))
    count = len(reader.pages)
    label = copy.agreement.sign_block[-1][0].label
    lowest = min(spots(reader, {label}, count - 1)[label], key=lambda spot: spot.y)
    free = places.SIGNATURE.top - (places.PAGE.height - lowest.y / POINT - _LABEL_DEPTH)
    return Pages(content, plan, {face.name: face.meaning for face in faces}), _better(copy.agreement, plan, count, free)


def _better(agreement: Agreement, plan: Plan, count: int, free: float) -> Plan:
    if abs(free) < _EXACT:
        return replace(plan, pages=count)
    if plan.white + free <= _MOST_FREE:
        return replace(plan, white=plan.white + free, pages=count)
    if plan.white:
        return replace(plan, white=0.0, pages=count)
    if plan.page_break_before:
        raise RenderError("the values are too long for one page")
    return Plan(0.0, agreement.clauses[-1 - _CARRIED].id, count)


def spots(reader: PdfReader, texts: set[str], first: int = 0) -> dict[str, list[Spot]]:
    """Where each of the texts stands, whole, from page `first` on."""
    found: dict[str, list[Spot]] = {text: [] for text in texts}
    for number, page in enumerate(reader.pages[first:], first):

        def visit(text: str, cm: list[float], tm: list[float], *_: object, page: int = number) -> None:
            if text.strip() in found:
                found[text.strip()].append(Spot(page, tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]))

        page.extract_text(visitor_text=visit)
    return found


def _pdf(html: str) -> bytes:
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
    makers = {style: _text_maker(f"LaBotSerif-{style.title()}", font) for style, font in _TEXT_FONTS.items()}
    makers["value"] = FaceMaker("LaBotValue", runs, ligatures=False)
    faces: list[Face] = []

    def made() -> Iterator[dict[str, str]]:
        for style, maker in makers.items():
            faces.append(maker.face())
            yield _css_face(style, faces[-1])

    html = _template().render(
        agreement=copy.agreement,
        dataset_title=copy.dataset_title,
        licensor=copy.licensor,
        request_line=copy.request_line,
        values=copy.values,
        plan=plan,
        places=places,
        faces=made,
        styled=lambda text: _styled(text, copy.agreement.layout),
        **{style: maker.write for style, maker in makers.items()},
    )
    return html, faces


def _text_maker(name: str, font: Font) -> FaceMaker:
    maker = FaceMaker(name, lambda text: [(font, text)], ligatures=True)
    maker.write("Page of 0123456789 ·\N{NO-BREAK SPACE}")  # what the template itself says
    return maker


def _css_face(style: str, face: Face) -> dict[str, str]:
    weight, slant = "bold" if style == "bold" else "normal", "italic" if style == "italic" else "normal"
    return {"family": "value" if style == "value" else "text", "uri": face.uri, "weight": weight, "style": slant}


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(DATASETS)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.get_template("agreement.html.j2")


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
