"""The comparison of two versions as PDF. Runs in the worker, beside `bot.document.layout`."""

from io import BytesIO

import pikepdf

from bot.document.comparison import page
from bot.document.glyphs import Face
from bot.document.layout import css_faces, made_pdf, put_meaning, saved, text_makers
from bot.document.port import Comparison, Pdf


def as_pdf(compared: Comparison) -> Pdf:
    """The page of `bot.document.comparison`, its fonts embedded; the same bytes every time. Raises RenderError."""
    makers, faces = text_makers(), list[Face]()
    writers = {style: makers[style].write for style in ("regular", "bold")}
    html = page(compared, writers, faces=lambda: css_faces(makers, faces))
    with pikepdf.open(BytesIO(made_pdf(html))) as pdf:
        put_meaning(pdf, faces)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        return Pdf(saved(pdf, compressed=True), len(pdf.pages))
