"""Documents a second, beside the libraries that others make PDFs with: same text, same values, one run.

python -m tests.benchmarks.bench_pdf. The peers are the extra `bench`; one that is missing is named and left out.
"""

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.agreement.clauses import Items
from bot.document.assembly import Press
from bot.document.fonts import SERIF, SERIF_BOLD, Font
from bot.document.glyphs import FaceMaker
from bot.document.port import Form
from bot.document.worker import PdfRenderer
from bot.model.people import Signer
from tests.forms import SECRET, SIGNER, form

ROUNDS, DOCUMENTS = 15, 50
Make = Callable[[Form], bytes]


def values(made: Form) -> list[tuple[str, str]]:
    signer: Signer = made.signer
    return [
        (cell.label, getattr(signer, cell.key, "")) for row in made.agreement.sign_block for cell in row
    ]  # signature and date stay empty


def paragraphs(made: Form) -> list[tuple[str, str]]:
    """The LA as (style, text): the same words for every peer."""
    said = [("h1", made.agreement.clauses[0].title)]
    for clause in made.agreement.clauses[:-1]:
        said += [("h2", clause.heading)] if clause.number else []
        for block in clause.blocks:
            if isinstance(block, Items):
                said += [("li", f"{item.marker} {item.text}".strip()) for item in block.items]
            else:
                said.append(("p", block.text))
    return [*said, ("h2", made.agreement.sign_here)]


def faces(folder: Path) -> dict[str, Path]:
    """Static faces on disk, for the peers that read font files."""
    alphabet = "".join(map(chr, range(32, 0x250))) + "“”–…ễ"
    found = {}
    for name, font in {"regular": SERIF, "bold": SERIF_BOLD}.items():
        maker = FaceMaker(name, partial(_all_in, font), ligatures=False)
        maker.write("".join(char for char in alphabet if char.isprintable()))
        found[name] = folder / f"{name}.ttf"
        found[name].write_bytes(maker.face().ttf)
    return found


def _all_in(font: Font, text: str) -> list[tuple[Font, str]]:
    return [(font, text)]


def by_reportlab(folder: Path) -> Make:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    for name, path in faces(folder).items():
        registerFont(TTFont(f"bench-{name}", str(path)))
    style = {
        key: ParagraphStyle(key, fontName=f"bench-{face}", fontSize=size, leading=size * 1.36, bulletIndent=0)
        for key, (face, size) in {
            "h1": ("bold", 18), "h2": ("bold", 10.8), "p": ("regular", 9.4), "li": ("regular", 9.4)
        }.items()
    }  # fmt: skip

    def make(made: Form) -> bytes:
        out = BytesIO()
        story: list[object] = [Paragraph(text, style[key]) for key, text in paragraphs(made)]
        rows = [[label, Paragraph(value.replace("\n", "<br/>"), style["p"])] for label, value in values(made)]
        SimpleDocTemplate(out, pagesize=A4).build([*story, Table(rows)])
        return out.getvalue()

    return make


def by_fpdf2(folder: Path) -> Make:
    from fpdf import FPDF

    paths = faces(folder)

    def make(made: Form) -> bytes:
        pdf = FPDF(format="A4")
        pdf.add_font("bench", "", str(paths["regular"]))
        pdf.add_font("bench", "B", str(paths["bold"]))
        pdf.add_page()
        for key, text in [*paragraphs(made), *(("p", f"{label}: {value}") for label, value in values(made))]:
            pdf.set_font("bench", "B" if key in ("h1", "h2") else "", 18 if key == "h1" else 9.4)
            pdf.multi_cell(0, 5, text, new_x="LMARGIN", new_y="NEXT")
        return bytes(pdf.output())

    return make


def by_weasyprint(folder: Path) -> Make:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    paths, fonts = faces(folder), FontConfiguration()
    rules = (
        f"@font-face{{font-family:b;src:url(file://{paths['regular']})}}"
        f"@font-face{{font-family:b;font-weight:bold;src:url(file://{paths['bold']})}}"
        "body{font:9.4pt/1.36 b} td{border:1px solid}"
    )
    css = weasyprint.CSS(string=rules, font_config=fonts)

    def make(made: Form) -> bytes:
        body = "".join(f"<{key}>{text}</{key}>" for key, text in paragraphs(made))
        rows = "".join(f"<tr><td>{label}<td>{value}" for label, value in values(made))
        html = f"<html lang=en><body>{body}<table>{rows}</table>"
        return bytes(weasyprint.HTML(string=html).write_pdf(stylesheets=[css], font_config=fonts))

    return make


def by_typst(folder: Path) -> Make:
    import typst

    faces(folder)
    setting = '#set page(paper: "a4")\n#set text(font: "regular", size: 9.4pt)\n#set par(justify: true)\n'
    mark = {"h1": "= #{}", "h2": "== #{}", "p": "#{}", "li": "- #{}"}
    said = "\n\n".join(mark[key].format(f"text({_quoted(text)})") for key, text in paragraphs(form()))
    cells = ", ".join(f"[#text({_quoted(label)})], [#sys.inputs.v{i}]" for i, (label, _) in enumerate(values(form())))
    source = folder / "la.typ"
    source.write_text(f"{setting}{said}\n#table(columns: 2, {cells})\n", encoding="utf-8")
    compiler = typst.Compiler(str(source), font_paths=[str(folder)], ignore_system_fonts=True)

    def make(made: Form) -> bytes:
        inputs = {f"v{i}": value for i, (_, value) in enumerate(values(made))}
        content = compiler.compile(format="pdf", sys_inputs=inputs)
        assert isinstance(content, bytes)
        return content

    return make


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def timed(makers: dict[str, Make]) -> dict[str, tuple[float, int]]:
    """Median milliseconds and size, the makers taking turns; each document has another name."""
    spent: dict[str, list[float]] = {name: [] for name in makers}
    size = dict.fromkeys(makers, 0)
    for turn in range(ROUNDS + 1):
        made = replace(form(), number=turn + 1, signer=replace(SIGNER, name=f"Åsa Nguyễn-Łukasiewicz {turn}"))
        for name, make in makers.items():
            start = time.perf_counter()
            size[name] = len(make(made))
            if turn:
                spent[name].append(1000 * (time.perf_counter() - start))
    return {name: (statistics.median(spent[name]), size[name]) for name in makers}


async def delays() -> list[float]:
    """How late the event loop was, in ms, while documents were made: slow and fast ones in turn."""
    renderer, late = PdfRenderer(SECRET), []
    await renderer.render(form())
    signers = (SIGNER, replace(SIGNER, name="प्रिया शर्मा"))
    forms = [replace(form(), number=n, signer=signers[n % 2]) for n in range(1, DOCUMENTS + 1)]
    made = asyncio.gather(*map(renderer.render, forms))
    while not made.done():
        start = time.perf_counter()
        await asyncio.sleep(0.002)
        late.append(1000 * (time.perf_counter() - start - 0.002))
    await made
    await renderer.aclose()
    return late


def main() -> None:
    """Print the table."""
    logging.disable(logging.WARNING)
    press = Press(SECRET)
    makers: dict[str, Make] = {
        "la-bot, fast path": lambda made: press.print(made).content,
        "la-bot, full xhtml2pdf": lambda made: press.print(made, fast=False).content,
    }
    with TemporaryDirectory() as folder:
        for peer in (by_typst, by_weasyprint, by_fpdf2, by_reportlab):
            name = peer.__name__.removeprefix("by_")
            (Path(folder) / name).mkdir()
            try:
                makers[name] = peer(Path(folder) / name)
            except (ImportError, OSError) as error:
                say(f"{name}: left out ({error})")
        found = timed(makers)
    fast, full = (found[name][0] for name in ("la-bot, fast path", "la-bot, full xhtml2pdf"))
    say(f"{'':24} {'ms':>8} {'KB':>6} {'fast path is':>13} {'full is':>9}")
    for name, (spent, size) in sorted(found.items(), key=lambda item: item[1]):
        say(f"{name:24} {spent:8.2f} {size / 1000:6.0f} {spent / fast:11.1f} × {spent / full:7.2f} ×")
    late = sorted(asyncio.run(delays()))
    say(f"event loop delay over {DOCUMENTS} documents: p50 {late[len(late) // 2]:.2f} ms, "
        f"p99 {late[int(len(late) * 0.99)]:.2f} ms, worst {late[-1]:.2f} ms")  # fmt: skip


def say(line: str) -> None:
    """To the person who runs it."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
