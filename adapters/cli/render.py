"""`la-bot render`: requests without a chat, from JSON."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from adapters.cli.context import DONE, WrongInputError, tell
from adapters.cli.private_file import write_private
from bot.app.bootstrap import build
from bot.app.config import Settings
from bot.app.service import Service
from bot.form.json_form import Prefilled, Wrong, read_prefilled
from bot.form.validation import FieldPolicy
from bot.request.request import LicenseRequest, Opening


async def render(parsed: argparse.Namespace, settings: Settings) -> int:
    """Judge every request of the file, then issue them, each with its receipt as a line of JSON."""
    many = parsed.fields.suffix == ".jsonl"
    documents = _documents(parsed.fields, many)
    _check_out(parsed.out, many)
    async with build(settings) as bot:
        # All are judged before one is issued: a file with a mistake in it issues nothing.
        read = [_prefilled(place, document, bot.policy) for place, document in documents]
        for prefilled in read:
            request = await _issue(bot.service, prefilled, parsed.out, many)
            tell(json.dumps(_receipt(request, prefilled), ensure_ascii=False))
    return DONE


def _documents(path: Path, many: bool) -> list[tuple[str, object]]:
    """The JSON values of a file, each with the place to name in a complaint."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"{path}: {error}") from error
    lines = [(f"{path}, line {n}", line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        return [(place, json.loads(part)) for place, part in (lines if many else [(str(path), text)])]
    except ValueError as error:
        raise WrongInputError(f"{path}: not JSON: {error}") from error


def _check_out(out: Path, many: bool) -> None:
    """Complain before anything is issued, not after."""
    if many:
        out.mkdir(parents=True, exist_ok=True)
    elif out.is_dir() or not out.absolute().parent.is_dir():
        raise WrongInputError(f"--out {out}: write the name of a PDF in a folder that exists")


def _prefilled(place: str, document: object, policy: FieldPolicy) -> Prefilled:
    read = read_prefilled(document, policy)
    if isinstance(read, Wrong):
        what = read.problem.replace("_", " ") if read.problem else ""
        raise WrongInputError(f"{place}: {read.field}: {'; '.join(filter(None, (what, read.detail)))}")
    return read


async def _issue(service: Service, prefilled: Prefilled, out: Path, many: bool) -> LicenseRequest:
    issuer = service.issuer
    opening = Opening(issuer.new_request_id(), issuer.dataset.name, prefilled.standing)
    request, pdf = await service.issue(opening, prefilled.persons)
    path = out / service.views.document(request).filename if many else out
    await asyncio.to_thread(write_private, path, pdf.content)
    return request


def _receipt(request: LicenseRequest, prefilled: Prefilled) -> dict[str, Any]:
    document = request.document
    return {
        "request_id": request.id,
        "document": document.number,
        "version": document.version,
        "agreement_sha256": document.agreement_sha256,
        "pdf_sha256": document.pdf_sha256,
        "pages": document.pages,
        "warnings": [f"{field}: {problem.replace('_', ' ')}" for field, problem in prefilled.warnings],
    }
