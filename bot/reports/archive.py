"""One request with its whole history as a PDF, for the archive: whoever was written, in any script."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from io import BytesIO

import pikepdf

from bot.agreement.agreement import Dataset
from bot.document.fonts import runs
from bot.document.glyphs import Face, FaceMaker
from bot.document.layout import css_faces, made_pdf, put_meaning, saved, text_makers
from bot.document.templates import template
from bot.model.people import PersonalData
from bot.reports.export import row
from bot.request.events import Event
from bot.request.request import LicenseRequest
from bot.request.status import Document

Part = tuple[str, list[tuple[str, str]]]
"""A heading, and what stands under it: labels and values."""

_WAY = ("status", "waiting_for", "since", "standing", "version", "document", "assignee")


def archived(
    request: LicenseRequest, persons: PersonalData | None, dataset: Dataset, now: datetime, zone: tzinfo
) -> bytes:
    """The PDF: the same bytes for the same request, instant and zone. Raises RenderError."""
    makers, faces = text_makers(), list[Face]()
    makers["value"] = FaceMaker("LaBotValue", runs, ligatures=False)
    html = template("archive.html.j2").render(
        request_id=request.id,
        dataset_title=dataset.title,
        as_of=_at(now, zone),
        parts=list(_parts(request, persons, {r.code: r.label for r in dataset.reasons}, zone)),
        faces=lambda: css_faces(makers, faces),
        **{style: maker.write for style, maker in makers.items()},
    )
    with pikepdf.open(BytesIO(made_pdf(html))) as pdf:
        put_meaning(pdf, faces)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        return saved(pdf, compressed=True)


def _parts(
    request: LicenseRequest, persons: PersonalData | None, reasons: Mapping[str, str], zone: tzinfo
) -> Iterator[Part]:
    cells = {**row(request, persons), "since": _at(request.since, zone)}
    yield "Where it stands", [(_label(name), cells[name]) for name in _WAY if cells[name]]
    yield (
        "Persons",
        [(_label(name), text) for name, text in cells.items() if text and name.startswith(("signer", "applic"))],
    )
    yield "Documents", [pair for document in request.documents for pair in _document(document, zone)]
    yield "History", [(_at(event.at, zone), _event(event, reasons, zone)) for event in request.events]
    if persons and persons.remarks:
        yield (
            "Remarks",
            [(_at(r.at, zone), f"{r.author}{' (told)' if r.told else ''}\n{r.text}") for r in persons.remarks],
        )


def _document(document: Document, zone: tzinfo) -> Iterator[tuple[str, str]]:
    yield f"Document {document.number}", f"LA version {document.version}, {document.pages} pages, {document.status}"
    yield "issued", _at(document.issued_at, zone)
    for name, digest in (("SHA-256 of the PDF", document.pdf_sha256), ("of the text", document.agreement_sha256)):
        if digest:
            yield name, f"{digest[:32]}\n{digest[32:]}"


def _event(event: Event, reasons: Mapping[str, str], zone: tzinfo) -> str:
    """Return an event in words: its kind, actor, place, and the remarks on it."""
    by = " ".join(filter(None, (event.actor.role, str(event.actor.account or ""))))
    place = f", from {event.actor.place.platform}:{event.actor.place.chat}" if event.actor.place else ""
    dated = f", dated {_at(event.dated_at, zone)}" if event.dated_at else ""
    more = [f"document {event.document.number}"] if event.document else []
    more += [*(reasons.get(code, _label(code)) for code in event.reasons), *([str(event.other)] if event.other else [])]
    return f"{_label(event.happened)}{dated} ({by}{place})" + (f"\n{', '.join(more)}" if more else "")


def _label(name: str) -> str:
    return name.replace("_", " ")


def _at(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
