"""`la-bot agreement …`: a version of the LA checked, compared, announced, and what became of it."""

import argparse
import asyncio
from pathlib import Path

from adapters.cli.announce import announce, call_off, letters, show_evidence
from adapters.cli.context import COULD_NOT, DONE, Command, WrongInputError, tell
from bot.agreement.agreement import Agreement, load_agreement, load_dataset
from bot.app.config import DATASET, Settings
from bot.document.comparison import as_html, as_text
from bot.document.port import Comparison
from bot.document.worker import PdfRenderer
from bot.texts.catalogue import ENGLISH, quotes_used
from bot.versions.folder_check import Finding, findings


async def agreement(parsed: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked. Raises LaBotError, WrongInputError."""
    return await VERBS[parsed.verb](parsed, settings)


async def _check(parsed: argparse.Namespace, _: Settings) -> int:
    found = _findings(parsed.folder)
    for finding in found:
        tell(str(finding))
    if found:
        return COULD_NOT
    checked = load_agreement(parsed.folder)
    tell(f"sound: version {checked.version}, {len(checked.clauses)} clauses, sha256 {checked.sha256}")
    return DONE


def _findings(folder: Path) -> list[Finding]:
    if not folder.is_dir():
        raise WrongInputError(f"{folder} is no folder")
    return findings(folder, quotes_used(ENGLISH))


async def _diff(parsed: argparse.Namespace, _: Settings) -> int:
    dataset, out = load_dataset(DATASET), parsed.out
    compared = Comparison(_version(parsed.old), _version(parsed.new), dataset.title, dataset.licensor)
    match out.suffix if out else ".txt":
        case ".txt":
            content = (as_text(compared) + "\n").encode()
        case ".html":
            content = as_html(compared).encode()
        case ".pdf":
            content = await _pdf(compared)
        case suffix:
            raise WrongInputError(f"--out: {suffix or 'no ending'} is none of .txt, .html, .pdf")
    if out:
        await asyncio.to_thread(out.write_bytes, content)
    else:
        tell(content.decode().rstrip("\n"))
    return DONE


async def _pdf(compared: Comparison) -> bytes:
    renderer = PdfRenderer(b"")  # nothing on these pages is signed with a secret
    try:
        return (await renderer.compare(compared)).content
    finally:
        await renderer.aclose()


def _version(named: str) -> Agreement:
    """The version of that name, or in that folder."""
    folder = Path(named) if (Path(named) / "agreement.toml").is_file() else DATASET / named
    if not (folder / "agreement.toml").is_file():
        raise WrongInputError(f"{named} is neither a version nor a folder of one")
    return load_agreement(folder)


VERBS: dict[str, Command] = {
    "check": _check,
    "diff": _diff,
    "announce": announce,
    "call-off": call_off,
    "evidence": show_evidence,
    "letters": letters,
}
"""What carries each verb out."""
