"""`la-bot agreement …`: a version of the LA checked, compared, announced, and what became of it."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

from adapters.cli.announce import announce, call_off, letters, show_evidence
from adapters.cli.context import COULD_NOT, DATASET, DONE, Builders, WrongInputError, tell
from bot.agreement.agreement import Agreement, load_agreement, load_dataset
from bot.app.config import Settings
from bot.document.comparison import as_html, as_text
from bot.document.port import Comparison
from bot.document.worker import PdfRenderer
from bot.texts.catalogue import ENGLISH, quotes_used
from bot.versions.folder_check import Finding, findings

Verb = Callable[[argparse.Namespace, Settings, Builders], Awaitable[int]]


def add_agreement_commands(parser: argparse.ArgumentParser) -> None:
    """The verbs under `agreement`; `parsed.verb` is what to do."""
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    def add(name: str, verb: Verb, meaning: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=meaning, description=meaning)
        sub.add_argument("--data", type=Path, metavar="DIR", help="folder of everything that is kept")
        sub.set_defaults(verb=verb)
        return sub

    checking = add("check", _check, "Say everything that is wrong with a version's folder.")
    checking.add_argument("folder", type=Path, metavar="FOLDER")
    comparing = add("diff", _diff, "Show what changes between two versions, clause by clause.")
    comparing.add_argument("old", metavar="OLD", help="a version, or a folder of one")
    comparing.add_argument("new", metavar="NEW", help="a version, or a folder of one")
    comparing.add_argument("--out", type=Path, metavar="FILE", help="a .html or .pdf to write, or a .txt")
    announcing = add(
        "announce", announce, "Announce a version to every holder; the bot must not run, or say it in chat."
    )
    announcing.add_argument("version", metavar="VERSION")
    announcing.add_argument("--effective", type=date.fromisoformat, required=True, metavar="DATE", help="as 2027-02-01")
    announcing.add_argument("--typo-only", type=_reason, metavar="REASON", help="only slips of writing are corrected")
    announcing.add_argument("--yes", action="store_true", help="announce it; without, it is only shown")
    calling = add("call-off", call_off, "Take back an announcement before its day; everybody who was told hears that.")
    calling.add_argument("version", metavar="VERSION")
    calling.add_argument("--yes", action="store_true", help="call it off; without, it is only shown")
    showing = add("evidence", show_evidence, "Export what came of an announcement, holder by holder; the bot may run.")
    showing.add_argument("version", metavar="VERSION")
    showing.add_argument(
        "--number", type=int, metavar="N", help="the first announcement of it, where it was called off"
    )
    showing.add_argument("--csv", action="store_true", help="a line a notice, instead of JSON")
    showing.add_argument("--check", type=Path, metavar="FILE", help="whether this export still says what is kept")
    writing = add("letters", letters, "Write emails to the holders who cannot be reached in chat; the bot may not run.")
    writing.add_argument("version", metavar="VERSION")
    writing.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def _reason(text: str) -> str:
    """What is said of a correction; without it nobody would know that it is one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say what was a slip of writing")
    return text.strip()


async def agreement(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """Do what was asked. Raises LaBotError, WrongInputError."""
    verb: Verb = parsed.verb
    return await verb(parsed, settings, build)


async def _check(parsed: argparse.Namespace, _: Settings, __: Builders) -> int:
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


async def _diff(parsed: argparse.Namespace, _: Settings, __: Builders) -> int:
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
