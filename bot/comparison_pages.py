"""The comparison of two versions as PDF. Runs in the worker, beside `bot.typeset`."""

from io import BytesIO

import pikepdf

from bot.comparison import page
from bot.faces import Face
from bot.printing import Comparison, Pdf
from bot.typeset import css_faces, made_pdf, put_meaning, saved, text_makers


def as_pdf(compared: Comparison) -> Pdf:
    """The page of `bot.comparison`, its fonts embedded; the same bytes every time. Raises RenderError."""
    makers, faces = text_makers(), list[Face]()
    writers = {style: makers[style].write for style in ("regular", "bold")}
    html = page(compared, writers, faces=lambda: css_faces(makers, faces))
    with pikepdf.open(BytesIO(made_pdf(html))) as pdf:
        put_meaning(pdf, faces)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        return Pdf(saved(pdf, compressed=True), len(pdf.pages))
