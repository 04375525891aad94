"""A form to print, and readers of what was printed."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

import pypdf
import pypdfium2
from PIL import Image

from bot.agreement.agreement import DATASETS, load_dataset
from bot.document.assembly import Press
from bot.document.port import Form, Pdf
from bot.model.people import Signer

SECRET = b"a secret of the tests"
SIGNER = Signer(
    name="Åsa Nguyễn-Łukasiewicz",
    title="Professor",
    affiliation="University of Oulu, Center for Machine Vision and Signal Analysis",
    email="asa.nguyen@oulu.fi",
    address="Pentti Kaiteran katu 1\n90570 Oulu\nFinland",
)
LONGEST = Signer(
    name="Maximiliana-Alexandrovna Wolfeschlegelsteinhausenbergerdorff de la Santísima Trinidad y Borbón-Habsb",
    title="Professor of Affective Computing and Chair of the Department of Electrical and Information Engineeri",
    affiliation=("Institut für Neuroinformatik und Maschinelles Sehen, Fakultät für Elektrotechnik, " * 4)[:299] + ".",
    email=f"{'maximiliana.alexandrovna.' * 2}m@department-of-engineering.university-of-example.ac.uk",
    address="\n".join(
        f"Department of Electrical and Information Engineering, Building {n}, Third Floor, Room {n}.312 (left)"
        for n in range(1, 6)
    ),
)


@cache
def form() -> Form:
    dataset = load_dataset(DATASETS / "4dme")
    issued_at = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
    return Form("4DME-7K3M9Q2X", 1, dataset.current, dataset.title, dataset.licensor, SIGNER, issued_at)


@cache
def press() -> Press:
    return Press(SECRET)


@cache
def printed(signer: Signer, *, fast: bool = True) -> Pdf:
    return press().print(replace(form(), signer=signer), fast=fast)


def named(name: str) -> Signer:
    return replace(SIGNER, name=name)


def text_by_pypdf(pdf: Pdf) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf.content)).pages)


def text_by_pdfium(pdf: Pdf) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf.content))


def pictures(pdf: Pdf, dpi: int) -> list[Image.Image]:
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf.content)]


def folded(text: str) -> str:
    """NFKC, without white space and direction marks."""
    return "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if not char.isspace()
        and unicodedata.bidirectional(char) not in ("LRE", "RLE", "PDF", "LRI", "RLI", "PDI")
        and char not in "\u200e\u200f\ufffe\x02"
    )
